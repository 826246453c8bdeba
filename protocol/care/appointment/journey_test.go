package appointment

import (
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func wants(t *testing.T, page, html string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(html, text) {
			t.Errorf("%s does not say %q", page, text)
		}
	}
}

func TestAVillagerFindsTheirWayFromTheFirstPageToASlip(t *testing.T) {
	c, session, mine := lentOut(t)
	b, k, me := newBrowser(t), care.Kiosk, resident(1)
	visitor := care.Actor{Role: care.Visitor, Terminal: "kiosk"}
	wants(t, "start", b.open(c.v01, k, visitor, "/appointment", nobody{}), "/appointment/departments", "/appointment/doctors", "/appointment/mine")
	departments := b.open(c.v01, k, visitor, "/appointment/departments", ChooseInput{})
	wants(t, "departments", departments, "全科医疗科", "示范镇卫生院", "示范县人民医院", "最近出诊 1月14日", "两周内没有出诊")
	days := b.open(c.v01, k, visitor, "/appointment/departments/{department}", ChooseInput{Department: medicine})
	wants(t, "days", days, "1月14日", "何样本", "还剩 2 个号", "/appointment/session/"+string(session))
	wants(t, "sessions", b.open(c.v01, k, visitor, "/appointment/departments/{department}/{date}", ChooseInput{Department: medicine, Date: monday}), "副主任医师", "挂号费 5.00 元")
	times := b.open(c.v01, k, visitor, "/appointment/session/{session}", ChooseInput{Session: session})
	wants(t, "times", times, "上午 8:40", "现在可以约", "可提交申请，由医院确认", "/appointment/slot/"+string(mine))

	c.v01.ShowRefused("role", visitor, "appointment.offer", OfferInput{Slot: mine}) // the host sends them to sign in
	check := b.open(c.v01, k, me, "/appointment/slot/{slot}", OfferInput{Slot: mine})
	wants(t, "check", check, `action="/do/appointment.book"`, "5.00 元", "确认预约", "120")
	asks := b.open(c.v01, k, me, "/appointment/request/{slot}", OfferInput{Slot: slotAt(session, "0830")})
	wants(t, "ask", asks, `action="/do/appointment.request"`, "由医院确认", "提交申请")

	id := c.v01.Do(me, "appointment.book", Booking{Slot: mine}).About.ID
	wants(t, "done", b.open(c.v01, k, me, "/appointment/done/{appointment}", ByAppointment{id}), "V01-300107-001", "已保存在本站", "/appointment/previsit/"+string(id), `action="/do/appointment.reprint"`, "提前 15 分钟")
	if got := caretest.Show[Days](c.v01, visitor, "appointment.days", ChooseInput{Department: medicine}); got.List.Items[0].Free != 1 {
		t.Errorf("%d left after the booking, want one fewer", got.List.Items[0].Free)
	}
	wants(t, "mine", b.open(c.v01, k, me, "/appointment/mine", Paged{}), "V01-300107-001", "已预约")
	wants(t, "one", b.open(c.v01, k, me, "/appointment/mine/{appointment}", ByAppointment{id}), "改约", "取消预约", "补打凭条", "0/10")
	c.v01.ShowRefused("not-yours", resident(2), "appointment.one", ByAppointment{id})
	wants(t, "notices", b.open(c.v01, k, me, "/appointment/notices", Paged{}), "预约成功", "示范镇卫生院", "未读")
	note := caretest.Show[Notices](c.v01, me, "appointment.notices", Paged{}).List.Items[0]
	if strings.Contains(note.Text, "全科") || strings.Contains(note.Text, "何样本") {
		t.Errorf("a message names the department or the doctor: %s", note.Text)
	}
	c.v01.Refused("not-yours", resident(2), "appointment.read", ReadInput{note.ID})
	c.v01.Do(me, "appointment.read", ReadInput{note.ID})
	if !caretest.Show[Notices](c.v01, me, "appointment.notices", Paged{}).List.Items[0].Read {
		t.Error("the message is still new")
	}

	moving := ChooseInput{Department: medicine, Move: id}
	wants(t, "days of a move", b.open(c.v01, k, me, "/appointment/departments/{department}", moving), "原来的预约一直保留", "move="+string(id))
	wants(t, "check of a move", b.open(c.v01, k, me, "/appointment/slot/{slot}", OfferInput{Slot: slotAt(session, "0900"), Move: id}), `action="/do/appointment.reschedule"`, "原来的预约", "确认改约")
	c.v01.ShowRefused("move-elsewhere", me, "appointment.offer", OfferInput{Slot: slotAt(session, "0830"), Move: id})
	wants(t, "cancel", b.open(c.v01, k, me, "/appointment/cancel/{appointment}", ByAppointment{id}), `action="/do/appointment.cancel"`, "不取消，返回")
}

func TestADoctorIsFoundByInitialsCharactersAndSpecialty(t *testing.T) {
	c, _ := opened(t, clinic())
	for _, q := range Initial() {
		c.office.Run(q)
	}
	c.Settle()
	visitor := care.Actor{Role: care.Visitor}
	for q, want := range map[string]string{"": "林示范 曾示例 何样本 单模拟", "h": "何样本", "zs": "曾示例", "zengshili": "曾示例", "shan": "单模拟", "何": "何样本", "高血压": "林示范 曾示例 何样本 单模拟", "xyz": ""} {
		var got []string
		for _, d := range caretest.Show[Doctors](c.v01, visitor, "appointment.doctors", DoctorInput{Q: q}).List.Items {
			got = append(got, d.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", q, got, want)
		}
	}
	first := caretest.Show[Doctors](c.v01, visitor, "appointment.doctors", DoctorInput{})
	var pad string
	for _, l := range first.Letters {
		pad += l.Text
	}
	if pad != "CDHLSZ" { // 曾 is also looked for under C, 单 under D
		t.Errorf("the pad shows %s, want the initials of the four family names", pad)
	}
	b := newBrowser(t)
	wants(t, "doctors", b.open(c.v01, care.Kiosk, visitor, "/appointment/doctors", DoctorInput{Q: "h"}), "何样本", "删一位", "专长：高血压、糖尿病")
	wants(t, "no doctor", b.open(c.v01, care.Kiosk, visitor, "/appointment/doctors", DoctorInput{Q: "xyz"}), "没有找到这样的医生")
	wants(t, "profile", b.open(c.v01, care.Kiosk, visitor, "/appointment/doctor/{doctor}", OneDoctor{Doctor: "d05"}), "副主任医师", "高血压、糖尿病", "虚构人物", "1月14日")
}

func TestADoctorWhoMayNotPractiseIsNotOffered(t *testing.T) {
	c, _ := opened(t, clinic())
	c.office.Do(machine, "setup.suspend", OneDoctor{Doctor: "d05"})
	c.Settle()
	visitor := care.Actor{Role: care.Visitor}
	if got := caretest.Show[Doctors](c.v01, visitor, "appointment.doctors", DoctorInput{}).List.Items; len(got) != 0 {
		t.Errorf("the list shows %v", got)
	}
	c.v01.ShowRefused("no-doctor", visitor, "appointment.doctor", OneDoctor{Doctor: "d05"})
	c.office.Refused("no-doctor", planner, "appointment.substitute", SubstituteInput{SessionID("d05", hours(8, 30), "c2"), "d05"})
}

func TestAFullOrStoppedSessionLeadsOn(t *testing.T) {
	c, session := opened(t, OpenInput{"d05", medicine, monday, "08:30", "08:50", 10, 1, "5"})
	other := c.office.Do(planner, "appointment.open", OpenInput{"d05", medicine, "2030-01-15", "08:30", "08:50", 10, 1, "5"}).About.ID
	for i, clock := range []string{"0830", "0840"} {
		c.office.Do(planner, "appointment.book", Booking{Person: resident(i).ID, Slot: slotAt(session, clock)})
	}
	c.Settle()
	b, visitor := newBrowser(t), care.Actor{Role: care.Visitor}
	wants(t, "full", b.open(c.v01, care.Kiosk, visitor, "/appointment/session/{session}", ChooseInput{Session: session}), "已经约满", "其他可以约的时间", "/appointment/session/"+string(other))
	wants(t, "ask any", b.open(c.v01, care.Kiosk, resident(3), "/appointment/ask/{session}", ChooseInput{Session: session}), `name="session"`, "加号")
	c.office.Do(planner, "appointment.stop", StopInput{session, "参加抢救"})
	c.Settle()
	wants(t, "stopped", b.open(c.v01, care.Kiosk, visitor, "/appointment/session/{session}", ChooseInput{Session: session}), "已停诊", "参加抢救", "/appointment/session/"+string(other))
	mine := caretest.Show[Mine](c.v01, resident(1), "appointment.mine", Paged{}).List.Items[0]
	wants(t, "displaced", b.open(c.v01, care.Kiosk, resident(1), "/appointment/mine/{appointment}", ByAppointment{mine.ID}), "非常抱歉", "原因：医生停诊", "改约")
}

func TestQuestionsComeOneByOneAndAnEmergencyFirst(t *testing.T) {
	c, _, mine := lentOut(t)
	b, k, me := newBrowser(t), care.Kiosk, resident(1)
	id := c.v01.Do(me, "appointment.book", Booking{Slot: mine}).About.ID
	at := FormPageInput{Appointment: id}
	wants(t, "first question", b.open(c.v01, k, me, "/appointment/previsit/{appointment}", at), "第 1 题，共 10 题", "胸口疼", `value="no"`)
	for _, q := range Forms()[0].Form.Questions {
		value := ""
		switch {
		case q.ID == "breath":
			value = "yes"
		case q.Type == YesNo:
			value = "no"
		case q.Type == Choice:
			value = q.Options[0].Value
		}
		c.v01.Do(me, "appointment.answer", AnswerInput{id, q.ID, value})
	}
	wants(t, "advice", b.open(c.v01, k, me, "/appointment/previsit/{appointment}", at), "呼吸困难", "120", "呼叫村医", "on=1")
	wants(t, "answers", b.open(c.v01, k, me, "/appointment/previsit/{appointment}", FormPageInput{Appointment: id, On: true}), "都回答好了", "急症提示", "2026-11-01")
	wants(t, "one answer again", b.open(c.v01, k, me, "/appointment/previsit/{appointment}", FormPageInput{Appointment: id, Q: "temperature"}), "第 6 题", "number-pad", "跳过这一题")
	wants(t, "unknown flag", b.open(c.v01, k, care.Actor{Role: care.Visitor}, "/appointment/emergency/{flag}", EmergencyInput{"RF00"}), "120", "可能有急症")
	for flag := range emergencies {
		b.open(c.v01, k, care.Actor{Role: care.Visitor}, "/appointment/emergency/{flag}", EmergencyInput{flag})
	}
	c.Settle()
	wants(t, "at the doctor's", b.open(c.office, care.Portal, doctor, "/appointment/mine/{appointment}", ByAppointment{id}), "就诊前问答提示可能有急症", "RF03", "没有填写", `action="/do/appointment.clear-alarm"`, "测试乙明")
	c.office.ShowRefused("role", care.Actor{ID: "o01", Role: care.Operator}, "appointment.one", ByAppointment{id})
	if page := caretest.Show[One](c.office, planner, "appointment.one", ByAppointment{id}); len(page.Answers.Rows) > 0 || page.Alarm != nil {
		t.Error("a scheduler reads what only clinicians may")
	}
}

func TestTheBoardShowsNumbersAndNamesThatOnlyTheirOwnerKnows(t *testing.T) {
	c, session, v := today(t)
	for i := range v {
		c.v01.Do(resident(i), "appointment.checkin", ByAppointment{v[i]})
	}
	c.v01.Do(village, "appointment.call", CallInput{Session: session})
	c.v01.Do(village, "appointment.call", CallInput{session, "missed"})
	b, visitor := newBrowser(t), care.Actor{Role: care.Visitor}
	html := b.open(c.v01, care.Kiosk, visitor, "/appointment/board/{session}", BySession{session})
	wants(t, "board", html, "02", "测**明", "03", "等候 2 人", "过号请到窗口")
	if strings.Contains(html, "测试乙明") {
		t.Error("the board shows a whole name")
	}
	wants(t, "boards", b.open(c.v01, care.Kiosk, visitor, "/appointment/boards", Paged{}), "/appointment/board/"+string(session))
	wants(t, "queue", b.open(c.v01, care.Desk, village, "/appointment/queue/{session}", BySession{session}), "测试乙明", "看完了，叫下一位", "F2", "位置还保留")
	wants(t, "today", b.open(c.v01, care.Desk, village, "/appointment/today", DayInput{}), "/appointment/queue/"+string(session))
	wants(t, "waiting", b.open(c.v01, care.Kiosk, resident(3), "/appointment/mine/{appointment}", ByAppointment{v[3]}), "前面还有 1 人")
	wants(t, "next", b.open(c.v01, care.Kiosk, resident(2), "/appointment/mine/{appointment}", ByAppointment{v[2]}), "下一位就是您")
	wants(t, "called", b.open(c.v01, care.Kiosk, resident(1), "/appointment/mine/{appointment}", ByAppointment{v[1]}), "请进诊室")
	wants(t, "missed", b.open(c.v01, care.Kiosk, resident(0), "/appointment/mine/{appointment}", ByAppointment{v[0]}), "重新报到", `action="/do/appointment.checkin"`)
}

func TestTheOfficeSeesWhoseEachSlotIsAndWhatWaits(t *testing.T) {
	c, session, mine := lentOut(t)
	for _, q := range Initial() {
		c.office.Run(q)
	}
	c.Settle()
	b, p := newBrowser(t), care.Portal
	sold := c.v01.Do(resident(1), "appointment.book", Booking{Slot: mine}).About.ID
	asked := c.v01.Do(resident(2), "appointment.request", RequestInput{Session: session}).About.ID
	c.Settle()
	wants(t, "held at the station", b.open(c.v01, care.Desk, village, "/appointment/today", DayInput{}), "本站手上的号", "2030-01-14 08:00", `action="/do/appointment.return"`)
	wants(t, "week", b.open(c.office, p, planner, "/appointment/schedules", DayInput{Date: monday}), "何样本", "已排到 2030-01-21", `action="/do/appointment.open"`, "/appointment/sessions/"+string(session))
	for _, do := range []string{"grant", "stop", "move", "extra", "substitute"} {
		custody := b.open(c.office, p, planner, "/appointment/sessions/{session}", SessionInput{session, do})
		wants(t, "custody", custody, "v01", "07:40", "V01-300107-001", `action="/do/appointment.`+do+`"`)
	}
	wants(t, "custody for a supervisor", b.open(c.office, p, supervisor, "/appointment/sessions/{session}", SessionInput{Session: session}), "/appointment/repossess/"+string(slotAt(session, "0900")))
	wants(t, "repossess", b.open(c.office, p, supervisor, "/appointment/repossess/{slot}", BySlot{slotAt(session, "0900")}), `action="/do/appointment.repossess"`, "v01")
	for path, in := range map[string]any{"/appointment/templates": nobody{}, "/appointment/holidays": nobody{}, "/appointment/allotments": nobody{}, "/appointment/setup": nobody{}, "/appointment/displaced": nobody{}} {
		b.open(c.office, p, planner, path, in)
	}
	wants(t, "templates", b.open(c.office, p, planner, "/appointment/templates", nobody{}), "08:00–11:30", `action="/do/appointment.set-template"`)
	wants(t, "bookings", b.open(c.office, p, planner, "/appointment/bookings", BookingsInput{Date: monday}), "V01-300107-001", "测试乙明")
	wants(t, "by number", b.open(c.office, p, planner, "/appointment/bookings", BookingsInput{Number: "V01-300107-001"}), "测试乙明")
	wants(t, "requests", b.open(c.office, p, planner, "/appointment/requests", nobody{}), "/appointment/requests/"+string(asked))
	wants(t, "request", b.open(c.office, p, planner, "/appointment/requests/{appointment}", ByAppointment{asked}), `action="/do/appointment.accept"`, "2030-01-14 08:30", `action="/do/appointment.decline"`)
	wants(t, "person", b.open(c.office, p, planner, "/appointment/person/{person}", ByPerson{"p01"}), "V01-300107-001", "person=p01", "测试乙明")
	wants(t, "for a person", b.open(c.office, p, planner, "/appointment/slot/{slot}", OfferInput{Slot: slotAt(session, "0830"), Person: "p03"}), `name="person" value="p03"`, "测试丁明")
	c.office.ShowRefused("person-missing", planner, "appointment.offer", OfferInput{Slot: slotAt(session, "0830")})
	c.At(hours(8, 0))
	wants(t, "my day", b.open(c.office, p, doctor, "/appointment/my-day", DayInput{}), "V01-300107-001", "/appointment/queue/"+string(session))
	wants(t, "desk", b.open(c.v01, care.Desk, village, "/appointment/person/{person}", ByPerson{"p01"}), "/appointment/mine/"+string(sold))
}

func TestWhoLooksIsOnRecord(t *testing.T) {
	c, session := opened(t, clinic())
	id := c.office.Do(planner, "appointment.book", Booking{Person: "p01", Slot: slotAt(session, "0830")}).About.ID
	caretest.Show[One](c.office, doctor, "appointment.one", ByAppointment{id})
	caretest.Show[Departments](c.office, care.Actor{Role: care.Visitor}, "appointment.departments", ChooseInput{})
	items, err := c.office.Next(t.Context(), 0, 1<<20, protocol.AllValues)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[protocol.ActionName]care.ID{}
	for _, it := range items {
		if it.Change.Outcome == protocol.Seen {
			seen[it.Change.Action] = it.Change.Subject
		}
	}
	if seen["appointment.one"] != "p01" {
		t.Errorf("looks on record: %v", seen)
	}
	if _, public := seen["appointment.departments"]; public {
		t.Error("looking at departments is nobody's data")
	}
}

package report

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

func pagesSet(t *testing.T) *screen.Set {
	t.Helper()
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// render gives a page as its channel shows it. With RENDER_TO set it is also
// left there as a file, to be looked at.
func render(t *testing.T, set *screen.Set, p care.Page, body any, name string, mode screen.Mode, lang screen.Lang) string {
	t.Helper()
	var out bytes.Buffer
	channel, _, _ := strings.Cut(string(p.Channels), ",")
	chrome := screen.Chrome{
		Title: p.Title, Channel: screen.Channel(channel), Lang: lang, Mode: mode, Place: "石桥村卫生站", Path: "/exam", Who: "石**",
		Now: time.Date(2030, 1, 7, 9, 30, 0, 0, care.Zone), Back: p.Back, Metric: screen.Metric{WidthPx: 1080, WidthMM: 398},
	}
	if titled, ok := body.(interface{ PageTitle() string }); ok && titled.PageTitle() != "" {
		chrome.Title = titled.PageTitle()
	}
	if channel != "kiosk" {
		chrome.Metric = screen.Metric{}
	}
	if err := set.Render(&out, p.Template, screen.Page{Chrome: chrome, Body: body}); err != nil {
		t.Errorf("%s: %v", p.Template, err)
	}
	if dir := os.Getenv("RENDER_TO"); dir != "" && name != "" {
		file := filepath.Join(dir, strings.ReplaceAll(p.Template, "/", "-")+name+".html")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func pageAt(t *testing.T, template string) care.Page {
	t.Helper()
	all := pages()
	i := slices.IndexFunc(all, func(p care.Page) bool { return p.Template == template })
	if i < 0 {
		t.Fatalf("no page %s", template)
	}
	return all[i]
}

func TestEveryPageRendersEmpty(t *testing.T) {
	set := pagesSet(t)
	bodies := map[string]any{
		"report/mine": Mine{}, "report/filter": Filters{}, "report/read": Sheet{}, "report/item": Course{}, "report/reprint": Again{},
		"report/print": Progress{}, "report/verify": Check{}, "report/desk": Desk{}, "report/person": PersonPage{}, "report/staff": StaffSheet{},
		"report/held": HeldList{}, "report/match": MatchPage{}, "report/prints": Prints{},
	}
	for _, p := range pages() {
		body, ok := bodies[p.Template]
		if !ok {
			t.Errorf("%s is not tried", p.Template)
		}
		render(t, set, p, body, "", screen.Mode{}, screen.Chinese)
		delete(bodies, p.Template)
	}
	for left := range bodies {
		t.Errorf("%s has no page", left)
	}
}

// year fills a scene with what a year brings: last year's check, a corrected
// blood count, an ultrasound, a critical value, a report of somebody unknown.
func (s *scene) year() (blood, critical, unknown care.ID, code string) {
	s.receive(s.blood("L0", 1, Final, "d77", Item{Code: "14771-0", Name: "空腹血糖", Value: "5.60", Unit: "mmol/L", Range: "3.9-6.1"}, Item{Code: "1742-6", Name: "丙氨酸氨基转移酶", Value: "30", Unit: "U/L", Range: "7-40"}))
	s.Advance(300 * 24 * time.Hour)
	picture := s.blood("I1", 1, Final, "d78")
	picture.Title, picture.Category, picture.Items, picture.Conclusion = "腹部超声", Imaging, nil, "肝胆胰脾未见明显异常。"
	s.receive(picture)
	s.Advance(24 * time.Hour)
	s.receive(s.blood("L1", 1, Final, "d77", Item{Code: "14771-0", Name: "空腹血糖", Value: "7.0", Unit: "mmol/L", Range: "3.9-6.1", Flag: High}))
	blood = s.receive(s.blood("L1", 2, Corrected, "d77",
		Item{Code: "1742-6", Name: "丙氨酸氨基转移酶", Value: "28", Unit: "U/L", Range: "7-40", Flag: Normal},
		Item{Code: "14771-0", Name: "空腹血糖", Value: "7.10", Unit: "mmol/L", Range: "3.9-6.1", Flag: High},
		Item{Code: "4548-4", Name: "糖化血红蛋白", Status: Preliminary}))
	critical = s.receive(s.blood("K1", 1, Final, "d77", potassium("6.8", VeryHigh)))
	in := s.blood("X1", 1, Final, "d77")
	in.Person, in.Document, in.Name, in.Station = "", care.Document{Type: "01", Number: strangerNumber}, "舒生", "v01"
	unknown = versioned(s.receive(in), 1)
	s.County().Look(func(rd protocol.Reader) error {
		r, err := version(rd, blood, 2)
		code = r.Code
		return err
	})
	return blood, critical, unknown, code
}

func TestThePagesSayWhatHappened(t *testing.T) {
	set := pagesSet(t)
	s := newScene(t)
	blood, critical, unknown, code := s.year()
	gran := resident(grandma)
	list := caretest.Show[Mine](s.station, gran, "report.mine", nil)
	fresh := caretest.Show[Sheet](s.station, gran, "report.read", reportInput{blood})
	copy := s.station.Do(gran, "report.print", Want{Report: blood}).About.ID
	at := func() Progress { return caretest.Show[Progress](s.station, gran, "report.printing", printInput{copy}) }
	waiting := at()
	s.station.Do(printer, "report.printed", Printed{Print: copy, State: PrintStopped, Fault: "out-of-paper"})
	stopped := at()
	s.station.Do(printer, "report.printed", Printed{Print: copy, State: PrintDone})
	ask := func(code string) Check {
		return caretest.Show[Check](s.station, protocol.Actor{Role: care.Visitor}, "report.verify", Question{Code: code})
	}
	staff := func(id care.ID) StaffSheet {
		return caretest.Show[StaffSheet](s.station, doctor, "report.staff", reportInput{id})
	}
	for _, c := range []struct {
		template, name string
		body           any
		zh, en         []string
	}{
		{"report/mine", "-1", list, []string{"血细胞分析", "未看", "已更正", "1 项要留意", `action="/do/report.open"`, "筛选报告"}, []string{"New", "1 to look at"}},
		{"report/mine", "-none", Mine{}, []string{"还没有报告"}, []string{"No reports yet"}},
		{"report/mine", "-filtered", Mine{All: 2, Filter: Filter{Category: Exam}}, []string{"没有符合条件的报告", "只看体检"}, []string{"No report fits"}},
		{"report/filter", "-1", Filters{}, []string{"最近三个月"}, []string{"Lab tests only"}},
		{"report/read", "-1", fresh, []string{"3 项里有 1 项要留意：空腹血糖", "7.10 mmol/L", "5.60 mmol/L", "比上次高", "尚未出结果", "请咨询医生", `action="/do/report.print"`, `action="/do/report.save"`}, []string{"Of 3 items, 1 to look at", "Please ask a doctor"}},
		{"report/read", "-again", caretest.Show[Sheet](s.station, gran, "report.read", reportInput{blood}), []string{"已打印 1 份", "再打一份"}, []string{"Copies printed: 1"}},
		{"report/item", "-1", caretest.Show[Course](s.station, gran, "report.item", itemInput{blood, "14771-0"}), []string{"空腹血糖", "5.60", "参考范围"}, []string{"Reference range"}},
		{"report/reprint", "-1", caretest.Show[Again](s.station, gran, "report.reprint", reportInput{blood}), []string{"为什么再打一份", "原来的找不到了"}, []string{"The first one is lost"}},
		{"report/print", "-waiting", waiting, []string{"正在排队打印", `id="live"`}, []string{"Waiting for the printer"}},
		{"report/print", "-stopped", stopped, []string{"打印机没有纸了"}, []string{"out of paper"}},
		{"report/print", "-done", at(), []string{"打印好了"}, []string{"Your report is printed"}},
		{"report/verify", "-ask", ask(""), []string{"验证码"}, []string{"Verification code"}},
		{"report/verify", "-true", ask(code), []string{"这份报告是真的", "石**", "清溪县人民医院"}, []string{"This report is genuine"}},
		{"report/verify", "-unknown", ask(strings.Repeat("Z", 16)), []string{"没有查到这份报告"}, []string{"may not have arrived here yet"}},
		{"report/desk", "-1", caretest.Show[Desk](s.station, doctor, "report.desk", nil), []string{"危急值，等医生处理", "1 份报告没有对上人", "石大妹", "危急值待处理", "本人可看"}, []string{"Critical values waiting for a doctor"}},
		{"report/person", "-1", caretest.Show[PersonPage](s.station, doctor, "report.person", personInput{grandma}), []string{"石大妹", "腹部超声"}, []string{"Open to the patient"}},
		{"report/staff", "-critical", staff(critical), []string{"请先联系病人", `action="/do/report.handle"`, "过高，危急"}, []string{"Contact the patient first"}},
		{"report/staff", "-1", staff(blood), []string{"更正", "正式报告", "打印记录", "空腹血糖"}, []string{"Correction", "Print log"}},
		{"report/held", "-1", caretest.Show[HeldList](s.station, doctor, "report.held", nil), []string{"舒生", "还没有登记这个人", "9901**********0016"}, []string{"not registered yet"}},
		{"report/match", "-1", caretest.Show[MatchPage](s.station, doctor, "report.matching", matchInput{unknown, "sdm"}), []string{"确认是这位居民", "退回医院"}, []string{"Return to the hospital"}},
		{"report/prints", "-1", caretest.Show[Prints](s.station, countyDoctor, "report.prints", nil), []string{"石大妹", "完成"}, []string{"Done"}},
	} {
		p := pageAt(t, c.template)
		zh := render(t, set, p, c.body, c.name, screen.Mode{}, screen.Chinese)
		en := render(t, set, p, c.body, c.name+"-en", screen.Mode{Elder: true}, screen.English)
		render(t, set, p, c.body, c.name+"-elder", screen.Mode{Elder: true}, screen.Chinese)
		for _, want := range c.zh {
			if !strings.Contains(zh, want) {
				t.Errorf("%s%s does not say %q", c.template, c.name, want)
			}
		}
		for _, want := range c.en {
			if !strings.Contains(en, want) {
				t.Errorf("%s%s in English does not say %q", c.template, c.name, want)
			}
		}
	}
}

func TestNoScreenOffersMoreThanFits(t *testing.T) {
	m := Mine{Rows: make([]Row, 13)}
	for _, most := range []int{4, 6} {
		seen := 0
		for m.Filter.Page = 1; ; m.Filter.Page++ {
			shown := m.Shown(most)
			if len(shown.Items) >= most {
				t.Errorf("%d reports and a filter", len(shown.Items))
			}
			seen += len(shown.Items)
			if shown.Pager.Next == "" {
				break
			}
		}
		if seen != len(m.Rows) {
			t.Errorf("%d of %d are reached", seen, len(m.Rows))
		}
		if n := len((Filters{}).Shown(most).Items); n > most {
			t.Errorf("%d filters", n)
		}
	}
}

func TestAddressesKeepTheFilter(t *testing.T) {
	for want, f := range map[string]Filter{"/report": {}, "/report?category=lab&months=3&page=2": {Lab, 3, 0}} {
		page := 1
		if f != (Filter{}) {
			page = 2
		}
		if got := f.path(page); got != want {
			t.Errorf("%+v gives %q", f, got)
		}
	}
}

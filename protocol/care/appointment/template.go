package appointment

import (
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindTemplate is the kind of weekly schedules.
const KindTemplate protocol.Kind = "schedule-template"

// Template is when a doctor sees people every week. ID: doctor, weekday and
// half day ("d01.1.am"), so that nobody is planned in two places at once.
type Template struct {
	Doctor     care.ID       `json:"doctor"`
	Department care.ID       `json:"department"`
	Org        care.ID       `json:"org"`
	Weekday    int           `json:"weekday"` // 1 Monday to 7 Sunday
	From       string        `json:"from"`    // "08:00"
	To         string        `json:"to"`
	Minutes    int           `json:"minutes"` // a slot
	Places     int           `json:"places"`  // people a slot
	Fee        Fen           `json:"fee"`
	Ended      bool          `json:"ended,omitzero"`
	Rest       protocol.Rest `json:",unknown"`
}

// maxSlots is how many slots a session may have: they are written in one Change.
const maxSlots = protocol.MaxWrites - 4

// TemplateRef names the weekly schedule of a doctor's half day.
func TemplateRef(doctor care.ID, weekday int, from string) protocol.Ref {
	return protocol.Ref{Kind: KindTemplate, ID: care.ID(fmt.Sprintf("%s.%d.%s", doctor, weekday, half(from)))}
}

// half is the half day of a time of day.
func half(clock string) string {
	if clock < "12:00" {
		return "am"
	}
	return "pm"
}

// Hours is the shape of a session: what templates and single sessions share.
type Hours struct {
	From, To        string
	Minutes, Places int
	Fee             protocol.Decimal // yuan
}

// Check implements care.Checked.
func (h Hours) Check() error {
	from, err1 := time.Parse("15:04", h.From)
	to, err2 := time.Parse("15:04", h.To)
	switch {
	case err1 != nil || len(h.From) != 5:
		return protocol.Refuse("from-wrong", "开始时间请按 08:00 的样子填写").OnField("from")
	case err2 != nil || len(h.To) != 5 || !to.After(from):
		return protocol.Refuse("to-wrong", "结束时间要晚于开始时间，请按 11:30 的样子填写").OnField("to")
	case half(h.From) == "am" && h.To > "13:00":
		return protocol.Refuse("two-halves", "上午和下午请分开排班").OnField("to")
	case h.Minutes < 3 || h.Minutes > 120:
		return protocol.Refuse("minutes-wrong", "每个号的时长应为 3 到 120 分钟").OnField("minutes")
	case h.Places < 1 || h.Places > 10:
		return protocol.Refuse("places-wrong", "每个时段的人数应为 1 到 10 人").OnField("places")
	case h.Count() < 1 || h.Count() > maxSlots:
		return protocol.Refuse("too-many-slots", "一次出诊的号源应为 1 到 %d 个，请调整时长或人数", maxSlots).OnField("minutes")
	}
	_, err := parseYuan(h.Fee)
	return err
}

// Count is how many slots the hours make.
func (h Hours) Count() int {
	from, _ := time.Parse("15:04", h.From)
	to, _ := time.Parse("15:04", h.To)
	if h.Minutes <= 0 {
		return 0
	}
	return int(to.Sub(from)/(time.Duration(h.Minutes)*time.Minute)) * h.Places
}

// TemplateInput plans a doctor's half day in every week.
type TemplateInput struct {
	Doctor     care.ID          `json:"doctor"`
	Department care.ID          `json:"department"`
	Weekday    int              `json:"weekday"`
	From       string           `json:"from"`
	To         string           `json:"to"`
	Minutes    int              `json:"minutes"`
	Places     int              `json:"places"`
	Fee        protocol.Decimal `json:"fee"` // yuan
}

// Check implements care.Checked.
func (in TemplateInput) Check() error {
	if !in.Doctor.Valid() {
		return protocol.Refuse("doctor-missing", "请选择医生").OnField("doctor")
	}
	if in.Weekday < 1 || in.Weekday > 7 {
		return protocol.Refuse("weekday-wrong", "请选择星期几").OnField("weekday")
	}
	return Hours{in.From, in.To, in.Minutes, in.Places, in.Fee}.Check()
}

var setTemplate = care.Do(care.Action{
	Name: "appointment.set-template", Title: "设置每周排班", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in TemplateInput) error {
	dep, err := readDepartment(d, in.Department)
	if err != nil {
		return err
	}
	fee, err := parseYuan(in.Fee)
	if err != nil {
		return err
	}
	t := Template{Doctor: in.Doctor, Department: in.Department, Org: dep.Org, Weekday: in.Weekday,
		From: in.From, To: in.To, Minutes: in.Minutes, Places: in.Places, Fee: fee}
	_, err = care.Write(d, protocol.Draft{Ref: TemplateRef(in.Doctor, in.Weekday, in.From), Scopes: catalogue}, &t)
	return err
})

// ByID is the input of what concerns one record of the schedule.
type ByID struct {
	ID care.ID `json:"id"`
}

var endTemplate = care.Do(care.Action{
	Name: "appointment.end-template", Title: "结束每周排班", Roles: planners,
	Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.InCounty,
}, func(d *care.Deed, in ByID) error {
	ref := protocol.Ref{Kind: KindTemplate, ID: in.ID}
	t, _, err := find[Template](d, ref, "no-template", "没有找到这个排班", "/appointment/schedules")
	if err != nil {
		return err
	}
	t.Ended = true
	_, err = care.Write(d, protocol.Draft{Ref: ref}, &t)
	return err
})

// templates lists the weekly schedules that are in force.
func templates(r protocol.Reader) ([]care.Found[Template], error) {
	all, err := care.Collect[Template](r, protocol.Query{Kind: KindTemplate, Index: "all"})
	var out []care.Found[Template]
	for _, t := range all {
		if !t.Value.Ended {
			out = append(out, t)
		}
	}
	return out, err
}

package appointment

import (
	"cmp"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/mask"
)

// Slip is what a printed slip says of an appointment: a model for whoever
// prints it, on paper or on a screen. Texts are zh-CN: paper has no language
// switch.
type Slip struct {
	Title  string // "预约凭条", or "预约申请单": a slip never says more than is true
	Number string // printed large
	Turn   string // the number that is called on the day, or empty
	Facts  [][2]string
	Level  string   // how safe it was when it was printed
	Notes  []string // what to do next
	QR     string   // what the code says: no personal data
	Copy   int      // 0 the first print, then which reprint
}

// slipTitles is what a slip is called by the state of the appointment.
var slipTitles = map[State]string{
	Requested: "预约申请单（待医院确认）", Declined: "申请未能安排", Booked: "预约凭条", Cancelled: "取消预约凭条",
	Rescheduled: "已改约", Displaced: "需要改约", CheckedIn: "报到凭条",
}

func slipTitle(a *Appointment) string {
	if a.Numbers != "" && a.State == Booked {
		return "现场号凭条"
	}
	return cmp.Or(slipTitles[a.State], "预约凭条")
}

// SlipOf makes the slip of an appointment as it stands now.
func SlipOf(r protocol.Reader, id care.ID) (Slip, error) {
	a, rec, err := readAppointment(r, care.Machine("printing"), id)
	if err != nil {
		return Slip{}, err
	}
	person, _, err := optional[care.Person](r, care.ResidentRef(a.Person))
	if err != nil {
		return Slip{}, err
	}
	n, err := namesOf(r, &a)
	if err != nil {
		return Slip{}, err
	}
	level, err := levelOf(r, &rec)
	if err != nil {
		return Slip{}, err
	}
	printed, _, err := optional[Reprint](r, protocol.Ref{Kind: KindReprint, ID: id})
	s := Slip{Title: slipTitle(&a), Number: a.Number, QR: "xiangyi:appointment/" + string(id), Copy: printed.Count}
	s.Facts = [][2]string{
		{"姓名", mask.Call(person.Name)}, {"时间", spoken(a.Start)}, {"院区", n.Org},
		{"科室", n.Department}, {"医生", n.Doctor}, {"挂号费", a.Fee.Yuan() + " 元"},
	}
	if n.Route != "" {
		s.Facts = slices.Insert(s.Facts, 4, [2]string{"位置", n.Route})
	}
	s.Turn, s.Level, s.Notes = turnText(&a), LevelText(level, a.State == Requested), a.notes()
	return s, err
}

// LevelText says how safe an appointment is, in words that promise no more than
// is known.
func LevelText(level protocol.Level, requested bool) string {
	switch {
	case requested && level == protocol.SavedHere:
		return "已申请，已保存在本站，等待送到县医院"
	case requested:
		return "已申请，等待医院确认"
	case level == protocol.SavedHere:
		return "已保存在本站"
	case level == protocol.HeldBy:
		return "县医院已收到"
	}
	return "医院已确认"
}

func turnText(a *Appointment) string {
	if a.Turn == 0 || !a.Holding() {
		return ""
	}
	return turn(a.Turn)
}

func (a *Appointment) notes() []string {
	switch a.State {
	case Requested:
		return []string{"这不是预约凭条，请等医院确认", "确认后在村站屏幕上可以看到，也会通知您"}
	case Booked:
		if a.Numbers != "" {
			return []string{"到了请先报到，按号候诊，排在已预约的人后面", "不能来请取消，把号留给别人"}
		}
		return []string{"请在就诊当天提前 15 分钟报到", "不能来请提前取消，把号留给别人"}
	case Displaced:
		return []string{"非常抱歉，请改约其他时间", "可以请村医帮忙"}
	case Declined:
		return []string{"请另选时间，或请村医帮忙"}
	}
	return nil
}

// levelOf is the receipt to show for an appointment. What happens on the day
// (checking in, being called) is no matter of the hospital's system, so an
// acknowledged booking stays acknowledged through it.
func levelOf(r protocol.Reader, rec *protocol.Record) (protocol.Level, error) {
	said, err := care.Deliveries(r, rec.Ref)
	if err != nil {
		return protocol.SavedHere, err
	}
	acknowledged := map[string]bool{}
	for _, d := range said {
		if d.State == care.DeliveryAcknowledged {
			acknowledged[d.Source] = true
		}
	}
	level := rec.Head().Level
	if len(acknowledged) == 0 {
		return level, nil
	}
	history, err := r.History(rec.Ref)
	if err != nil {
		return level, err
	}
	for _, h := range slices.Backward(history) {
		if acknowledged[h.Rev.String()] {
			return protocol.Delivered, nil
		}
		var a Appointment
		if err := protocol.Decode(h.Value, &a); err != nil {
			return level, err
		}
		if strength[a.State] < strength[CheckedIn] {
			return level, nil
		}
	}
	return level, nil
}

// KindReprint is the kind of records that count how often a slip was printed
// again. ID: the appointment's.
const KindReprint protocol.Kind = "slip-reprint"

// Reprint counts them.
type Reprint struct {
	Appointment care.ID       `json:"appointment"`
	Terminal    care.ID       `json:"terminal,omitempty"`
	Count       int           `json:"count"`
	Rest        protocol.Rest `json:",unknown"`
}

// reprint asks for the slip again. Printing follows it; the terminal says which
// printer.
var reprint = care.Do(care.Action{
	Name: "appointment.reprint", Title: "补打预约凭条", Roles: bookers,
	Purpose: care.ForPrint, Lane: protocol.Administrative,
}, func(d *care.Deed, in ByAppointment) error {
	a, _, err := readAppointment(d, d.Actor, in.Appointment)
	if err != nil {
		return err
	}
	ref := protocol.Ref{Kind: KindReprint, ID: in.Appointment}
	p, _, err := optional[Reprint](d, ref)
	if err != nil {
		return err
	}
	p.Appointment, p.Terminal, p.Count = in.Appointment, d.Actor.Terminal, p.Count+1
	_, err = care.Write(d, protocol.Draft{Ref: ref, Subject: a.Person}, &p)
	return err
})

// mergeReprint keeps the higher count.
func mergeReprint(a, b protocol.Value) (protocol.Value, bool) {
	return merge(a, b, func(x, y *Reprint) (*Reprint, bool) {
		if y.Count > x.Count {
			x = y
		}
		return x, true
	})
}

package identity

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// GlassPage is the form by which a doctor declares an emergency, and what they
// declared before.
type GlassPage struct {
	Head  *screen.Person
	Form  Form
	Table screen.Table
}

// Frame puts the person on top of the page.
func (p GlassPage) Frame(c *screen.Chrome) {
	if p.Head != nil {
		c.Person, c.Back = p.Head, p.Head.Href
	}
}

// glassTyped takes the fields of the action, so that what was typed is still
// there after a refusal; it checks nothing.
type glassTyped struct {
	Person care.ID `json:"person,omitzero"`
	Type   string  `json:"type,omitzero"`
	Number string  `json:"number,omitzero"`
	Why    string  `json:"why,omitzero"`
	Words  string  `json:"words,omitzero"`
}

func glassForm() care.View {
	return care.Show(care.View{
		Name: "identity.emergency-form", Roles: care.Clinicians, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in glassTyped) (GlassPage, error) {
		out := GlassPage{Form: in.form()}
		if in.Person != "" {
			p, _, err := resident(l, in.Person)
			if err != nil {
				return out, err
			}
			l.Saw(in.Person, 1)
			head := HeadOf(in.Person, &p, l)
			out.Head = &head
		}
		found, err := care.Collect[care.Emergency](l, protocol.Query{Kind: care.KindEmergency, Index: "by", Match: []string{string(l.Actor.ID)}, Latest: true, Limit: rowsShown})
		if err != nil {
			return out, err
		}
		out.Table, err = glassTable(l, found, func(id care.ID, e *care.Emergency) string { return "/identity/person/" + string(e.Person) })
		out.Table.Caption = "我的紧急查阅"
		out.Table.Empty = &screen.Empty{Icon: "shield-check", Title: "还没有用过"}
		return out, err
	})
}

func (in glassTyped) form() Form {
	f := Form{Action: "/do/identity.break-glass", Submit: screen.Button{Label: "打开资料", Look: screen.Danger, Icon: "triangle-alert"},
		Note: &screen.Notice{Kind: screen.Warn, Title: "只在来不及征得同意时用",
			Text: "打开 4 小时，只能看。每次都会马上报给质控督导和安全管理员核查，本人也会收到通知。"}}
	if in.Person != "" {
		f.Hidden = []screen.Hidden{{Name: "person", Value: string(in.Person)}, {Name: "next", Value: "/identity/person/" + string(in.Person)}}
	} else {
		var kinds []screen.Option
		for _, d := range documents {
			kinds = append(kinds, screen.Option{Value: d.code, Label: d.label})
		}
		f.Hidden = []screen.Hidden{{Name: "next", Value: "/identity/emergency"}}
		f.Fields = []screen.Field{{Name: "type", Label: "证件类型", Type: "select", Value: in.Type, Options: kinds, Optional: true, Width: 20},
			{Name: "number", Label: "证件号码", Value: in.Number, Width: 20, MaxLength: 30}}
	}
	why := []screen.Option{{Label: "请选择"}}
	f.Fields = append(f.Fields,
		screen.Field{Name: "why", Label: "紧急情况", Type: "select", Value: in.Why, Options: append(why, optionsOf(emergencies)...), Width: 20},
		screen.Field{Name: "words", Label: "发生了什么", Hint: "不要写检查结果", Type: "textarea", Value: in.Words, MaxLength: 200})
	return f
}

// glassTable lists openings. Names are masked: who reviews need not know more.
func glassTable(l *care.Look, found []care.Found[care.Emergency], href func(care.ID, *care.Emergency) string) (screen.Table, error) {
	t := screen.Table{Columns: []screen.Column{{Label: "时间"}, {Label: "居民"}, {Label: "医生"}, {Label: "站点"}, {Label: "紧急情况"}, {Label: "核查"}}}
	for i := range found {
		e := &found[i].Value
		whom, err := personMasked(l, e.Person)
		if err != nil {
			return t, err
		}
		who, err := staffName(l, e.By)
		if err != nil {
			return t, err
		}
		l.Saw(e.Person, 1)
		mark := verdictMark(e, l.Now())
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{
			{Text: clock(e.At), Href: href(found[i].Ref.ID, e)}, {Text: whom}, {Text: who, Note: RoleWord(e.Role)}, {Text: string(e.Site)},
			{Text: labelOf(emergencies, e.Why)}, {Mark: &mark}}})
	}
	return t, nil
}

func clock(t time.Time) string { return t.In(care.Zone).Format("2006-01-02 15:04") }

func verdictMark(e *care.Emergency, now time.Time) screen.Mark {
	switch {
	case e.Verdict == care.Justified:
		return screen.Mark{Kind: screen.Good, Text: "合理"}
	case e.Verdict == care.Unjustified:
		return screen.Mark{Kind: screen.Bad, Text: "不合理"}
	case now.Sub(e.At) > reviewWithin:
		return screen.Mark{Kind: screen.Bad, Text: "超过 3 天没有核查"}
	}
	return screen.Mark{Kind: screen.Warn, Text: "等待核查"}
}

func personMasked(r protocol.Reader, id care.ID) (string, error) {
	p, _, err := care.Read[care.Person](r, care.ResidentRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return "（不在本站）", nil
	}
	return mask.Name(p.Name), err
}

func staffName(r protocol.Reader, id care.ID) (string, error) {
	s, _, err := care.Read[care.StaffMember](r, care.StaffRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return string(id), nil
	}
	return s.Name, err
}

// watchers see every opening: two who review, and the auditor.
var watchers = care.Roles(care.Supervisor, care.Security, care.Auditor)

// GlassList is every opening: those that wait first, the oldest on top.
type GlassList struct {
	Open screen.Table
	Done screen.Table
}

func glassList() care.View {
	return care.Show(care.View{
		Name: "identity.emergencies", Roles: watchers, Purpose: care.ForOperations, Place: care.InCounty, Personal: true,
	}, func(l *care.Look, _ struct{}) (GlassList, error) {
		list := func(state string, latest bool) (screen.Table, error) {
			found, err := care.Collect[care.Emergency](l, protocol.Query{Kind: care.KindEmergency, Index: "state", Match: []string{state}, Latest: latest, Limit: rowsShown})
			if err != nil {
				return screen.Table{}, err
			}
			return glassTable(l, found, func(id care.ID, _ *care.Emergency) string { return "/identity/emergencies/" + string(id) })
		}
		var out GlassList
		var err error
		if out.Open, err = list("open", false); err != nil {
			return out, err
		}
		out.Open.Caption, out.Open.Empty = "等待核查", &screen.Empty{Icon: "shield-check", Title: "没有等待核查的"}
		out.Done, err = list("reviewed", true)
		out.Done.Caption, out.Done.Empty = "核查过的", &screen.Empty{Icon: "inbox", Title: "还没有"}
		return out, err
	})
}

// GlassOne is one opening, with the form for the verdict.
type GlassOne struct {
	Facts screen.Summary
	Form  *Form
}

type glassID struct {
	Emergency care.ID `json:"emergency"`
}

func glassOne() care.View {
	return care.Show(care.View{
		Name: "identity.emergency", Roles: watchers, Purpose: care.ForOperations, Place: care.InCounty, Personal: true,
	}, func(l *care.Look, in glassID) (GlassOne, error) {
		e, _, err := care.Read[care.Emergency](l, protocol.Ref{Kind: care.KindEmergency, ID: in.Emergency})
		if errors.Is(err, protocol.ErrNotFound) {
			err = protocol.Refuse("no-emergency", "没有这次紧急查阅").Offer("/identity/emergencies")
		}
		if err != nil {
			return GlassOne{}, err
		}
		l.Saw(e.Person, 1)
		var out GlassOne
		if out.Facts, err = glassFacts(l, &e); err != nil {
			return out, err
		}
		if e.State == "open" && l.Actor.Role != care.Auditor && l.Actor.ID != e.By {
			out.Form = &Form{Action: "/do/identity.review-emergency", Submit: screen.Button{Label: "提交结论", Look: screen.Primary, Icon: "check"},
				Hidden: []screen.Hidden{{Name: "emergency", Value: string(in.Emergency)}, {Name: "next", Value: "/identity/emergencies"}},
				Choices: []screen.Choices{{Name: "verdict", Legend: "核查的结论", Options: []screen.Option{
					{Value: care.Justified, Label: "合理", Note: "当时来不及征得同意"}, {Value: care.Unjustified, Label: "不合理", Note: "马上关闭，并请处理"}}}},
				Fields: []screen.Field{{Name: "note", Label: "说明", Hint: "不合理的一定要写", Type: "textarea", Optional: true, MaxLength: 200}}}
		}
		return out, nil
	})
}

func glassFacts(r protocol.Reader, e *care.Emergency) (screen.Summary, error) {
	whom, err := personMasked(r, e.Person)
	if err != nil {
		return screen.Summary{}, err
	}
	who, err := staffName(r, e.By)
	mark := verdictMark(e, r.Now())
	rows := []screen.SummaryRow{{Key: "居民", Value: whom}, {Key: "医生", Value: who}, {Key: "站点", Value: string(e.Site)},
		{Key: "时间", Value: clock(e.At)}, {Key: "打开到", Value: clock(e.Until)}, {Key: "紧急情况", Value: labelOf(emergencies, e.Why)},
		{Key: "发生了什么", Value: e.Words}, {Key: "核查", Mark: &mark}}
	if e.State == "reviewed" && err == nil {
		var by string
		by, err = staffName(r, e.Reviewer)
		rows = append(rows, screen.SummaryRow{Key: "核查人", Value: by}, screen.SummaryRow{Key: "核查时间", Value: clock(e.Reviewed)},
			screen.SummaryRow{Key: "说明", Value: orNone(e.Note)})
	}
	return screen.Summary{Rows: rows}, err
}

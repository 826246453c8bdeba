package identity

import (
	"errors"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// lookFor is how long somebody of another station, who was looked up, stays
// here: the visit and the evening after it.
const lookFor = 24 * time.Hour

// Lookup is that a doctor asked for somebody's record of elsewhere: why, and
// that the person said yes in front of them.
type Lookup struct {
	Person care.ID       `json:"person"`
	Why    string        `json:"why"`
	By     care.ID       `json:"by"`
	At     time.Time     `json:"at"`
	Until  time.Time     `json:"until"`
	Rest   protocol.Rest `json:",unknown"`
}

// LookupInput is the form.
type LookupInput struct {
	Type   string `json:"type,omitempty"`
	Number string `json:"number"`
	Why    string `json:"why"`
	Agreed bool   `json:"agreed,omitzero"`
}

// lookUp makes this station follow somebody for a day. The identifier comes from
// the document, so nothing needs to be known here; the record arrives when the
// line is there, and leaves the disk when the time is over.
func lookUp() care.Action {
	return care.Do(care.Action{
		Name: "identity.lookup", Title: "查外站居民", Roles: []care.Role{care.Doctor},
		Purpose: care.ForIdentity, Lane: protocol.Urgent, Place: care.AtStation,
	}, func(d *care.Deed, in LookupInput) error {
		doc, err := document(d, in.Type, strings.TrimSpace(in.Number))
		if err != nil {
			return err
		}
		if len([]rune(strings.TrimSpace(in.Why))) < 2 {
			return protocol.Refuse("reason-missing", "请写明为什么要查这个人").OnField("why")
		}
		if !in.Agreed {
			return protocol.Refuse("not-agreed", "要先当面问过本人或监护人，同意了才能查").OnField("agreed")
		}
		person := d.PersonID(doc.Type, doc.Number)
		until := d.Now().Add(lookFor).UTC().Truncate(time.Second)
		if fresh, err := followUntil(d, person, until); err != nil {
			return err
		} else if !fresh {
			return protocol.Refuse("already-here", "这个人的资料本站已经有了，请直接查找").Offer("/identity/find")
		}
		l := Lookup{Person: person, Why: strings.TrimSpace(in.Why), By: d.Actor.ID, At: d.Now(), Until: until}
		_, err = care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: KindLookup, ID: d.NewID()}, Subject: person}, &l)
		return err
	})
}

// followUntil follows somebody for a time, and reports whether it had to: they
// may be followed longer already.
func followUntil(d *care.Deed, person care.ID, until time.Time) (fresh bool, err error) {
	ref := followRef(d.Site(), person)
	f, _, err := care.Read[protocol.Follow](d, ref)
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return false, err
	}
	if err == nil && !f.Ended && (f.Until.IsZero() || f.Until.After(until)) {
		return false, nil
	}
	f.Site, f.Scope, f.Until, f.Ended = d.Site(), protocol.PersonScope(person), until, false
	_, err = care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &f)
	return true, err
}

// LookupPage is the form, and what was asked for in the last days.
type LookupPage struct {
	Form  Form
	Table screen.Table
}

func lookupPage() care.View {
	return care.Show(care.View{
		Name: "identity.lookup-form", Roles: []care.Role{care.Doctor}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in lookupTyped) (LookupPage, error) {
		var kinds []screen.Option
		for _, d := range documents {
			kinds = append(kinds, screen.Option{Value: d.code, Label: d.label})
		}
		out := LookupPage{
			Form: Form{Action: "/do/identity.lookup", Hidden: []screen.Hidden{{Name: "next", Value: "/identity/lookup"}},
				Submit: screen.Button{Label: "去县里取资料", Look: screen.Primary, Icon: "search"},
				Fields: []screen.Field{
					{Name: "type", Label: "证件类型", Type: "select", Value: in.Type, Options: kinds, Optional: true, Width: 20},
					{Name: "number", Label: "证件号码", Value: in.Number, Width: 20, MaxLength: 30},
					{Name: "why", Label: "为什么要查", Hint: "会留下记录，可以查到是谁查的", Value: in.Why, MaxLength: 100}},
				Choices: []screen.Choices{{Name: "agreed", Legend: "本人或监护人是否同意", Many: true,
					Options: []screen.Option{{Value: "true", Label: "当面问过，同意", Checked: in.Agreed}}}}},
			Table: screen.Table{Caption: "查过的外站居民",
				Columns: []screen.Column{{Label: "时间"}, {Label: "姓名"}, {Label: "为什么要查"}, {Label: "状态"}},
				Empty:   &screen.Empty{Icon: "search", Title: "还没有查过", Text: "资料在本站保留一天，到时自动清除"}},
		}
		found, err := care.Collect[Lookup](l, protocol.Query{Kind: KindLookup, Index: "all", Latest: true, Limit: rowsShown})
		for i := range found {
			row, err := lookupRow(l, &found[i].Value)
			if err != nil {
				return out, err
			}
			out.Table.Rows = append(out.Table.Rows, row)
		}
		return out, err
	})
}

// lookupTyped takes the fields of the action, so that what was typed is still
// there after a refusal; it checks nothing.
type lookupTyped LookupInput

func lookupRow(l *care.Look, v *Lookup) (screen.Row, error) {
	who := screen.Cell{}
	mark := screen.Mark{Kind: screen.Calm, Text: "线路通了会自动取来；等不及就先按新来的人登记"}
	p, _, err := care.Read[care.Person](l, care.ResidentRef(v.Person))
	switch {
	case err == nil:
		l.Saw(v.Person, 1)
		who = screen.Cell{Text: p.Name, Href: "/identity/person/" + string(v.Person)}
		mark = screen.Mark{Kind: screen.Good, Text: "已经取到"}
	case !errors.Is(err, protocol.ErrNotFound):
		return screen.Row{}, err
	case !l.Now().Before(v.Until):
		mark = screen.Mark{Kind: screen.Info, Text: "时间到了，已经清除"}
	}
	return screen.Row{Cells: []screen.Cell{{Text: v.At.In(care.Zone).Format("2006-01-02 15:04")}, who, {Text: v.Why}, {Mark: &mark}}}, nil
}

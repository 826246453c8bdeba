package identity

import (
	"net/url"
	"strconv"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
	"xiangyi/protocol/codec/pinyin"
)

// atDesks is who may look residents up: people who care for them or book for
// them. Operators look after machines.
var atDesks = []care.Role{care.Doctor, care.CountyDoctor, care.Scheduler, care.Pharmacist, care.Supervisor}

const rowsShown = 25

// Found is what a search came to.
type Found struct {
	Search Search
	Query  screen.Field
	Group  screen.Field
	Home   *screen.Field // in the county: of which station
	Table  screen.Table
	Few    bool // too little was typed
	Many   bool // more than are listed
	Can    bool // may register somebody
	Away   bool // may ask for somebody of another station
}

func findView() care.View {
	return care.Show(care.View{
		Name: "identity.find", Roles: atDesks, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in Search) (Found, error) {
		out := Found{Search: in, Few: in.tooShort(), Can: l.Actor.Role == care.Doctor,
			Query: screen.Field{Name: "q", Label: "找谁", Hint: "姓名、拼音、首字母、户号，或证件、电话的后四位", Type: "search", Value: in.Q, Width: 20},
			Group: screen.Field{Name: "group", Label: "村民小组", Value: in.Group, Width: 12, Optional: true},
		}
		out.Away = out.Can && l.Site() != county
		if l.Site() == county {
			home, err := stationField(l, in.Home)
			if err != nil {
				return out, err
			}
			out.Home = &home
		}
		found, err := find(l, in)
		if err != nil {
			return out, err
		}
		out.Many = len(found) >= mostFound
		page, pager := screen.Window(found, rowsShown, in.Page, in.path)
		out.Table = residentTable(l, page)
		out.Table.Pager = pager
		return out, nil
	})
}

// path is the address of a page of the same search. What was typed may be a
// name or a number, so hosts keep queries out of their logs.
func (s Search) path(n int) string {
	q := url.Values{"page": {strconv.Itoa(n)}}
	for k, v := range map[string]string{"q": s.Q, "group": s.Group, "home": string(s.Home)} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return "/identity/find?" + q.Encode()
}

// residentTable shows enough to tell two people of one name apart: age,
// household, group, and numbers with their ends.
func residentTable(l *care.Look, found []care.Found[care.Person]) screen.Table {
	t := screen.Table{Caption: "找到的居民", Columns: []screen.Column{
		{Label: "姓名"}, {Label: "性别"}, {Label: "年龄", Numeric: true}, {Label: "户号"}, {Label: "小组"},
		{Label: "证件号码"}, {Label: "手机号"}, {Label: "所属站点"}, {Label: "认证"}},
		Empty: &screen.Empty{Icon: "search", Title: "没有找到", Text: "换个写法再试：少打几个字、只打首字母，或用户号、证件后四位。"}}
	for _, f := range found {
		p := &f.Value
		l.Saw(f.Ref.ID, 1)
		t.Rows = append(t.Rows, screen.Row{Cells: []screen.Cell{
			{Text: p.Name, Href: "/identity/person/" + string(f.Ref.ID)}, {Text: sexWord(p.Sex)}, {Text: age(p, l)},
			{Text: p.Household}, {Text: p.Group}, {Text: documentMasked(p)}, {Text: mask.Phone(p.Phone)}, {Text: string(p.Home)},
			{Mark: knownMark(p, f.Conflicted())},
		}})
	}
	return t
}

func age(p *care.Person, r protocol.Reader) string {
	if a := p.Age(r.Now()); a >= 0 {
		return strconv.Itoa(a)
	}
	return ""
}

func knownMark(p *care.Person, conflicted bool) *screen.Mark {
	switch {
	case conflicted:
		return &screen.Mark{Kind: screen.Warn, Text: "资料有出入"}
	case seenOnCard(p):
		return &screen.Mark{Kind: screen.Good, Text: "已刷身份证"}
	}
	return &screen.Mark{Kind: screen.Calm, Text: "村医登记"}
}

func stationField(r protocol.Reader, now protocol.Site) (screen.Field, error) {
	orgs, err := care.Collect[care.Organisation](r, protocol.Query{Kind: care.KindOrganisation, Index: "all"})
	f := screen.Field{Name: "home", Label: "所属站点", Type: "select", Optional: true, Value: string(now),
		Options: []screen.Option{{Label: "全部站点"}}}
	for _, o := range orgs {
		if o.Value.Site != "" {
			f.Options = append(f.Options, screen.Option{Value: string(o.Value.Site), Label: o.Value.Name})
		}
	}
	return f, err
}

// RegisterPage is the form for somebody without a card, with whom it might be
// already.
type RegisterPage struct {
	Form  Form
	Ask   *screen.Choices // shown when somebody has the same name
	Alike screen.Table
}

func registerForm() care.View {
	return care.Show(care.View{
		Name: "identity.register-form", Roles: []care.Role{care.Doctor}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, typed registerInput) (RegisterPage, error) {
		in := Registration(typed)
		out := RegisterPage{Form: Form{
			Action: "/do/identity.register", Hidden: []screen.Hidden{{Name: "next", Value: "/identity/person/{about}"}},
			Submit: screen.Button{Label: "登记", Look: screen.Primary, Icon: "user-plus", Key: "F2"},
			Fields: in.fields(),
		}}
		if l.Site() == county {
			home, err := stationField(l, in.Home)
			if err != nil {
				return out, err
			}
			out.Form.Fields = append(out.Form.Fields, home)
		}
		if in.Name == "" {
			return out, nil
		}
		found, err := care.Collect[care.Person](l, protocol.Query{Kind: care.KindResident, Index: "keys", Match: []string{pinyin.Normal(name(in.Name))}})
		var alike []care.Found[care.Person]
		for _, f := range found {
			if f.Value.Name == name(in.Name) {
				alike = append(alike, f)
			}
		}
		if len(alike) > 0 {
			out.Alike = residentTable(l, alike)
			out.Alike.Caption = "同名的居民"
			out.Ask = &screen.Choices{Name: "another", Legend: "是不是同一个人", Many: true, Options: []screen.Option{
				{Value: "true", Label: "我核对过，是另一个人", Checked: in.Another}}}
		}
		return out, err
	})
}

// The view takes the same fields as the action, so that what was typed is
// still there after a refusal; it checks nothing.
type registerInput Registration

func (in Registration) fields() []screen.Field {
	var kinds, sexOptions []screen.Option
	for _, d := range documents {
		kinds = append(kinds, screen.Option{Value: d.code, Label: d.label})
	}
	sexOptions = append(sexOptions, screen.Option{Label: "请选择"})
	for _, s := range sexes {
		sexOptions = append(sexOptions, screen.Option{Value: s.code, Label: s.label})
	}
	return []screen.Field{
		{Name: "name", Label: "姓名", Value: in.Name, Width: 20, MaxLength: 50},
		{Name: "type", Label: "证件类型", Type: "select", Value: in.Type, Options: kinds, Optional: true, Width: 20},
		{Name: "number", Label: "证件号码", Hint: "填了身份证号，性别和出生日期可以不填", Value: in.Number, Optional: true, Width: 20, MaxLength: 30},
		{Name: "sex", Label: "性别", Type: "select", Value: in.Sex, Options: sexOptions, Width: 8},
		{Name: "birth", Label: "出生日期", Type: "date", Value: in.Birth, Width: 12},
		{Name: "phone", Label: "手机号", Type: "tel", Value: in.Phone, Optional: true, Width: 12, MaxLength: 14},
		{Name: "household", Label: "户号", Value: in.Household, Optional: true, Width: 12, MaxLength: 20},
		{Name: "group", Label: "村民小组", Value: in.Group, Optional: true, Width: 12, MaxLength: 30},
		{Name: "address", Label: "住址", Value: in.Address, Optional: true, MaxLength: 100},
	}
}

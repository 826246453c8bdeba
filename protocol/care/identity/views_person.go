package identity

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// PersonPage is somebody's page at desk and portal: who they are, what they
// agreed to, who may act for them, and the way to their records.
type PersonPage struct {
	ID        care.ID
	Head      screen.Person
	Facts     screen.Summary
	Receipt   screen.Receipt
	Conflict  bool
	Links     []screen.Tile
	Consents  screen.Table
	Relations screen.Table
	Child     bool
	Open      *screen.Choices // terminals that the doctor can open for them
	Waiting   *screen.Notice  // one is being opened
	Doctor    bool            // may change things here
	Account   []screen.Button
	Emergency *screen.Button // opens the record though they did not agree
}

// Frame puts the person on top of the page.
func (p PersonPage) Frame(c *screen.Chrome) { c.Person = &p.Head }

// PersonLinks lead from a person to what other services keep of them; the
// identifier is put behind. A service adds its desk page here and nowhere else.
var PersonLinks = []screen.Tile{
	{Label: "挂号", Icon: "calendar-plus", Href: "/appointment/person/", Key: "F3"},
	{Label: "测量记录", Icon: "heart-pulse", Href: "/exam/person/", Key: "F4"},
	{Label: "检查报告", Icon: "file-text", Href: "/report/person/", Key: "F6"},
	{Label: "照片", Icon: "camera", Href: "/media/person/", Key: "F7"},
}

func personView() care.View {
	return care.Show(care.View{
		Name: "identity.person", Roles: atDesks, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in AboutPerson) (PersonPage, error) {
		p, rec, err := resident(l, in.Person)
		if err != nil {
			return PersonPage{}, err
		}
		l.Saw(in.Person, 1)
		out := PersonPage{ID: in.Person, Head: HeadOf(in.Person, &p, l), Conflict: rec.Conflicted(),
			Child: isChild(&p, l.Now()), Doctor: l.Actor.Role == care.Doctor}
		level, err := care.LevelOf(l, &rec)
		if err != nil {
			return out, err
		}
		out.Receipt = screen.Receipt{Level: screen.Level(level) + screen.SavedHere, To: "县医院"}
		for _, t := range PersonLinks {
			t.Href += string(in.Person)
			out.Links = append(out.Links, t)
		}
		if out.Facts, err = personFacts(l, in.Person, &p); err != nil {
			return out, err
		}
		if out.Consents, err = consentTable(l, in.Person, out.Doctor); err != nil {
			return out, err
		}
		if agreed, err := care.Consented(l, in.Person, care.ConsentHealth); err != nil {
			return out, err
		} else if !agreed && contains(care.Clinicians, l.Actor.Role) {
			out.Emergency = &screen.Button{Label: "紧急查阅", Icon: "triangle-alert", Look: screen.Quiet, Href: "/identity/emergency?person=" + string(in.Person)}
		}
		if out.Relations, err = relationTable(l, in.Person, out.Child, out.Doctor); err != nil {
			return out, err
		}
		if out.Doctor {
			err = out.forDoctor(l)
		}
		return out, err
	})
}

// HeadOf is the line above every page of somebody's record.
func HeadOf(id care.ID, p *care.Person, r protocol.Reader) screen.Person {
	return screen.Person{Name: p.Name, Sex: sexWord(p.Sex), Age: age(p, r), ID: documentMasked(p), Href: "/identity/person/" + string(id)}
}

func personFacts(r protocol.Reader, id care.ID, p *care.Person) (screen.Summary, error) {
	rows := []screen.SummaryRow{
		{Key: "出生日期", Value: p.Birth}, {Key: "证件号码", Value: documentMasked(p)},
		{Key: "手机号", Value: orNone(mask.Phone(p.Phone))}, {Key: "户号", Value: orNone(p.Household)},
		{Key: "村民小组", Value: orNone(p.Group)}, {Key: "住址", Value: addressMasked(p.Address)},
		{Key: "所属站点", Value: string(p.Home)}, {Key: "接收消息", Value: wishWord(p.Notices)},
	}
	rows = append(rows, screen.SummaryRow{Key: "认证", Mark: knownMark(p, false)})
	s, _, err := care.Read[SignIn](r, signInRef(id))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return screen.Summary{}, err
	}
	if err == nil {
		rows = append(rows, screen.SummaryRow{Key: "最近登录", Value: s.At.In(care.Zone).Format("2006-01-02 15:04")},
			screen.SummaryRow{Key: "登录方式", Value: methodWord(s.Method)})
	}
	return screen.Summary{Rows: rows}, nil
}

func addressMasked(address string) string {
	if address == "" {
		return orNone("")
	}
	return mask.Address(address)
}

func methodWord(m protocol.Method) string {
	switch m {
	case care.ByCard:
		return "身份证"
	case care.ByPassword:
		return "密码"
	case care.ByDoctor:
		return "村医担保"
	}
	return "系统"
}

func consentTable(r protocol.Reader, person care.ID, doctor bool) (screen.Table, error) {
	t := screen.Table{Caption: "同意书", Columns: []screen.Column{{Label: "事项"}, {Label: "状态"}, {Label: "时间"}, {Label: "操作", Hidden: true}}}
	for _, p := range purposes {
		form, err := currentForm(r, p)
		if err != nil {
			return t, err
		}
		s, err := standingConsent(r, person, p)
		if err != nil {
			return t, err
		}
		row := screen.Row{Cells: []screen.Cell{{Text: purposeWord(p)}, {Mark: s.mark(form.Version)}, {}, {}}}
		if s.Asked {
			row.Cells[2].Text = s.At.In(care.Zone).Format("2006-01-02 15:04")
		}
		if doctor {
			row.Cells[3].Buttons = []screen.Button{{Label: "查看和登记", Href: "/identity/person/" + string(person) + "/consent/" + string(p), Look: screen.Quiet}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (s Standing) mark(current string) *screen.Mark {
	kind := screen.Calm
	if s.Given {
		kind = screen.Good
	}
	return &screen.Mark{Kind: kind, Text: s.word(current)}
}

// relationTable lists the guardians of a child, or the children of a guardian.
func relationTable(l *care.Look, person care.ID, child, doctor bool) (screen.Table, error) {
	index, caption := "guardian", "可以替他们办理的孩子"
	if child {
		index, caption = "ward", "监护人"
	}
	t := screen.Table{Caption: caption, Columns: []screen.Column{{Label: "姓名"}, {Label: "监护人是孩子的"}, {Label: "看过的证明"}, {Label: "操作", Hidden: true}}}
	all, err := standing(l, index, person)
	for _, r := range all {
		other := r.Ward
		if child {
			other = r.Guardian
		}
		shown := "（不在本站）"
		if p, _, err := care.Read[care.Person](l, care.ResidentRef(other)); err == nil {
			shown = p.Name
			l.Saw(other, 1)
		}
		row := screen.Row{Cells: []screen.Cell{{Text: shown, Href: "/identity/person/" + string(other)},
			{Text: labelOf(relations, r.Relation)}, {Text: labelOf(bases, r.Basis)}, {}}}
		if doctor {
			row.Cells[3].Buttons = []screen.Button{{Label: "结束监护关系", Action: "/do/identity.end-relation", Look: screen.Quiet,
				Fields: []screen.Hidden{{Name: "guardian", Value: string(r.Guardian)}, {Name: "ward", Value: string(r.Ward)}}}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, err
}

// forDoctor adds what the village doctor can do for somebody: open a terminal,
// free a locked PIN.
func (p *PersonPage) forDoctor(l *care.Look) error {
	c, wait, err := usable(l, residentCredential(p.ID))
	if err != nil {
		return err
	}
	fields := []screen.Hidden{{Name: "person", Value: string(p.ID)}}
	if wait > 0 {
		p.Account = append(p.Account, screen.Button{Label: "解除登录锁定", Action: "/do/identity.unlock", Icon: "key-round", Fields: fields})
	}
	if c.Hash != "" {
		p.Account = append(p.Account, screen.Button{Label: "取消登录密码", Action: "/do/identity.drop-pin", Icon: "trash-2", Look: screen.Quiet, Fields: fields})
	}
	if l.Site() == county {
		return nil
	}
	return p.terminals(l)
}

func (p *PersonPage) terminals(l *care.Look) error {
	found, err := care.Collect[care.Terminal](l, protocol.Query{Kind: care.KindTerminal, Index: "site", Match: []string{string(l.Site())}})
	if err != nil {
		return err
	}
	ask := screen.Choices{Name: "terminal", Legend: "打开哪台自助机"}
	for _, t := range found {
		if t.Value.Retired {
			continue
		}
		k, err := kioskAt(l, t.Ref.ID)
		if err != nil {
			return err
		}
		o := screen.Option{Value: string(t.Ref.ID), Label: t.Value.Name, Note: t.Value.Room, Icon: "smartphone"}
		if k.serves(l.Now()) && k.Person != p.ID {
			o.Closed = "正在为别人服务"
		}
		if k.Person == p.ID && k.waits(l) {
			p.Waiting = &screen.Notice{Kind: screen.Calm, Title: "自助机正在打开", Text: "请本人走到自助机前。",
				Action: &screen.Button{Label: "不打开了", Action: "/do/identity.close-kiosk", Fields: []screen.Hidden{{Name: "terminal", Value: o.Value}}}}
		}
		ask.Options = append(ask.Options, o)
	}
	if len(ask.Options) == 1 {
		ask.Options[0].Checked = ask.Options[0].Closed == ""
	}
	if len(ask.Options) > 0 {
		p.Open = &ask
	}
	return nil
}

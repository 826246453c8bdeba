package identity

import (
	"errors"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// EditPage is the correction of somebody's details.
type EditPage struct {
	Head screen.Person
	Form Form
}

// Frame puts the person on top of the page.
func (p EditPage) Frame(c *screen.Chrome) { c.Person, c.Back = &p.Head, p.Head.Href }

func editForm() care.View {
	return care.Show(care.View{
		Name: "identity.edit-form", Roles: []care.Role{care.Doctor}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in AboutPerson) (EditPage, error) {
		p, _, err := resident(l, in.Person)
		if err != nil {
			return EditPage{}, err
		}
		l.Saw(in.Person, 1)
		back := "/identity/person/" + string(in.Person)
		typed := Registration{Name: p.Name, Sex: p.Sex, Birth: p.Birth, Phone: p.Phone, Household: p.Household, Group: p.Group, Address: p.Address}
		out := EditPage{Head: HeadOf(in.Person, &p, l), Form: Form{
			Action: "/do/identity.edit",
			Hidden: []screen.Hidden{{Name: "person", Value: string(in.Person)}, {Name: "next", Value: back}},
			Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check", Key: "F2"},
		}}
		for _, f := range typed.fields() {
			if f.Name != "type" && f.Name != "number" {
				out.Form.Fields = append(out.Form.Fields, f)
			}
		}
		if seenOnCard(&p) {
			out.Form.Note = &screen.Notice{Kind: screen.Info, Text: "姓名、性别和出生日期来自身份证，要改请让本人再刷一次身份证"}
		}
		return out, nil
	})
}

func guardianForm() care.View {
	return care.Show(care.View{
		Name: "identity.guardian-form", Roles: []care.Role{care.Doctor}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in AboutPerson) (EditPage, error) {
		p, _, err := resident(l, in.Person)
		if err != nil {
			return EditPage{}, err
		}
		l.Saw(in.Person, 1)
		return EditPage{Head: HeadOf(in.Person, &p, l), Form: Form{
			Action: "/do/identity.relate",
			Hidden: []screen.Hidden{{Name: "ward", Value: string(in.Person)}, {Name: "next", Value: "/identity/person/" + string(in.Person)}},
			Fields: []screen.Field{{Name: "guardian", Label: "监护人的身份证号", Hint: "监护人要先登记，或刷过身份证", Width: 20, MaxLength: 60}},
			Choices: []screen.Choices{
				{Name: "relation", Legend: "监护人是孩子的什么人", Options: optionsOf(relations)},
				{Name: "basis", Legend: "看到了哪种证明", Options: optionsOf(bases)},
			},
			Submit: screen.Button{Label: "登记监护人", Look: screen.Primary, Icon: "check", Key: "F2"},
		}}, nil
	})
}

func optionsOf(list []struct{ code, label string }) []screen.Option {
	var out []screen.Option
	for _, x := range list {
		out = append(out, screen.Option{Value: x.code, Label: x.label})
	}
	return out
}

// Calls are the bells of this station that ring or were answered.
type Calls struct {
	Open []CallRow
	None screen.Empty
}

// CallRow is one of them, with what the doctor can do.
type CallRow struct {
	Terminal string
	Room     string
	Who      string
	Mark     screen.Mark
	Since    string // 09:14
	Page     string // where they stand
	Buttons  []screen.Button
}

func calls() care.View {
	return care.Show(care.View{
		Name: "identity.calls", Roles: []care.Role{care.Doctor}, Purpose: care.ForCare, Personal: true,
	}, func(l *care.Look, _ struct{}) (Calls, error) {
		out := Calls{None: screen.Empty{Icon: "bell-ring", Title: "现在没有人呼叫", Text: "有人按“呼叫村医”，这里会马上出现。"}}
		bells, err := care.Collect[Bell](l, protocol.Query{Kind: KindBell, Index: "site", Match: []string{string(l.Site())}})
		if err != nil {
			return out, err
		}
		for _, b := range bells {
			if b.Value.State == BellClosed {
				continue
			}
			row, err := callRow(l, &b.Value)
			if err != nil {
				return out, err
			}
			out.Open = append(out.Open, row)
		}
		return out, nil
	})
}

func callRow(l *care.Look, b *Bell) (CallRow, error) {
	out := CallRow{Terminal: string(b.Terminal), Since: b.Rung.In(care.Zone).Format("15:04"), Page: pageWord(b.Path), Who: "没有登录"}
	t, _, err := care.Read[care.Terminal](l, care.TerminalRef(b.Terminal))
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return out, err
	}
	if err == nil {
		out.Terminal, out.Room = t.Name, t.Room
	}
	out.offer(b)
	if b.Person == "" {
		return out, nil
	}
	p, _, err := care.Read[care.Person](l, care.ResidentRef(b.Person))
	if errors.Is(err, protocol.ErrNotFound) {
		return out, nil
	}
	out.Who = mask.Call(p.Name)
	l.Saw(b.Person, 1)
	out.Buttons = append(out.Buttons, screen.Button{Label: "打开资料", Href: "/identity/person/" + string(b.Person), Icon: "user-round"})
	return out, err
}

// offer adds what can be done about a call in its state.
func (row *CallRow) offer(b *Bell) {
	at := []screen.Hidden{{Name: "terminal", Value: string(b.Terminal)}, {Name: "next", Value: "/identity/calls"}}
	do := func(label, action, icon string, look screen.Look, key string) {
		row.Buttons = append(row.Buttons, screen.Button{Label: label, Action: "/do/identity." + action, Icon: icon, Look: look, Key: key, Fields: at})
	}
	switch b.State {
	case BellRinging:
		row.Mark = screen.Mark{Kind: screen.Warn, Text: "正在呼叫", Icon: "bell-ring"}
		do("马上过去", "answer", "check", screen.Primary, "F2")
		do("在这里协助", "take-over", "hand-heart", screen.Secondary, "")
	case BellAnswered:
		row.Mark = screen.Mark{Kind: screen.Good, Text: "已应答"}
		do("在这里协助", "take-over", "hand-heart", screen.Secondary, "")
	default:
		row.Mark = screen.Mark{Kind: screen.Good, Text: "正在协助"}
	}
	do("办完了", "close-call", "check-check", screen.Quiet, "")
}

// pageWord says on which kind of page somebody stands.
func pageWord(path string) string {
	for _, p := range []struct{ prefix, word string }{
		{"/identity/signin", "登录"}, {"/identity/consent", "同意书"}, {"/identity", "我的资料"},
		{"/appointment", "挂号"}, {"/exam", "测量身体指标"}, {"/report", "检查报告"},
	} {
		if strings.HasPrefix(path, p.prefix) {
			return p.word
		}
	}
	return "首页"
}

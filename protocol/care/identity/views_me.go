package identity

import (
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// Me is a resident's own details, masked as far as they need not be read: the
// screen stands in a waiting room.
type Me struct {
	Facts    screen.Summary
	Receipt  screen.Receipt
	Children *screen.Button // to act for a child, when one is known
	Myself   *screen.Tile   // back from a child
}

func me() care.View {
	return care.Show(care.View{
		Name: "identity.mine", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, _ struct{}) (Me, error) {
		person, p, rec, err := aboutMe(l)
		if err != nil {
			return Me{}, err
		}
		level, err := care.LevelOf(l, &rec)
		if err != nil {
			return Me{}, err
		}
		out := Me{Receipt: screen.Receipt{Level: screen.Level(level) + screen.SavedHere, To: "县医院"}}
		out.Facts.Rows = []screen.SummaryRow{
			{Key: "姓名", Value: p.Name},
			{Key: "证件号码", Value: documentMasked(&p)},
			{Key: "手机号", Value: orNone(mask.Phone(p.Phone)), Href: "/identity/me/phone"},
			{Key: "接收消息", Value: wishWord(p.Notices), Href: "/identity/me/wishes"},
			{Key: "同意书", Value: "查看或撤回", Href: "/identity/consent"},
		}
		if l.Actor.For != "" && l.Actor.For != l.Actor.ID {
			out.Myself = &screen.Tile{Label: "回到我自己", Icon: "user-round", Action: ActForPath, Fields: hiddenBack("/identity/me")}
			return out, nil
		}
		pin, err := pinState(l, person)
		if err != nil {
			return out, err
		}
		out.Facts.Rows = append(out.Facts.Rows, screen.SummaryRow{Key: "登录密码", Value: pin, Href: "/identity/me/pin"})
		wards, err := standing(l, "guardian", person)
		if len(wards) > 0 {
			out.Children = &screen.Button{Label: "替孩子办理", Icon: "users", Href: "/identity/wards"}
		}
		return out, err
	})
}

func documentMasked(p *care.Person) string {
	switch {
	case p.Document.Number == "":
		return "没有登记证件"
	case p.Document.Type == DocumentCard:
		return mask.IDNumber(p.Document.Number)
	}
	return mask.Permit(p.Document.Number)
}

func orNone(text string) string {
	if text == "" {
		return "没有填写"
	}
	return text
}

func wishWord(w care.NoticeWishes) string {
	switch {
	case w.SMS && w.Lectures:
		return "短信和健康讲座"
	case w.SMS:
		return "短信"
	case w.Lectures:
		return "健康讲座"
	}
	return "只在自助机上显示"
}

func pinState(r protocol.Reader, person care.ID) (string, error) {
	c, _, err := care.Read[Credential](r, residentCredential(person))
	if errors.Is(err, protocol.ErrNotFound) || err == nil && c.Hash == "" {
		return "没有设置", nil
	}
	return "已设置", err
}

// Form is a page with one form.
type Form struct {
	Action  string
	Hidden  []screen.Hidden
	Fields  []screen.Field
	Choices []screen.Choices
	Note    *screen.Notice
	Submit  screen.Button
	Other   *screen.Button // another way, with a form of its own
}

func phoneForm() care.View {
	return care.Show(care.View{
		Name: "identity.my-phone", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, _ struct{}) (Form, error) {
		person, p, _, err := aboutMe(l)
		return Form{
			Action: "/do/identity.contact",
			Hidden: []screen.Hidden{{Name: "person", Value: string(person)}, {Name: "keep", Value: "true"}, {Name: "next", Value: "/identity/me"}},
			Fields: []screen.Field{{Name: "phone", Label: "新的手机号", Hint: hintNow(mask.Phone(p.Phone)), Type: "tel", Numpad: true, Width: 12, MaxLength: 13}},
			Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check"},
		}, err
	})
}

func hintNow(masked string) string {
	if masked == "" {
		return "挂号、停诊时用它找您"
	}
	return masked
}

func wishForm() care.View {
	return care.Show(care.View{
		Name: "identity.my-wishes", Roles: []care.Role{care.Resident}, Purpose: care.ForNotice, Personal: true,
	}, func(l *care.Look, _ struct{}) (Form, error) {
		person, p, _, err := aboutMe(l)
		return Form{
			Action: "/do/identity.wishes",
			Hidden: []screen.Hidden{{Name: "person", Value: string(person)}, {Name: "next", Value: "/identity/me"}},
			Choices: []screen.Choices{
				{Name: "sms", Legend: "短信", Many: true, Options: []screen.Option{
					{Value: "true", Label: "发短信告诉我预约和报告的消息", Icon: "smartphone", Checked: p.Notices.SMS}}},
				{Name: "lectures", Legend: "健康讲座", Many: true, Options: []screen.Option{
					{Value: "true", Label: "有新的健康讲座告诉我", Icon: "book-open", Checked: p.Notices.Lectures}}},
			},
			Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check"},
		}, err
	})
}

func pinForm() care.View {
	return care.Show(care.View{
		Name: "identity.my-pin", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, _ struct{}) (Form, error) {
		me := l.Actor.ID
		l.Saw(me, 1)
		state, err := pinState(l, me)
		out := Form{
			Action: "/do/identity.set-pin",
			Hidden: []screen.Hidden{{Name: "person", Value: string(me)}, {Name: "next", Value: "/identity/me"}},
			Fields: []screen.Field{
				{Name: "secret.text", Label: "新的 6 位密码", Hint: "不要用生日、电话、连号或重复的数字", Type: "password", Numpad: true, Width: 8, MaxLength: 6},
				{Name: "secret.again", Label: "再输入一次", Type: "password", Numpad: true, Width: 8, MaxLength: 6},
			},
			Submit: screen.Button{Label: "保存", Look: screen.Primary, Icon: "check"},
		}
		if state == "已设置" {
			out.Other = &screen.Button{Label: "不再用密码登录", Action: "/do/identity.drop-pin", Icon: "trash-2", Look: screen.Quiet,
				Fields: []screen.Hidden{{Name: "person", Value: string(me)}, {Name: "next", Value: "/identity/me"}}}
		}
		return out, err
	})
}

// Wards is a guardian's choice of a child.
type Wards struct {
	all  []screen.Tile
	page int
	None screen.Empty
}

// Shown cuts the list to what one page of the reader's mode holds.
func (w Wards) Shown(choices int) screen.Tiles {
	out := screen.Tiles{Label: "替哪个孩子办理"}
	out.Items, out.Pager = screen.Window(w.all, choices, w.page, pagePath("/identity/wards"))
	return out
}

func wards() care.View {
	return care.Show(care.View{
		Name: "identity.wards", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity, Personal: true,
	}, func(l *care.Look, in pageInput) (Wards, error) {
		all, err := standing(l, "guardian", l.Actor.ID)
		if err != nil {
			return Wards{}, err
		}
		out := Wards{page: in.Page, None: screen.Empty{Icon: "users", Title: "还没有登记孩子",
			Text: "未满 14 岁的孩子由监护人替他们办理。请带户口簿或出生证明找村医登记。"}}
		for _, r := range all {
			p, _, err := care.Read[care.Person](l, care.ResidentRef(r.Ward))
			if errors.Is(err, protocol.ErrNotFound) {
				continue // registered at another station; comes with the line
			}
			if err != nil {
				return Wards{}, err
			}
			if !isChild(&p, l.Now()) {
				continue
			}
			l.Saw(r.Ward, 1)
			out.all = append(out.all, screen.Tile{Label: p.Name, Icon: "user-round", Action: ActForPath,
				Fields: []screen.Hidden{{Name: "ward", Value: string(r.Ward)}, {Name: "back", Value: "/"}}})
		}
		return out, nil
	})
}

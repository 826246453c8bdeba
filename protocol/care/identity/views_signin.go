package identity

import (
	"net/url"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// The addresses that hosts answer themselves, with the calls of door.go.
const (
	EnterPath   = "/identity/enter"   // phone and pin, or login, password and role; back
	ActForPath  = "/identity/act-for" // ward, or none for oneself; back
	ArrivedPath = "/arrived"          // lets in whose card was read; back
)

// Return is the input of pages that lead back to where somebody came from.
type Return struct {
	Back string `json:"back,omitzero"`
}

func (r Return) to(path string) string {
	if r.Back == "" {
		return path
	}
	return path + "?back=" + url.QueryEscape(screen.SafeBack(r.Back))
}

// everybody is who may stand at a sign-in page.
var everybody = care.Roles(care.Visitor, care.Resident, care.Staff)

// Ways is the kiosk's first question: how do you want to be recognised.
type Ways struct{ Tiles screen.Tiles }

func ways() care.View {
	return care.Show(care.View{
		Name: "identity.ways", Roles: care.Roles(care.Visitor, care.Resident), Purpose: care.ForIdentity,
	}, func(l *care.Look, in Return) (Ways, error) {
		return Ways{screen.Tiles{Label: "登录方式", Items: []screen.Tile{
			{Label: "刷身份证", Note: "把身份证放在读卡区", Icon: "id-card", Href: in.to("/identity/signin/card"), Main: true},
			{Label: "手机号和密码", Note: "设置过密码的可以用", Icon: "smartphone", Href: in.to("/identity/signin/phone")},
			{Label: "请村医帮忙", Note: "没带证件，村医认识您也可以", Icon: "hand-heart", Action: "/do/identity.call",
				Fields: []screen.Hidden{{Name: "path", Value: "/identity/signin"}, {Name: "next", Value: "/identity/calling"}}},
		}}}, nil
	})
}

// Reading is the page on which a card is laid on the reader. The host signs in
// and leads on by itself when the reader has read.
type Reading struct {
	Steps  screen.Next
	Reader screen.Notice // what the reader is doing; a host may show another
	Ready  screen.Button // without script nobody else turns the page
	Other  screen.Button
}

func reading() care.View {
	return care.Show(care.View{
		Name: "identity.reading", Roles: care.Roles(care.Visitor, care.Resident), Purpose: care.ForIdentity,
	}, func(l *care.Look, in Return) (Reading, error) {
		return Reading{
			Steps: screen.Next{Title: "请放身份证", Steps: []screen.Step{
				{Text: "把身份证平放在读卡区，有照片的一面朝上"},
				{Text: "不要移动，等屏幕自己翻页"},
				{Text: "办完后请记得拿走身份证"},
			}},
			Reader: screen.Notice{Kind: screen.Calm, Text: "正在等身份证"},
			Ready:  screen.Button{Label: "放好了，继续", Href: in.to(ArrivedPath), Icon: "arrow-right", Look: screen.Primary},
			Other:  screen.Button{Label: "换一种方式登录", Href: in.to("/identity/signin"), Icon: "undo-2"},
		}, nil
	})
}

// Entry is a form that a host's EnterPath answers.
type Entry struct {
	Action string
	Fields []screen.Field
	Hidden []screen.Hidden
	Note   *screen.Notice
}

func phoneEntry() care.View {
	return care.Show(care.View{
		Name: "identity.phone-entry", Roles: care.Roles(care.Visitor, care.Resident), Purpose: care.ForIdentity,
	}, func(l *care.Look, in Return) (Entry, error) {
		return Entry{Action: EnterPath, Hidden: hiddenBack(in.Back), Fields: []screen.Field{
			{Name: "phone", Label: "手机号", Type: "tel", Numpad: true, Width: 12, MaxLength: 13},
			{Name: "pin", Label: "6 位密码", Type: "password", Numpad: true, Width: 8, MaxLength: 6},
		}}, nil
	})
}

// staffEntry is the sign-in of desk and portal. The role is asked only of those
// who hold several; the first is taken when it is left open.
func staffEntry() care.View {
	return care.Show(care.View{
		Name: "identity.staff-entry", Roles: everybody, Purpose: care.ForIdentity,
	}, func(l *care.Look, in Return) (Entry, error) {
		return Entry{Action: EnterPath, Hidden: hiddenBack(in.Back), Fields: []screen.Field{
			{Name: "login", Label: "登录名", Width: 20, MaxLength: 16, Autocomplete: "username"},
			{Name: "password", Label: "密码", Type: "password", Width: 20, MaxLength: maxSecretBytes, Autocomplete: "current-password"},
			{Name: "role", Label: "这次以什么身份工作", Type: "select", Optional: true, Width: 20,
				Options: append([]screen.Option{{Value: "", Label: "我的常用身份"}}, roleOptions(nil)...)},
		}}, nil
	})
}

func hiddenBack(back string) []screen.Hidden {
	if back == "" {
		return nil
	}
	return []screen.Hidden{{Name: "back", Value: screen.SafeBack(back)}}
}

// passwordForm is one's own new password, at desk and portal.
func passwordForm() care.View {
	return care.Show(care.View{
		Name: "identity.password-form", Roles: care.Staff, Purpose: care.ForIdentity,
	}, func(l *care.Look, in Return) (Entry, error) {
		return Entry{
			Action: "/do/identity.set-password", Hidden: []screen.Hidden{{Name: "next", Value: screen.SafeBack(in.Back)}},
			Fields: passwordFields("新密码"),
			Note:   &screen.Notice{Kind: screen.Info, Text: "至少 10 位，大写字母、小写字母、数字、符号里要有三种。不要用别处用过的密码。"},
		}, nil
	})
}

func passwordFields(label string) []screen.Field {
	return []screen.Field{
		{Name: "secret.text", Label: label, Type: "password", Width: 20, MaxLength: maxSecretBytes, Autocomplete: "new-password"},
		{Name: "secret.again", Label: "再输入一次", Type: "password", Width: 20, MaxLength: maxSecretBytes, Autocomplete: "new-password"},
	}
}

// Calling is what the kiosk shows after 呼叫村医.
type Calling struct {
	Notice screen.Notice
	Next   screen.Next
}

func calling() care.View {
	return care.Show(care.View{
		Name: "identity.calling", Roles: care.Roles(care.Visitor, care.Resident), Purpose: care.ForCare,
	}, func(l *care.Look, in Return) (Calling, error) {
		out := Calling{
			Notice: screen.Notice{Kind: screen.Info, Title: "还没有呼叫", Text: "请按“呼叫村医”。"},
			Next: screen.Next{Title: "如果一直没人来", Steps: []screen.Step{
				{Text: "胸口痛、喘不上气、半边身子动不了、流血不止：马上打 120"},
				{Text: "请到村医桌前，或门口看值班电话"},
				{Text: "不急的话，可以先回首页办别的事"},
			}},
		}
		if !l.Actor.Terminal.Valid() {
			return out, nil
		}
		b, err := bellAt(l, l.Actor.Terminal)
		if err != nil || !b.pending(l.Now()) {
			return out, err
		}
		out.Notice = bellNotice(b.State)
		return out, nil
	})
}

func bellNotice(s BellState) screen.Notice {
	switch s {
	case BellAnswered:
		return screen.Notice{Kind: screen.Good, Title: "村医看到了，马上就来", Text: "请在这里稍等。"}
	case BellAssisting:
		return screen.Notice{Kind: screen.Good, Title: "村医正在协助您", Text: "请看村医怎么做，有不明白的直接问。"}
	}
	return screen.Notice{Kind: screen.Calm, Title: "正在呼叫村医", Text: "村医桌上的铃响了，请在这里稍等。"}
}

// roleOptions lists the roles of people who work here.
func roleOptions(have []care.Role) []screen.Option {
	var out []screen.Option
	for _, r := range care.Staff {
		out = append(out, screen.Option{Value: string(r), Label: RoleWord(r), Checked: contains(have, r)})
	}
	return out
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// RoleWord is what a role is called on screens, zh-CN.
func RoleWord(r care.Role) string {
	switch r {
	case care.Resident:
		return "居民"
	case care.Doctor:
		return "村医"
	case care.CountyDoctor:
		return "县乡医生"
	case care.Scheduler:
		return "排班员"
	case care.Pharmacist:
		return "药师"
	case care.Supervisor:
		return "质控督导"
	case care.Operator:
		return "系统管理员"
	case care.Security:
		return "安全管理员"
	case care.Auditor:
		return "审计管理员"
	case care.System:
		return "系统"
	}
	return "访客"
}

// aboutMe runs what residents see of themselves, or a guardian of a child.
func aboutMe(l *care.Look) (care.ID, care.Person, protocol.Record, error) {
	me := Self(l.Actor)
	p, rec, err := resident(l, me)
	l.Saw(me, 1)
	return me, p, rec, err
}

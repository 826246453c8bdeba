package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// self is whose records a person at a screen may see: their own, or those of
// whom they stand in for.
func self(a protocol.Actor) care.ID {
	if a.For != "" {
		return a.For
	}
	return a.ID
}

// Menu is the page that asks what to measure.
type Menu struct {
	Tiles []screen.Tile
	Page  int
}

// Shown is one screenful of choices.
func (m Menu) Shown(most int) screen.Tiles {
	items, pager := screen.Window(m.Tiles, most, m.Page, func(page int) string { return "/exam?page=" + itoa(page) })
	return screen.Tiles{Label: "测什么", Items: items, Pager: pager}
}

type menuInput struct {
	Page int `json:"page,omitzero"`
}

func menu() care.View {
	return care.Show(care.View{Name: "exam.menu", Roles: []care.Role{care.Resident}, Purpose: care.ForCare},
		func(l *care.Look, in menuInput) (Menu, error) {
			m := Menu{Page: in.Page}
			whats, err := offered(l, l.Actor.Terminal)
			for _, w := range whats {
				m.Tiles = append(m.Tiles, screen.Tile{Label: tileLabel(w), Icon: w.Icon(), Href: "/exam/measure/" + string(w)})
			}
			m.Tiles = append(m.Tiles, screen.Tile{Label: "我的测量记录", Icon: "chart-line", Href: "/exam/mine"})
			return m, err
		})
}

func tileLabel(w What) string {
	if w == Pressure {
		return "血压和脉搏"
	}
	return w.Name()
}

// Instructions is the page before a measurement.
type Instructions struct {
	What   What
	Person care.ID
	Name   string
	Steps  []Picture
}

// PageTitle names what is measured.
func (i Instructions) PageTitle() string { return i.Name }

// Picture is one step: a sign and a sentence.
type Picture struct{ Icon, Text string }

var pictures = map[What][]Picture{
	Pressure: {
		{"clock", "先坐着休息 5 分钟，不说话，不跷腿"},
		{"hand-heart", "袖带绑在光着的上臂，和心口一样高"},
		{"check", "点“开始测量”，再按仪器上的开始键"},
	},
	Pulse: {
		{"clock", "先坐着休息 5 分钟"},
		{"hand-heart", "手指伸进夹子，手放平，不要动"},
		{"check", "点“开始测量”，等数字停下来"},
	},
	Temperature: {
		{"clock", "刚喝过热水或出过汗，请等 10 分钟"},
		{"thermometer", "体温计夹在腋下，夹紧，胳膊不动"},
		{"check", "点“开始测量”，听到响声再拿出来"},
	},
	Oxygen: {
		{"hand-heart", "把手搓热，擦掉指甲油"},
		{"droplet", "手指伸进夹子，手放平，不要动"},
		{"check", "点“开始测量”，等数字停下来"},
	},
	Breath: {
		{"clock", "先坐着休息 5 分钟"},
		{"wind", "自然呼吸，不要说话"},
		{"check", "点“开始测量”，坐着等一分钟"},
	},
	Sugar: {
		{"droplet", "洗手擦干，请村医帮忙采血"},
		{"clock", "记住上一顿饭是什么时候吃的"},
		{"check", "点“开始测量”，把试纸插进仪器"},
	},
	Weight: {
		{"weight", "脱鞋，拿出口袋里的东西"},
		{"check", "点“开始测量”，站上去不要动"},
	},
	Height: {
		{"weight", "脱鞋，站直，脚跟靠墙"},
		{"check", "点“开始测量”，眼睛看前面"},
	},
}

type whatInput struct {
	What What `json:"what"`
	Page int  `json:"page,omitzero"`
}

func (in whatInput) Check() error {
	if !in.What.Known() {
		return protocol.Refuse("no-such-measure", "没有这个测量项目").Offer("/exam")
	}
	return nil
}

func instructions() care.View {
	return care.Show(care.View{Name: "exam.instructions", Roles: []care.Role{care.Resident}, Purpose: care.ForCare},
		func(l *care.Look, in whatInput) (Instructions, error) {
			return Instructions{What: in.What, Person: self(l.Actor), Name: tileLabel(in.What), Steps: pictures[in.What]}, nil
		})
}

// Wait is the page between 开始测量 and the result. It stands open, and the host
// paints it again when the session's observation arrives.
type Wait struct {
	Session care.ID
	Path    string
	Again   string
	Open    bool // still waiting
	Until   time.Time
	Result  *Result
}

type sessionInput struct {
	Session care.ID `json:"session"`
}

// Waits is the view of the waiting page.
const Waits protocol.ActionName = "exam.waiting"

func waits() care.View {
	return care.Show(care.View{Name: Waits, Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in sessionInput) (Wait, error) {
			s, _, err := care.Read[Session](l, SessionRef(in.Session))
			if err != nil {
				return Wait{}, gone(err)
			}
			if err := l.Own(s.Person); err != nil {
				return Wait{}, err
			}
			w := Wait{Session: in.Session, Path: "/exam/wait/" + string(in.Session), Again: "/exam/measure/" + string(s.What), Until: s.Until}
			if s.What == "" {
				w.Again = "/exam"
			}
			there, err := care.Exists(l, Ref(in.Session))
			if err != nil {
				return w, err
			}
			if there {
				r, err := resultFor(l, in.Session)
				w.Result = &r
				return w, err
			}
			l.Saw(s.Person, 0)
			w.Open = s.Ended.IsZero() && !l.Now().After(s.Until)
			return w, nil
		})
}

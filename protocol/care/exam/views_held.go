package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// HeldRow is a reading of nobody, in a list or on its page.
type HeldRow struct {
	ID       care.ID
	At       time.Time
	Terminal string
	Device   string
	Why      string // zh-CN
	Figures  []Figure
	Mark     screen.Mark
	Href     string
}

var heldWhy = map[string]string{
	heldNobody:  "没有人按“开始测量”",
	heldLate:    "按“开始测量”已经超过 3 分钟",
	heldUsed:    "这次测量已经有一条读数了",
	heldOther:   "是另一台仪器的读数",
	heldBefore:  "读数早于“开始测量”",
	heldConsent: "本人没有同意记录健康信息",
}

// HeldList is the readings of nobody at this station, oldest first.
type HeldList struct{ Rows []HeldRow }

func heldHere(l *care.Look) ([]care.Found[Held], error) {
	return care.Collect[Held](l, protocol.Query{Kind: KindHeld, Index: "state", Match: []string{string(l.Site()), string(Waiting)}})
}

func heldRow(id care.ID, h *Held) HeldRow {
	_, flag, quality, ok := leading(&h.Reading)
	if !ok {
		quality = h.Reading.Quality
	}
	return HeldRow{
		ID: id, At: h.Reading.ObservedAt, Terminal: string(h.Reading.Terminal), Device: string(h.Reading.Device),
		Why: heldWhy[h.Why], Figures: brief(&h.Reading), Mark: markOf(flag, quality), Href: "/exam/unassigned/" + string(id),
	}
}

func heldList() care.View {
	return care.Show(care.View{Name: "exam.unassigned", Roles: []care.Role{care.Doctor}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, _ struct{}) (HeldList, error) {
			found, err := heldHere(l)
			var out HeldList
			for i := range found {
				out.Rows = append(out.Rows, heldRow(found[i].Ref.ID, &found[i].Value))
			}
			l.Saw("", len(out.Rows))
			return out, err
		})
}

// AssignPage asks whose a reading is.
type AssignPage struct {
	Reading HeldRow
	Search  screen.Field
	Asked   bool // something was searched for
	People  screen.Choices
	Reason  screen.Field // why it is nobody's
}

type assignInput struct {
	Reading care.ID `json:"reading"`
	Q       string  `json:"q,omitempty"`
}

func assignPage() care.View {
	return care.Show(care.View{Name: "exam.assigning", Roles: []care.Role{care.Doctor}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in assignInput) (AssignPage, error) {
			h, _, err := care.Read[Held](l, HeldRef(in.Reading))
			if err != nil {
				return AssignPage{}, noReading(err)
			}
			if h.State != Waiting {
				return AssignPage{}, protocol.Refuse("already-assigned", "这条读数已经处理过了").Offer("/exam/unassigned")
			}
			l.Saw("", 1)
			out := AssignPage{
				Reading: heldRow(in.Reading, &h), Search: searchField(in.Q), Asked: in.Q != "",
				Reason: screen.Field{Name: "reason", Label: "不属于任何人的原因", Type: "text", MaxLength: 200},
			}
			out.People, err = peopleChoices(l, in.Q)
			return out, err
		})
}

func searchField(q string) screen.Field {
	return screen.Field{Name: "q", Label: "找人", Hint: "姓名、拼音首字母、手机号或证件末四位", Type: "search", Value: q, MaxLength: 40}
}

func peopleChoices(l *care.Look, q string) (screen.Choices, error) {
	found, err := people(l, q)
	return screen.Choices{Name: "person", Legend: "这是谁的读数", Options: found}, err
}

func noReading(err error) error {
	if isNotFound(err) {
		return protocol.Refuse("no-reading", "没有找到这条读数").Offer("/exam/unassigned")
	}
	return err
}

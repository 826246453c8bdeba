package report

import (
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
	"xiangyi/protocol/codec/pinyin"
)

// HeldRow is a report of nobody, in a list or on its page.
type HeldRow struct {
	ID     care.ID
	Name   string // as the hospital wrote it
	Number string // of the document, masked
	Title  string
	Issuer string
	Issued time.Time
	Why    string // zh-CN
	Href   string
}

var heldWhy = map[string]string{
	heldUnknown: "还没有登记这个人",
	heldName:    "姓名和登记的不一样",
	heldOther:   "以前的版本是另一个人的",
	heldDiffers: "同一版本内容不同",
}

// HeldList is the reports that wait for their person, oldest first.
type HeldList struct{ Rows []HeldRow }

func heldHere(l *care.Look) ([]care.Found[Held], error) {
	return care.Collect[Held](l, protocol.Query{Kind: KindHeld, Index: "state", Match: []string{string(Waiting)}})
}

func heldRow(id care.ID, h *Held) HeldRow {
	return HeldRow{
		ID: id, Name: h.Paper.Name, Number: mask.IDNumber(h.Paper.Document.Number), Title: h.Paper.Title, Issuer: h.Paper.Issuer,
		Issued: h.Paper.Issued, Why: heldWhy[h.Why], Href: "/report/held/" + string(id),
	}
}

func heldList() care.View {
	return care.Show(care.View{Name: "report.held", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
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

// MatchPage asks whose a report is.
type MatchPage struct {
	Held   HeldRow
	Search screen.Field
	Asked  bool
	People screen.Choices
	Reason screen.Field // why it goes back
}

type matchInput struct {
	Held care.ID `json:"held"`
	Q    string  `json:"q,omitempty"`
}

func matchPage() care.View {
	return care.Show(care.View{Name: "report.matching", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in matchInput) (MatchPage, error) {
			h, _, err := care.Read[Held](l, HeldRef(in.Held))
			if isNotFound(err) {
				return MatchPage{}, protocol.Refuse("no-report", "没有找到这份报告").Offer("/report/held")
			}
			if err != nil {
				return MatchPage{}, err
			}
			if h.State != Waiting {
				return MatchPage{}, protocol.Refuse("already-matched", "这份报告已经处理过了").Offer("/report/held")
			}
			l.Saw("", 1)
			out := MatchPage{
				Held: heldRow(in.Held, &h), Asked: in.Q != "",
				Search: screen.Field{Name: "q", Label: "找人", Hint: "姓名、拼音首字母、手机号或证件末四位", Type: "search", Value: in.Q, MaxLength: 40},
				People: screen.Choices{Name: "person", Legend: "这是谁的报告"},
				Reason: screen.Field{Name: "reason", Label: "退回的原因", Type: "text", MaxLength: 200},
			}
			out.People.Options, err = people(l, in.Q)
			return out, err
		})
}

// mostPeople is how many people a choice offers; more ask for more letters.
const mostPeople = 12

// people finds residents by name, pinyin, telephone, household or the last four
// digits. Birth date and last four digits stand beside each name, so that
// nobody is picked blindly.
func people(l *care.Look, text string) ([]screen.Option, error) {
	text = strings.TrimSpace(text)
	if len(text) < 2 {
		return nil, nil
	}
	seen := map[care.ID]bool{}
	var out []screen.Option
	for _, by := range [][2]string{{"keys", pinyin.Normal(text)}, {"last4", strings.ToUpper(text)}, {"phone", text}, {"household", text}} {
		if by[1] == "" {
			continue
		}
		found, err := care.Collect[care.Person](l, protocol.Query{Kind: care.KindResident, Index: by[0], Match: []string{by[1]}, Limit: mostPeople})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if seen[f.Ref.ID] || len(out) == mostPeople {
				continue
			}
			seen[f.Ref.ID] = true
			note := f.Value.Birth
			if f.Value.Last4 != "" {
				note += " · **" + f.Value.Last4
			}
			out = append(out, screen.Option{Value: string(f.Ref.ID), Label: f.Value.Name, Note: note})
			l.Saw(f.Ref.ID, 1)
		}
	}
	return out, nil
}

// PrintRow is one copy in a list.
type PrintRow struct {
	Name     string
	Report   care.ID
	Title    string
	Version  int64
	Copy     int
	Site     protocol.Site
	Terminal string
	Medium   string // zh-CN
	Asked    time.Time
	Reason   string // zh-CN
	Mark     screen.Mark
}

var printMarks = map[PrintState]screen.Mark{
	PrintWaiting: {Kind: screen.Calm, Text: "排队"}, PrintRunning: {Kind: screen.Calm, Text: "正在打印"},
	PrintStopped: {Kind: screen.Warn, Text: "停住"}, PrintInDoubt: {Kind: screen.Warn, Text: "不确定"}, PrintDone: {Kind: screen.Good, Text: "完成"}, PrintFailed: {Kind: screen.Bad, Text: "失败"},
}

func printRows(l *care.Look, copies []care.Found[Print]) ([]PrintRow, error) {
	var out []PrintRow
	for i := range copies {
		p := &copies[i].Value
		name, err := nameOf(l, p.Person)
		if err != nil {
			return nil, err
		}
		row := PrintRow{
			Name: name, Report: p.Report, Version: p.Version, Copy: p.Copy, Site: p.Site, Terminal: string(p.Terminal), Medium: "纸",
			Asked: p.Asked, Mark: printMarks[p.State],
		}
		if p.Medium == AsFile {
			row.Medium = "电子"
		}
		if r, err := version(l, p.Report, p.Version); err == nil {
			row.Title = r.Title
		}
		for _, reason := range Reasons {
			if reason.Code == p.Reason {
				row.Reason = reason.Label
			}
		}
		out = append(out, row)
		l.Saw(p.Person, 1)
	}
	return out, nil
}

// Prints is every copy that was made, newest first.
type Prints struct {
	Rows  []PrintRow
	Older string
}

func prints() care.View {
	return care.Show(care.View{Name: "report.prints", Roles: care.Roles(care.Clinicians, care.Supervisor), Purpose: care.ForOperations, Personal: true},
		func(l *care.Look, in deskInput) (Prints, error) {
			var out Prints
			found, err := care.Collect[Print](l, protocol.Query{Kind: KindPrint, Index: "all", To: in.Before, Latest: true, Limit: rowsShown + 1})
			if err != nil {
				return out, err
			}
			if len(found) > rowsShown {
				found = found[:rowsShown]
				out.Older = "/report/prints?before=" + found[rowsShown-1].Value.Asked.UTC().Format("2006-01-02T15:04:05.999999999Z")
			}
			out.Rows, err = printRows(l, found)
			return out, err
		})
}

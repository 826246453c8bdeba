package report

import (
	"slices"
	"strconv"
	"strings"
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

// Row is one report in a list.
type Row struct {
	ID       care.ID
	Person   care.ID
	Name     string // of the person, for staff
	Title    string
	Category string // zh-CN
	Issuer   string
	Issued   time.Time
	Out      int // items that are not as they should be
	Unread   bool
	Marks    []screen.Mark
	Receipt  screen.Receipt
	Href     string
}

var categories = map[Category]string{Lab: "检验", Imaging: "检查", Exam: "体检"}

// Icon is the category's sign.
func (c Category) Icon() string {
	switch c {
	case Lab:
		return "flask-conical"
	case Imaging:
		return "image"
	}
	return "clipboard-list"
}

// outOf counts the items that are not as they should be.
func outOf(r *Report) int {
	n := 0
	for i := range r.Items {
		if r.Items[i].told() && r.Items[i].Flag.Out() {
			n++
		}
	}
	return n
}

// openRow tells a report that its person may see.
func openRow(rd protocol.Reader, rec *protocol.Record, r *Report, sight Sight) (Row, error) {
	row := Row{
		ID: rec.Ref.ID, Person: r.Person, Title: r.Title, Category: categories[r.Category], Issuer: r.Issuer, Issued: r.Issued,
		Href: "/report/" + string(rec.Ref.ID),
	}
	level, err := care.LevelOf(rd, rec)
	if err != nil {
		return row, err
	}
	row.Receipt = screen.Receipt{Level: screen.Level(level) + 1}
	if sight == Withdrawn {
		row.Marks = []screen.Mark{{Kind: screen.Warn, Text: "医院已撤回"}}
		return row, nil
	}
	row.Out = outOf(r)
	seen, err := care.Exists(rd, readRef(rec.Ref.ID, r.Version))
	if err != nil {
		return row, err
	}
	row.Unread = !seen
	row.Marks = marksOf(r, sight)
	return row, nil
}

func marksOf(r *Report, sight Sight) []screen.Mark {
	var out []screen.Mark
	if r.Status.changed() {
		out = append(out, screen.Mark{Kind: screen.Warn, Text: "已更正"})
	}
	if sight == Renewing {
		out = append(out, screen.Mark{Kind: screen.Calm, Text: "医院正在更正"})
	}
	return out
}

// Line is one item of a report as people read it.
type Line struct {
	Code, Name, Value, Unit, Range string
	Mark                           *screen.Mark // nil: as it should be
	Last                           string       // the value of the report before, with its unit
	LastAt                         time.Time
	Change                         string // zh-CN: 比上次高; empty when it cannot be said
	Waiting                        bool   // no result yet
}

var flagMarks = map[Flag]screen.Mark{
	Low: {Kind: screen.Warn, Text: "偏低"}, High: {Kind: screen.Warn, Text: "偏高"}, Abnormal: {Kind: screen.Warn, Text: "异常"},
	VeryLow: {Kind: screen.Bad, Text: "过低，危急"}, VeryHigh: {Kind: screen.Bad, Text: "过高，危急"}, VeryUnlike: {Kind: screen.Bad, Text: "危急"},
}

// lines lists the items, those that are not as they should be first, the worst
// on top. before holds each code's last earlier value.
func lines(r *Report, before map[string]earlier) []Line {
	var out []Line
	for i := range r.Items {
		item := &r.Items[i]
		l := Line{Code: item.Code, Name: item.Name, Value: item.Value, Unit: unitWords(item.Unit), Range: item.Range}
		if !item.told() {
			out = append(out, Line{Code: item.Code, Name: item.Name, Waiting: true})
			continue
		}
		if m, ok := flagMarks[item.Flag]; ok {
			l.Mark = &m
		}
		if b, ok := before[item.Code]; ok {
			l.Last, l.LastAt = strings.TrimSpace(b.item.Value+" "+unitWords(b.item.Unit)), b.at
			l.Change = change(item, &b.item)
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b Line) int { return b.weight() - a.weight() })
	return out
}

func (l *Line) weight() int {
	switch {
	case l.Mark == nil:
		return 0
	case l.Mark.Kind == screen.Bad:
		return 2
	}
	return 1
}

// change compares two values of the same item in the same unit.
func change(now, last *Item) string {
	a, ok1 := number(now.Value)
	b, ok2 := number(last.Value)
	if !ok1 || !ok2 || unit(now.Unit) != unit(last.Unit) {
		return ""
	}
	return map[int]string{-1: "比上次低", 0: "和上次一样", 1: "比上次高"}[a.Cmp(b)]
}

// earlier is an item of an earlier report.
type earlier struct {
	item Item
	at   time.Time
}

// depth is how many reports of a person are looked at for earlier values.
const depth = 60

// theirs lists the reports of a person that may be shown, newest first.
func theirs(rd protocol.Reader, person care.ID, most int) ([]shown, error) {
	var out []shown
	q := protocol.Query{Kind: KindReport, Index: "person", Match: []string{string(person)}, Latest: true, Limit: most}
	for rec, err := range rd.Scan(q) {
		if err != nil {
			return nil, err
		}
		r, sight, err := look(rd, &rec)
		if err != nil {
			return nil, err
		}
		if sight != Hidden && r.Person == person {
			out = append(out, shown{rec, r, sight})
		}
	}
	return out, nil
}

// shown is a report that may be shown, and how.
type shown struct {
	Record protocol.Record
	Report Report
	Sight  Sight
}

// before finds each item's last value in reports that were issued earlier.
func before(rd protocol.Reader, r *Report, id care.ID) (map[string]earlier, error) {
	all, err := theirs(rd, r.Person, depth)
	out := map[string]earlier{}
	for _, s := range all {
		if s.Record.Ref.ID == id || s.Sight == Withdrawn || !s.Report.Issued.Before(r.Issued) {
			continue
		}
		for _, item := range s.Report.Items {
			if _, ok := out[item.Code]; !ok && item.told() && item.Value != "" {
				out[item.Code] = earlier{item, s.Report.Issued}
			}
		}
	}
	return out, err
}

func itoa(n int) string { return strconv.Itoa(n) }

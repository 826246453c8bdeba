package report

import (
	"net/url"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Filter is what a list of reports is narrowed to.
type Filter struct {
	Category Category `json:"category,omitempty"`
	Months   int      `json:"months,omitzero"` // only so far back; 0 is everything
	Page     int      `json:"page,omitzero"`
}

// Check refuses a category that is none.
func (f Filter) Check() error {
	if _, ok := categories[f.Category]; !ok && f.Category != "" || f.Months < 0 || f.Months > 1200 {
		return protocol.Refuse("bad-input", "没有这个类别").Offer("/report")
	}
	return nil
}

func (f Filter) path(page int) string {
	v := url.Values{}
	if f.Category != "" {
		v.Set("category", string(f.Category))
	}
	if f.Months > 0 {
		v.Set("months", itoa(f.Months))
	}
	if page > 1 {
		v.Set("page", itoa(page))
	}
	if len(v) == 0 {
		return "/report"
	}
	return "/report?" + v.Encode()
}

// Mine is a person's list of reports, newest first.
type Mine struct {
	Rows   []Row
	Filter Filter
	All    int // how many there are without the filter
}

// List is one screenful of Mine.
type List struct {
	Items []Row
	Pager screen.Pager
}

// Shown is one screenful: one report fewer than a screen has choices, since the
// filter is one too.
func (m Mine) Shown(most int) List {
	items, pager := screen.Window(m.Rows, most-1, m.Filter.Page, m.Filter.path)
	return List{items, pager}
}

// Narrowed says what the list is narrowed to, in zh-CN; "" for nothing.
func (m Mine) Narrowed() string {
	for _, c := range choices {
		if c.Filter.Category == m.Filter.Category && c.Filter.Months == m.Filter.Months && c.Filter != (Filter{}) {
			return c.Label
		}
	}
	return ""
}

// choices are the filters that a person can pick from.
var choices = []struct {
	Label, Icon string
	Filter      Filter
}{
	{"全部报告", "inbox", Filter{}},
	{"只看检验", "flask-conical", Filter{Category: Lab}},
	{"只看检查", "image", Filter{Category: Imaging}},
	{"只看体检", "clipboard-list", Filter{Category: Exam}},
	{"最近三个月", "calendar-days", Filter{Months: 3}},
	{"最近一年", "calendar-days", Filter{Months: 12}},
}

func mine() care.View {
	return care.Show(care.View{Name: "report.mine", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, f Filter) (Mine, error) {
			out := Mine{Filter: f}
			all, err := theirs(l, self(l.Actor), 1000)
			if err != nil {
				return out, err
			}
			from := time.Time{}
			if f.Months > 0 {
				from = l.Now().AddDate(0, -f.Months, 0)
			}
			out.All = len(all)
			for i := range all {
				s := &all[i]
				if f.Category != "" && s.Report.Category != f.Category || s.Report.Issued.Before(from) {
					continue
				}
				row, err := openRow(l, &s.Record, &s.Report, s.Sight)
				if err != nil {
					return out, err
				}
				out.Rows = append(out.Rows, row)
			}
			l.Saw(self(l.Actor), len(out.Rows))
			return out, nil
		})
}

// Filters is the page on which a person narrows the list.
type Filters struct{ Page int }

type pageInput struct {
	Page int `json:"page,omitzero"`
}

// Shown is one screenful of choices.
func (f Filters) Shown(most int) screen.Tiles {
	var tiles []screen.Tile
	for _, c := range choices {
		tiles = append(tiles, screen.Tile{Label: c.Label, Icon: c.Icon, Href: c.Filter.path(1)})
	}
	items, pager := screen.Window(tiles, most, f.Page, func(page int) string { return "/report/filter?page=" + itoa(page) })
	return screen.Tiles{Label: "筛选报告", Items: items, Pager: pager}
}

func filters() care.View {
	return care.Show(care.View{Name: "report.filters", Roles: []care.Role{care.Resident}, Purpose: care.ForCare},
		func(_ *care.Look, in pageInput) (Filters, error) { return Filters(in), nil })
}

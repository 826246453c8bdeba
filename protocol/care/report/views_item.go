package report

import (
	"slices"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Course is one item over time.
type Course struct {
	Name  string
	Trend *screen.Trend // nil with fewer than two values that can be drawn
	Rows  []Value
	Back  string
}

// Value is one value of a Course.
type Value struct {
	At                 time.Time
	Value, Unit, Range string
	Mark               *screen.Mark
}

type itemInput struct {
	Report care.ID `json:"report"`
	Code   string  `json:"code"`
}

func course() care.View {
	return care.Show(care.View{Name: "report.item", Roles: care.Roles(care.Resident, care.Clinicians), Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in itemInput) (Course, error) {
			r, _, _, err := visible(l, l.Actor, in.Report)
			if err != nil {
				return Course{}, err
			}
			if err := staffNeedConsent(l, r.Person); err != nil {
				return Course{}, err
			}
			out := Course{Back: pathOf(l.Actor, in.Report)}
			all, err := theirs(l, r.Person, depth)
			if err != nil {
				return out, err
			}
			out.collect(all, in.Code)
			l.Saw(r.Person, len(out.Rows))
			return out, nil
		})
}

// staffNeedConsent lets staff look at a person's reports only with consent.
func staffNeedConsent(l *care.Look, person care.ID) error {
	if l.Actor.Role == care.Resident {
		return nil
	}
	return l.NeedConsent(person, care.ConsentHealth)
}

// collect takes the item out of reports that stand newest first. Only values
// in the newest one's unit are drawn.
func (c *Course) collect(all []shown, code string) {
	series := screen.Series{}
	for _, s := range all {
		i := slices.IndexFunc(s.Report.Items, func(i Item) bool { return i.Code == code && i.told() && i.Value != "" })
		if i < 0 || s.Sight == Withdrawn {
			continue
		}
		item := s.Report.Items[i]
		v := Value{At: s.Report.Issued, Value: item.Value, Unit: unitWords(item.Unit), Range: item.Range}
		if m, ok := flagMarks[item.Flag]; ok {
			v.Mark = &m
		}
		if c.Name == "" {
			c.Name = item.Name
		}
		c.Rows = append(c.Rows, v)
		if x, ok := number(item.Value); ok && v.Unit == c.Rows[0].Unit {
			f, _ := x.Float64()
			series.Points = append(series.Points, screen.Point{At: v.At, Value: f, Text: v.Value, Mark: v.Mark})
		}
	}
	slices.Reverse(series.Points)
	if len(series.Points) > 1 {
		series.Name = c.Name
		c.Trend = &screen.Trend{ID: "course", Title: c.Name, Unit: c.Rows[0].Unit, Series: []screen.Series{series}, Bands: band(c.Rows[0].Range)}
	}
}

package exam

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

type observationInput struct {
	Observation care.ID `json:"observation"`
}

// resultFor reads an observation, its receipt and its trend for whoever may see
// it, and puts it on record.
func resultFor(l *care.Look, id care.ID) (Result, error) {
	o, rec, err := find(l, id)
	if err != nil {
		return Result{}, err
	}
	if err := l.Own(o.Person); err != nil {
		return Result{}, err
	}
	level, err := care.LevelOf(l, &rec)
	if err != nil {
		return Result{}, err
	}
	r := result(id, &o, level)
	r.Trends, err = trendsFor(l, &o, r.What)
	l.Saw(o.Person, 1)
	return r, err
}

// one is the page of one result; urgentPage the same where it alarms.
func one(name protocol.ActionName) care.View {
	return care.Show(care.View{Name: name, Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in observationInput) (Result, error) { return resultFor(l, in.Observation) })
}

// Mine is what a person had measured: the latest of each thing.
type Mine struct {
	Latest []Latest
	Page   int
}

// Latest is one line of Mine.
type Latest struct {
	What               What
	Name, Figure, Unit string
	Icon               string
	At                 time.Time
	Mark               screen.Mark
	Href               string
}

// Lines is one screenful of Mine.
type Lines struct {
	Items []Latest
	Pager screen.Pager
}

// Shown is one screenful.
func (m Mine) Shown(most int) Lines {
	items, pager := screen.Window(m.Latest, most, m.Page, func(page int) string { return "/exam/mine?page=" + itoa(page) })
	return Lines{items, pager}
}

func mine() care.View {
	return care.Show(care.View{Name: "exam.mine", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in menuInput) (Mine, error) {
			m := Mine{Page: in.Page}
			for _, w := range Whats() {
				readings, err := series(l, self(l.Actor), w, time.Time{})
				if err != nil {
					return m, err
				}
				if line, ok := latest(w, readings); ok {
					m.Latest = append(m.Latest, line)
				}
			}
			l.Saw(self(l.Actor), len(m.Latest))
			return m, nil
		})
}

// latest is the newest reading of a thing that can be believed.
func latest(w What, readings []past) (Latest, bool) {
	for i := len(readings) - 1; i >= 0; i-- {
		o := &readings[i].Obs
		figure, unit := figureOf(o, w)
		if figure == "" {
			continue
		}
		flag, quality := Flag(""), OK
		for _, code := range w.Codes() {
			if v := o.value(code); v != nil && v.kept() {
				if v.Flag.rank() > flag.rank() {
					flag = v.Flag
				}
				if v.Quality.rank() > quality.rank() {
					quality = v.Quality
				}
			}
		}
		return Latest{w, w.Name(), figure, unit, w.Icon(), o.ObservedAt, markOf(flag, quality), "/exam/mine/" + string(w)}, true
	}
	return Latest{}, false
}

// History is one thing over time.
type History struct {
	What    What
	Name    string
	Trend   *screen.Trend // nil without readings
	Average string
	Over    int // how many readings went into Average
	Unit    string
	Newest  string // the page about the newest reading: what it means, and what to do
	Again   string
}

// PageTitle names what was measured.
func (h History) PageTitle() string { return h.Name }

// pathOf is the page about a reading.
func pathOf(r past) string {
	if len(r.Obs.Alarms) > 0 {
		return "/exam/urgent/" + string(r.ID)
	}
	return "/exam/result/" + string(r.ID)
}

func history() care.View {
	return care.Show(care.View{Name: "exam.history", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in whatInput) (History, error) {
			h := History{What: in.What, Name: in.What.Name(), Again: "/exam/measure/" + string(in.What)}
			readings, err := series(l, self(l.Actor), in.What, time.Time{})
			if err != nil {
				return h, err
			}
			if t := trendOf(in.What, readings); len(t.Series) > 0 {
				h.Trend, h.Unit = &t, t.Unit
				h.Average, h.Over = average(in.What, readings)
				h.Newest = pathOf(readings[len(readings)-1])
			}
			l.Saw(self(l.Actor), len(readings))
			return h, nil
		})
}

// gone turns "not found" into words.
func gone(err error) error {
	if errors.Is(err, protocol.ErrNotFound) {
		return protocol.Refuse("no-session", "这次测量已经结束").Offer("/exam")
	}
	return err
}

package exam

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Row is one observation in a table.
type Row struct {
	ID        care.ID
	Person    care.ID
	Name      string // of the person; empty when this site does not know them
	Site      protocol.Site
	At        time.Time
	Figures   []Figure
	Mark      screen.Mark
	By        Method
	Device    string
	Receipt   screen.Receipt
	Withdrawn bool
	Href      string
}

// Readings is a list of observations, newest first.
type Readings struct {
	Site   protocol.Site // only this station's; empty: all
	Alarms []Row         // that nobody attended to
	Held   int           // readings of nobody
	Rows   []Row
	Older  string // path of the next ones, or ""
}

const rowsShown = 50

type readingsInput struct {
	Site   protocol.Site `json:"site,omitempty"`
	Before time.Time     `json:"before,omitzero"`
}

// readings is the list at the desk (this station's) and in the portal.
func readings() care.View {
	return care.Show(care.View{Name: "exam.readings", Roles: care.Clinicians, Purpose: care.ForCare, Personal: true},
		func(l *care.Look, in readingsInput) (Readings, error) {
			if l.Actor.Role == care.Doctor && in.Site == "" {
				in.Site = l.Site()
			}
			out := Readings{Site: in.Site}
			q := protocol.Query{Index: "all", To: in.Before, Latest: true, Limit: rowsShown + 1}
			if in.Site != "" {
				q.Index, q.Match = "site", []string{string(in.Site)}
			}
			found, err := scan(l, q)
			if err != nil {
				return out, err
			}
			found, more := pageOf(found, rowsShown)
			if more {
				out.Older = older(in.Site, lastOf(found))
			}
			if out.Rows, err = rows(l, found); err != nil {
				return out, err
			}
			if out.Alarms, err = alarms(l, in.Site); err != nil {
				return out, err
			}
			held, err := heldHere(l)
			out.Held = len(held)
			return out, err
		})
}

func older(site protocol.Site, before string) string {
	path := "/exam?before=" + before
	if site != "" {
		path += "&site=" + string(site)
	}
	return path
}

// pageOf cuts a list of the newest first, read one further than a page, where
// the time changes: the next page begins before the last time of this one.
func pageOf(found []past, most int) (page []past, more bool) {
	if len(found) <= most {
		return found, false
	}
	cut := most
	for cut > 0 && found[cut-1].Obs.ObservedAt.Equal(found[cut].Obs.ObservedAt) {
		cut--
	}
	if cut == 0 { // a whole page of one moment
		cut = most
	}
	return found[:cut], true
}

// lastOf is the time of the last of a page, as an address carries it.
func lastOf(page []past) string {
	return page[len(page)-1].Obs.ObservedAt.UTC().Format("2006-01-02T15:04:05.999999999Z")
}

// rows tells observations to staff, and puts on record that they were seen.
// Values of people who withdrew their consent are left out, unless they alarm.
func rows(l *care.Look, found []past) ([]Row, error) {
	var out []Row
	known := map[care.ID]who{}
	for i := range found {
		p, err := whoIs(l, known, found[i].Obs.Person)
		if err != nil {
			return nil, err
		}
		row, err := rowOf(l, &found[i])
		if err != nil {
			return nil, err
		}
		row.Name = p.name
		if !p.agreed && !found[i].Obs.Flag.Alarming() {
			row.Figures, row.Mark = nil, screen.Mark{Kind: screen.Info, Text: "本人已撤回同意"}
		}
		out = append(out, row)
		l.Saw(row.Person, 1)
	}
	return out, nil
}

func rowOf(l *care.Look, p *past) (Row, error) {
	o := &p.Obs
	level, err := care.LevelOf(l, &p.Rec)
	_, flag, quality, ok := leading(o)
	if !ok {
		quality = o.Quality
	}
	return Row{
		ID: p.ID, Person: o.Person, Site: o.Site, At: o.ObservedAt, Figures: brief(o),
		Mark: markOf(flag, quality), By: o.Method, Device: string(o.Device), Withdrawn: !o.Counts(),
		Receipt: screen.Receipt{Level: screen.Level(level) + 1}, Href: "/exam/reading/" + string(p.ID),
	}, err
}

// who is what a list needs to know of a person.
type who struct {
	name   string
	agreed bool
}

func whoIs(l *care.Look, known map[care.ID]who, id care.ID) (who, error) {
	if w, ok := known[id]; ok {
		return w, nil
	}
	p, err := personOf(l, id)
	if err != nil {
		return who{}, err
	}
	agreed, err := l.MayShow(id, care.ConsentHealth)
	w := who{agreed: agreed}
	if p != nil {
		w.name = p.Name
	}
	known[id] = w
	return w, err
}

// alarms lists alarming readings that nobody attended to, oldest first.
func alarms(l *care.Look, site protocol.Site) ([]Row, error) {
	tasks, err := care.Collect[care.Task](l, protocol.Query{Kind: care.KindTask, Index: "for", Match: []string{string(care.Doctor), "open"}})
	if err != nil {
		return nil, err
	}
	var found []past
	for _, t := range tasks {
		if t.Value.Reason != TaskAlarm || site != "" && t.Value.Site != site {
			continue
		}
		o, rec, err := find(l, t.Value.About.ID)
		if _, refused := protocol.AsRefusal(err); refused {
			continue // the task came before its reading
		}
		if err != nil {
			return nil, err
		}
		found = append(found, past{t.Value.About.ID, o, rec})
	}
	return rows(l, found)
}

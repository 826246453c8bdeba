package exam

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// The village of these tests: two stations, three residents, a doctor. Its
// people are made by a small service of its own, so that exam is tested alone.

const (
	grandma care.ID = "p-grandma" // 石大妹, 71
	uncle   care.ID = "p-uncle"   // 田老根, 58
	baby    care.ID = "p-baby"    // 石小宝, two months
)

var (
	doctor       = protocol.Actor{ID: "d-tian", Role: care.Doctor, Method: care.ByPassword, Terminal: "desk-1"}
	countyDoctor = protocol.Actor{ID: "d-county", Role: care.CountyDoctor, Method: care.ByPassword}
	intake       = care.Machine("intake")
)

func resident(id care.ID) protocol.Actor {
	return protocol.Actor{ID: id, Role: care.Resident, Method: care.ByCard, Terminal: "kiosk-1"}
}

type villager struct {
	ID     care.ID     `json:"id"`
	Person care.Person `json:"person"`
	Follow bool        `json:"follow,omitzero"`
}

type wish struct {
	Person care.ID `json:"person"`
	Given  bool    `json:"given"`
}

func village() care.Service {
	spec := func(k protocol.Kind, by ...protocol.Index) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical, Indexes: by}}
	}
	by := func(name, field string) protocol.Index { return protocol.Index{Name: name, Fields: []string{field}} }
	about := care.Action{Name: "village.settle", Roles: []care.Role{care.System}, Purpose: care.ForIdentity, Lane: protocol.Clinical}
	agree := about
	agree.Name = "village.agree"
	return care.Service{
		Name: "village",
		Kinds: []care.Kind{
			spec(care.KindResident, by("keys", "keys[]"), by("last4", "last4"), by("phone", "phone"), by("household", "household")),
			spec(care.KindConsent),
		},
		Actions: []care.Action{
			care.Do(about, func(d *care.Deed, v villager) error {
				if _, err := care.Write(d, protocol.Draft{Ref: care.ResidentRef(v.ID), Subject: v.ID}, &v.Person); err != nil || !v.Follow {
					return err
				}
				ref := protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(d.Site()) + "." + v.ID}
				f := protocol.Follow{Site: d.Site(), Scope: protocol.PersonScope(v.ID)}
				_, err := care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &f)
				return err
			}),
			care.Do(agree, func(d *care.Deed, w wish) error {
				c := care.Consent{Person: w.Person, Purpose: care.ConsentHealth, Given: w.Given, At: d.Now()}
				_, err := care.Write(d, protocol.Draft{Ref: care.ConsentRef(w.Person, care.ConsentHealth), Subject: w.Person}, &c)
				return err
			}),
		},
	}
}

type scene struct {
	*caretest.World
	t       *testing.T
	station *caretest.Site
	other   *caretest.Site
	seq     uint64
}

// newScene: everybody agreed to health records and is known at both stations
// and in the county.
func newScene(t *testing.T) *scene {
	w := caretest.New(t, village(), Service())
	s := &scene{World: w, t: t, station: w.Station("v01"), other: w.Station("v02")}
	clerk := care.Machine("clerk")
	for _, v := range []villager{
		{grandma, care.Person{Name: "石大妹", Sex: "2", Birth: "1958-03-02", Last4: "1231", Keys: []string{"shidamei", "sdm"}}, true},
		{uncle, care.Person{Name: "田老根", Sex: "1", Birth: "1971-09-20", Last4: "4567", Keys: []string{"tianlaogen", "tlg"}}, true},
		{baby, care.Person{Name: "石小宝", Sex: "1", Birth: "2029-11-05", Keys: []string{"shixiaobao"}}, true},
	} {
		s.station.Do(clerk, "village.settle", v)
		s.other.Do(clerk, "village.settle", v)
		s.station.Do(clerk, "village.agree", wish{v.ID, true})
	}
	s.Settle()
	return s
}

// start presses 开始测量 for somebody.
func (s *scene) start(who care.ID, what What) care.ID {
	s.t.Helper()
	return s.station.Do(resident(who), "exam.start", Start{Person: who, What: what}).About.ID
}

// message is what the monitor beside kiosk-1 sends next.
func (s *scene) message(readings ...Reading) Message {
	s.seq++
	return Message{Device: "bp-01", Terminal: "kiosk-1", Model: "RBP-9000", Boot: 17, Seq: s.seq, Received: s.Now(), Readings: readings}
}

// measure sends a message and gives the record that it became.
func (s *scene) measure(readings ...Reading) protocol.Ref {
	s.t.Helper()
	return s.send(s.message(readings...))
}

func (s *scene) send(m Message) protocol.Ref {
	s.t.Helper()
	a, err := s.station.TryKey(intake, Record, m, m.Key())
	if err != nil {
		s.t.Fatalf("record: %v", err)
	}
	return a.About
}

// pressure is one inflation.
func pressure(sys, dia, pulse protocol.Decimal) []Reading {
	return []Reading{
		{Code: codeSystolic, Value: sys, Unit: "mm[Hg]"}, {Code: codeDiastolic, Value: dia, Unit: "mm[Hg]"},
		{Code: codePulse, Value: pulse, Unit: "/min"},
	}
}

func warmthOf(v protocol.Decimal) Reading { return Reading{Code: codeBody, Value: v, Unit: "Cel"} }

// took is a whole visit to the kiosk: press, measure, and wait an hour.
func (s *scene) took(who care.ID, readings ...Reading) care.ID {
	s.t.Helper()
	id := s.start(who, Pressure)
	if got := s.measure(readings...); got != Ref(id) {
		s.t.Fatalf("the reading became %v, want the session's", got)
	}
	s.Advance(time.Hour)
	return id
}

func observation(s *caretest.Site, id care.ID) Observation {
	var o Observation
	s.Look(func(r protocol.Reader) error {
		var err error
		o, _, err = find(r, id)
		return err
	})
	return o
}

func there(s *caretest.Site, ref protocol.Ref) bool {
	var ok bool
	s.Look(func(r protocol.Reader) (err error) {
		ok, err = care.Exists(r, ref)
		return err
	})
	return ok
}

func task(s *caretest.Site, id care.ID) (t care.Task) {
	s.Look(func(r protocol.Reader) (err error) {
		t, _, err = care.Read[care.Task](r, taskRef(id))
		return err
	})
	return t
}

package report

import (
	"errors"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// The village of these tests: two stations, three residents, a doctor. Its
// people are made by a small service of its own, so that report is tested alone.

const (
	grandma care.ID = "p-grandma" // 石大妹, 71
	uncle   care.ID = "p-uncle"   // 田老根, 58

	// A made-up number of a region that does not exist.
	strangerNumber = "990101196001010016"
)

var (
	doctor       = protocol.Actor{ID: "d-tian", Role: care.Doctor, Method: care.ByPassword, Terminal: "desk-1"}
	countyDoctor = protocol.Actor{ID: "d-county", Role: care.CountyDoctor, Method: care.ByPassword}
	connector    = care.Machine("hospital")
	printer      = care.Machine("printing")
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
}

// newScene: two residents of v01, who agreed to health records.
func newScene(t *testing.T) *scene {
	w := caretest.New(t, village(), Service(), sheets())
	s := &scene{World: w, t: t, station: w.Station("v01"), other: w.Station("v02")}
	for _, v := range []villager{
		{grandma, care.Person{Name: "石大妹", Sex: "2", Birth: "1958-03-02", Home: "v01", Last4: "1231", Keys: []string{"sdm"}}, true},
		{uncle, care.Person{Name: "田老根", Sex: "1", Birth: "1971-09-20", Home: "v01", Last4: "4567", Keys: []string{"tlg"}}, true},
	} {
		s.station.Do(care.Machine("clerk"), "village.settle", v)
		s.station.Do(care.Machine("clerk"), "village.agree", wish{v.ID, true})
	}
	s.Settle()
	return s
}

// blood is a blood count of grandma's as the hospital sends it.
func (s *scene) blood(number string, version int64, status Status, reviewer string, items ...Item) Incoming {
	if items == nil {
		items = []Item{{Code: "6690-2", Name: "白细胞", Value: "6.10", Unit: "10*9/L", Range: "3.5-9.5", Flag: Normal}}
	}
	return Incoming{
		Content: Content{
			Source: "c1", Number: number, Version: version, Category: Lab, Service: "58410-2", Title: "血细胞分析", Collected: s.Now().Add(-2 * time.Hour),
			Issued: s.Now(), Issuer: "清溪县人民医院", Reviewer: reviewer, ReviewerName: "沈审", Status: status, Items: items,
		},
		Person: grandma, Name: "石大妹",
	}
}

// receive hands a version in, and lets it travel.
func (s *scene) receive(in Incoming) care.ID {
	s.t.Helper()
	if _, err := s.County().TryKey(connector, Receive, in, in.Key()); err != nil {
		s.t.Fatalf("receive: %v", err)
	}
	s.Settle()
	return ReportID(in.Source, in.Number)
}

func (s *scene) list(who care.ID) []Row {
	s.t.Helper()
	return caretest.Show[Mine](s.station, resident(who), "report.mine", nil).Rows
}

func (s *scene) read(id care.ID) Sheet {
	s.t.Helper()
	return caretest.Show[Sheet](s.station, resident(grandma), "report.read", reportInput{id})
}

func there(s *caretest.Site, ref protocol.Ref) (ok bool) {
	s.Look(func(r protocol.Reader) (err error) {
		ok, err = care.Exists(r, ref)
		return err
	})
	return ok
}

func task(s *caretest.Site, id care.ID) (t care.Task) {
	s.Look(func(r protocol.Reader) error {
		var err error
		t, _, err = care.Read[care.Task](r, protocol.Ref{Kind: care.KindTask, ID: id})
		if errors.Is(err, protocol.ErrNotFound) {
			return nil
		}
		return err
	})
	return t
}

// sheets stands in for the service that keeps the state of paper.
func sheets() care.Service {
	type state struct {
		ID    care.ID `json:"id"`
		About care.ID `json:"about"`
		State string  `json:"state"`
		Why   string  `json:"why,omitempty"`
	}
	a := care.Action{Name: "printing.state", Roles: []care.Role{care.System}, Purpose: care.ForPrint, Lane: protocol.Administrative}
	return care.Service{
		Name:  "printing",
		Kinds: []care.Kind{{KindSpec: protocol.KindSpec{Kind: kindJob, Class: protocol.ClassInternal, Retention: protocol.RetainOperational}}},
		Actions: []care.Action{care.Do(a, func(d *care.Deed, in state) error {
			_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: kindJob, ID: in.ID}}, &job{PrintRef(in.About), in.State, in.Why})
			return err
		})},
	}
}

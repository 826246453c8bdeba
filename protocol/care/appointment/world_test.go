package appointment

import (
	"fmt"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/conflict"
	"xiangyi/protocol/custody"
)

// The county of these tests: a hospital c1 that sells by its own system, a
// township centre c2 that does not, stations v01 and v02. It is Monday morning,
// 7 January 2030.
const (
	medicine = care.ID("c2-02") // of the township centre
	cardio   = care.ID("c1-03.04")
	monday   = "2030-01-14"
)

type county struct {
	*caretest.World
	office   *caretest.Site
	v01, v02 *caretest.Site
}

var (
	planner    = care.Actor{ID: "s01", Role: care.Scheduler, Terminal: "portal"}
	supervisor = care.Actor{ID: "q01", Role: care.Supervisor, Terminal: "portal"}
	village    = care.Actor{ID: "n01", Role: care.Doctor, Terminal: "desk"}
	doctor     = care.Actor{ID: "d05", Role: care.CountyDoctor, Terminal: "portal"}
	machine    = care.Machine("test")
)

func resident(n int) care.Actor {
	return care.Actor{ID: care.ID(fmt.Sprintf("p%02d", n)), Role: care.Resident, Terminal: "kiosk"}
}

// newCounty has people, doctors, departments and forms, and nothing planned.
func newCounty(t testing.TB) *county {
	roster := []care.Service{setup(), Service()}
	return countyOf(t, append(roster, conflict.Service(roster)))
}

func countyOf(t testing.TB, roster []care.Service) *county {
	t.Helper()
	w := caretest.New(t, roster...)
	c := &county{World: w, office: w.County(), v01: w.Station("v01"), v02: w.Station("v02")}
	c.office.Do(machine, "setup.all", nobody{})
	for _, q := range Initial() {
		switch q.Name {
		case "appointment.publish-form", "appointment.set-department":
			c.office.Run(q)
		}
	}
	w.Settle()
	return c
}

// opened is a county with one session on Monday in a week, and its identifier.
func opened(t testing.TB, in OpenInput) (*county, care.ID) {
	t.Helper()
	c := newCounty(t)
	id := c.office.Do(planner, "appointment.open", in).About.ID
	c.Settle()
	return c, id
}

// clinic is a session at the township centre with four slots from 08:30.
func clinic() OpenInput {
	return OpenInput{"d05", medicine, monday, "08:30", "09:10", 10, 1, "5"}
}

func slotAt(session care.ID, clock string) care.ID { return session + care.ID("."+clock+".1") }

// slot, visit read a record at a site.
func slot(s *caretest.Site, id care.ID) (out Slot) {
	s.Look(func(r protocol.Reader) (err error) { out, _, err = readSlot(r, id); return err })
	return out
}

func visit(s *caretest.Site, id care.ID) (out Appointment) {
	s.Look(func(r protocol.Reader) (err error) { out, _, err = readAppointment(r, machine, id); return err })
	return out
}

// notices counts a person's notices by reason.
func notices(s *caretest.Site, person care.ID) map[string]int {
	out := map[string]int{}
	s.Look(func(r protocol.Reader) error {
		all, err := care.Collect[care.Notice](r, protocol.Query{Kind: care.KindNotice, Index: "person", Match: []string{string(person)}})
		for _, n := range all {
			out[n.Value.Reason]++
		}
		return err
	})
	return out
}

// tasks counts the tasks for schedulers in a state, by reason.
func tasks(s *caretest.Site, state string) map[string]int {
	out := map[string]int{}
	s.Look(func(r protocol.Reader) error {
		all, err := care.Collect[care.Task](r, protocol.Query{Kind: care.KindTask, Index: "for", Match: []string{string(care.Scheduler), state}})
		for _, t := range all {
			out[t.Value.Reason]++
		}
		return err
	})
	return out
}

func freeSlots(s *caretest.Site, session care.ID) int {
	n := 0
	s.Look(func(r protocol.Reader) error {
		all, err := slotsOf(r, session)
		for _, s := range all {
			if s.Value.State == SlotFree {
				n++
			}
		}
		return err
	})
	return n
}

// setup stands in for the services that own people and places.
func setup() care.Service {
	all := func(name string) []protocol.Index { return []protocol.Index{{Name: name}} }
	kind := func(k protocol.Kind, c protocol.Class, x ...protocol.Index) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: c, Retention: protocol.RetainClinical, Indexes: x}}
	}
	return care.Service{
		Name: "setup",
		Kinds: []care.Kind{
			kind(care.KindResident, protocol.ClassPersonal), kind(care.KindStaff, protocol.ClassPublic, all("all")...),
			kind(care.KindOrganisation, protocol.ClassPublic, all("all")...), kind(care.KindItem, protocol.ClassPublic), kind(care.KindConsent, protocol.ClassPersonal),
		},
		Actions: []care.Action{
			care.Do(care.Action{Name: "setup.all", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, settlers),
			care.Do(care.Action{Name: "setup.delivery", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, func(d *care.Deed, in ByAppointment) error {
				rec, err := d.Get(AppointmentRef(in.Appointment))
				if err != nil {
					return err
				}
				at := rec.Head().Rev
				_, err = care.Write(d, protocol.Draft{Ref: care.DeliveryRef("hospital", at)},
					&care.Delivery{To: "hospital", Source: at.String(), About: rec.Ref, State: care.DeliveryAcknowledged, At: d.Now()})
				return err
			}),
			care.Do(care.Action{Name: "setup.offline", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, func(d *care.Deed, _ nobody) error {
				_, err := care.Write(d, protocol.Draft{Ref: care.ItemRef(Item)}, &care.Item{Title: "预约挂号", State: care.ItemOffline})
				return err
			}),
			care.Do(care.Action{Name: "setup.suspend", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, func(d *care.Deed, in OneDoctor) error {
				s, _, err := care.Read[care.StaffMember](d, care.StaffRef(in.Doctor))
				if err != nil {
					return err
				}
				s.Suspended = true
				_, err = care.Write(d, protocol.Draft{Ref: care.StaffRef(in.Doctor)}, &s)
				return err
			}),
			care.Do(care.Action{Name: "setup.statement", Roles: []care.Role{care.System}, Purpose: care.ForOperations}, func(d *care.Deed, s custody.Statement) error {
				_, err := care.Write(d, protocol.Draft{Ref: custody.StatementRef(s.Site)}, &s)
				return err
			}),
		},
	}
}

func settlers(d *care.Deed, _ nobody) error {
	put := func(ref protocol.Ref, subject care.ID, v any) {
		if _, err := care.Write(d, protocol.Draft{Ref: ref, Subject: subject, Scopes: catalogue}, v); err != nil {
			panic(err)
		}
	}
	for i := range 12 {
		id := resident(i).ID
		put(care.ResidentRef(id), id, &care.Person{Name: "测试" + string([]rune("甲乙丙丁戊己庚辛壬癸子丑")[i]) + "明", Sex: "1", Birth: "1950-01-01", Registered: d.Now()})
		put(care.ConsentRef(id, care.ConsentBasic), id, &care.Consent{Person: id, Purpose: care.ConsentBasic, Given: true, At: d.Now()})
	}
	for id, name := range map[care.ID]string{"d01": "林示范", "d02": "曾示例", "d05": "何样本", "d06": "单模拟"} {
		put(care.StaffRef(id), "", &care.StaffMember{Name: name, Roles: []care.Role{care.CountyDoctor}, Title: "232", Expertise: "高血压、糖尿病", Profile: "虚构人物。"})
	}
	put(care.ItemRef(Item), "", &care.Item{Title: "预约挂号", State: care.ItemOnline})
	put(care.OrganisationRef("c1"), "", &care.Organisation{Name: "示范县人民医院", Type: "county-hospital"})
	put(care.OrganisationRef("c2"), "", &care.Organisation{Name: "示范镇卫生院", Type: "township"})
	for _, station := range []protocol.Site{"v01", "v02"} {
		put(care.OrganisationRef(care.ID(station)), "", &care.Organisation{Name: "示范村卫生站", Type: "village", Site: station})
		for i, scope := range []protocol.Scope{care.CampusScope("c1"), care.CampusScope("c2"), protocol.PersonScope("p00"), protocol.PersonScope("p01"), protocol.PersonScope("p02"), protocol.PersonScope("p03")} {
			put(protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(fmt.Sprintf("%s.%d", station, i))}, "", &protocol.Follow{Site: station, Scope: scope})
		}
	}
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func hours(h, m int) time.Time { return must(onDay(monday, fmt.Sprintf("%02d:%02d", h, m))) }

package intake_test

import (
	"errors"
	"testing"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/driver"
	"xiangyi/edge/intake"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/exam"
)

// village is a service that only makes people who agreed to health records.
func village() care.Service {
	spec := func(k protocol.Kind) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical}}
	}
	return care.Service{Name: "village", Kinds: []care.Kind{spec(care.KindResident), spec(care.KindConsent)}, Actions: []care.Action{
		care.Do(care.Action{Name: "village.settle", Roles: []care.Role{care.System}, Purpose: care.ForIdentity, Lane: protocol.Clinical},
			func(d *care.Deed, p care.Person) error {
				if _, err := care.Write(d, protocol.Draft{Ref: care.ResidentRef("p-1"), Subject: "p-1"}, &p); err != nil {
					return err
				}
				c := care.Consent{Person: "p-1", Purpose: care.ConsentHealth, Given: true, At: d.Now()}
				_, err := care.Write(d, protocol.Draft{Ref: care.ConsentRef("p-1", care.ConsentHealth), Subject: "p-1"}, &c)
				return err
			})}}
}

// ward is a station on the slow, obvious store with instruments at its ports.
type ward struct {
	*caretest.World
	t    *testing.T
	site *caretest.Site
	in   *intake.Measured
	kept []string
}

func newWard(t *testing.T) *ward {
	w := &ward{World: caretest.New(t, village(), exam.Service()), t: t}
	w.site = w.Station("v01")
	w.site.Do(care.Machine("clerk"), "village.settle", care.Person{Name: "石大妹", Sex: "2", Birth: "1958-03-02"})
	w.in = &intake.Measured{Terminals: map[care.ID]care.ID{"bp-2": "kiosk-1"}, Engine: w.site.Engine, Boot: 7, Now: w.Now,
		Keep: func(_ care.ID, reason, _ string, raw []byte) error {
			w.kept = append(w.kept, reason)
			if len(raw) == 0 {
				t.Error("nothing was kept")
			}
			return nil
		}}
	return w
}

func (w *ward) press() {
	w.t.Helper()
	w.site.Do(protocol.Actor{ID: "p-1", Role: care.Resident, Method: care.ByCard, Terminal: "kiosk-1"}, "exam.start", exam.Start{Person: "p-1", What: exam.Pressure})
	w.Advance(50 * time.Second)
}

func (w *ward) measured(seq uint64, systolic devices.Number) driver.Measurement {
	return driver.Measurement{Device: "bp-2", Model: "pulsewave-rbp-9000", Type: "result", Seq: seq, Received: w.Now(), Raw: []byte{1},
		Readings: []devices.Reading{devices.Of(devices.Systolic, systolic), devices.Of(devices.Diastolic, "82"), devices.Missing(devices.PulseRateCuff, devices.NotMeasured)}}
}

// became takes a measurement and tells what kinds of records came of it.
func (w *ward) became(m driver.Measurement) (kinds []protocol.Kind) {
	w.t.Helper()
	before := w.site.Last()
	if err := w.in.Take(w.t.Context(), m); err != nil {
		w.t.Fatal(err)
	}
	if w.site.Last() == before {
		return nil
	}
	items, err := w.site.Next(w.t.Context(), before, 10, protocol.AllValues)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, it := range items {
		kinds = append(kinds, it.Change.About().Kind)
	}
	return kinds
}

func (w *ward) want(m driver.Measurement, kinds ...protocol.Kind) {
	w.t.Helper()
	got := w.became(m)
	if len(got) != len(kinds) || len(kinds) == 1 && got[0] != kinds[0] {
		w.t.Errorf("it became %v, want %v", got, kinds)
	}
}

func TestAMeasurementAtAPortIsBoundOrHeldAsOneThatIsPublished(t *testing.T) {
	w := newWard(t)
	w.want(w.measured(1, "128"), exam.KindHeld) // nobody pressed start
	w.press()
	m := w.measured(2, "131")
	w.want(m, exam.KindObservation)
	w.want(m)                                   // the same once more
	w.want(w.measured(3, "118"), exam.KindHeld) // the next person's
	elsewhere := w.measured(4, "118")
	elsewhere.Device = "bp-3"
	w.press()
	w.want(elsewhere, exam.KindHeld)
	if len(w.kept) != 5 {
		t.Errorf("kept %v", w.kept)
	}
}

func TestARecordOfAMemoryIsOneAlsoAfterARestart(t *testing.T) {
	w := newWard(t)
	m := w.measured(99, "128")
	m.Record = true
	w.want(m, exam.KindHeld)
	w.in.Boot++
	w.want(m)
}

func TestWhatTheInstrumentDoubtsIsNotForgotten(t *testing.T) {
	w := newWard(t)
	w.press()
	m := w.measured(1, "128")
	m.Readings[0].Quality = devices.Demo
	before := w.site.Last()
	w.want(m, exam.KindObservation)
	items, err := w.site.Next(t.Context(), before, 1, protocol.AllValues)
	if err != nil {
		t.Fatal(err)
	}
	var o exam.Observation
	if err := protocol.Decode(items[0].Change.Writes[0].Value, &o); err != nil || o.Values[0].Quality != exam.Demo {
		t.Errorf("values %+v, %v", o.Values, err)
	}
}

func TestADiskThatFailsIsSaid(t *testing.T) {
	w, full := newWard(t), errors.New("disk")
	w.in.Keep = func(care.ID, string, string, []byte) error { return full }
	if err := w.in.Take(t.Context(), w.measured(1, "128")); !errors.Is(err, full) {
		t.Errorf("take says %v", err)
	}
}

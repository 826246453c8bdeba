package store

import (
	"os"
	"path/filepath"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// savedStation makes a station with some Changes and closes it.
func savedStation(t *testing.T, more ...string) (o Options, inc protocol.Incarnation) {
	t.Helper()
	o = stationOptions(t.TempDir())
	d := openDB(t, o)
	do(t, d, order, putVisit("a", "east"))
	for _, ward := range more {
		do(t, d, order, putVisit("a", ward))
	}
	must(t, d.Close())
	return o, d.Incarnation()
}

func mustAlarm(t *testing.T, d *DB, was protocol.Incarnation, want protocol.Code) {
	t.Helper()
	alarm, on := d.Alarm()
	if !on || alarm.Code != want || alarm.Words == "" || !d.Frozen() {
		t.Errorf("alarm %+v, frozen %v, want %s", alarm, d.Frozen(), want)
	}
	if d.Incarnation() == was || d.Incarnation() == 0 {
		t.Errorf("incarnation %d was not replaced", d.Incarnation())
	}
	must(t, d.View(t.Context(), func(r protocol.Reader) error {
		if !r.Clock().Suspect {
			t.Error("a frozen station does not say that it may not sell")
		}
		return nil
	}))
}

// Badger is put back to an older state than the witness has seen, as after a
// lost tail or a restored copy.
func TestALostTailFreezesCustodyUntilTheCountyFilledIt(t *testing.T) {
	o := stationOptions(t.TempDir())
	d := openDB(t, o)
	slot := protocol.Ref{Kind: "place", ID: "9"}
	sell := func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: slot, Value: protocol.Value(`{"free":1}`)})
		return err
	}
	do(t, d, order, sell)
	old := d.Incarnation()
	must(t, d.Close())
	older := filepath.Join(t.TempDir(), "older")
	copyDir(t, filepath.Join(o.Dir, "records"), older)

	d = openDB(t, o)
	do(t, d, order, sell)
	changes, _, err := d.Journal(protocol.Clinical, 0, 10, 1<<20)
	must(t, err)
	must(t, d.Close())
	must(t, os.RemoveAll(filepath.Join(o.Dir, "records")))
	copyDir(t, older, filepath.Join(o.Dir, "records"))

	d = openDB(t, o)
	mustAlarm(t, d, old, alarmTail)
	if _, err := d.Do(t.Context(), order, sell); err == nil {
		t.Error("the station sold what it may have sold before")
	}
	if c := do(t, d, order, putVisit("b", "east")); c.Incarnation != d.Incarnation() || c.Seq != 2 { // behind what it says of the lost journal
		t.Errorf("care goes on under %s", c.Position)
	}
	lines, err := d.Lines()
	if err != nil || len(lines) != 2 || lines[0].Incarnation != old || lines[0].Tail != 1 || lines[1].Incarnation != d.Incarnation() {
		t.Errorf("lines %+v, %v: the rest of the old incarnation is to be sent too", lines, err)
	}
	// The alarm outlives a restart, and the county brings back what was lost.
	must(t, d.Close())
	d = openDB(t, o)
	if alarm, on := d.Alarm(); !on || alarm.Code != alarmTail || len(must2(d.Lines())) != 2 {
		t.Errorf("after a restart: %+v", alarm)
	}
	must(t, d.Absorb(Arrival{Position: 9, Changes: changes, Held: []Mark{{old, protocol.Clinical, 2}}}))
	must(t, d.Thaw(t.Context()))
	if d.Frozen() {
		t.Error("still frozen")
	}
	do(t, d, order, sell)
	must(t, d.View(t.Context(), func(r protocol.Reader) error {
		past, err := r.History(slot)
		rec, _ := r.Get(slot)
		if len(past) != 3 || rec.Conflicted() {
			t.Errorf("history of %d revisions, %d heads, want 3 and one", len(past), len(rec.Heads))
		}
		return err
	}))
	must(t, d.Verify(t.Context()))
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhatTheWitnessFinds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, o Options)
		want   protocol.Code
	}{
		{"nothing, when all is well", func(*testing.T, Options) {}, ""},
		{"that the records are gone", func(t *testing.T, o Options) {
			must(t, os.RemoveAll(filepath.Join(o.Dir, "records")))
		}, alarmRecords},
		{"that the records are gone, though a later incarnation had said nothing yet", func(t *testing.T, o Options) {
			rewriteWitness(t, o, func(said *testimony) { *said = testimony{incarnation: said.incarnation + 1} })
			must(t, os.RemoveAll(filepath.Join(o.Dir, "records")))
		}, alarmRecords},
		{"nothing, because it is gone itself", func(t *testing.T, o Options) {
			must(t, os.Remove(filepath.Join(o.Dir, "witness")))
		}, alarmWitness},
		{"nothing, because both slots are damaged", func(t *testing.T, o Options) {
			must(t, os.WriteFile(filepath.Join(o.Dir, "witness"), make([]byte, 2*slotGap), 0o600))
		}, alarmWitness},
		{"that another journal stands there", func(t *testing.T, o Options) {
			rewriteWitness(t, o, func(said *testimony) { said.lanes[protocol.Clinical].hash[0] ^= 1 })
		}, alarmAltered},
		{"that it has seen more", func(t *testing.T, o Options) {
			rewriteWitness(t, o, func(said *testimony) { said.lanes[protocol.Media] = tail{1, seal.Digest{1}} })
		}, alarmTail},
		{"that it speaks of a later incarnation", func(t *testing.T, o Options) {
			rewriteWitness(t, o, func(said *testimony) { *said = testimony{incarnation: said.incarnation + 1} })
		}, alarmTail},
		{"nothing, when it is one commit behind", func(t *testing.T, o Options) {
			tear(t, o, newestSlot(t, o))
		}, ""},
		{"nothing, when the write under way was torn", func(t *testing.T, o Options) {
			tear(t, o, slotGap-newestSlot(t, o))
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, inc := savedStation(t, "west")
			tt.change(t, o)
			d := openDB(t, o)
			if tt.want == "" {
				if alarm, on := d.Alarm(); on || d.Incarnation() != inc || d.Frozen() {
					t.Errorf("alarm %+v, incarnation %d, was %d", alarm, d.Incarnation(), inc)
				}
				return
			}
			mustAlarm(t, d, inc, tt.want)
			do(t, d, order, putVisit("z", "east"))
			must(t, d.Close())
			d = openDB(t, o) // the new incarnation has a good witness again
			if alarm, on := d.Alarm(); !on || alarm.Code != tt.want || len(must2(d.Lines())) > 2 {
				t.Errorf("after a restart: %+v, %v", alarm, on)
			}
		})
	}
}

func openedWitness(t *testing.T, o Options) *witness {
	t.Helper()
	w, err := openWitness(filepath.Join(o.Dir, "witness"), "v01")
	must(t, err)
	return w
}

func rewriteWitness(t *testing.T, o Options, change func(*testimony)) {
	t.Helper()
	w := openedWitness(t, o)
	said := w.said
	change(&said)
	must(t, w.write(said))
	must(t, w.close())
}

func newestSlot(t *testing.T, o Options) int64 {
	w := openedWitness(t, o)
	defer func() { must(t, w.close()) }()
	return int64(w.counter%2) * slotGap
}

// tear leaves the first half of a slot and garbage after it.
func tear(t *testing.T, o Options, at int64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(o.Dir, "witness"), os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, slotSize/2), at+slotSize/2)
	must(t, err)
	must(t, f.Close())
}

func TestAWitnessOfAnotherStationIsNotBelieved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "witness")
	w, err := openWitness(path, "v01")
	must(t, err)
	must(t, w.write(testimony{incarnation: 7}))
	must(t, w.close())
	w, err = openWitness(path, "v02")
	must(t, err)
	if w.found {
		t.Errorf("v02 believes %+v", w.said)
	}
	must(t, w.close())
}

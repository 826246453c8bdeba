package identity

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// Somebody of the next village comes, and the doctor asks for their record: by
// their leave, for a day, and whether or not the line is there.
func TestADoctorLooksUpSomebodyOfAnotherStation(t *testing.T) {
	w, v01, v02 := countyWith(t)
	card := SampleCards()[0]
	person := byCard(t, v02, card).Actor.ID
	w.Settle()
	ask := LookupInput{Number: card.Number, Why: "胸闷，要看以前的心电图", Agreed: true}
	for code, spoil := range map[protocol.Code]func(*LookupInput){
		"not-agreed":     func(in *LookupInput) { in.Agreed = false },
		"reason-missing": func(in *LookupInput) { in.Why = " " },
	} {
		wrong := ask
		spoil(&wrong)
		v01.Refused(code, doctor, "identity.lookup", wrong)
	}
	row := func() (mark, name string) {
		t.Helper()
		cells := caretest.Show[LookupPage](v01, doctor, "identity.lookup-form", nil).Table.Rows[0].Cells
		return cells[3].Mark.Text, cells[1].Text
	}
	v01.Cut()
	v01.Do(doctor, "identity.lookup", ask)
	w.Settle()
	if mark, name := row(); mark != "线路通了会自动取来；等不及就先按新来的人登记" || name != "" {
		t.Errorf("without a line: %q, %q", mark, name)
	}
	v01.Restore()
	w.Settle()
	if mark, name := row(); mark != "已经取到" || name != personAt(t, v02, person).Name {
		t.Errorf("with a line: %q, %q", mark, name)
	}
	v01.Look(func(r protocol.Reader) error {
		f, _, err := care.Read[protocol.Follow](r, followRef("v01", person))
		if left := f.Until.Sub(w.Now()); left <= 0 || left > lookFor {
			t.Errorf("followed for %s", left)
		}
		return err
	})
	v02.Refused("already-here", doctor, "identity.lookup", ask)
	w.Advance(lookFor + time.Minute)
	v01.Do(doctor, "identity.lookup", ask) // the day is over: it may be asked for again
	v01.Refused("role", visitor, "identity.lookup", ask)
}

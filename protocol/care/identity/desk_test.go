package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestTheDoctorOpensTheKioskForSomebodyTheyKnow(t *testing.T) {
	w, v01, _ := countyWith(t)
	v01.Cut()
	id := v01.Do(doctor, "identity.register", Registration{Name: "韦阿婆", Sex: "2", Birth: "1940-01-02"}).About.ID
	if _, err := ByDoctor(context.Background(), v01.Engine, kiosk); code(err) != "not-requested" {
		t.Fatal(err)
	}
	page := caretest.Show[PersonPage](v01, doctor, "identity.person", AboutPerson{id})
	if page.Open == nil || page.Open.Options[0].Value != string(kiosk) || page.Waiting != nil {
		t.Fatalf("%+v", page.Open)
	}
	v01.Do(doctor, "identity.vouch", Vouching{id, kiosk})
	if page := caretest.Show[PersonPage](v01, doctor, "identity.person", AboutPerson{id}); page.Waiting == nil {
		t.Error("the desk does not show that it waits")
	}
	if s, err := State(context.Background(), v01.Engine, kiosk); err != nil || !s.Wanted || s.Person != id {
		t.Fatalf("%+v, %v", s, err)
	}
	got, err := ByDoctor(context.Background(), v01.Engine, kiosk)
	if err != nil || got.Actor.ID != id || got.Actor.Method != care.ByDoctor || got.Actor.Assurance != 1 || !got.Elder {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := ByDoctor(context.Background(), v01.Engine, kiosk); code(err) != "not-requested" {
		t.Error("one wish opens it twice")
	}
	other := byCard(t, v01, SampleCards()[1]).Actor.ID
	v01.Refused("terminal-busy", doctor, "identity.vouch", Vouching{other, kiosk})
	v01.Do(host("door", kiosk), "identity.close-kiosk", AtTerminal{kiosk})
	v01.Do(doctor, "identity.vouch", Vouching{other, kiosk})
	w.Advance(vouchFor + time.Second)
	if _, err := ByDoctor(context.Background(), v01.Engine, kiosk); code(err) != "not-requested" {
		t.Error("a wish of long ago opens it")
	}
	v01.Refused("role", got.Actor, "identity.vouch", Vouching{id, kiosk})
}

func TestAnyoneCanRingAndTheDoctorTakesOver(t *testing.T) {
	w, v01, _ := countyWith(t)
	v01.Cut()
	who := byCard(t, v01, SampleCards()[0])
	v01.Do(visitor, "identity.call", Ring{"/identity/signin"})
	first := bell(t, v01)
	w.Advance(10 * time.Second)
	v01.Do(who.Actor, "identity.call", Ring{"//evil.example/"})
	if b := bell(t, v01); b.Rung != first.Rung || b.Person != who.Actor.ID || b.Path != "/" || b.State != BellRinging {
		t.Errorf("pressed twice: %+v", b)
	}
	list := caretest.Show[Calls](v01, doctor, "identity.calls", nil)
	if len(list.Open) != 1 || list.Open[0].Terminal != "一号自助机" || list.Open[0].Who != "张*兰" {
		t.Errorf("%+v", list.Open)
	}
	v01.Do(doctor, "identity.answer", AtTerminal{kiosk})
	v01.Refused("call-over", doctor, "identity.answer", AtTerminal{kiosk})
	v01.Do(who.Actor, "identity.call", Ring{"/"}) // on the way already: nothing new
	if b := bell(t, v01); b.State != BellAnswered || b.By != "vd01" {
		t.Errorf("%+v", b)
	}
	v01.Do(doctor, "identity.take-over", AtTerminal{kiosk})
	if s, _ := State(context.Background(), v01.Engine, kiosk); s.Call != BellAssisting {
		t.Errorf("%+v", s)
	}
	if c := caretest.Show[Calling](v01, who.Actor, "identity.calling", nil); c.Notice.Title != "村医正在协助您" {
		t.Errorf("%+v", c.Notice)
	}
	v01.Do(doctor, "identity.close-call", AtTerminal{kiosk})
	if s, _ := State(context.Background(), v01.Engine, kiosk); s.Call != "" {
		t.Errorf("%+v", s)
	}
	if list := caretest.Show[Calls](v01, doctor, "identity.calls", nil); len(list.Open) != 0 {
		t.Errorf("%+v", list.Open)
	}
	v01.Refused("no-terminal", protocol.Actor{Role: care.Visitor}, "identity.call", Ring{"/"})
	v01.Refused("role", who.Actor, "identity.answer", AtTerminal{kiosk})
}

func TestTheNextPersonAtTheKioskIsNotToldThatTheLastCallStillRings(t *testing.T) {
	w, v01, _ := countyWith(t)
	v01.Do(visitor, "identity.call", Ring{"/"})
	w.Advance(ringsFor + time.Second)
	if s, _ := State(context.Background(), v01.Engine, kiosk); s.Call != "" {
		t.Errorf("%+v", s)
	}
	if list := caretest.Show[Calls](v01, doctor, "identity.calls", nil); len(list.Open) != 1 {
		t.Error("the desk forgot a call that nobody answered")
	}
	v01.Do(visitor, "identity.call", Ring{"/"})
	if b := bell(t, v01); b.Rung != w.Now() {
		t.Errorf("rung at %v", b.Rung)
	}
}

func bell(t testing.TB, s *caretest.Site) (b Bell) {
	t.Helper()
	s.Look(func(r protocol.Reader) (err error) {
		b, err = bellAt(r, kiosk)
		b.Rung = b.Rung.In(care.Zone)
		return err
	})
	return b
}

func TestAPersonsPageShowsNoWholeNumberAndWhoMayNotSeeIt(t *testing.T) {
	w, v01, _ := countyWith(t)
	s := withPIN(t, v01, SampleCards()[0], "13800138000", somebodysPIN)
	w.Settle()
	page := caretest.Show[PersonPage](v01, doctor, "identity.person", AboutPerson{s.Actor.ID})
	var shown strings.Builder
	for _, r := range page.Facts.Rows {
		shown.WriteString(r.Value + " ")
	}
	for _, secret := range []string{SampleCards()[0].Number, "13800138000"} {
		if strings.Contains(shown.String(), secret) || strings.Contains(page.Head.ID, secret) {
			t.Errorf("shows a whole number: %s", shown.String())
		}
	}
	if page.Receipt.Level != 2 { // held by the county
		t.Errorf("receipt %v", page.Receipt)
	}
	for _, who := range []protocol.Actor{chief, visitor, s.Actor} {
		v01.ShowRefused("role", who, "identity.person", AboutPerson{s.Actor.ID})
	}
	v01.ShowRefused("no-such-person", doctor, "identity.person", AboutPerson{"nobody"})
	county := caretest.Show[PersonPage](w.County(), protocol.Actor{ID: "d01", Role: care.CountyDoctor}, "identity.person", AboutPerson{s.Actor.ID})
	if county.Open != nil || county.Doctor {
		t.Error("the county opens a village's kiosk")
	}
}

func TestAKioskThatACrashLeftOpenServesAgainAfterItsLifetime(t *testing.T) {
	w, v01, _ := countyWith(t)
	a := v01.Do(doctor, "identity.register", Registration{Name: "韦阿婆", Sex: "2", Birth: "1940-01-02"}).About.ID
	b := v01.Do(doctor, "identity.register", Registration{Name: "韦阿公", Sex: "1", Birth: "1938-01-02"}).About.ID
	v01.Do(doctor, "identity.vouch", Vouching{a, kiosk})
	if _, err := ByDoctor(context.Background(), v01.Engine, kiosk); err != nil {
		t.Fatal(err)
	}
	w.Advance(StandardPolicy.Lifetime)
	v01.Refused("terminal-busy", doctor, "identity.vouch", Vouching{b, kiosk})
	w.Advance(time.Second)
	v01.Do(doctor, "identity.vouch", Vouching{b, kiosk})
	v01.Do(doctor, "identity.close-kiosk", AtTerminal{kiosk}) // taken back
	if _, err := ByDoctor(context.Background(), v01.Engine, kiosk); code(err) != "not-requested" {
		t.Error("a wish that was taken back opens it")
	}
}

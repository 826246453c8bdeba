package identity

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

const somebodysPIN = "270418"

// withPIN signs somebody in by card and lets them choose a PIN.
func withPIN(t testing.TB, s *caretest.Site, c Card, phone, pin string) Session {
	t.Helper()
	who := byCard(t, s, c)
	s.Do(who.Actor, "identity.contact", Contact{Person: who.Actor.ID, Phone: phone, Keep: true})
	s.Do(who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(pin)})
	return who
}

func pin(s *caretest.Site, phone, text string) (Session, error) {
	return ByPIN(context.Background(), s.Engine, kiosk, phone, text)
}

func TestAResidentSignsInByPhoneAndPIN(t *testing.T) {
	_, v01, _ := countyWith(t)
	v01.Cut()
	who := withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	got, err := pin(v01, "138 0013 8000", somebodysPIN)
	if err != nil || got.Actor.ID != who.Actor.ID || got.Actor.Method != care.ByPassword || got.Who != "欧阳*" || got.Elder {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := pin(v01, "13800138000", "270419"); code(err) != "wrong-password" {
		t.Error(err)
	}
	if _, err := pin(v01, "13800138001", somebodysPIN); code(err) != "wrong-password" {
		t.Errorf("an unknown number answers otherwise: %v", err)
	}
}

func TestFiveWrongTriesLockForHalfAnHour(t *testing.T) {
	w, v01, _ := countyWith(t)
	withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	for i := range 5 {
		_, err := pin(v01, "13800138000", "000001")
		want := protocol.Code("wrong-password")
		if i == 4 {
			want = "locked"
		}
		if code(err) != want {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	if _, err := pin(v01, "13800138000", somebodysPIN); code(err) != "locked" {
		t.Fatalf("the right PIN on a locked door: %v", err)
	}
	w.Advance(29 * time.Minute)
	_, err := pin(v01, "13800138000", somebodysPIN)
	if r, _ := protocol.AsRefusal(err); code(err) != "locked" || r.Args[0] != 1 {
		t.Fatalf("a minute before the end: %v", err)
	}
	w.Advance(time.Minute)
	if _, err := pin(v01, "13800138000", "000001"); code(err) != "wrong-password" {
		t.Fatalf("after the lock the count begins again: %v", err)
	}
	if _, err := pin(v01, "13800138000", somebodysPIN); err != nil {
		t.Fatal(err)
	}
}

func TestWrongTriesLongApartDoNotAddUp(t *testing.T) {
	w, v01, _ := countyWith(t)
	withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	for range 8 {
		if _, err := pin(v01, "13800138000", "000001"); code(err) != "wrong-password" {
			t.Fatal(err)
		}
		w.Advance(31 * time.Minute)
	}
}

func TestAClockThatWasSetBackDoesNotLockSomebodyOutForYears(t *testing.T) {
	w, v01, _ := countyWith(t)
	withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	now := w.Now()
	w.Advance(24 * 365 * time.Hour)
	for range 5 {
		_, _ = pin(v01, "13800138000", "000001")
	}
	var a Attempts
	v01.Look(func(r protocol.Reader) error {
		found, err := care.Collect[care.Person](r, protocol.Query{Kind: care.KindResident, Index: "phone", Match: []string{"13800138000"}})
		a, _ = attempts(r, residentCredential(found[0].Ref.ID).ID)
		return err
	})
	if a.lockedFor(time.Time{}, w.Now()) != lockFor || a.lockedFor(time.Time{}, now) != 0 {
		t.Errorf("locked for %v, and a year before for %v", a.lockedFor(time.Time{}, w.Now()), a.lockedFor(time.Time{}, now))
	}
}

func TestTheDoctorFreesALockedResidentAndTheSecurityOfficerAMemberOfStaff(t *testing.T) {
	w, v01, _ := countyWith(t)
	who := withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	for range 5 {
		_, _ = pin(v01, "13800138000", "000001")
		_, _ = ByPassword(context.Background(), w.County().Engine, "portal", "d01", "wrong", "")
	}
	w.Advance(time.Minute)
	v01.Refused("role", chief, "identity.unlock", Locked{Person: who.Actor.ID})
	v01.Do(doctor, "identity.unlock", Locked{Person: who.Actor.ID})
	if _, err := pin(v01, "13800138000", somebodysPIN); err != nil {
		t.Error(err)
	}
	if _, err := ByPassword(context.Background(), w.County().Engine, "portal", "d01", firstWord("d01"), ""); code(err) != "locked" {
		t.Error(err)
	}
	w.County().Refused("role", doctor, "identity.unlock-staff", LockedStaff{"d01"})
	w.County().Do(guard, "identity.unlock-staff", LockedStaff{"d01"})
	if _, err := ByPassword(context.Background(), w.County().Engine, "portal", "d01", firstWord("d01"), ""); err != nil {
		t.Error(err)
	}
}

func TestAPINThatAnybodyWouldGuessIsRefused(t *testing.T) {
	w, v01, _ := countyWith(t)
	who := byCard(t, v01, SampleCards()[2]) // born 1985-06-15
	v01.Refused("phone-missing", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(somebodysPIN)})
	v01.Do(who.Actor, "identity.contact", Contact{Person: who.Actor.ID, Phone: "13800713926", Keep: true})
	for _, p := range []string{"111111", "123456", "654321", "850615", "198506", "713926", "061585"} {
		v01.Refused("pin-guessable", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(p)})
	}
	for _, p := range []string{"12345", "1234567", "12345a", ""} {
		v01.Refused("pin-form", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(p)})
	}
	wrong := secret(somebodysPIN)
	wrong.Again = "270419"
	v01.Refused("secret-differs", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, wrong})
	bare := secret(somebodysPIN)
	bare.Salt = ""
	v01.Refused("salt-missing", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, bare})
	w.Advance(11 * time.Minute)
	v01.Refused("sign-in-again", who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(somebodysPIN)})
	other := who.Actor
	other.Terminal = "v01-k2"
	who = byCard(t, v01, SampleCards()[2])
	v01.Refused("sign-in-again", other, "identity.set-pin", NewPIN{who.Actor.ID, secret(somebodysPIN)})
	v01.Do(who.Actor, "identity.set-pin", NewPIN{who.Actor.ID, secret(somebodysPIN)})
}

func TestTwoOfOneFamilyWithOneTelephoneAndOnePINAreNotTakenForEachOther(t *testing.T) {
	_, v01, _ := countyWith(t)
	a := withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	b := withPIN(t, v01, SampleCards()[3], "13800138000", "381927")
	for who, text := range map[care.ID]string{a.Actor.ID: somebodysPIN, b.Actor.ID: "381927"} {
		if got, err := pin(v01, "13800138000", text); err != nil || got.Actor.ID != who {
			t.Errorf("%v, %v", got.Actor.ID, err)
		}
	}
	b = byCard(t, v01, SampleCards()[3])
	v01.Do(b.Actor, "identity.set-pin", NewPIN{b.Actor.ID, secret(somebodysPIN)})
	if _, err := pin(v01, "13800138000", somebodysPIN); code(err) != "wrong-password" {
		t.Error(err)
	}
}

func TestADroppedPINOpensNothing(t *testing.T) {
	_, v01, _ := countyWith(t)
	who := withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	v01.Do(doctor, "identity.drop-pin", AboutPerson{who.Actor.ID})
	if _, err := pin(v01, "13800138000", somebodysPIN); code(err) != "wrong-password" {
		t.Error(err)
	}
	v01.Refused("no-pin", doctor, "identity.drop-pin", AboutPerson{who.Actor.ID})
}

func TestAVillageDoctorSignsInWithoutALineAndChangesTheFirstPassword(t *testing.T) {
	w, v01, _ := countyWith(t)
	v01.Cut()
	at := func(s *caretest.Site, login, word string) (Session, error) {
		return ByPassword(context.Background(), s.Engine, "v01-desk", login, word, "")
	}
	got, err := at(v01, " VD01 ", firstWord("vd01"))
	if err != nil || !got.First || got.Actor.Role != care.Doctor || got.Who != "黄春梅" || got.Policy != StaffPolicy {
		t.Fatalf("%+v, %v", got, err)
	}
	v01.Refused("password-weak", got.Actor, "identity.set-password", NewPassword{secret("short-1A")})
	v01.Refused("password-weak", got.Actor, "identity.set-password", NewPassword{secret("onlylowercase1")})
	v01.Do(got.Actor, "identity.set-password", NewPassword{secret("Mine-alone-2030")})
	if _, err := at(v01, "vd01", firstWord("vd01")); code(err) != "wrong-password" {
		t.Error("the first password still works")
	}
	if got, err = at(v01, "vd01", "Mine-alone-2030"); err != nil || got.First {
		t.Errorf("%+v, %v", got, err)
	}
	w.Advance(11 * time.Minute)
	v01.Refused("sign-in-again", got.Actor, "identity.set-password", NewPassword{secret("Mine-again-2030")})
}

func TestAHashGoesOnlyToTheBoxesWhereItsHolderWorks(t *testing.T) {
	w, _, _ := countyWith(t)
	e := newcomer()
	e.Sites = []string{"v02", "v02", "not a site"}
	w.County().Do(chief, "identity.enrol-staff", &e)
	for login, want := range map[string][]protocol.Scope{"vd01": {"s/v01"}, "d01": {}, "weixm": {"s/v02"}} {
		head := headsOf(t, w.County(), staffCredential(login))[0]
		if !slices.Equal(head.AllScopes(), want) || head.Class != protocol.ClassSensitive {
			t.Errorf("%s: class %d, scopes %v", login, head.Class, head.AllScopes())
		}
	}
}

func TestASuspendedAccountOpensNothing(t *testing.T) {
	w, v01, _ := countyWith(t)
	w.County().Refused("reason-missing", guard, "identity.suspend-staff", Suspension{ID: "vd01", Suspend: true})
	w.County().Do(guard, "identity.suspend-staff", Suspension{ID: "vd01", Suspend: true, Reason: "离职"})
	w.Settle()
	if _, err := ByPassword(context.Background(), v01.Engine, "v01-desk", "vd01", firstWord("vd01"), ""); code(err) != "wrong-password" {
		t.Error(err)
	}
	facts := caretest.Show[Facts](v01, host("door", "v01-desk"), "identity.session", Holder{"vd01", care.Doctor})
	if !facts.Gone {
		t.Error("a host that looks again is not told")
	}
	w.County().Do(guard, "identity.suspend-staff", Suspension{ID: "vd01", Reason: "回来上班"})
	w.Settle()
	if _, err := ByPassword(context.Background(), v01.Engine, "v01-desk", "vd01", firstWord("vd01"), ""); err != nil {
		t.Error(err)
	}
}

func TestNobodyActsInARoleThatIsNotTheirs(t *testing.T) {
	_, v01, _ := countyWith(t)
	_, err := ByPassword(context.Background(), v01.Engine, "v01-desk", "vd01", firstWord("vd01"), care.Supervisor)
	if code(err) != "not-your-role" {
		t.Error(err)
	}
}

func TestNoPasswordStandsInAnyRecordOrChange(t *testing.T) {
	w, v01, _ := countyWith(t)
	withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	_, _ = pin(v01, "13800138000", "555123")
	_, _ = ByPassword(context.Background(), v01.Engine, "v01-desk", "vd01", "Wrong-word-99", "")
	w.Settle()
	for _, s := range []*caretest.Site{w.County(), v01} {
		items, err := s.Next(context.Background(), 0, 10000, protocol.AllValues)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			for _, word := range []string{somebodysPIN, "555123", "Wrong-word-99", firstWord("vd01")} {
				if bytes.Contains(protocol.AppendEnvelope(nil, &it.Change), []byte(word)) {
					t.Errorf("%s names a password", it.Change.Action)
				}
				for _, wr := range it.Change.Writes {
					if strings.Contains(string(wr.Value), word) {
						t.Errorf("%s stores a password in a %s", it.Change.Action, wr.Ref.Kind)
					}
				}
			}
		}
	}
}

func TestEverySignInAndEveryWrongTryIsOnRecord(t *testing.T) {
	_, v01, _ := countyWith(t)
	who := withPIN(t, v01, SampleCards()[2], "13800138000", somebodysPIN)
	before := v01.Last()
	_, _ = pin(v01, "13800138000", "000001")
	_, _ = pin(v01, "13800139999", "000001")
	_, _ = pin(v01, "13800138000", somebodysPIN)
	items, err := v01.Next(context.Background(), before, 100, protocol.AllValues)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, it := range items {
		c := it.Change
		got = append(got, string(c.Action)+" "+string(c.Code))
		if c.Code == "" && c.Subject != who.Actor.ID {
			t.Errorf("%s is about %q", c.Action, c.Subject)
		}
	}
	want := "identity.failed |identity.failed unknown-login|identity.signin "
	if strings.Join(got, "|") != want {
		t.Errorf("got %q", got)
	}
}

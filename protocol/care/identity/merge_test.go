package identity

import (
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

func value(t testing.TB, record any) protocol.Value {
	t.Helper()
	v, err := protocol.Encode(record)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatOnlyOnePlaceKnowsIsKeptAndWhatDiffersIsAPersonsToDecide(t *testing.T) {
	at := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	base := care.Person{Name: "张伟", Sex: "1", Birth: "1980-05-06", Registered: at, Home: "v01", Vouched: "vd01"}
	a, b := base, base
	a.Phone, a.Notices = "13800138000", care.NoticeWishes{SMS: true, Lectures: true}
	b.Household, b.Home, b.Registered, b.Vouched = "A-1", "v02", at.Add(time.Hour), ""
	b.Notices = care.NoticeWishes{Lectures: true}
	index(&a)
	index(&b)
	m := mergedPerson(t, value(t, &a), value(t, &b))
	if m.Phone != a.Phone || m.Household != "A-1" || m.Home != "v01" || !m.Registered.Equal(at) || m.Vouched != "" || m.Notices.SMS || !m.Notices.Lectures {
		t.Errorf("%+v", m)
	}
	b.Phone = "13900139000"
	for _, pair := range [][2]care.Person{{a, b}, {b, a}} {
		if _, ok := mergePerson(value(t, &pair[0]), value(t, &pair[1])); ok {
			t.Error("two telephones became one by rule")
		}
	}
}

func TestAFieldOfNewerSoftwareSurvivesAMerge(t *testing.T) {
	a := protocol.Value(`{"birth":"1980-05-06","blood":"A","name":"张伟","registered":"2030-01-07T00:00:00Z","sex":"1"}`)
	b := protocol.Value(`{"birth":"1980-05-06","household":"7","name":"张伟","registered":"2030-01-07T00:00:00Z","sex":"1"}`)
	if m := mergedPerson(t, a, b); string(m.Rest) != `{"blood":"A"}` || m.Household != "7" {
		t.Errorf("rest %s", m.Rest)
	}
}

func TestAWithdrawalWinsWhateverTheOrderAndTheClock(t *testing.T) {
	at := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	gave := value(t, &care.Consent{Person: "p", Purpose: "basic", Given: true, At: at.Add(time.Hour)})
	took := value(t, &care.Consent{Person: "p", Purpose: "basic", At: at})
	older := value(t, &care.Consent{Person: "p", Purpose: "basic", Given: true, At: at})
	both(t, mergeConsent, gave, took, took)
	both(t, mergeConsent, gave, older, gave)
}

func TestAnEndedRelationStaysEnded(t *testing.T) {
	at := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	stands := value(t, &Relation{Guardian: "g", Ward: "w", At: at.Add(time.Hour)})
	ended := value(t, &Relation{Guardian: "g", Ward: "w", At: at, Ended: at.Add(2 * time.Hour)})
	later := value(t, &Relation{Guardian: "g", Ward: "w", At: at, Ended: at.Add(3 * time.Hour)})
	both(t, mergeRelation, stands, ended, ended)
	both(t, mergeRelation, later, ended, ended)
}

func TestTheLastPasswordAndTheLastClearingCount(t *testing.T) {
	at := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	a := Credential{Holder: "p", Hash: "a", Set: at, Cleared: at.Add(5 * time.Hour)}
	b := Credential{Holder: "p", Hash: "b", Set: at.Add(time.Hour)}
	want := b
	want.Cleared = a.Cleared
	both(t, mergeCredential, value(t, &a), value(t, &b), value(t, &want))
	both(t, latest("at"), value(t, &SignIn{Holder: "p", At: at}), value(t, &SignIn{Holder: "p", At: at.Add(1)}), value(t, &SignIn{Holder: "p", At: at.Add(1)}))
}

func both(t *testing.T, merge func(a, b protocol.Value) (protocol.Value, bool), a, b, want protocol.Value) {
	t.Helper()
	for _, pair := range [][2]protocol.Value{{a, b}, {b, a}} {
		got, ok := merge(pair[0], pair[1])
		if !ok || string(got) != string(want) {
			t.Errorf("%v %s, want %s", ok, got, want)
		}
	}
}

func FuzzMergePersonIsTheSameBothWays(f *testing.F) {
	f.Add([]byte(`{"name":"张伟","phone":"1"}`), []byte(`{"name":"张伟","home":"v02"}`))
	f.Add([]byte(`{"name":"张伟","keys":["a"]}`), []byte(`{"name":"张伟","x":1}`))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, err1 := protocol.Canonical(x)
		b, err2 := protocol.Canonical(y)
		if err1 != nil || err2 != nil {
			return
		}
		ab, ok1 := mergePerson(a, b)
		ba, ok2 := mergePerson(b, a)
		if ok1 != ok2 || string(ab) != string(ba) {
			t.Errorf("%s and %s: %s or %s", a, b, ab, ba)
		}
	})
}

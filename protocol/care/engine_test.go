package care_test

import (
	"context"
	"errors"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

// diary is a service as small as one can be: people write lines about
// themselves, after they agreed.
type line struct {
	Text string `json:"text"`
}

type writeLine struct {
	Person care.ID `json:"person"`
	Text   string  `json:"text"`
}

func (w writeLine) Subject() care.ID { return w.Person }

func diary() care.Service {
	spec := func(k protocol.Kind) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
			Indexes: []protocol.Index{{Name: "all"}}}}
	}
	return care.Service{Name: "diary", Title: "日记", Kinds: []care.Kind{spec("line"), spec(care.KindConsent)},
		Actions: []care.Action{
			care.Do(care.Action{Name: "diary.write", Roles: care.Roles(care.Resident, care.Doctor), Purpose: care.ForCare, Consent: care.ConsentHealth},
				func(d *care.Deed, in writeLine) error {
					_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: "line", ID: d.NewID()}, Subject: in.Person}, &line{in.Text})
					return err
				}),
			care.Do(care.Action{Name: "diary.agree", Roles: []care.Role{care.Resident}, Purpose: care.ForIdentity},
				func(d *care.Deed, in writeLine) error {
					c := care.Consent{Person: in.Person, Purpose: care.ConsentHealth, Given: in.Text == "yes", At: d.Now()}
					_, err := care.Write(d, protocol.Draft{Ref: care.ConsentRef(in.Person, care.ConsentHealth), Subject: in.Person}, &c)
					return err
				}),
			care.Do(care.Action{Name: "diary.county-only", Roles: []care.Role{care.Doctor}, Purpose: care.ForCare, Place: care.InCounty},
				func(*care.Deed, struct{}) error { return nil }),
		},
		Views: []care.View{care.Show(care.View{Name: "diary.read", Roles: care.Roles(care.Resident, care.Doctor), Purpose: care.ForCare, Consent: care.ConsentHealth, Personal: true},
			func(l *care.Look, in writeLine) ([]string, error) {
				found, err := care.Collect[line](l, protocol.Query{Kind: "line", Index: "all"})
				var out []string
				for _, f := range found {
					out = append(out, f.Value.Text)
				}
				l.Saw(in.Person, len(out))
				return out, err
			})},
	}
}

var (
	anna   = care.Actor{ID: "anna", Role: care.Resident, Method: care.ByCard, Assurance: 2}
	doctor = care.Actor{ID: "d01", Role: care.Doctor, Method: care.ByPassword, Assurance: 2}
)

// journal lists what a site put on record: action, outcome, code.
func journal(s *caretest.Site) []string {
	items, err := s.Next(context.Background(), 0, 1000, protocol.AllValues)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, it := range items {
		word := map[protocol.Outcome]string{protocol.Done: "done", protocol.Refused: "refused", protocol.Seen: "seen"}[it.Change.Outcome]
		text := string(it.Change.Action) + " " + word
		if it.Change.Code != "" {
			text += " " + string(it.Change.Code)
		}
		out = append(out, text)
	}
	return out
}

func expect(t *testing.T, s *caretest.Site, want ...string) {
	t.Helper()
	got := journal(s)
	if len(got) != len(want) {
		t.Fatalf("on record: %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestNothingIsWrittenBeforeThePersonAgreed(t *testing.T) {
	w := caretest.New(t, diary())
	v := w.Station("v01")
	v.Refused("no-consent", anna, "diary.write", writeLine{"anna", "a"})
	v.Do(anna, "diary.agree", writeLine{"anna", "yes"})
	v.Do(anna, "diary.write", writeLine{"anna", "b"})
	v.Do(anna, "diary.agree", writeLine{"anna", "no"})
	v.Refused("no-consent", doctor, "diary.write", writeLine{"anna", "c"})
	v.ShowRefused("no-consent", doctor, "diary.read", writeLine{"anna", ""})
	expect(t, v, "diary.write refused no-consent", "diary.agree done", "diary.write done", "diary.agree done",
		"diary.write refused no-consent", "diary.read refused no-consent")
}

func TestANeighbourSeesNothing(t *testing.T) {
	w := caretest.New(t, diary())
	v := w.Station("v01")
	v.Do(anna, "diary.agree", writeLine{"anna", "yes"})
	ben := anna
	ben.ID = "ben"
	v.ShowRefused("not-yours", ben, "diary.read", writeLine{"anna", ""})
	v.Refused("not-yours", ben, "diary.write", writeLine{"anna", "x"})
	ben.For = "anna" // a guardian whose relation was recorded
	v.Do(ben, "diary.write", writeLine{"anna", "y"})
}

func TestALookIsOnRecordBeforeItIsShown(t *testing.T) {
	w := caretest.New(t, diary())
	v := w.Station("v01")
	v.Do(anna, "diary.agree", writeLine{"anna", "yes"})
	v.Do(anna, "diary.write", writeLine{"anna", "b"})
	caretest.Show[[]string](v, doctor, "diary.read", writeLine{"anna", ""})
	items, err := v.Next(context.Background(), 2, 10, protocol.AllValues)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	if c := items[0].Change; c.Outcome != protocol.Seen || c.Subject != "anna" || c.Count != 1 || c.Actor.ID != "d01" || len(c.Writes) != 0 {
		t.Errorf("the look is on record as %+v", c)
	}
}

func TestRolesAndPlacesAreCheckedAtTheDoor(t *testing.T) {
	w := caretest.New(t, diary())
	v := w.Station("v01")
	pharmacist := care.Actor{ID: "ph", Role: care.Pharmacist}
	v.Refused("role", pharmacist, "diary.write", writeLine{"anna", "a"})
	v.ShowRefused("role", pharmacist, "diary.read", writeLine{"anna", ""})
	v.Refused("no-such-action", doctor, "diary.county-only", nil)
	w.County().Do(doctor, "diary.county-only", nil)
	v.Refused("no-such-action", doctor, "diary.nothing", nil)
	v.Refused("bad-input", anna, "diary.write", map[string]any{"person": 7})
	v.Refused("bad-input", anna, "diary.write", map[string]any{"person": "anna", "text": "a", "smuggled": true})
}

func TestARepeatAnswersLikeTheFirst(t *testing.T) {
	w := caretest.New(t, diary())
	v := w.Station("v01")
	v.Do(anna, "diary.agree", writeLine{"anna", "yes"})
	first, err := v.TryKey(anna, "diary.write", writeLine{"anna", "b"}, "k")
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.TryKey(anna, "diary.write", writeLine{"anna", "b"}, "k")
	if err != nil || again.About != first.About || again.Change != first.Change || !again.Repeat || first.Repeat {
		t.Errorf("first %+v, again %+v, %v", first, again, err)
	}
	ben := care.Actor{ID: "ben", Role: care.Pharmacist}
	if _, err := v.TryKey(ben, "diary.write", writeLine{"anna", "x"}, "r"); err == nil {
		t.Fatal("a pharmacist wrote")
	}
	_, err = v.TryKey(ben, "diary.write", writeLine{"anna", "x"}, "r")
	if r, ok := protocol.AsRefusal(err); !ok || r.Code != "role" {
		t.Errorf("a repeated refusal answers %v", err)
	}
}

func TestARosterThatCannotServeIsFoundAtTheStart(t *testing.T) {
	good := diary()
	for name, spoil := range map[string]func(*care.Service){
		"no class":       func(s *care.Service) { s.Kinds[0].Class = 0 },
		"foreign name":   func(s *care.Service) { s.Actions[0].Name = "other.write" },
		"no roles":       func(s *care.Service) { s.Actions[0].Roles = nil },
		"no purpose":     func(s *care.Service) { s.Views[0].Purpose = "" },
		"doubled action": func(s *care.Service) { s.Actions = append(s.Actions, s.Actions[0]) },
		"lost page":      func(s *care.Service) { s.Pages = []care.Page{{Path: "/x", View: "diary.none"}} },
	} {
		s := diary()
		spoil(&s)
		if err := care.Check([]care.Service{s}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := care.Check([]care.Service{good}); err != nil {
		t.Error(err)
	}
}

func TestFormsBecomeInputs(t *testing.T) {
	type in struct {
		Name  string           `json:"name"`
		Count int              `json:"count"`
		Temp  protocol.Decimal `json:"temp"`
		Yes   bool             `json:"yes"`
		Keys  []string         `json:"keys"`
		In    struct {
			A string `json:"a"`
		} `json:"in"`
	}
	raw, err := care.FromForm[in](map[string][]string{"name": {" 张 "}, "count": {"3"}, "temp": {"36.60"}, "yes": {"on"}, "keys": {"a", "b"}, "in.a": {"x"}, "other": {"y"}})
	if err != nil || string(raw) != `{"count":3,"in":{"a":"x"},"keys":["a","b"],"name":"张","temp":36.60,"yes":true}` {
		t.Errorf("%s %v", raw, err)
	}
	for field, value := range map[string]string{"count": "three", "temp": "hot"} {
		_, err := care.FromForm[in](map[string][]string{field: {value}})
		var r *protocol.Refusal
		if !errors.As(err, &r) || r.Field != field {
			t.Errorf("%s=%s: %v", field, value, err)
		}
	}
}

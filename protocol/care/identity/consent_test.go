package identity

import (
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func version(p care.ConsentPurpose) string { return shipped[p].Version }

func consented(t testing.TB, s *caretest.Site, person care.ID, p care.ConsentPurpose) (ok bool) {
	t.Helper()
	s.Look(func(r protocol.Reader) (err error) {
		ok, err = care.Consented(r, person, p)
		return err
	})
	return ok
}

func TestConsentIsGivenForOnePurposeAndTakenBackByOneTouch(t *testing.T) {
	w, v01, _ := countyWith(t)
	who := byCard(t, v01, SampleCards()[1])
	v01.Do(who.Actor, "identity.consent", Agreement{who.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})
	if !consented(t, v01, who.Actor.ID, care.ConsentBasic) || consented(t, v01, who.Actor.ID, care.ConsentHealth) {
		t.Error("a yes to one purpose is a yes to another")
	}
	w.Settle()
	if !consented(t, w.County(), who.Actor.ID, care.ConsentBasic) {
		t.Error("the county does not know")
	}
	again := byCard(t, v01, SampleCards()[1])
	if !again.Consent {
		t.Error("the host would ask again")
	}
	v01.Do(who.Actor, "identity.withdraw", Withdrawal{who.Actor.ID, care.ConsentBasic})
	v01.Refused("not-given", who.Actor, "identity.withdraw", Withdrawal{who.Actor.ID, care.ConsentBasic})
	v01.Refused("not-given", who.Actor, "identity.withdraw", Withdrawal{who.Actor.ID, care.ConsentHealth})
	if consented(t, v01, who.Actor.ID, care.ConsentBasic) {
		t.Error("taken back, and still there")
	}
	heads := headsOf(t, v01, care.ConsentRef(who.Actor.ID, care.ConsentBasic))
	if heads[0].Class != protocol.ClassPersonal || heads[0].Retention != protocol.RetainClinical {
		t.Errorf("class %d, retention %d", heads[0].Class, heads[0].Retention)
	}
}

func TestAYesToAnOldTextOrForSomebodyElseIsNone(t *testing.T) {
	w, v01, _ := countyWith(t)
	a, b := byCard(t, v01, SampleCards()[0]), byCard(t, v01, SampleCards()[1])
	v01.Refused("not-yours", a.Actor, "identity.consent", Agreement{b.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})
	v01.Refused("no-such-purpose", a.Actor, "identity.consent", Agreement{a.Actor.ID, "everything", "1"})
	v01.Refused("form-changed", a.Actor, "identity.consent", Agreement{a.Actor.ID, care.ConsentBasic, "2020-01-01"})
	v01.Do(a.Actor, "identity.consent", Agreement{a.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})

	newer := shipped[care.ConsentBasic]
	w.County().Refused("version-old", setup, "identity.publish-form", &newer)
	newer.Version = "2030-01-07"
	w.County().Do(setup, "identity.publish-form", &newer)
	w.Settle()
	page := caretest.Show[ConsentPage](v01, a.Actor, "identity.consent-page", consentInput{Purpose: care.ConsentBasic})
	if page.Fresh || !page.Now.Given || page.Form.Version != "2030-01-07" {
		t.Errorf("%+v", page.Now)
	}
	v01.Refused("form-changed", b.Actor, "identity.consent", Agreement{b.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})
	v01.Look(func(r protocol.Reader) error {
		was, found, err := FormShown(r, care.ConsentBasic, version(care.ConsentBasic))
		if !found || was.Version != version(care.ConsentBasic) {
			t.Error("the text that somebody agreed to is lost")
		}
		_, found, _ = FormShown(r, care.ConsentBasic, "1999-01-01")
		if found {
			t.Error("a text that never was is found")
		}
		return err
	})
}

func TestAStationThatNeverHadALineAsksItsOwnTexts(t *testing.T) {
	w := caretest.New(t, Service())
	v := w.Station("v09")
	v.Cut()
	who, err := ByCard(t.Context(), v.Engine, "v09-k1", SampleCards()[0])
	if err != nil {
		t.Fatal(err)
	}
	page := caretest.Show[ConsentPage](v, who.Actor, "identity.consent-page", consentInput{Purpose: care.ConsentHealth})
	v.Do(who.Actor, "identity.consent", Agreement{who.Actor.ID, care.ConsentHealth, page.Form.Version})
}

func TestTheDoctorRecordsAYesSpokenBeforeThemAsItsWitness(t *testing.T) {
	_, v01, _ := countyWith(t)
	id := v01.Do(doctor, "identity.register", Registration{Name: "韦阿婆", Sex: "2", Birth: "1940-01-02"}).About.ID
	page := caretest.Show[ConsentPage](v01, doctor, "identity.consent-page", consentInput{Purpose: care.ConsentHealth, Person: id})
	if !page.Spoken || page.Head == nil {
		t.Errorf("%+v", page)
	}
	v01.Do(doctor, "identity.consent", Agreement{id, care.ConsentHealth, version(care.ConsentHealth)})
	v01.Look(func(r protocol.Reader) error {
		c, _, err := care.Read[care.Consent](r, care.ConsentRef(id, care.ConsentHealth))
		if c.Witness != "vd01" || c.Channel != "v01-desk" {
			t.Errorf("%+v", c)
		}
		return err
	})
}

func TestTakingTheMessagesBackStopsThem(t *testing.T) {
	_, v01, _ := countyWith(t)
	a := byCard(t, v01, SampleCards()[0])
	v01.Do(a.Actor, "identity.contact", Contact{Person: a.Actor.ID, Phone: "13800138000", Keep: true})
	v01.Do(a.Actor, "identity.consent", Agreement{a.Actor.ID, care.ConsentNotice, version(care.ConsentNotice)})
	v01.Do(a.Actor, "identity.wishes", Wishes{Person: a.Actor.ID, SMS: true, Lectures: true})
	v01.Do(a.Actor, "identity.withdraw", Withdrawal{a.Actor.ID, care.ConsentNotice})
	if p := personAt(t, v01, a.Actor.ID); p.Notices.SMS || !p.Notices.Lectures {
		t.Errorf("%+v", p.Notices)
	}
}

func TestAtAFirstVisitOnePurposeFollowsAnother(t *testing.T) {
	_, v01, _ := countyWith(t)
	a := byCard(t, v01, SampleCards()[0])
	show := func(p care.ConsentPurpose) ConsentPage {
		return caretest.Show[ConsentPage](v01, a.Actor, "identity.consent-page", consentInput{Purpose: p, Ask: true, Back: "/appointment"})
	}
	if got := show(care.ConsentBasic).Skip.Href; got != "/identity/consent/health?ask=1&back=%2Fappointment" {
		t.Errorf("from basic to %s", got)
	}
	if got := show(care.ConsentNotice).Skip.Href; got != "/appointment" {
		t.Errorf("from the last to %s", got)
	}
	v01.Do(a.Actor, "identity.consent", Agreement{a.Actor.ID, care.ConsentHealth, version(care.ConsentHealth)})
	if got := show(care.ConsentBasic).Skip.Href; !strings.HasPrefix(got, "/identity/consent/notice") {
		t.Errorf("what was asked before is asked again: %s", got)
	}
}

// family is a grandmother with a grandchild, who is seven.
func family(t testing.TB, w *caretest.World, v01 *caretest.Site) (granny, child Session) {
	t.Helper()
	granny = byCard(t, v01, SampleCards()[5])
	child = byCard(t, v01, Card{Name: "曾小苗", Number: withChecksum("99010120230105022")})
	v01.Do(doctor, "identity.relate", Guardianship{Ward: child.Actor.ID, Guardian: SampleCards()[5].Number, Relation: "62", Basis: "household"})
	return granny, child
}

func TestAGuardianActsForAChildAndNobodyElseDoes(t *testing.T) {
	w, v01, _ := countyWith(t)
	granny, child := family(t, w, v01)
	yes := Agreement{child.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)}
	v01.Refused("guardian-needed", child.Actor, "identity.consent", yes)
	v01.Refused("not-yours", granny.Actor, "identity.consent", yes)
	acting, err := ActFor(t.Context(), v01.Engine, granny.Actor, child.Actor.ID)
	if err != nil || acting.Actor.ID != granny.Actor.ID || acting.Actor.For != child.Actor.ID || acting.Who != "曾*苗" || acting.Elder {
		t.Fatalf("%+v, %v", acting, err)
	}
	v01.Do(acting.Actor, "identity.consent", yes)
	if !consented(t, v01, child.Actor.ID, care.ConsentBasic) {
		t.Error("the guardian's yes is none")
	}
	if me := caretest.Show[Me](v01, acting.Actor, "identity.mine", nil); me.Facts.Rows[0].Value != "曾小苗" || me.Myself == nil {
		t.Errorf("%+v", me.Facts.Rows)
	}
	v01.Refused("own-pin", acting.Actor, "identity.set-pin", NewPIN{child.Actor.ID, secret(somebodysPIN)})
	stranger := byCard(t, v01, SampleCards()[1])
	if _, err := ActFor(t.Context(), v01.Engine, stranger.Actor, child.Actor.ID); code(err) != "not-guardian" {
		t.Error(err)
	}
	back, err := ActFor(t.Context(), v01.Engine, acting.Actor, "")
	if err != nil || back.Actor.For != "" || back.Who != "曾*华" {
		t.Errorf("%+v, %v", back, err)
	}
	if w := caretest.Show[Wards](v01, granny.Actor, "identity.wards", nil); len(w.Shown(4).Items) != 1 {
		t.Errorf("%+v", w)
	}
	v01.Do(doctor, "identity.end-relation", Pair{granny.Actor.ID, child.Actor.ID})
	if _, err := ActFor(t.Context(), v01.Engine, granny.Actor, child.Actor.ID); code(err) != "not-guardian" {
		t.Error(err)
	}
	v01.Refused("not-guardian", acting.Actor, "identity.consent", yes) // a session that outlived the relation
	v01.Refused("no-relation", doctor, "identity.end-relation", Pair{granny.Actor.ID, child.Actor.ID})
}

func TestActingForAChildAndBackIsNoNewSignIn(t *testing.T) {
	w, v01, _ := countyWith(t)
	granny, child := family(t, w, v01)
	v01.Do(granny.Actor, "identity.contact", Contact{Person: granny.Actor.ID, Phone: "13800138000", Keep: true})
	w.Advance(freshSignIn + time.Minute)
	if _, err := ActFor(t.Context(), v01.Engine, granny.Actor, child.Actor.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ActFor(t.Context(), v01.Engine, granny.Actor, ""); err != nil {
		t.Fatal(err)
	}
	v01.Refused("sign-in-again", granny.Actor, "identity.set-pin", NewPIN{granny.Actor.ID, secret(somebodysPIN)})
}

func TestAtFourteenAChildDecidesAlone(t *testing.T) {
	w, v01, _ := countyWith(t)
	granny, child := family(t, w, v01) // born 5 January 2023
	w.At(time.Date(2037, 1, 4, 23, 59, 0, 0, care.Zone))
	if _, err := ActFor(t.Context(), v01.Engine, granny.Actor, child.Actor.ID); err != nil {
		t.Error(err)
	}
	w.At(time.Date(2037, 1, 5, 0, 0, 0, 0, care.Zone))
	if _, err := ActFor(t.Context(), v01.Engine, granny.Actor, child.Actor.ID); code(err) != "not-a-child" {
		t.Error(err)
	}
	v01.Do(child.Actor, "identity.consent", Agreement{child.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})
	v01.Refused("not-a-child", doctor, "identity.relate", Guardianship{Ward: child.Actor.ID, Guardian: string(granny.Actor.ID), Relation: "62", Basis: "household"})
}

func TestAGuardianIsKnownGrownAndOnPaper(t *testing.T) {
	w, v01, _ := countyWith(t)
	_, child := family(t, w, v01)
	brother := byCard(t, v01, Card{Name: "曾小树", Number: withChecksum("99010120150105023")})
	for want, g := range map[protocol.Code]Guardianship{
		"guardian-missing": {Relation: "62", Basis: "household"},
		"relation-missing": {Guardian: "x", Basis: "household"},
		"basis-missing":    {Guardian: "x", Relation: "62"},
		"guardian-unknown": {Guardian: SampleCards()[3].Number, Relation: "62", Basis: "birth"},
		"guardian-young":   {Guardian: string(brother.Actor.ID), Relation: "71", Basis: "birth"},
		"id-checksum":      {Guardian: "990101195203091225", Relation: "62", Basis: "birth"},
	} {
		g.Ward = child.Actor.ID
		v01.Refused(want, doctor, "identity.relate", g)
	}
	other := byCard(t, v01, Card{Name: "小石", Number: withChecksum("99010120240105024")})
	v01.Refused("guardian-needed", doctor, "identity.consent", Agreement{other.Actor.ID, care.ConsentBasic, version(care.ConsentBasic)})
}

func TestEveryTextIsWholeInBothLanguages(t *testing.T) {
	for p, f := range shipped {
		texts := []Text{f.Title, f.Lead, f.Refuse}
		for _, x := range f.Points {
			texts = append(texts, x.Label, x.Text)
		}
		texts = append(append(texts, f.Stops...), f.Stays...)
		for _, x := range texts {
			if x.Zh == "" || x.En == "" {
				t.Errorf("%s: %+v", p, x)
			}
		}
		if f.Check() != nil || f.Source == "" || f.Reviewed == "" || f.Review <= f.Reviewed || len(f.Rest) != 0 {
			t.Errorf("%s: source, review or an unknown field", p)
		}
	}
}

package media

import (
	"bytes"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

const granny care.ID = "p-granny"

const (
	refOne = "1111111111111111111111111111111111111111111111111111111111111111"
	refTwo = "2222222222222222222222222222222222222222222222222222222222222222"
)

var (
	doctor  = care.Actor{ID: "s-li", Role: care.Doctor}
	county  = care.Actor{ID: "s-wu", Role: care.CountyDoctor}
	machine = care.Machine("blobs")
)

type wish struct {
	Given bool `json:"given"`
}

// village stands in for identity: one resident, looked after by v01, and her
// consent.
func village() care.Service {
	spec := func(k protocol.Kind) care.Kind {
		return care.Kind{KindSpec: protocol.KindSpec{Kind: k, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical}}
	}
	a := care.Action{Name: "village.settle", Roles: []care.Role{care.System}, Purpose: care.ForIdentity, Lane: protocol.Clinical}
	return care.Service{Name: "village", Kinds: []care.Kind{spec(care.KindResident), spec(care.KindConsent)}, Actions: []care.Action{
		care.Do(a, func(d *care.Deed, w wish) error {
			if _, err := care.Write(d, protocol.Draft{Ref: care.ResidentRef(granny), Subject: granny}, &care.Person{Name: "石大妹", Sex: "2", Birth: "1958-03-02"}); err != nil {
				return err
			}
			f := protocol.Follow{Site: d.Site(), Scope: protocol.PersonScope(granny)}
			ref := protocol.Ref{Kind: protocol.KindFollow, ID: care.ID(d.Site()) + "." + granny}
			if _, err := care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &f); err != nil {
				return err
			}
			c := care.Consent{Person: granny, Purpose: care.ConsentHealth, Given: w.Given, At: d.Now()}
			_, err := care.Write(d, protocol.Draft{Ref: care.ConsentRef(granny, care.ConsentHealth), Subject: granny}, &c)
			return err
		}),
	}}
}

type scene struct {
	*caretest.World
	station *caretest.Site
}

func newScene(t *testing.T) *scene {
	w := caretest.New(t, village(), Service())
	s := &scene{w, w.Station("v01")}
	s.station.Do(care.Machine("clerk"), "village.settle", wish{true})
	s.Settle()
	return s
}

func taken(ref string) Taken {
	return Taken{Person: granny, Sort: "wound", Words: " 左小腿 ", Photo: care.Blob{Ref: ref, Type: "image/jpeg", Size: 300}}
}

func errandsAt(t *testing.T, s *caretest.Site, site protocol.Site) (out []Errand) {
	t.Helper()
	if err := s.Model.View(t.Context(), func(r protocol.Reader) (err error) {
		out, err = Errands(r, site)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAPhotoIsHeldWhenTheCountySaysSo(t *testing.T) {
	s := newScene(t)
	id := s.station.Do(doctor, Add, taken(refOne)).About.ID
	item := caretest.Show[ItemPage](s.station, doctor, "media.item", itemInput{id})
	if item.Bytes.Kind != screen.Calm || item.Name != "石大妹" {
		t.Errorf("before it travelled: %+v", item)
	}
	if got := errandsAt(t, s.station, "v01"); len(got) != 1 || got[0] != (Errand{refOne, true}) {
		t.Errorf("the station's errands: %v", got)
	}
	s.Settle()
	if got := errandsAt(t, s.County(), ""); len(got) != 0 {
		t.Errorf("a node has errands for what is not held: %v", got)
	}
	for range 2 { // the county may say it again
		s.County().Do(machine, Hold, Which{id})
	}
	s.Settle()
	item = caretest.Show[ItemPage](s.station, doctor, "media.item", itemInput{id})
	if item.Bytes.Text != "县中心已存好照片" || item.Facts.Rows[1].Value != "左小腿" {
		t.Errorf("held: %+v", item)
	}
	if got := errandsAt(t, s.station, "v01"); len(got) != 0 {
		t.Errorf("what is held is sent again: %v", got)
	}
	if got := errandsAt(t, s.County(), ""); len(got) != 1 || got[0] != (Errand{refOne, false}) {
		t.Errorf("other nodes' errands: %v", got)
	}
	page := caretest.Show[PersonPage](s.County(), county, "media.person", personInput{Person: granny})
	if len(page.Rows) != 1 || page.Add {
		t.Errorf("the portal shows %+v", page)
	}
}

// TestOthersPhotosDoNotHoldUpOurs: a station also knows photos that others took of
// its people, and those wait elsewhere.
func TestOthersPhotosDoNotHoldUpOurs(t *testing.T) {
	s := newScene(t)
	other := s.Station("v02")
	other.Do(care.Machine("clerk"), "village.settle", wish{true})
	for range mostErrands {
		other.Do(doctor, Add, taken(refTwo))
	}
	s.Settle()
	s.station.Do(doctor, Add, taken(refOne))
	if got := errandsAt(t, s.station, "v01"); len(got) != 1 || got[0] != (Errand{refOne, true}) {
		t.Errorf("%d errands, want its own photo", len(got))
	}
}

func TestHeldAndWithdrawnAtOnceAreBoth(t *testing.T) {
	s := newScene(t)
	id := s.station.Do(doctor, Add, taken(refOne)).About.ID
	s.Settle()
	s.station.Cut()
	s.station.Do(doctor, "media.entered-in-error", Withdraw{id, "拍错了人"})
	s.County().Do(machine, Hold, Which{id})
	s.station.Restore()
	s.Settle()
	for _, site := range []*caretest.Site{s.station, s.County()} {
		err := site.Model.View(t.Context(), func(r protocol.Reader) error {
			rec, err := r.Get(Ref(id))
			if err != nil {
				return err
			}
			m, err := current(&rec)
			if m.Fault == nil {
				t.Error("the photo of somebody else is shown again")
			}
			if len(rec.Heads) == 2 {
				v, ok := merge(rec.Heads[0].Value, rec.Heads[1].Value)
				back, _ := merge(rec.Heads[1].Value, rec.Heads[0].Value)
				var both Media
				if derr := protocol.Decode(v, &both); derr != nil || !ok || !bytes.Equal(v, back) || both.State != Held || both.Fault == nil {
					t.Errorf("merged to %+v, %t, %v", both, ok, derr)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.station.ShowRefused("not-found", doctor, "media.picture", itemInput{id})
}

func TestAPhotoNeedsConsentAFileAndAPerson(t *testing.T) {
	s := newScene(t)
	for code, in := range map[protocol.Code]Taken{
		"no-file":        {Person: granny, Sort: "wound"},
		"no-sort":        {Person: granny, Photo: taken(refOne).Photo},
		"no-such-person": {Person: "p-nobody", Sort: "skin", Photo: taken(refOne).Photo},
		"long-words":     {Person: granny, Sort: "skin", Photo: taken(refOne).Photo, Words: strings.Repeat("字", 201)},
	} {
		if code == "no-such-person" {
			code = "no-consent" // asked first
		}
		s.station.Refused(code, doctor, Add, in)
	}
	id := s.station.Do(doctor, Add, taken(refOne)).About.ID
	s.station.Do(care.Machine("clerk"), "village.settle", wish{false})
	s.station.Refused("no-consent", doctor, Add, taken(refTwo))
	for _, view := range []protocol.ActionName{"media.item", "media.picture"} {
		s.station.ShowRefused("no-consent", doctor, view, itemInput{id})
	}
}

func TestAStationCarriesOnlyWhatItMay(t *testing.T) {
	s := newScene(t)
	s.station.Do(doctor, Add, taken(refOne))
	s.Settle()
	for _, c := range []struct {
		site  protocol.Site
		ref   string
		reads bool
		want  int
	}{
		{"v01", refOne, false, 1}, {"v01", refOne, true, 1}, {"v02", refOne, false, 0}, {"v02", refOne, true, 0}, {"v01", refTwo, true, 0},
	} {
		err := s.County().Model.View(t.Context(), func(r protocol.Reader) error {
			ids, err := Carries(r, c.site, c.ref, c.reads)
			if len(ids) != c.want {
				t.Errorf("%s may carry %v of %.4s (reads %t), want %d", c.site, ids, c.ref, c.reads, c.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

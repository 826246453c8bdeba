package catalogue

import (
	"context"
	"slices"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

var (
	writes  = protocol.Actor{ID: "o01", Role: care.Operator, Terminal: "portal"}
	reviews = protocol.Actor{ID: "u01", Role: care.Supervisor, Terminal: "portal"}
	doctor  = protocol.Actor{ID: "vd01", Role: care.Doctor, Terminal: "v01-desk"}
)

// another is a service that begins and ends cases of the item "appointment",
// as real ones do.
func another() care.Service {
	type nothing struct{}
	return care.Service{Name: "another", Actions: []care.Action{
		care.Do(care.Action{Name: "another.begin", Roles: []care.Role{care.Doctor}, Purpose: care.ForBooking},
			func(d *care.Deed, _ nothing) error { return care.NeedItem(d, "appointment") }),
		care.Do(care.Action{Name: "another.finish", Roles: []care.Role{care.Doctor}, Purpose: care.ForBooking},
			func(d *care.Deed, _ nothing) error { return nil }),
	}}
}

func newCounty(t testing.TB) (*caretest.World, *caretest.Site) {
	w := caretest.New(t, Service(), another())
	v01 := w.Station("v01")
	w.County().Run(Initial()...)
	w.Settle()
	return w, v01
}

func at(t testing.TB, s *caretest.Site, terminal care.ID) Home {
	t.Helper()
	h, err := At(context.Background(), s.Engine, terminal)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheTwelveFunctionsAreThereAndThoseThatAreBuiltAreOnline(t *testing.T) {
	w, _ := newCounty(t)
	w.County().Run(Initial()...) // again, as after a restore
	w.County().Look(func(r protocol.Reader) error {
		found, err := care.Collect[care.Item](r, protocol.Query{Kind: care.KindItem, Index: "all"})
		if len(found) != 12 {
			t.Errorf("%d items", len(found))
		}
		for _, f := range found {
			want := care.ItemDraft
			if f.Ref.ID == "appointment" || f.Ref.ID == "report" {
				want = care.ItemOnline
			}
			if f.Value.State != want || f.Value.Version != 1 {
				t.Errorf("%s: %s, version %d", f.Ref.ID, f.Value.State, f.Value.Version)
			}
		}
		return err
	})
}

func TestAnItemGoesFromDraftToOnlineByTwoPeople(t *testing.T) {
	w, _ := newCounty(t)
	c := w.County()
	c.Refused("wrong-state", writes, "catalogue.submit", Named{"report"})
	c.Refused("role", writes, "catalogue.online", Named{"lecture"})
	c.Refused("wrong-state", reviews, "catalogue.online", Named{"lecture"})
	c.Refused("no-such-item", writes, "catalogue.submit", Named{"dancing"})
	c.Do(writes, "catalogue.submit", Named{"lecture"})
	c.Refused("in-review", writes, "catalogue.draft", functions[11])
	c.Refused("reason-missing", reviews, "catalogue.return", Reasoned{"lecture", " "})
	c.Do(reviews, "catalogue.return", Reasoned{"lecture", "说明太短"})
	better := functions[11]
	better.Detail = "看县医院录的健康讲座"
	c.Do(writes, "catalogue.draft", better)
	c.Do(writes, "catalogue.submit", Named{"lecture"})
	own := writes
	own.Role = care.Supervisor
	c.Refused("own-draft", own, "catalogue.online", Named{"lecture"})
	c.Do(reviews, "catalogue.online", Named{"lecture"})
	c.Refused("is-online", writes, "catalogue.draft", better)
	c.Do(reviews, "catalogue.offline", Reasoned{"lecture", "换新内容"})
	c.Do(reviews, "catalogue.online", Named{"lecture"}) // as it was
	c.Do(reviews, "catalogue.offline", Reasoned{"lecture", "换新内容"})
	c.Do(writes, "catalogue.draft", better)
	page := caretest.Show[ItemPage](c, writes, "catalogue.item", Named{"lecture"})
	if page.Facts.Rows[2].Value != "2" || page.Mark.Text != "草稿" || page.Edit == nil || len(page.History.Rows) != 10 {
		t.Errorf("version %s, %s, %d steps", page.Facts.Rows[2].Value, page.Mark.Text, len(page.History.Rows))
	}
}

func TestAnItemTakenOfflineIsGoneEverywhereAndRunningCasesFinish(t *testing.T) {
	w, v01 := newCounty(t)
	entry := &care.Entry{Item: "appointment"}
	if !at(t, v01, "v01-kiosk").Offers(entry) {
		t.Fatal("it is not offered to begin with")
	}
	v01.Do(doctor, "another.begin", nil)
	v01.Cut()
	w.County().Do(reviews, "catalogue.offline", Reasoned{"appointment", "系统升级"})
	w.Settle()
	v01.Do(doctor, "another.begin", nil) // the station cannot know yet
	v01.Restore()
	w.Settle()
	for _, terminal := range []care.ID{"v01-kiosk", "unregistered"} {
		if at(t, v01, terminal).Offers(entry) || at(t, w.County(), terminal).Offers(entry) {
			t.Errorf("%s still offers it", terminal)
		}
	}
	if r := v01.Refused("item-offline", doctor, "another.begin", nil); r.Next == "" {
		t.Error("a dead end")
	}
	v01.Do(doctor, "another.finish", nil)
	w.County().Do(reviews, "catalogue.online", Named{"appointment"})
	w.Settle()
	v01.Do(doctor, "another.begin", nil)
}

func TestATerminalOffersWhatItsOwnerAndItsPartsAllow(t *testing.T) {
	w, v01 := newCounty(t)
	c := w.County()
	for _, id := range []care.ID{"teleconsult", "lecture"} {
		c.Do(writes, "catalogue.submit", Named{id})
		c.Do(reviews, "catalogue.online", Named{id})
	}
	bank := TerminalInput{ID: "bank-1", Name: "银行自助机", Site: "v01", Organisation: "v01", Owner: care.OwnerBank, Theme: "yuezhizhu",
		Capabilities: []string{care.CanReadCard}, Disabled: []string{"lecture"}}
	c.Do(writes, "catalogue.terminal", bank)
	w.Settle()
	for terminal, want := range map[care.ID]map[string]bool{
		"v01-kiosk": {"appointment": true, "report": true, "teleconsult": true, "lecture": true, "measure": true, "payment": false},
		"bank-1":    {"appointment": true, "report": true, "teleconsult": false, "lecture": false, "measure": false},
		"nobodys":   {"appointment": true, "teleconsult": false, "lecture": true, "measure": false},
	} {
		h := at(t, v01, terminal)
		for item, offered := range want {
			if h.Offers(&care.Entry{Item: item}) != offered {
				t.Errorf("%s offers %s: %v", terminal, item, !offered)
			}
		}
		if !h.Offers(&care.Entry{}) {
			t.Errorf("%s hides what no item governs", terminal)
		}
	}
	if h := at(t, v01, "bank-1"); !h.Known || h.Terminal.Theme != "yuezhizhu" || h.Place != "青石村卫生站" {
		t.Errorf("%+v", h)
	}
	c.Do(writes, "catalogue.retire", Retirement{"v01-kiosk", true})
	w.Settle()
	if h := at(t, v01, "v01-kiosk"); h.Offers(&care.Entry{Item: "appointment"}) {
		t.Error("a retired terminal offers things")
	}
}

func TestTerminalsAreEnteredWholeAndSeenWhereTheyStand(t *testing.T) {
	w, v01 := newCounty(t)
	good := TerminalInput{ID: "v01-k2", Name: "二号", Site: "v01", Organisation: "v01", Owner: care.OwnerPrimaryCare, Theme: "xiangyi"}
	for want, change := range map[protocol.Code]func(*TerminalInput){
		"id-form":              func(x *TerminalInput) { x.ID = "V 1" },
		"title-missing":        func(x *TerminalInput) { x.Name = " " },
		"site-missing":         func(x *TerminalInput) { x.Site = "" },
		"organisation-missing": func(x *TerminalInput) { x.Organisation = "zz" },
		"owners-unknown":       func(x *TerminalInput) { x.Owner = "friend" },
		"needs-unknown":        func(x *TerminalInput) { x.Capabilities = []string{"fly"} },
		"theme-unknown":        func(x *TerminalInput) { x.Theme = "dark" },
		"consult-elsewhere":    func(x *TerminalInput) { x.Owner, x.Capabilities = care.OwnerBank, []string{care.CanConsult} },
	} {
		bad := good
		change(&bad)
		w.County().Refused(want, writes, "catalogue.terminal", bad)
	}
	v01.Refused("no-such-action", writes, "catalogue.terminal", good)
	w.County().Do(writes, "catalogue.terminal", good)
	w.Settle()
	if list := caretest.Show[Terminals](v01, doctor, "catalogue.terminals", nil); len(list.Rows) != 2 || list.Add != nil || list.Rows[0].Href != "" {
		t.Errorf("the desk lists %+v", list)
	}
	if list := caretest.Show[Terminals](w.County(), writes, "catalogue.terminals", nil); len(list.Rows) != 3 || list.Add == nil {
		t.Errorf("the portal lists %+v", list)
	}
	if list := caretest.Show[Terminals](w.County(), reviews, "catalogue.terminals", nil); list.Add != nil {
		t.Error("a supervisor is offered what they may not do")
	}
}

func TestAPlaceKeepsItsSite(t *testing.T) {
	w, v01 := newCounty(t)
	c := w.County()
	good := OrganisationInput{ID: "v03", Name: "三村卫生站", Type: TypeVillage, Site: "v03"}
	for want, change := range map[protocol.Code]func(*OrganisationInput){
		"id-form":       func(x *OrganisationInput) { x.ID = "" },
		"title-missing": func(x *OrganisationInput) { x.Name = "" },
		"type-missing":  func(x *OrganisationInput) { x.Type = "shop" },
		"site-missing":  func(x *OrganisationInput) { x.Site = "" },
		"site-needless": func(x *OrganisationInput) { x.Type = TypeTownship },
		"site-taken":    func(x *OrganisationInput) { x.Site = "v01" },
		"code-form":     func(x *OrganisationInput) { x.Code = "12990101000000019A" },
	} {
		bad := good
		change(&bad)
		c.Refused(want, writes, "catalogue.organisation", bad)
	}
	c.Do(writes, "catalogue.organisation", good)
	moved := good
	moved.Site = "v04"
	c.Refused("site-fixed", writes, "catalogue.organisation", moved)
	moved = good
	moved.Name, moved.Code = "三村中心卫生站", " 12990101000000019t "
	c.Do(writes, "catalogue.organisation", moved)
	w.Settle()
	v01.Look(func(r protocol.Reader) error {
		o, err := organisation(r, "v03")
		if o.Name != "三村中心卫生站" || o.Code != "12990101000000019T" {
			t.Errorf("the station knows %+v", o)
		}
		return err
	})
}

func TestEveryStationFollowsEveryPlaceThatPeopleBookAt(t *testing.T) {
	w, v01 := newCounty(t)
	w.County().Do(writes, "catalogue.organisation", OrganisationInput{ID: "v03", Name: "三村卫生站", Type: TypeVillage, Site: "v03"})
	w.County().Do(writes, "catalogue.organisation", OrganisationInput{ID: "c3", Name: "横沥镇卫生院", Type: TypeTownship})
	w.Settle()
	followed := func(s *caretest.Site, site protocol.Site) (out []protocol.Scope) {
		s.Look(func(r protocol.Reader) error {
			found, err := care.Collect[protocol.Follow](r, protocol.Query{Kind: protocol.KindFollow, Index: "site", Match: []string{string(site)}})
			for _, f := range found {
				out = append(out, f.Value.Scope)
			}
			return err
		})
		slices.Sort(out)
		return out
	}
	want := []protocol.Scope{"campus/c1", "campus/c2", "campus/c3"}
	for _, site := range []protocol.Site{"v01", "v02", "v03"} {
		if got := followed(w.County(), site); !slices.Equal(got, want) {
			t.Errorf("%s follows %v", site, got)
		}
	}
	if got := followed(v01, "v01"); !slices.Equal(got, want) {
		t.Errorf("the station itself knows of %v", got)
	}
}

func TestNobodyButWhoMayChangesTheCatalogue(t *testing.T) {
	w, _ := newCounty(t)
	for _, role := range []care.Role{care.Visitor, care.Resident, care.Doctor, care.CountyDoctor, care.Scheduler, care.Pharmacist, care.System} {
		who := protocol.Actor{ID: "x", Role: role}
		for _, a := range Service().Actions {
			if a.Name == "catalogue.follow" && role == care.System {
				continue // the reaction's own
			}
			w.County().Refused("role", who, a.Name, goodInput(a.Name))
		}
	}
	for _, name := range []protocol.ActionName{"catalogue.online", "catalogue.offline", "catalogue.return"} {
		w.County().Refused("role", writes, name, goodInput(name))
	}
	for _, name := range []protocol.ActionName{"catalogue.draft", "catalogue.submit", "catalogue.terminal", "catalogue.organisation", "catalogue.retire"} {
		w.County().Refused("role", reviews, name, goodInput(name))
	}
}

// goodInput is an input that only the role stands against.
func goodInput(name protocol.ActionName) any {
	switch name {
	case "catalogue.draft":
		return functions[0]
	case "catalogue.terminal":
		return firstTerminals[0]
	case "catalogue.organisation":
		return firstPlaces[0]
	case "catalogue.follow":
		return FollowInput{"v01", "c1"}
	case "catalogue.retire":
		return Retirement{ID: "v01-kiosk"}
	case "catalogue.return", "catalogue.offline":
		return Reasoned{"triage", "理由充分"}
	}
	return Named{"triage"}
}

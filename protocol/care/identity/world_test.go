package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/conflict"
)

// placesOf is the part of the catalogue that these tests need: organisations and
// terminals, by any request that asks for them.
func placesOf() care.Service {
	all := []protocol.Index{{Name: "all"}}
	bySite := []protocol.Index{{Name: "site", Fields: []string{"site"}}}
	return care.Service{
		Name: "places",
		Kinds: []care.Kind{
			{KindSpec: plain(care.KindOrganisation, protocol.ClassPublic, protocol.RetainOperational, all...)},
			{KindSpec: plain(care.KindTerminal, protocol.ClassInternal, protocol.RetainOperational, bySite...)},
		},
		Actions: []care.Action{
			care.Do(care.Action{Name: "places.add", Roles: []care.Role{care.System}, Purpose: care.ForOperations},
				func(d *care.Deed, in care.Organisation) error {
					_, err := care.Write(d, protocol.Draft{Ref: care.OrganisationRef(care.ID(in.Code)), Scopes: []protocol.Scope{protocol.CatalogueScope}}, &in)
					return err
				}),
			care.Do(care.Action{Name: "places.terminal", Roles: []care.Role{care.System}, Purpose: care.ForOperations},
				func(d *care.Deed, in care.Terminal) error {
					_, err := care.Write(d, protocol.Draft{Ref: care.TerminalRef(kiosk), Scopes: []protocol.Scope{protocol.SiteScope(in.Site)}}, &in)
					return err
				}),
		},
	}
}

const kiosk care.ID = "v01-k1"

var (
	setup   = care.Machine("setup")
	doctor  = protocol.Actor{ID: "vd01", Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: "v01-desk"}
	visitor = protocol.Actor{Role: care.Visitor, Terminal: kiosk}
	chief   = protocol.Actor{ID: "o01", Role: care.Operator, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	guard   = protocol.Actor{ID: "e01", Role: care.Security, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
	auditor = protocol.Actor{ID: "a01", Role: care.Auditor, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}
)

// countyWith makes a county with two stations, its people enrolled and its forms
// published.
func countyWith(t testing.TB) (w *caretest.World, v01, v02 *caretest.Site) {
	roster := []care.Service{placesOf(), Service()}
	w = caretest.New(t, append(roster, conflict.Service(roster))...)
	v01, v02 = w.Station("v01"), w.Station("v02")
	for _, o := range []care.Organisation{{Code: "c1", Name: "示范县人民医院"}, {Code: "c2", Name: "石坝镇卫生院"},
		{Code: "v01", Name: "一村卫生站", Site: "v01"}, {Code: "v02", Name: "二村卫生站", Site: "v02"}} {
		w.County().Do(setup, "places.add", &o)
	}
	w.County().Do(setup, "places.terminal", &care.Terminal{Name: "一号自助机", Site: "v01", Room: "大厅"})
	w.County().Run(Initial()...)
	w.County().Run(SampleStaff(func(id care.ID) Secret { return secret(firstWord(id)) })...)
	w.Settle()
	return w, v01, v02
}

func firstWord(id care.ID) string { return "First-" + string(id) + "-2030" }

// secret is a form's new password, with the salt that a host adds.
func secret(text string) Secret {
	return Secret{Text: text, Again: text, Salt: hex.EncodeToString([]byte("salt of 16 bytes"))}
}

// byCard lays a sample card on a station's reader.
func byCard(t testing.TB, s *caretest.Site, c Card) Session {
	t.Helper()
	got, err := ByCard(context.Background(), s.Engine, kiosk, c)
	if err != nil {
		t.Fatalf("card: %v", err)
	}
	return got
}

func code(err error) protocol.Code {
	var r *protocol.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return protocol.Code(fmt.Sprint(err))
}

func personAt(t testing.TB, s *caretest.Site, id care.ID) (p care.Person) {
	t.Helper()
	s.Look(func(r protocol.Reader) (err error) {
		p, _, err = care.Read[care.Person](r, care.ResidentRef(id))
		return err
	})
	return p
}

package roster_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/roster"
)

// The people of the matrix. All agreed to everything but Doubtful.
const (
	anna     care.ID = "p-anna"
	ben      care.ID = "p-ben"
	doubtful care.ID = "p-doubtful"
)

// doorCodes are the refusals of the door itself; what an action refuses later
// has other ones.
var doorCodes = []protocol.Code{"role", "assurance", "not-yours", "no-consent", "no-such-action", "no-such-view"}

type place struct {
	*caretest.Site
	name string
}

// village is a county and a station with the people of the matrix in both.
func village(t *testing.T, services []care.Service) []place {
	t.Helper()
	w := caretest.New(t, services...)
	places := []place{{w.County(), "county"}, {w.Station("v01"), "station"}}
	for _, p := range places {
		plant(t, p.Site, func(tx protocol.Tx) error {
			for _, id := range []care.ID{anna, ben, doubtful} {
				if err := write(tx, care.ResidentRef(id), id, &care.Person{Name: "示例", Sex: "2", Birth: "1970-01-01"}); err != nil {
					return err
				}
				for _, c := range []care.ConsentPurpose{care.ConsentBasic, care.ConsentHealth, care.ConsentNotice} {
					if err := write(tx, care.ConsentRef(id, c), id, &care.Consent{Person: id, Purpose: c, Given: id != doubtful}); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return places
}

func plant(t *testing.T, s *caretest.Site, fn func(protocol.Tx) error) {
	t.Helper()
	order := protocol.Order{Actor: care.Machine("test"), Action: "test.plant", Purpose: care.ForOperations, Lane: protocol.Clinical}
	if _, err := s.Model.Do(context.Background(), order, fn); err != nil {
		t.Fatal(err)
	}
}

func write(tx protocol.Tx, ref protocol.Ref, person care.ID, record any) error {
	_, err := care.Write(tx, protocol.Draft{Ref: ref, Subject: person}, record)
	return err
}

// attempt is one cell of the matrix.
type attempt struct {
	who   protocol.Actor
	whom  string // what the cell is called
	about care.ID
	want  protocol.Code // empty: the door lets them through
}

// attempts lists the cells of one row at one place, with what the table says of
// each.
func (r *row) attempts(at string, named bool) []attempt {
	nowhere := protocol.Code("no-such-action")
	if r.verb == "show" {
		nowhere = "no-such-view"
	}
	var out []attempt
	for _, role := range append(slices.Clone(care.AllRoles), "", "nobody-knows-it") {
		who := protocol.Actor{ID: "someone", Role: role, Method: care.ByPassword, Assurance: 2, Terminal: "t1"}
		add := func(whom string, about care.ID, want protocol.Code) {
			switch {
			case r.where != "both" && r.where != at:
				want = nowhere
			case !slices.Contains(r.roles, role):
				want = "role"
			}
			out = append(out, attempt{who, whom, about, want})
		}
		if role == care.Resident {
			who.ID = anna
			add("themself", anna, "")
			other := protocol.Code("")
			if named {
				other = "not-yours"
			}
			add("a neighbour", ben, other)
			who.For = ben
			add("their ward", ben, "")
			add("a neighbour, as a guardian of another", doubtful, other)
		} else {
			add("somebody", ben, "")
			doubt := protocol.Code("")
			if r.consent != "" {
				doubt = "no-consent"
			}
			add("somebody who did not agree", doubtful, doubt)
		}
		if r.assured > 0 && role != care.System {
			who.For, who.Assurance = "", r.assured-1
			add("unsurely recognised", anna, "assurance")
		}
	}
	return out
}

// TestTheFullMatrix walks every role, at every place, to every action and view,
// about themself and about others, through the Engine, and holds what happens
// against access.txt. That each refusal and each look is on record, with the
// row's purpose, is tried on the way.
func TestTheFullMatrix(t *testing.T) {
	table, services, cells := allowed(t), roster.Services(), 0
	for _, r := range declared() {
		want, ok := table[r.verb+" "+string(r.name)]
		if !ok {
			continue // TestTheTableHasARow... says so
		}
		want.input, want.personal = r.input, r.personal
		named := want.whose == "person"
		if named != (r.subject(anna) == anna) && want.whose != "any" || want.consent != "" && r.subject(anna) != anna {
			t.Errorf("%s: its row says whose %q, consent %q, but its input names %q to the door", r.name, want.whose, want.consent, r.subject(anna))
			continue
		}
		for _, at := range village(t, services) {
			for _, a := range want.attempts(at.name, named) {
				cells++
				if err := at.tries(&want, a); err != nil {
					t.Errorf("%s %s as %q about %s, in the %s: %v", r.verb, r.name, a.who.Role, a.whom, at.name, err)
				}
			}
		}
	}
	if least := len(table) * len(care.AllRoles) * 4; cells < least {
		t.Errorf("only %d cells were tried, want at least %d", cells, least)
	}
}

// tries runs one cell.
func (p place) tries(r *row, a attempt) error {
	ctx, before := context.Background(), p.Last()
	input, err := protocol.Encode(r.about(a.about))
	if err != nil {
		return err
	}
	q := care.Request{Actor: a.who, Name: r.name, Input: input}
	if r.verb == "show" {
		_, err = p.Engine.Show(ctx, q)
	} else {
		_, err = p.Engine.Do(ctx, q)
	}
	var code protocol.Code
	if refusal, ok := protocol.AsRefusal(err); ok {
		code = refusal.Code
	}
	if door := slices.Contains(doorCodes, code); door && code != a.want || !door && a.want != "" {
		return fmt.Errorf("the table says %q, the door %q (%w)", a.want, code, errOrNone(err))
	}
	if code == "no-such-action" || code == "no-such-view" || err != nil && code == "" || err == nil && !r.personal {
		return nil // nothing was there to do, it broke off, or no personal data was shown
	}
	return p.onRecord(r, before, code)
}

func errOrNone(err error) error {
	if err == nil {
		return fmt.Errorf("it was done")
	}
	return err
}

// onRecord wants one new entry of the row's name and purpose.
func (p place) onRecord(r *row, before protocol.Cursor, code protocol.Code) error {
	if p.Last() != before+1 {
		return fmt.Errorf("%d entries on record, want 1", p.Last()-before)
	}
	items, err := p.Next(context.Background(), before, 1, nil)
	if err != nil {
		return err
	}
	if c := items[0].Change; c.Action != r.name || c.Purpose != r.purpose || c.Code != code {
		return fmt.Errorf("on record as %s for %s with code %q, want %s for %s with %q", c.Action, c.Purpose, c.Code, r.name, r.purpose, code)
	}
	return nil
}

package roster_test

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
)

//go:embed access.txt
var accessTable string

var update = flag.Bool("update", false, "write access.txt anew from what the actions and views declare; read the difference before you commit it")

// row is one line of access.txt: who may do or see something, where, whose, for
// which purpose, with which consent, and how surely recognised.
type row struct {
	name     protocol.ActionName
	verb     string // do, show
	where    string // both, station, county
	roles    []care.Role
	whose    string
	purpose  protocol.Purpose
	consent  care.ConsentPurpose
	assured  uint8
	personal bool         // not in the table: a look is on record
	input    reflect.Type // not in the table
}

// declared lists what the services say.
func declared() []row {
	var out []row
	for _, s := range roster.Services() {
		for i := range s.Actions {
			a := &s.Actions[i]
			out = append(out, row{a.Name, "do", where(a.Place), a.Roles, "", a.Purpose, a.Consent, a.Assured, true, a.Input()})
		}
		for i := range s.Views {
			v := &s.Views[i]
			out = append(out, row{v.Name, "show", where(v.Place), v.Roles, "", v.Purpose, v.Consent, v.Assured, v.Personal, v.Input()})
		}
	}
	for i := range out {
		out[i].whose = out[i].owner()
	}
	return out
}

func where(p care.Place) string {
	switch p {
	case care.AtStation:
		return "station"
	case care.InCounty:
		return "county"
	}
	return "both"
}

// owner says whose records a resident reaches: "person" is named and checked at
// the door; "record" is named and checked by whoever reads it, tried in
// TestAStrangerReachesNothing; "self" has only the resident to be about. "-" is
// about nobody; "any" is not for residents.
func (r *row) owner() string {
	switch {
	case !slices.Contains(r.roles, care.Resident):
		return "any"
	case r.subject("p") == "p":
		return "person"
	case strangersTry[r.name] != nil:
		return "record"
	case slices.Contains(r.roles, care.Visitor):
		return "-"
	}
	return "self"
}

// about fills every name that the input takes with one.
func (r *row) about(person care.ID) any {
	in := reflect.New(r.input)
	for i := range r.input.NumField() {
		if f := in.Elem().Field(i); f.Type() == reflect.TypeFor[care.ID]() {
			f.SetString(string(person))
		}
	}
	return in.Elem().Interface()
}

// subject is whose data the door takes an input for.
func (r *row) subject(person care.ID) care.ID {
	if s, ok := r.about(person).(care.Subjected); ok {
		return s.Subject()
	}
	return ""
}

const (
	head  = "# Who may do and see what. protocol/care/DESIGN.md, The table, says how to read and change it.\n"
	names = "%-34s %-4s %-7s"
	tail  = " %-6s %-14s %-7s %d\n"
)

func (r *row) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, names, r.name, r.verb, r.where)
	for _, role := range care.AllRoles {
		cell := "-"
		if slices.Contains(r.roles, role) {
			cell = "x"
		}
		fmt.Fprintf(&b, " %-*s", len(role), cell)
	}
	consent := r.consent
	if consent == "" {
		consent = "-"
	}
	fmt.Fprintf(&b, tail, r.whose, r.purpose, consent, r.assured)
	return b.String()
}

func header() string {
	var b strings.Builder
	fmt.Fprintf(&b, names, "#", "", "where")
	for _, role := range care.AllRoles {
		b.WriteString(" " + string(role))
	}
	return head + b.String() + fmt.Sprintf(strings.Replace(tail, "%d", "%s", 1), "whose", "purpose", "consent", "assured")
}

// allowed reads the table.
func allowed(t *testing.T) map[string]row {
	t.Helper()
	out := map[string]row{}
	for n, line := range strings.Split(strings.TrimSpace(accessTable), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 3+len(care.AllRoles)+4 {
			t.Fatalf("access.txt:%d has %d words", n+1, len(f))
		}
		r := row{name: protocol.ActionName(f[0]), verb: f[1], where: f[2]}
		for i, role := range care.AllRoles {
			if f[3+i] == "x" {
				r.roles = append(r.roles, role)
			}
		}
		rest := f[3+len(care.AllRoles):]
		r.whose, r.purpose, r.assured = rest[0], protocol.Purpose(rest[1]), rest[3][0]-'0'
		if rest[2] != "-" {
			r.consent = care.ConsentPurpose(rest[2])
		}
		out[r.verb+" "+f[0]] = r
	}
	return out
}

// The table is what people read and what the matrix is held against; the
// declarations are what the Engine obeys. They may not part.
func TestTheTableHasARowForEverythingThatCanBeDoneOrSeen(t *testing.T) {
	all := declared()
	if *update {
		text := header()
		for i := range all {
			text += all[i].String()
		}
		if err := os.WriteFile("access.txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	table := allowed(t)
	for i := range all {
		r := &all[i]
		key := r.verb + " " + string(r.name)
		inTable, ok := table[key]
		delete(table, key)
		switch {
		case !ok:
			t.Errorf("%s has no row in access.txt. If these may have it, add:\n%s", r.name, r)
		case inTable.String() != r.String():
			t.Errorf("%s declares something else than its row in access.txt. If it is meant so, write:\n%sinstead of\n%s", r.name, r, &inTable)
		}
	}
	for key := range table {
		t.Errorf("access.txt has a row %q, which no service offers: take it out", key)
	}
}

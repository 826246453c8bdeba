package layout

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol/care/checklist"
)

// asked lists every row of the checklists and every rule, in order: a row that
// is taken off the page is missed here.
func asked() []string {
	var out []string
	count := func(form string, from, to int) {
		for n := from; n <= to; n++ {
			out = append(out, fmt.Sprintf(form, n))
		}
	}
	count("L3-%02d", 1, 19)
	count("P-%02d", 1, 17)
	count("C3-%d", 1, 6)
	for _, field := range []string{"name", "id", "phone", "bank", "insurance", "address", "passport", "birth", "result", "reveal"} {
		out = append(out, "C4-"+field)
	}
	for item := 'a'; item <= 'h'; item++ {
		out = append(out, "C5-"+string(item))
	}
	for _, r := range [][2]int{{1, 6}, {10, 15}, {20, 34}, {40, 45}, {50, 51}, {60, 64}, {70, 72}, {80, 86}} {
		count("R-%02d", r[0], r[1])
	}
	return out
}

// notYet are the rows that are open, and those that are only partly kept. Take
// a row off when it is built; none comes back without somebody writing it here.
var notYet = map[checklist.Status]string{
	checklist.Open: `L3-04 L3-08 L3-17 P-06 P-07 P-08 P-10 P-12 P-13 P-14 P-15 P-17 C3-1 C3-2 C3-3 C3-5 C3-6 C4-bank C4-insurance
		C4-reveal C5-a C5-b C5-c R-03 R-05 R-06 R-10 R-11 R-12 R-13 R-15 R-20 R-21 R-22 R-23 R-24 R-25 R-26 R-27 R-28 R-29
		R-30 R-31 R-32 R-33 R-34 R-41 R-43 R-45 R-50 R-51 R-60 R-61 R-62 R-63 R-64 R-70 R-71 R-72 R-83 R-84 R-85`,
	checklist.Partly: `L3-01 L3-03 L3-05 L3-07 L3-11 L3-12 L3-14 L3-15 L3-16 L3-18 L3-19 P-01 P-02 P-03 P-04 P-09 P-11 P-16 C3-4 C4-passport
		C4-birth C4-result C5-d C5-e C5-h R-01 R-02 R-04 R-14 R-40 R-44 R-80`,
}

func TestEveryRowOfTheChecklistsHasItsProof(t *testing.T) {
	proofs := proofs(t)
	var ids []string
	now := map[checklist.Status][]string{}
	for _, r := range checklist.Rows() {
		ids = append(ids, r.ID)
		now[r.Status] = append(now[r.Status], r.ID)
		switch {
		case r.Asks == "":
			t.Errorf("%s does not say what is asked", r.ID)
		case r.Status == checklist.Open && len(r.Proof) > 0:
			t.Errorf("%s is open and names a proof: is it partly kept?", r.ID)
		case r.Status != checklist.Open && len(r.Proof) == 0:
			t.Errorf("%s has neither a test nor a paper: name one, or call it open", r.ID)
		case !slices.Contains([]checklist.Status{checklist.Tested, checklist.Paper, checklist.Partly, checklist.Open}, r.Status):
			t.Errorf("%s has the unknown status %q", r.ID, r.Status)
		}
		for _, p := range r.Proof {
			if !proofs[p] {
				t.Errorf("%s is proven by %s, which does not exist", r.ID, p)
			}
			if r.Status == checklist.Tested && strings.HasPrefix(p, "deploy/") {
				t.Errorf("%s is tested, says its row, by a paper: %s", r.ID, p)
			}
		}
	}
	if !slices.Equal(ids, asked()) {
		t.Errorf("the rows are\n%v, asked are\n%v", ids, asked())
	}
	for status, pinned := range notYet {
		if want := strings.Fields(pinned); !slices.Equal(now[status], want) {
			t.Errorf("%d rows are %q, pinned are %d; if that is meant, write here:\n%s", len(now[status]), status, len(want), strings.Join(now[status], " "))
		}
	}
}

// proofs finds every test of the tree, by folder and name, and every heading of
// a paper in deploy.
func proofs(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, f := range tree(t) {
		if !f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				out[f.pkg+"."+fn.Name.Name] = strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")
			}
		}
	}
	papers, err := filepath.Glob(filepath.Join(root(t), "deploy", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range papers {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if head, ok := strings.CutPrefix(line, "## "); ok {
				out["deploy/"+filepath.Base(p)+"#"+anchor(head)] = true
			}
		}
	}
	return out
}

// anchor is a heading's name in an address, as Markdown's readers make it.
func anchor(head string) string {
	keep := func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(head))
}

package checklist

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

var auditor = protocol.Actor{ID: "a01", Role: care.Auditor, Method: care.ByPassword, Assurance: 2, Terminal: "portal"}

// all turns the pages of the list.
func all(t *testing.T, c *caretest.Site) (rows []screen.Row) {
	t.Helper()
	for n := range 10 {
		rows = append(rows, caretest.Show[Page](c, auditor, "checklist.page", pageInput{n + 1}).Table.Rows...)
		if len(rows) >= len(Rows()) {
			break
		}
	}
	return rows
}

func TestAnAuditorReadsEveryRowWithItsProof(t *testing.T) {
	w := caretest.New(t, Service())
	rows := all(t, w.County())
	if len(rows) != len(Rows()) {
		t.Fatalf("%d of %d rows are shown", len(rows), len(Rows()))
	}
	at := slices.IndexFunc(rows, func(r screen.Row) bool { return r.Cells[0].Text == "L3-06" })
	if c := rows[at].Cells; c[2].Mark.Text != "有测试" || !strings.Contains(c[3].Text, "the three are kept apart (protocol/care/roster)") {
		t.Errorf("L3-06 reads %+v", c)
	}
	sum := caretest.Show[Page](w.County(), auditor, "checklist.page", nil).Counts.Rows
	if len(sum) != 4 || sum[3].Key != "还没有做" || sum[3].Value == "0" {
		t.Errorf("the count is %+v", sum)
	}
	w.County().ShowRefused("role", protocol.Actor{ID: "d", Role: care.Doctor}, "checklist.page", nil)
}

func TestAProofIsPutIntoWords(t *testing.T) {
	for proof, want := range map[string]string{
		"protocol/care/roster.TestTheFullMatrix":             "the full matrix (protocol/care/roster)",
		"protocol/care/identity.TestAPINThatAnybodyGuesses":  "a PIN that anybody guesses (protocol/care/identity)",
		"protocol/seal.TestSM3GivesTheAnswers":               "SM3 gives the answers (protocol/seal)",
		"protocol/care/identity.TestAtFourteenAChildDecides": "at fourteen a child decides (protocol/care/identity)",
		"protocol.FuzzDecodeFrame":                           "protocol.FuzzDecodeFrame",
		"deploy/compliance.md#logs":                          "deploy/compliance.md#logs",
	} {
		if got := said(proof); got != want {
			t.Errorf("%s is said %q, want %q", proof, got, want)
		}
	}
}

func TestThePageIsWholeInEnglish(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"合规清单", "每一条由什么证明", "编号", "要求", "状态", "证明"}
	for _, s := range statuses {
		texts = append(texts, s.mark.Text)
	}
	for _, r := range Rows() {
		texts = append(texts, r.Asks)
	}
	for _, s := range texts {
		if words.Text(screen.English, s) == s {
			t.Errorf("no English for %q", s)
		}
	}
	if found := screen.Lint(screens); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	body := caretest.Show[Page](caretest.New(t, Service()).County(), auditor, "checklist.page", pageInput{2})
	var out strings.Builder
	english := screen.Page{Chrome: screen.Chrome{Title: "合规清单", Channel: screen.Portal, Lang: screen.English}, Body: body}
	if err := set.Render(&out, "checklist/page", english); err != nil {
		t.Fatal(err)
	}
	_, main, _ := strings.Cut(out.String(), `id="main"`)
	main, _, _ = strings.Cut(main, "</main>")
	if left := regexp.MustCompile(`[\p{Han}]+[^<"]*`).FindAllString(main, -1); len(left) > 0 {
		t.Errorf("in English the page says %q", left)
	}
}

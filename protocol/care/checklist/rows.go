package checklist

import (
	_ "embed"
	"strings"
	"unicode"
)

//go:embed rows.txt
var text string

// Status is how far a row is kept.
type Status string

// The statuses. Only the first two are done.
const (
	Tested Status = "tested" // by every test that it names
	Paper  Status = "paper"  // whoever runs the system sees to it, as a paper in deploy says
	Partly Status = "part"   // what it names is there, and something else that it asks for is not
	Open   Status = "open"   // not built
)

// Row is one row of a checklist, or one rule.
type Row struct {
	ID     string // L3 is C.1, P is C.2, then C3, C4, C5; R are the rules
	Status Status
	Asks   string   // zh-CN
	Proof  []string // "folder.TestName" or "deploy/file.md#heading"
}

// Rows lists them in the order of the lists. That each is well-formed, that none
// is missing, and that every proof exists is for a test of the whole tree.
func Rows() []Row {
	var out []Row
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := append(strings.Split(line, " | "), "", "", "")
		out = append(out, Row{f[0], Status(f[1]), f[2], strings.Fields(f[3])})
	}
	return out
}

// said puts a proof into words: "the full matrix (protocol/care/roster)".
func said(proof string) string {
	folder, name, test := strings.Cut(proof, ".Test")
	if !test {
		return proof
	}
	return words(name) + " (" + folder + ")"
}

// words cuts "APINThatAnybodyGuesses" into "a PIN that anybody guesses".
func words(name string) string {
	capital := func(i int) bool { return unicode.IsUpper(rune(name[i])) || unicode.IsDigit(rune(name[i])) }
	var out []string
	for from, i := 0, 1; i <= len(name); i++ {
		if i < len(name) && !(capital(i) && (!capital(i-1) || i+1 < len(name) && !capital(i+1))) {
			continue
		}
		word := name[from:i]
		from = i
		if short, a := strings.CutPrefix(word, "A"); a && len(short) > 1 && short == strings.ToUpper(short) {
			out, word = append(out, "a"), short // "APIN" has its article with it
		}
		if len(word) == 1 || word != strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

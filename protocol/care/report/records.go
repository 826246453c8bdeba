package report

import (
	"strconv"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// Report is one report as a hospital issued it, in its newest version. ID: see
// ReportID. Its history holds the earlier versions.
type Report struct {
	Person   care.ID       `json:"person"`
	Content                // what the hospital says, and what the digest covers
	Critical []string      `json:"critical,omitempty"` // codes of items that a doctor must hear of first
	Code     string        `json:"code"`               // on paper: 16 characters
	Digest   string        `json:"digest"`             // SM3 over person and content, hex
	Received time.Time     `json:"received"`
	Attached care.ID       `json:"attached,omitempty"` // staff who said whose it is
	Rest     protocol.Rest `json:",unknown"`
}

// Content is what a hospital says in one version of a report.
type Content struct {
	Source       string    `json:"source"`  // organisation that sent it: "c1"
	Number       string    `json:"number"`  // its own number of the report
	Version      int64     `json:"version"` // grows with each version
	Category     Category  `json:"category"`
	Service      string    `json:"service,omitempty"` // its code of the examination
	Title        string    `json:"title"`
	Ordered      time.Time `json:"ordered,omitzero"`
	Collected    time.Time `json:"collected,omitzero"`
	Issued       time.Time `json:"issued"`
	Issuer       string    `json:"issuer"`             // name of the hospital
	Reviewer     string    `json:"reviewer,omitempty"` // staff number there; empty: nobody reviewed it yet
	ReviewerName string    `json:"reviewerName,omitempty"`
	Status       Status    `json:"status"`
	Items        []Item    `json:"items,omitempty"`
	Conclusion   string    `json:"conclusion,omitempty"`
	Comment      string    `json:"comment,omitempty"`
}

// Item is one line of a report. Values are texts, digit for digit.
type Item struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Range  string `json:"range,omitempty"` // the laboratory's own interval
	Flag   Flag   `json:"flag,omitempty"`
	Status Status `json:"status,omitempty"` // empty is the report's
}

// Flag compares a value with its range (HL7 table 0078).
type Flag string

// The flags. An empty Flag says nothing.
const (
	Normal     Flag = "N"
	Low        Flag = "L"
	High       Flag = "H"
	VeryLow    Flag = "LL" // critical
	VeryHigh   Flag = "HH" // critical
	Abnormal   Flag = "A"
	VeryUnlike Flag = "AA" // critical
)

// Out reports whether the value is not as it should be.
func (f Flag) Out() bool { return f != "" && f != Normal }

// Critical reports whether a doctor must hear of it first.
func (f Flag) Critical() bool { return f == VeryLow || f == VeryHigh || f == VeryUnlike }

// Category is the kind of examination.
type Category string

// The categories.
const (
	Lab     Category = "lab"
	Imaging Category = "imaging"
	Exam    Category = "exam" // physical examination
)

// Status is how far a report, or an item of it, is done (HL7 table 0085).
type Status string

// The states.
const (
	Preliminary Status = "preliminary"
	Final       Status = "final"
	Amended     Status = "amended"   // more was added
	Corrected   Status = "corrected" // something was wrong
	Cancelled   Status = "cancelled"
)

// issued reports whether the state is one that people may be told of.
func (s Status) issued() bool { return s == Final || s == Amended || s == Corrected }

// changed reports whether an earlier version said something else.
func (s Status) changed() bool { return s == Amended || s == Corrected }

// told reports whether an item's value may be shown.
func (i *Item) told() bool { return i.Status == "" || i.Status.issued() }

// ReportID names a report: the same at every site and for every version.
func ReportID(source, number string) care.ID {
	id := care.ID(source + "." + number)
	if id.Valid() && len(id) <= 48 {
		return id
	}
	return care.ID("r-" + seal.Sum([]byte(source), []byte{0}, []byte(number)).String()[:32])
}

// Ref names a report.
func Ref(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindReport, ID: id} }

// versioned names something about one version of a report.
func versioned(id care.ID, version int64) care.ID {
	return id + "." + care.ID(strconv.FormatInt(version, 10))
}

// digest of a version: SM3 over its canonical content and whose it is. The
// person's identifier is known to the county alone, so that nobody can try out
// which values lead to a code.
func digest(person care.ID, c *Content) (seal.Digest, error) {
	v, err := protocol.Encode(struct {
		Person care.ID `json:"person"`
		Content
	}{person, *c})
	if err != nil {
		return seal.Digest{}, err
	}
	return seal.Sum([]byte("xiangyi/report/1\x00"), v), nil
}

// codeAlphabet is Crockford's base 32: no I, L, O or U, so that people can read
// a code from paper and type it.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeOf is the first 80 bits of a digest in 16 characters.
func codeOf(d seal.Digest) string {
	var b strings.Builder
	bits, n := 0, 0
	for _, octet := range d[:10] {
		bits, n = bits<<8|int(octet), n+8
		for n >= 5 {
			b.WriteByte(codeAlphabet[bits>>(n-5)&31])
			n -= 5
		}
		bits &= 1<<n - 1
	}
	return b.String()
}

// ReadCode brings a code that somebody typed into its one form: "" when it is
// none.
func ReadCode(text string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '　', '－':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 127 || !strings.ContainsRune(codeAlphabet, r) {
			return ""
		}
		b.WriteRune(r)
	}
	if b.Len() != 16 {
		return ""
	}
	return b.String()
}

// ShowCode writes a code in groups of four.
func ShowCode(code string) string {
	if len(code) != 16 {
		return code
	}
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

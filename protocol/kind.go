package protocol

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
)

// KindSpec is what a store must know of a kind: data that it interprets, not
// code that it runs. The county keeps the specs as records of KindKind, so
// that stations of other versions and every node agree on them.
type KindSpec struct {
	Kind      Kind      `json:"kind"`
	Class     Class     `json:"class"`
	Retention Retention `json:"retention"`
	Custody   bool      `json:"custody,omitzero"` // only the custodian writes
	Indexes   []Index   `json:"indexes,omitempty"`
	Rest      Rest      `json:",unknown"`
}

// Index tells by which fields records are found. A row is a token of the
// fields' text and a clear time for ranges.
type Index struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields,omitempty"` // paths: "phone", "home.group", "keys[]"
	Time   string   `json:"time,omitempty"`   // path of an RFC 3339 time or a date; rows are in its order
	Prefix bool     `json:"prefix,omitzero"`  // also found by each prefix of the last field, up to 12 runes
	Rest   Rest     `json:",unknown"`
}

// KindKind is the kind of the records that hold KindSpecs. Their ID is the
// kind that they describe.
const KindKind Kind = "kind"

// KindFollow is the kind of records that put a scope into a station's
// following. ID: site + "." + anything; value: Follow.
const KindFollow Kind = "follow"

// Follow is the content of a KindFollow record: a station follows a scope,
// until a time if one is given. An ended one has Ended set.
type Follow struct {
	Site  Site      `json:"site"`
	Scope Scope     `json:"scope"`
	Until time.Time `json:"until,omitzero"`
	Ended bool      `json:"ended,omitzero"`
	Rest  Rest      `json:",unknown"`
}

// KindEnded is the kind of records by which a station says where its journal of an
// earlier incarnation ends. ID: site + "." + that incarnation + "." + the one under
// which it says so, both in base 36; value: Ended.
const KindEnded Kind = "journal-end"

// Ended is the content of a KindEnded record. What stood behind the tails was lost
// with a disk, or is journaled again: nobody needs to wait for it.
type Ended struct {
	Site        Site       `json:"site"`
	Incarnation string     `json:"incarnation"` // base 36
	Tails       [Lanes]Seq `json:"tails"`
	Rest        Rest       `json:",unknown"`
}

// KindHead is the kind of the record in which the county publishes the head of its
// proof log. Its history is every head that was published.
const KindHead Kind = "proof-head"

// HeadRef names that record.
var HeadRef = Ref{Kind: KindHead, ID: "county"}

// PublishedHead is its content: a head, and the proof that it continues the one that
// was published before.
type PublishedHead struct {
	Head  proof.Head    `json:"head"`
	Since uint64        `json:"since"`
	Grown []seal.Digest `json:"grown,omitempty"`
	Rest  Rest          `json:",unknown"`
}

// BaseKinds are the kinds that the protocol itself interprets.
func BaseKinds() []KindSpec {
	return []KindSpec{
		{Kind: KindKind, Class: ClassPublic, Retention: RetainAudit, Indexes: []Index{{Name: "all"}}},
		{Kind: KindFollow, Class: ClassInternal, Retention: RetainOperational, Indexes: []Index{{Name: "site", Fields: []string{"site"}}}},
		{Kind: KindEnded, Class: ClassInternal, Retention: RetainAudit},
		{Kind: KindHead, Class: ClassPublic, Retention: RetainAudit},
	}
}

// Entry is one row of an index before tokens are made of it.
type Entry struct {
	Index string
	Parts []string // one text per field
	Time  time.Time
}

const (
	maxPrefix = 12
	// maxEntries bounds the rows of one value. A name takes some forty; what asks
	// for more was not made by this software, or is not indexed well.
	maxEntries = 512
)

// Entries lists the index rows of one value, or refuses one of too many. A record that lacks a field has
// no row in that index; the empty Fields has one row for every record.
func (s *KindSpec) Entries(v Value) ([]Entry, error) {
	if len(s.Indexes) == 0 {
		return nil, nil
	}
	var tree any
	if err := json.Unmarshal(v, &tree, keepDigits); err != nil {
		return nil, fmt.Errorf("index %s: %w", s.Kind, err)
	}
	var out []Entry
	for i := range s.Indexes {
		if out = s.Indexes[i].entries(out, tree); len(out) > maxEntries {
			return nil, fmt.Errorf("index %s by %s: %w", s.Kind, s.Indexes[i].Name, ErrTooLarge)
		}
	}
	return out, nil
}

// keepDigits reads numbers as text, so that the token of 36.60 is that of
// "36.60" at every site.
var keepDigits = json.WithUnmarshalers(json.UnmarshalFromFunc(
	func(dec *jsontext.Decoder, v *any) error {
		if dec.PeekKind() != '0' {
			return json.SkipFunc
		}
		raw, err := dec.ReadValue()
		*v = string(raw)
		return err
	}))

func (x *Index) entries(out []Entry, tree any) []Entry {
	at := time.Time{}
	if x.Time != "" {
		texts := lookUp(tree, x.Time)
		if len(texts) == 0 {
			return out
		}
		at = parseTime(texts[0])
	}
	rows := [][]string{nil}
	for n, field := range x.Fields {
		texts := lookUp(tree, field)
		if x.Prefix && n == len(x.Fields)-1 {
			texts = prefixes(texts)
		}
		rows = cross(rows, texts)
	}
	for _, parts := range rows {
		out = append(out, Entry{x.Name, parts, at})
	}
	return out
}

// lookUp gives the texts at a path; "[]" after a name walks a list.
func lookUp(tree any, path string) []string {
	name, rest, more := strings.Cut(path, ".")
	name, each := strings.CutSuffix(name, "[]")
	object, ok := tree.(map[string]any)
	if !ok {
		return nil
	}
	values := []any{object[name]}
	if each {
		values, _ = object[name].([]any)
	}
	var out []string
	for _, v := range values {
		if more {
			out = append(out, lookUp(v, rest)...)
		} else if text, ok := asText(v); ok {
			out = append(out, text)
		}
	}
	return out
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, v != ""
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

func prefixes(texts []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, t := range texts {
		end, runes := 0, 0
		for end < len(t) && runes < maxPrefix {
			_, n := utf8.DecodeRuneInString(t[end:])
			end, runes = end+n, runes+1
			if p := t[:end]; !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

func cross(rows [][]string, texts []string) [][]string {
	var out [][]string
	for _, row := range rows {
		for _, t := range texts {
			if len(out) > maxEntries {
				return out // too many already: whoever counts refuses
			}
			out = append(out, append(row[:len(row):len(row)], t))
		}
	}
	return out
}

package protocol

import (
	"fmt"
	"strconv"
	"strings"
)

// Site is a place that writes: a station ("v01") or the county's cluster as a
// whole ("county"). 1 to 24 bytes of [a-z0-9-].
type Site string

// Incarnation is a random number minted when a site is enrolled, restored,
// cloned, or cannot prove the tail of its journal. Two boxes that both believe
// to be "v01" differ in it, so neither can overwrite what the other wrote.
type Incarnation uint64

// Lane orders what leaves a station first.
type Lane uint8

// The lanes, most urgent first.
const (
	Urgent         Lane = 0 // emergencies and vital signs
	Clinical       Lane = 1 // what care is decided on
	Administrative Lane = 2 // bookings, views, settings
	Media          Lane = 3 // manifests of large bytes
	Lanes               = 4
)

// Seq numbers the Changes of one lane of one incarnation: 1, 2, 3 without gaps.
type Seq uint64

// Position names one Change for ever.
type Position struct {
	Site        Site
	Incarnation Incarnation
	Lane        Lane
	Seq         Seq
}

// Rev names one revision of a record: the n-th write of a Change.
type Rev struct {
	Position
	N uint16
}

// Kind is the type of a record ("appointment"), lower case, 1 to 32 bytes.
type Kind string

// ID names a record within its kind: 1 to 96 bytes of [A-Za-z0-9._-]. IDs that
// an action mints are positions, so that no random byte travels.
type ID string

// Ref names a record.
type Ref struct {
	Kind Kind `json:"kind"`
	ID   ID   `json:"id"`
}

// Scope is a named set of records that a station follows.
type Scope string

// Cursor is a place in a feed: in the county (raft index << 16 | n), at a
// station a plain count. Zero is before the first item.
type Cursor uint64

// ActionName names what was done ("appointment.book") or looked at
// ("report.mine").
type ActionName string

// PersonScope is the scope of everything about one person. A revision with a
// Subject belongs to it without saying so.
func PersonScope(subject ID) Scope { return Scope("p/" + string(subject)) }

// SiteScope is the scope of what concerns one station alone.
func SiteScope(site Site) Scope { return Scope("s/" + string(site)) }

// CatalogueScope holds what every station follows: services, departments,
// people who work here, kinds.
const CatalogueScope Scope = "catalogue"

func (p Position) IsZero() bool { return p == Position{} }

// Less orders positions of one site and incarnation by lane, then by Seq.
// Between sites the order is only a fixed one, without meaning in time.
func (p Position) Less(q Position) bool {
	switch {
	case p.Site != q.Site:
		return p.Site < q.Site
	case p.Incarnation != q.Incarnation:
		return p.Incarnation < q.Incarnation
	case p.Lane != q.Lane:
		return p.Lane < q.Lane
	}
	return p.Seq < q.Seq
}

// Less orders revisions like their positions, then by place in the Change.
func (r Rev) Less(q Rev) bool {
	if r.Position != q.Position {
		return r.Position.Less(q.Position)
	}
	return r.N < q.N
}

// String gives "v01.3w5e11264sgsf.1.17", the form used in URLs, on paper and
// as idempotency key towards other systems.
func (p Position) String() string {
	return string(p.Site) + "." + strconv.FormatUint(uint64(p.Incarnation), 36) + "." +
		strconv.Itoa(int(p.Lane)) + "." + strconv.FormatUint(uint64(p.Seq), 36)
}

// String gives the position and "~n".
func (r Rev) String() string {
	return r.Position.String() + "~" + strconv.FormatUint(uint64(r.N), 36)
}

// ID is the identifier that a record gets when this revision is its first.
func (r Rev) ID() ID {
	return ID(r.Position.String() + "-" + strconv.FormatUint(uint64(r.N), 36))
}

func (r Ref) String() string { return string(r.Kind) + "/" + string(r.ID) }

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// ParsePosition reads what Position.String wrote.
func ParsePosition(s string) (Position, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return Position{}, fmt.Errorf("position %q: want site.incarnation.lane.seq", s)
	}
	inc, err1 := strconv.ParseUint(parts[1], 36, 64)
	lane, err2 := strconv.ParseUint(parts[2], 10, 8)
	seq, err3 := strconv.ParseUint(parts[3], 36, 64)
	p := Position{Site(parts[0]), Incarnation(inc), Lane(lane), Seq(seq)}
	if err1 != nil || err2 != nil || err3 != nil || p.Lane >= Lanes || !p.Site.Valid() || p.String() != s {
		return Position{}, fmt.Errorf("position %q: malformed", s)
	}
	return p, nil
}

// ParseRev reads what Rev.String wrote.
func ParseRev(s string) (Rev, error) {
	pos, n, ok := strings.Cut(s, "~")
	p, err := ParsePosition(pos)
	k, err2 := strconv.ParseUint(n, 36, 16)
	if !ok || err != nil || err2 != nil {
		return Rev{}, fmt.Errorf("revision %q: malformed", s)
	}
	return Rev{p, uint16(k)}, nil
}

// ParseRef reads what Ref.String wrote.
func ParseRef(s string) (Ref, error) {
	kind, id, ok := strings.Cut(s, "/")
	r := Ref{Kind(kind), ID(id)}
	if !ok || !r.Kind.Valid() || !r.ID.Valid() {
		return Ref{}, fmt.Errorf("reference %q: want kind/id", s)
	}
	return r, nil
}

// Valid reports whether the name may travel.
func (s Site) Valid() bool { return within(string(s), 24, isLowerWord) }

// Valid reports whether the name may travel.
func (k Kind) Valid() bool { return within(string(k), 32, isLowerWord) }

// Valid reports whether the name may travel.
func (id ID) Valid() bool { return within(string(id), 96, isIDByte) }

// Valid reports whether the name may travel.
func (s Scope) Valid() bool {
	return within(string(s), 120, func(c byte) bool { return isIDByte(c) || c == '/' })
}

func within(s string, most int, ok func(byte) bool) bool {
	if len(s) == 0 || len(s) > most {
		return false
	}
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isLowerWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
}

func isIDByte(c byte) bool {
	return isLowerWord(c) || c >= 'A' && c <= 'Z' || c == '.' || c == '_'
}

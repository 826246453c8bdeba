package replication

import (
	"encoding/binary"
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// Compare is one question of a station whose digest differs from the county's:
// sums of ranges of its scopes, then of ranges of one scope, then the marks of
// single revisions, until what is missing at either side is named.
//
//	u8 version=2  site  position  follows:8 bytes  u8 what
//	1 scopes:  from  to                               of the sorted list that follows names
//	2 keys:    scope  after  through                  places, as a walk's
//	3 fetch:   scope  after  through  n {mark:u64be}
//	4 offer:   an answer as PackAnswer makes it, with Changes of the site
//	5 leaves:  incarnation:u64be  u8 lane  after      of the site's own journal
type Compare struct {
	Site     protocol.Site
	Position protocol.Cursor
	Follows  [8]byte
	What     Question

	From, To       int
	Scope          protocol.Scope
	After, Through []byte
	Marks          []protocol.Digest
	Offer          []byte
	Incarnation    protocol.Incarnation // of leaves, after From
	Lane           protocol.Lane
}

// Question is what a Compare asks.
type Question uint8

// The questions.
const (
	AskScopes Question = 1
	AskKeys   Question = 2
	AskFetch  Question = 3
	AskOffer  Question = 4
	AskLeaves Question = 5
)

// Compared answers a Compare.
//
//	u8 version=2  u8 status  n {sum:u64be}  n {end}  n {mark:u64be}  packed
//
// Scopes: the sums of equal parts of the range. Keys: ends and sums of parts
// when the range is large, the last end empty; else the marks in it. Fetch: an
// answer as PackAnswer makes it. Leaves: the first 8 bytes of protocol.Leaf of
// each Change that is held, without a gap, as marks.
type Compared struct {
	Status CompareStatus
	Sums   []protocol.Digest
	Ends   [][]byte
	Marks  []protocol.Digest
	Packed []byte

	Found []protocol.Change // Fetch, before the host packs them
	AsOf  protocol.Cursor   // how far the node had come then
}

// CompareStatus says whether a question could be answered.
type CompareStatus uint8

// The states.
const (
	CompareOK    CompareStatus = 0
	CompareOther CompareStatus = 1 // the county sees another following, or is behind: pull first
)

const (
	compareVersion = 2
	fanOut         = 16 // parts of one range
	mostMarks      = 64 // a smaller range is told revision by revision
)

// IsCompare tells a Compare from a Pull by its first byte.
func IsCompare(b []byte) bool { return len(b) > 0 && b[0] == compareVersion }

// AppendCompare appends the question as it travels.
func AppendCompare(b []byte, q *Compare) []byte {
	b = text(append(b, compareVersion), string(q.Site))
	b = binary.AppendUvarint(b, uint64(q.Position))
	b = append(append(b, q.Follows[:]...), byte(q.What))
	switch q.What {
	case AskScopes:
		return binary.AppendUvarint(binary.AppendUvarint(b, uint64(q.From)), uint64(q.To))
	case AskOffer:
		return text(b, string(q.Offer))
	case AskLeaves:
		b = append(binary.BigEndian.AppendUint64(b, uint64(q.Incarnation)), byte(q.Lane))
		return binary.AppendUvarint(b, uint64(q.From))
	}
	b = text(text(text(b, string(q.Scope)), string(q.After)), string(q.Through))
	if q.What == AskFetch {
		b = appendDigests(b, q.Marks)
	}
	return b
}

// DecodeCompare reads what AppendCompare wrote.
func DecodeCompare(b []byte) (Compare, error) {
	r := &scanner{b: b}
	if r.byte() != compareVersion {
		return Compare{}, fmt.Errorf("compare: %w", errWire)
	}
	q := Compare{Site: protocol.Site(r.text()), Position: protocol.Cursor(r.uvarint())}
	copy(q.Follows[:], r.take(8))
	switch q.What = Question(r.byte()); q.What {
	case AskScopes:
		q.From, q.To = int(uint32(r.uvarint())), int(uint32(r.uvarint()))
	case AskOffer:
		q.Offer = []byte(r.text())
	case AskLeaves:
		q.Incarnation, q.Lane, q.From = protocol.Incarnation(r.u64()), protocol.Lane(r.byte()), int(uint32(r.uvarint()))
	case AskKeys, AskFetch:
		q.Scope, q.After, q.Through = protocol.Scope(r.text()), []byte(r.text()), []byte(r.text())
		if q.What == AskFetch {
			q.Marks = r.digests()
		}
	default:
		r.bad = true
	}
	if r.bad || len(r.b) != 0 {
		return Compare{}, fmt.Errorf("compare: %w", errWire)
	}
	return q, nil
}

// AppendCompared appends the answer as it travels.
func AppendCompared(b []byte, a *Compared) []byte {
	b = appendDigests(append(b, compareVersion, byte(a.Status)), a.Sums)
	b = binary.AppendUvarint(b, uint64(len(a.Ends)))
	for _, end := range a.Ends {
		b = text(b, string(end))
	}
	return text(appendDigests(b, a.Marks), string(a.Packed))
}

// DecodeCompared reads what AppendCompared wrote.
func DecodeCompared(b []byte) (Compared, error) {
	r := &scanner{b: b}
	if r.byte() != compareVersion {
		return Compared{}, fmt.Errorf("compared: %w", errWire)
	}
	a := Compared{Status: CompareStatus(r.byte()), Sums: r.digests()}
	for range r.count(1) {
		a.Ends = append(a.Ends, []byte(r.text()))
	}
	a.Marks, a.Packed = r.digests(), []byte(r.text())
	if r.bad || len(r.b) != 0 || len(a.Ends) > 0 && len(a.Ends) != len(a.Sums) {
		return Compared{}, fmt.Errorf("compared: %w", errWire)
	}
	return a, nil
}

func appendDigests(b []byte, all []protocol.Digest) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, d := range all {
		b = binary.BigEndian.AppendUint64(b, uint64(d))
	}
	return b
}

func (r *scanner) digests() (out []protocol.Digest) {
	for range r.count(8) {
		out = append(out, protocol.Digest(r.u64()))
	}
	return out
}

// ServeCompare answers a question from one look at the county's records. What a
// station offers is its host's to take.
func ServeCompare(s *store.Snapshot, q Compare) (Compared, error) {
	scopes, err := Following(s, q.Site)
	if err != nil {
		return Compared{}, fmt.Errorf("compare: %w", err)
	}
	if q.What == AskLeaves && s.Last() >= q.Position {
		return compareLeaves(s, q)
	}
	if SumScopes(scopes) != q.Follows || s.Last() < q.Position {
		return Compared{Status: CompareOther}, nil
	}
	if q.What == AskScopes {
		return compareScopes(s, scopes, q)
	}
	if _, in := slices.BinarySearch(scopes, q.Scope); !in {
		return Compared{Status: CompareOther}, nil
	}
	marks, err := s.Marks(q.Scope, q.After, q.Through)
	if err != nil {
		return Compared{}, fmt.Errorf("compare: %w", err)
	}
	if q.What == AskFetch {
		return compareFetch(s, marks, q.Marks)
	}
	return compareKeys(marks), nil
}

func compareScopes(s *store.Snapshot, scopes []protocol.Scope, q Compare) (a Compared, err error) {
	if q.From < 0 || q.From > q.To || q.To > len(scopes) {
		return Compared{Status: CompareOther}, nil
	}
	sums, err := s.ScopeSums(scopes[q.From:q.To])
	if err != nil {
		return Compared{}, fmt.Errorf("compare: %w", err)
	}
	for _, p := range parts(q.From, q.To) {
		a.Sums = append(a.Sums, sum(sums[p.from-q.From:p.to-q.From]))
	}
	return a, nil
}

// scopeRange is a part of the sorted list of scopes.
type scopeRange struct{ from, to int }

// parts cuts a range of scopes into as many as are told at once.
func parts(from, to int) (out []scopeRange) {
	n := min(fanOut, to-from)
	for i := range n {
		out = append(out, scopeRange{from + (to-from)*i/n, from + (to-from)*(i+1)/n})
	}
	return out
}

func sum(all []protocol.Digest) (total protocol.Digest) {
	for _, d := range all {
		total += d
	}
	return total
}

func compareKeys(marks []store.Marked) (a Compared) {
	if len(marks) <= mostMarks {
		for _, m := range marks {
			a.Marks = append(a.Marks, m.Mark)
		}
		return a
	}
	for i := range fanOut {
		piece := marks[len(marks)*i/fanOut : len(marks)*(i+1)/fanOut]
		var total protocol.Digest
		for _, m := range piece {
			total += m.Mark
		}
		end := piece[len(piece)-1].Place
		if i == fanOut-1 {
			end = nil // whatever a station holds behind the last one counts too
		}
		a.Sums, a.Ends = append(a.Sums, total), append(a.Ends, end)
	}
	return a
}

func compareFetch(s *store.Snapshot, marks []store.Marked, wanted []protocol.Digest) (a Compared, err error) {
	var revs []protocol.Rev
	for _, m := range marks {
		if len(revs) < mostMarks && slices.Contains(wanted, m.Mark) {
			revs = append(revs, m.Rev)
		}
	}
	a.AsOf = s.Last()
	if a.Found, err = s.Alone(revs); err != nil {
		return Compared{}, fmt.Errorf("compare: %w", err)
	}
	return a, nil
}

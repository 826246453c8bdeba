package replication

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// Pull asks what is new for a station.
//
//	u8 version=1  site  incarnation:u64be  n earlier { incarnation:u64be  tails: 4 }
//	position  as of, behind position  follows:8 bytes  budget  n walks { scope  place }
type Pull struct {
	Site        protocol.Site
	Incarnation protocol.Incarnation // under which it writes
	Earlier     []Earlier            // under which it wrote
	Position    protocol.Cursor      // of the ledger, up to which the station has everything in its scopes
	AsOf        protocol.Cursor      // a walk must not be read before; at or behind Position
	Follows     [8]byte              // SumScopes of what it follows; the county answers with a digest when it sees the same
	Budget      uint32               // bytes of answer, before they are packed
	Walks       []store.Walk         // scopes to be walked, as many as fit, and where each goes on
}

// Earlier is how far a station has its own journal of an earlier incarnation.
// What stands behind in the county's, since this disk lost it or another box
// wrote on, comes like another site's.
type Earlier struct {
	Incarnation protocol.Incarnation
	Tails       [protocol.Lanes]protocol.Seq
}

// has reports whether the asking station wrote a Change itself.
func (p *Pull) has(at protocol.Position) bool {
	if at.Site != p.Site || at.Incarnation == p.Incarnation {
		return at.Site == p.Site
	}
	return slices.ContainsFunc(p.Earlier, func(j Earlier) bool {
		return j.Incarnation == at.Incarnation && at.Lane < protocol.Lanes && at.Seq <= j.Tails[at.Lane]
	})
}

// Answer is what is new. The station applies it with its position in one
// transaction.
type Answer struct {
	Position   protocol.Cursor
	AsOf       protocol.Cursor     // how far the node had come: walks and marks may be ahead of Position
	Dictionary uint32              // the newest of the line's dictionaries that the county knows
	Held       []store.Mark        // the station's own journal in the ledger
	Waits      []protocol.Position // own Changes that the ledger has and did not apply
	More       bool                // ask again at once
	Compared   bool                // Digest is valid
	Digest     protocol.Digest     // over the station's scopes at Position
	Walks      []store.Walk        // the scopes that were walked, and where each goes on; all but the last to their end
	Changes    []protocol.Change   // of other sites; writes out of scope are empty (Ref zero)
}

const (
	pullVersion   = 1
	answerVersion = 2
)

var errWire = errors.New("message cut short or of another version")

// SumScopes names a set of scopes in 8 bytes; the list must be sorted.
func SumScopes(scopes []protocol.Scope) [8]byte {
	h := seal.NewDigest()
	for _, s := range scopes {
		_, _ = io.WriteString(h, string(s)) // a hash does not fail
		_, _ = h.Write([]byte{0})
	}
	return [8]byte(h.Sum(nil)[:8])
}

// AppendPull appends the request as it travels.
func AppendPull(b []byte, p *Pull) []byte {
	b = append(b, pullVersion)
	b = text(b, string(p.Site))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Incarnation))
	b = binary.AppendUvarint(b, uint64(len(p.Earlier)))
	for _, j := range p.Earlier {
		b = binary.BigEndian.AppendUint64(b, uint64(j.Incarnation))
		for _, seq := range j.Tails {
			b = binary.AppendUvarint(b, uint64(seq))
		}
	}
	b = binary.AppendUvarint(b, uint64(p.Position))
	b = binary.AppendUvarint(b, uint64(max(p.AsOf, p.Position)-p.Position))
	b = append(b, p.Follows[:]...)
	b = binary.AppendUvarint(b, uint64(p.Budget))
	return appendWalks(b, p.Walks)
}

func appendWalks(b []byte, walks []store.Walk) []byte {
	b = binary.AppendUvarint(b, uint64(len(walks)))
	for _, w := range walks {
		b = text(text(b, string(w.Scope)), string(w.After))
	}
	return b
}

// DecodePull reads what AppendPull wrote.
func DecodePull(b []byte) (Pull, error) {
	r := &scanner{b: b}
	if r.byte() != pullVersion {
		return Pull{}, fmt.Errorf("pull: %w", errWire)
	}
	p := Pull{Site: protocol.Site(r.text()), Incarnation: protocol.Incarnation(r.u64())}
	for range r.count(8 + protocol.Lanes) {
		j := Earlier{Incarnation: protocol.Incarnation(r.u64())}
		for lane := range j.Tails {
			j.Tails[lane] = protocol.Seq(r.uvarint())
		}
		p.Earlier = append(p.Earlier, j)
	}
	p.Position = protocol.Cursor(r.uvarint())
	p.AsOf = p.Position + protocol.Cursor(r.uvarint())
	copy(p.Follows[:], r.take(8))
	p.Budget = uint32(r.uvarint())
	p.Walks = r.walks()
	if r.bad || len(r.b) != 0 {
		return Pull{}, fmt.Errorf("pull: %w", errWire)
	}
	return p, nil
}

// PackAnswer seals an answer under the station's line key. What is large in it is
// compressed; an answer that brings nothing is too small to gain by it.
//
//	u8 version=2  day  sealed {
//	  position  as of, behind position  dictionary
//	  n held { lane:u8, +128 for the incarnation before  incarnation:u64be  seq }
//	  n waits { incarnation:u64be  lane:u8  seq }
//	  u8 1 more, 2 compared  digest:u64be
//	  walks: length, zstd { n { scope  place } }, nothing for none
//	  the Changes as a collection: frame.AppendCollection }
func PackAnswer(keys seal.Keyring, rand io.Reader, site protocol.Site, day uint32, a *Answer) ([]byte, error) {
	head := binary.AppendUvarint([]byte{answerVersion}, uint64(day))
	sealed, err := seal.Seal(keys.Line(string(site), day), rand, appendAnswer(nil, a), head)
	if err != nil {
		return nil, fmt.Errorf("pack answer: %w", err)
	}
	return append(head, sealed...), nil
}

// UnpackAnswer opens it, and computes the commitments of the values. That they are
// those of the journals shows in the digests.
func UnpackAnswer(keys seal.Keyring, site protocol.Site, b []byte) (Answer, error) {
	r := &scanner{b: b}
	if r.byte() != answerVersion {
		return Answer{}, fmt.Errorf("answer: %w", errWire)
	}
	day := uint32(r.uvarint())
	if r.bad {
		return Answer{}, fmt.Errorf("answer: %w", errWire)
	}
	head := b[:len(b)-len(r.b)]
	body, err := seal.Open(keys.Line(string(site), day), r.b, head)
	if err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	return parseAnswer(keys, site, body)
}

func appendAnswer(b []byte, a *Answer) []byte {
	b = binary.AppendUvarint(b, uint64(a.Position))
	b = binary.AppendUvarint(b, uint64(max(a.AsOf, a.Position)-a.Position))
	b = binary.AppendUvarint(b, uint64(a.Dictionary))
	b = binary.AppendUvarint(b, uint64(len(a.Held)))
	for i, m := range a.Held {
		same := i > 0 && m.Incarnation == a.Held[i-1].Incarnation
		b = append(b, byte(m.Lane)|flag(same)<<7)
		if !same {
			b = binary.BigEndian.AppendUint64(b, uint64(m.Incarnation))
		}
		b = binary.AppendUvarint(b, uint64(m.Seq))
	}
	b = binary.AppendUvarint(b, uint64(len(a.Waits)))
	for _, p := range a.Waits {
		b = binary.BigEndian.AppendUint64(b, uint64(p.Incarnation))
		b = binary.AppendUvarint(append(b, byte(p.Lane)), uint64(p.Seq))
	}
	b = append(b, flag(a.More)|flag(a.Compared)<<1)
	b = binary.BigEndian.AppendUint64(b, uint64(a.Digest))
	var walks []byte
	if len(a.Walks) > 0 {
		walks = zip.EncodeAll(appendWalks(nil, a.Walks), nil)
	}
	return frame.AppendCollection(text(b, string(walks)), a.Changes)
}

func parseAnswer(keys seal.Keyring, site protocol.Site, b []byte) (Answer, error) {
	r := &scanner{b: b}
	a := Answer{Position: protocol.Cursor(r.uvarint())}
	a.AsOf, a.Dictionary = a.Position+protocol.Cursor(r.uvarint()), uint32(r.uvarint())
	var inc protocol.Incarnation
	for range r.count(2) {
		lane := r.byte()
		if lane&0x80 == 0 {
			inc = protocol.Incarnation(r.u64())
		}
		a.Held = append(a.Held, store.Mark{Incarnation: inc, Lane: protocol.Lane(lane & 0x7F), Seq: protocol.Seq(r.uvarint())})
	}
	a.Waits = []protocol.Position{}
	for range r.count(10) {
		a.Waits = append(a.Waits, protocol.Position{Site: site, Incarnation: protocol.Incarnation(r.u64()), Lane: protocol.Lane(r.byte()), Seq: protocol.Seq(r.uvarint())})
	}
	f := r.byte()
	a.More, a.Compared = f&1 != 0, f&2 != 0
	a.Digest = protocol.Digest(r.u64())
	if packed := r.take(r.count(1)); len(packed) > 0 {
		walks, err := unzip.DecodeAll(packed, nil)
		if err != nil {
			return Answer{}, fmt.Errorf("answer: %w", err)
		}
		inner := &scanner{b: walks}
		if a.Walks = inner.walks(); inner.bad || len(inner.b) != 0 {
			return Answer{}, fmt.Errorf("answer: %w", errWire)
		}
	}
	if r.bad {
		return Answer{}, fmt.Errorf("answer: %w", errWire)
	}
	var err error
	if a.Changes, err = frame.ReadCollection(keys, r.b); err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	return a, nil
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// scanner takes fields off a message; after the first fault it gives zeros.
type scanner struct {
	b   []byte
	bad bool
}

func (r *scanner) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *scanner) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *scanner) u64() uint64 {
	if v := r.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (r *scanner) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.take(-1)
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads a number of elements of at least size bytes each.
func (r *scanner) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.take(-1)
		return 0
	}
	return int(n)
}

// walks reads what appendWalks wrote. A walk without a place to go on has reached
// its end, in an answer; in a question it begins.
func (r *scanner) walks() (out []store.Walk) {
	for range r.count(2) {
		w := store.Walk{Scope: protocol.Scope(r.text()), After: []byte(r.text())}
		w.Done = len(w.After) == 0
		out = append(out, w)
	}
	return out
}

func (r *scanner) text() string { return string(r.take(r.count(1))) }

// The compressors of answers, made and first used while the program starts, so
// that the channels inside them belong to nobody's test clock. Both are safe for
// concurrent use.
var zip, unzip = compressors()

func compressors() (*zstd.Encoder, *zstd.Decoder) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(false))
	if err != nil {
		panic("replication: compression options: " + err.Error()) // constants of this file
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(8<<20))
	if err != nil {
		panic("replication: compression options: " + err.Error())
	}
	e.EncodeAll(nil, nil)
	return e, d
}

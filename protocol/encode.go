package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol/seal"
)

// The canonical envelope, version 1. Hash chain, Merkle leaf and replica hash
// are computed over these bytes, so they may never change; a field that is
// added later goes to Extra under a new tag. Integers are unsigned varints
// unless a width is given, strings are length and bytes.
//
//	u8 version = 1
//	site incarnation:u64be lane:u8 seq hlc:u64be
//	actor: id role method assurance:u8 terminal for
//	action outcome:u8 code purpose consent subject key count
//	n deps { lane:u8 seq }
//	was: site ("" ends it) incarnation:u64be lane:u8 seq
//	n writes { kind id
//	           n parents { site incarnation:u64be lane:u8 seq n }
//	           subject class:u8 retention:u8 n scopes {scope} custodian fence
//	           commit:32 bytes }
//	n extra { tag bytes }
const envelopeVersion = 1

var errTruncated = errors.New("envelope ends early")

// AppendEnvelope appends the canonical envelope of c: all but the values,
// which are represented by their commitments.
func AppendEnvelope(b []byte, c *Change) []byte {
	b = append(b, envelopeVersion)
	b = appendPosition(b, c.Position)
	b = binary.BigEndian.AppendUint64(b, uint64(c.HLC))
	b = appendActor(b, c.Actor)
	b = appendString(b, c.Action)
	b = append(b, byte(c.Outcome))
	b = appendString(b, c.Code)
	b = appendString(b, c.Purpose)
	b = appendString(b, c.Consent)
	b = appendString(b, c.Subject)
	b = appendString(b, c.Key)
	b = binary.AppendUvarint(b, uint64(c.Count))
	b = binary.AppendUvarint(b, uint64(len(c.Deps)))
	for _, d := range c.Deps {
		b = append(b, byte(d.Lane))
		b = binary.AppendUvarint(b, uint64(d.Seq))
	}
	if c.Was.IsZero() {
		b = appendString(b, "")
	} else {
		b = appendPosition(b, c.Was)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Writes)))
	for i := range c.Writes {
		b = appendWrite(b, &c.Writes[i])
		b = append(b, c.Writes[i].Commit[:]...)
	}
	return appendExtra(b, c.Extra)
}

// DecodeEnvelope reads what AppendEnvelope wrote; the Values stay nil. It
// never panics, and refuses bytes left over.
func DecodeEnvelope(b []byte) (*Change, error) {
	r := &reader{b: b}
	if v := r.byte(); v != envelopeVersion {
		return nil, fmt.Errorf("envelope: version %d unknown", v)
	}
	c := &Change{Position: r.position()}
	c.HLC = HLC(r.u64())
	c.Actor = r.actor()
	c.Action = ActionName(r.string())
	c.Outcome = Outcome(r.byte())
	c.Code = Code(r.string())
	c.Purpose = Purpose(r.string())
	c.Consent = ID(r.string())
	c.Subject = ID(r.string())
	c.Key = r.string()
	c.Count = uint32(r.uvarint())
	for range r.count(2) {
		c.Deps = append(c.Deps, Dep{Lane(r.byte()), Seq(r.uvarint())})
	}
	if site := r.string(); site != "" {
		c.Was = Position{Site(site), Incarnation(r.u64()), Lane(r.byte()), Seq(r.uvarint())}
	}
	for range r.count(40) {
		w := r.write()
		copy(w.Commit[:], r.bytes(len(seal.Digest{})))
		c.Writes = append(c.Writes, w)
	}
	c.Extra = r.extra()
	if r.err == nil && len(r.b) != 0 {
		r.err = fmt.Errorf("%d bytes left over", len(r.b))
	}
	if r.err != nil {
		return nil, fmt.Errorf("envelope: %w", r.err)
	}
	return c, nil
}

func appendActor(b []byte, a Actor) []byte {
	b = appendString(b, a.ID)
	b = appendString(b, a.Role)
	b = appendString(b, a.Method)
	b = append(b, a.Assurance)
	b = appendString(b, a.Terminal)
	return appendString(b, a.For)
}

// appendWrite is a write without its commitment and value.
func appendWrite(b []byte, w *Write) []byte {
	b = appendString(b, w.Ref.Kind)
	b = appendString(b, w.Ref.ID)
	b = binary.AppendUvarint(b, uint64(len(w.Parents)))
	for _, p := range w.Parents {
		b = AppendRev(b, p)
	}
	b = appendString(b, w.Subject)
	b = append(b, byte(w.Class), byte(w.Retention))
	b = binary.AppendUvarint(b, uint64(len(w.Scopes)))
	for _, s := range w.Scopes {
		b = appendString(b, s)
	}
	b = appendString(b, w.Custodian)
	return binary.AppendUvarint(b, w.Fence)
}

// AppendRev appends the canonical bytes of a revision's name.
func AppendRev(b []byte, r Rev) []byte {
	return binary.AppendUvarint(appendPosition(b, r.Position), uint64(r.N))
}

// DecodeRev reads what AppendRev wrote, and gives what follows.
func DecodeRev(b []byte) (Rev, []byte, error) {
	r := &reader{b: b}
	rev := r.rev()
	return rev, r.b, r.err
}

func appendPosition(b []byte, p Position) []byte {
	b = appendString(b, p.Site)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Incarnation))
	b = append(b, byte(p.Lane))
	return binary.AppendUvarint(b, uint64(p.Seq))
}

func appendString[S ~string](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendExtra(b []byte, extra []Extra) []byte {
	b = binary.AppendUvarint(b, uint64(len(extra)))
	for _, e := range extra {
		b = binary.AppendUvarint(b, uint64(e.Tag))
		b = binary.AppendUvarint(b, uint64(len(e.Bytes)))
		b = append(b, e.Bytes...)
	}
	return b
}

// reader takes fields off a byte slice; after the first fault all it gives is
// zero and err says why.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() { r.b, r.err = nil, errTruncated }

func (r *reader) byte() byte {
	if len(r.b) < 1 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) u64() uint64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	v := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.fail()
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// count reads a number of elements of at least size bytes each, so that a
// forged count cannot ask for memory that the input does not have.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) string() string { return string(r.bytes(r.count(1))) }

func (r *reader) position() Position {
	return Position{Site(r.string()), Incarnation(r.u64()), Lane(r.byte()), Seq(r.uvarint())}
}

func (r *reader) rev() Rev { return Rev{r.position(), uint16(r.uvarint())} }

func (r *reader) actor() Actor {
	return Actor{
		ID: ID(r.string()), Role: Role(r.string()), Method: Method(r.string()),
		Assurance: r.byte(), Terminal: ID(r.string()), For: ID(r.string()),
	}
}

func (r *reader) write() Write {
	w := Write{Ref: Ref{Kind(r.string()), ID(r.string())}}
	for range r.count(12) {
		w.Parents = append(w.Parents, r.rev())
	}
	w.Subject = ID(r.string())
	w.Class, w.Retention = Class(r.byte()), Retention(r.byte())
	for range r.count(1) {
		w.Scopes = append(w.Scopes, Scope(r.string()))
	}
	w.Custodian = Site(r.string())
	w.Fence = r.uvarint()
	return w
}

func (r *reader) extra() []Extra {
	var extra []Extra
	for range r.count(2) {
		tag := uint16(r.uvarint())
		extra = append(extra, Extra{tag, append([]byte(nil), r.bytes(r.count(1))...)})
	}
	return extra
}

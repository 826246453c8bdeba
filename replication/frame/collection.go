package frame

import (
	"encoding/binary"
	"fmt"

	"xiangyi/protocol"
)

// A collection is Changes of any journals, such as a station pulls: the body of a
// frame, in front of whose columns stands where each Change is from. It is not
// sealed, and no chain hash is over it; whoever carries it sees to both.
//
//	dictionary  count  raw: length, bytes  zstd { columns: length, bytes  words }
//
// The columns begin with the journals (number; site, incarnation:u64be each), then
// journal, lane and seq of each Change, the seq as difference to the one before of
// that journal and lane.

// mostBytes bounds what a body may hold decoded.
const mostBytes = 4 * protocol.MaxFrameBytes

// MostCollected bounds how many Changes a collection may hold.
const MostCollected = 4096

// AppendCollection appends Changes of any journals under the oldest dictionary,
// which every program knows. A write that is empty stays so. Commitments do not
// travel.
func AppendCollection(b []byte, changes []protocol.Change) []byte {
	if len(changes) == 0 {
		return b
	}
	d := dictionaries[Oldest]
	var s streams
	w := newBodyWriter(&s, changes, d.words)
	w.places()
	w.write()
	b = binary.AppendUvarint(binary.AppendUvarint(b, Oldest), uint64(len(changes)))
	b = append(binary.AppendUvarint(b, uint64(len(s.raw))), s.raw...)
	return d.packer.EncodeAll(s.join(), b)
}

// origin is the journal that a Change is from.
type origin struct {
	site protocol.Site
	inc  protocol.Incarnation
}

// course is a lane of a journal.
type course struct {
	origin
	lane protocol.Lane
}

func (e *bodyWriter) places() {
	numbers, last := map[origin]uint64{}, map[course]protocol.Seq{}
	var all []origin
	for i := range e.changes {
		j := origin{e.changes[i].Site, e.changes[i].Incarnation}
		if _, there := numbers[j]; !there {
			numbers[j] = uint64(len(all))
			all = append(all, j)
		}
	}
	e.columns = binary.AppendUvarint(e.columns, uint64(len(all)))
	for _, j := range all {
		e.columns = binary.BigEndian.AppendUint64(text(e.columns, j.site), uint64(j.inc))
	}
	for i := range e.changes {
		e.columns = binary.AppendUvarint(e.columns, numbers[origin{e.changes[i].Site, e.changes[i].Incarnation}])
	}
	e.bytes(func(c *protocol.Change) byte { return byte(c.Lane) })
	for i := range e.changes {
		c := &e.changes[i]
		at := course{origin{c.Site, c.Incarnation}, c.Lane}
		e.columns = binary.AppendVarint(e.columns, int64(c.Seq)-int64(last[at]))
		last[at] = c.Seq
	}
}

// ReadCollection reads what AppendCollection wrote, and computes the commitments of
// the writes that are there. It never panics on content.
func ReadCollection(keys protocol.Salter, b []byte) ([]protocol.Change, error) {
	if len(b) == 0 {
		return nil, nil
	}
	p := &source{b: b}
	n, count := p.uvarint(), p.uvarint()
	raw := p.take(int(min(p.uvarint(), mostBytes)))
	d, known := dictionaries[uint32(min(n, 1<<32-1))]
	switch {
	case p.bad || count > MostCollected:
		return nil, fmt.Errorf("collection: %w", errBody)
	case !known:
		return nil, fmt.Errorf("collection: %w: %d", ErrDictionary, n)
	}
	joined, err := opener.DecodeAll(p.b, nil)
	if err != nil {
		return nil, fmt.Errorf("collection: %w", err)
	}
	r := newBodyReader(joined, raw, d.words)
	r.places(int(count))
	changes, err := r.read()
	if err != nil {
		return nil, fmt.Errorf("collection: %w", err)
	}
	for i := range changes {
		c := &changes[i]
		for n := range c.Writes {
			if w := &c.Writes[n]; w.Ref.IsZero() {
				*w = protocol.Write{}
			} else {
				w.Commit = protocol.Commitment(keys, w.Subject, c.Rev(n), w.Value)
			}
		}
	}
	return changes, nil
}

func (r *bodyReader) places(count int) {
	all := make([]origin, r.source.count(9))
	for i := range all {
		all[i].site = protocol.Site(r.source.str())
		if inc := r.source.take(8); inc != nil {
			all[i].inc = protocol.Incarnation(binary.BigEndian.Uint64(inc))
		}
	}
	if count > len(r.source.b) {
		r.source.fail()
		return
	}
	for range count {
		n := r.source.uvarint()
		if n >= uint64(len(all)) {
			r.source.fail()
			return
		}
		r.begin(protocol.Position{Site: all[n].site, Incarnation: all[n].inc})
	}
	r.bytes(func(c *protocol.Change, b byte) { c.Lane = protocol.Lane(b) })
	last := map[course]protocol.Seq{}
	for i := range r.changes {
		c := &r.changes[i]
		at := course{origin{c.Site, c.Incarnation}, c.Lane}
		last[at] += protocol.Seq(r.source.varint())
		c.Seq = last[at]
	}
	if count > 0 {
		r.wordReader.place = r.changes[0].Position
	}
}

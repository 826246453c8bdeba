package store

import (
	"xiangyi/protocol"
)

// What is held, and by whom. Of another site's revisions the county told us, so
// it holds them. Own ones it holds up to a receipt's high-water mark (A1), or up
// to the mark at which its own ledger counted them, or one by one when they came
// back down the line.

type markName struct {
	row  byte
	inc  protocol.Incarnation
	lane protocol.Lane
}

func (s *Snapshot) mark(row byte, inc protocol.Incarnation, lane protocol.Lane) (protocol.Seq, error) {
	name := markName{row, inc, lane}
	if seq, ok := s.marks[name]; ok {
		return seq, nil
	}
	n, err := s.number(markKey(row, inc, lane))
	if err != nil {
		return 0, err
	}
	if s.marks == nil {
		s.marks = map[markName]protocol.Seq{}
	}
	s.marks[name] = protocol.Seq(n)
	return protocol.Seq(n), nil
}

// Received is the A1 high-water mark of a lane of this site.
func (s *Snapshot) Received(inc protocol.Incarnation, lane protocol.Lane) (protocol.Seq, error) {
	return s.mark(rowReceipt, inc, lane)
}

// Counted is up to where a lane of this site joined the digests.
func (s *Snapshot) Counted(inc protocol.Incarnation, lane protocol.Lane) (protocol.Seq, error) {
	return s.mark(rowHeld, inc, lane)
}

// covered reports whether a mark of this site reaches p.
func (s *Snapshot) covered(p protocol.Position) (bool, error) {
	if p.Site != s.Site() {
		return false, nil
	}
	a1, err := s.Received(p.Incarnation, p.Lane)
	if err != nil || p.Seq <= a1 {
		return err == nil, err
	}
	counted, err := s.Counted(p.Incarnation, p.Lane)
	return err == nil && p.Seq <= counted, err
}

// counted reports whether a revision is in the digests.
func (s *Snapshot) counted(rev protocol.Rev, row *revisionRow) (bool, error) {
	if row.counted || row.aside || rev.Site != s.Site() {
		return row.counted, nil
	}
	mark, err := s.Counted(rev.Incarnation, rev.Lane)
	return rev.Seq <= mark, err
}

// Receive moves the A1 mark of a lane of this site, never back.
func (b *Batch) Receive(inc protocol.Incarnation, lane protocol.Lane, seq protocol.Seq) error {
	return b.raise(rowReceipt, inc, lane, seq)
}

// Hold counts the revisions of a lane of this site into the digests, up to what
// the county's ledger holds at the position that is being stored. Revisions that
// this disk lost are counted when they come back.
func (b *Batch) Hold(inc protocol.Incarnation, lane protocol.Lane, upTo protocol.Seq) error {
	from, err := b.Counted(inc, lane)
	if err != nil {
		return err
	}
	tail, _, err := b.Tail(b.Site(), inc, lane)
	if err != nil {
		return err
	}
	upTo = min(upTo, tail)
	for seq := from + 1; seq <= upTo; seq++ {
		p := protocol.Position{Site: b.Site(), Incarnation: inc, Lane: lane, Seq: seq}
		if err := b.holdChange(p); err != nil {
			return err
		}
	}
	return b.raise(rowHeld, inc, lane, upTo)
}

func (b *Batch) holdChange(p protocol.Position) error {
	row, err := b.change(p)
	if err != nil {
		return err
	}
	for n := range row.writes {
		rev := protocol.Rev{Position: p, N: uint16(n)}
		r, err := b.revision(rev)
		if err != nil {
			return err
		}
		if !r.counted && !r.aside { // one that left its scope counts again when it comes back
			b.count(rev, &r.write)
		}
	}
	return nil
}

func (b *Batch) raise(row byte, inc protocol.Incarnation, lane protocol.Lane, seq protocol.Seq) error {
	old, err := b.mark(row, inc, lane)
	if err != nil || seq <= old {
		return err
	}
	b.marks[markName{row, inc, lane}] = seq
	return b.set(markKey(row, inc, lane), number(uint64(seq)))
}

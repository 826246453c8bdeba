package store

import (
	"xiangyi/protocol"
)

// What is held, and by whom. Of another site's revisions the county told us, so
// it holds them. Own ones it holds up to a receipt's high-water mark (A1), or one
// by one when they came back down the line. The mark at which its own ledger
// counted them says nothing of that: it has no hash, and may be another box's.

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

// covered reports whether a receipt of this site reaches p.
func (s *Snapshot) covered(p protocol.Position) (bool, error) {
	if p.Site != s.Site() {
		return false, nil
	}
	a1, err := s.Received(p.Incarnation, p.Lane)
	return err == nil && p.Seq <= a1, err
}

// counted reports whether a revision is in the digests.
func (s *Snapshot) counted(rev protocol.Rev, row *revisionRow) (bool, error) {
	if row.counted || row.aside || rev.Site != s.Site() {
		return row.counted, nil
	}
	mark, err := s.Counted(rev.Incarnation, rev.Lane)
	if err != nil || rev.Seq > mark {
		return false, err
	}
	waits, err := s.waitsThere()
	return !waits[rev.Position], err
}

// waitsThere are Changes of this site that the county has and did not apply: they
// wait for others, or a person must look at them. Its digests are without them.
func (s *Snapshot) waitsThere() (map[protocol.Position]bool, error) {
	if s.waits != nil {
		return s.waits, nil
	}
	waits := map[protocol.Position]bool{}
	err := s.EachMeta(metaWaits, func(rest string, _ []byte) error {
		p, _, err := parsePosition([]byte(rest))
		waits[p] = true
		return damaged(metaWaits, err)
	})
	if err == nil {
		s.waits = waits
	}
	return waits, err
}

// setWaits takes in what the county has and did not apply, as of the marks that
// come with it.
func (b *Batch) setWaits(now []protocol.Position) error {
	old, err := b.waitsThere()
	if err != nil {
		return err
	}
	next := map[protocol.Position]bool{}
	for _, p := range now {
		next[p] = true
	}
	for p := range old {
		if next[p] {
			continue
		}
		if err := b.SetMeta(metaWaits+string(appendPosition(nil, p)), nil); err != nil {
			return err
		}
		if err := b.recountChange(p, 1); err != nil { // applied since
			return err
		}
	}
	for p := range next {
		if old[p] {
			continue
		}
		if err := b.SetMeta(metaWaits+string(appendPosition(nil, p)), []byte{1}); err != nil {
			return err
		}
		if err := b.recountChange(p, -1); err != nil {
			return err
		}
	}
	b.waits = next
	return nil
}

// recountChange counts a Change that a mark covers into the digests, or with -1
// out of them.
func (b *Batch) recountChange(p protocol.Position, sign int) error {
	mark, err := b.Counted(p.Incarnation, p.Lane)
	if err != nil || p.Seq > mark {
		return err
	}
	_, known, err := b.lookUpChange(p)
	if err != nil || !known {
		return err
	}
	return b.countChange(p, sign)
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
	waits, err := b.waitsThere()
	if err != nil {
		return err
	}
	for seq := from + 1; seq <= upTo; seq++ {
		p := protocol.Position{Site: b.Site(), Incarnation: inc, Lane: lane, Seq: seq}
		if waits[p] {
			continue
		}
		if err := b.countChange(p, 1); err != nil {
			return err
		}
	}
	return b.raise(rowHeld, inc, lane, upTo)
}

func (b *Batch) countChange(p protocol.Position, sign int) error {
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
		if r.counted || r.aside { // one that left its scope counts again when it comes back
			continue
		}
		for _, scope := range scopesOf(&r.write) {
			b.digests[scope] += protocol.Digest(sign) * protocol.Mark(scope, r.write.Ref, rev, r.write.Commit)
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

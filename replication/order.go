package replication

import (
	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// ordered keeps a later incarnation's lanes behind what earlier ones have to send
// of the same or a more urgent lane: its Changes may rest on them, and no
// dependency says so.
type ordered struct {
	inc           protocol.Incarnation
	before, lanes protocol.Lane // the most urgent unsettled lane of earlier ones, and of this one; 1 more
}

func (o *ordered) waits(l store.Line) bool {
	if l.Incarnation != o.inc {
		o.inc = l.Incarnation
		if o.lanes != 0 && (o.before == 0 || o.lanes < o.before) {
			o.before = o.lanes
		}
		o.lanes = 0
	}
	if l.Tail > l.Held && (o.lanes == 0 || l.Lane+1 < o.lanes) {
		o.lanes = l.Lane + 1
	}
	return o.before != 0 && l.Lane+1 >= o.before
}

// grounds are the newest Changes of other lanes on which some rest.
func (s *Sender) grounds(changes []protocol.Change) (out []protocol.Ground, err error) {
	var newest [protocol.Lanes]protocol.Seq
	for i := range changes {
		for _, d := range changes[i].Deps {
			if d.Lane < protocol.Lanes && d.Lane != changes[i].Lane {
				newest[d.Lane] = max(newest[d.Lane], d.Seq)
			}
		}
	}
	for lane, seq := range newest {
		if seq == 0 {
			continue
		}
		leaves, err := s.Journal.Leaves(changes[0].Incarnation, protocol.Lane(lane), seq-1, 1)
		if err != nil {
			return nil, err
		}
		if len(leaves) == 1 {
			out = append(out, protocol.Ground{Lane: protocol.Lane(lane), Seq: seq, Leaf: leaves[0]})
		}
	}
	return out, nil
}

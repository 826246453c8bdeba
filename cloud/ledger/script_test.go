package ledger

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mrand "math/rand/v2"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// script draws entries of every sort, good and bad.
type script struct {
	*cluster
	draw     *mrand.Rand
	villages []*village
	index    uint64
	sent     [][]byte
	late     []byte
}

func (s *script) next(now *bare) *raft.Log {
	s.index++
	l := &raft.Log{Index: s.index, Term: 1 + s.index/50, Type: raft.LogCommand}
	switch n := s.draw.IntN(20); {
	case s.index == 1:
		l.Data = command(foundCommand, binary.BigEndian.AppendUint64(nil, 77))
	case s.index == 2:
		l.Data = s.run(now, protocol.Administrative, len(s.kinds), func(n int) func(protocol.Tx) error {
			return func(tx protocol.Tx) error {
				value, err := protocol.Encode(&s.kinds[n])
				if err == nil {
					_, err = tx.Put(protocol.Draft{Ref: kindRef(s.kinds[n].Kind), Value: value})
				}
				return err
			}
		})
	case n < 9:
		l.Data = command(frameCommand, s.frame())
	case n < 11 && len(s.sent) > 0:
		l.Data = command(frameCommand, s.sent[s.draw.IntN(len(s.sent))])
	case n < 15:
		l.Data = s.batch(now)
	case n == 15:
		l.Type, l.Data = raft.LogConfiguration, raft.EncodeConfiguration(membership([]Peer{{"n1", fmt.Sprint(s.index)}}))
	case n == 16:
		l.Data = s.doctored()
	case n == 17:
		l.Data = []byte{200, 1, 2, 3} // of a newer version
	case n == 18:
		l.Data = command(frameCommand, []byte("noise"))
	default:
		l.Type = raft.LogNoop
	}
	return l
}

// frame draws a stretch of a lane: new, overlapping, repeated, beyond a gap, or
// of a clone.
func (s *script) frame() []byte {
	v := s.villages[s.draw.IntN(len(s.villages))]
	lane := protocol.Lane(s.draw.IntN(3))
	last := 1 + s.draw.IntN(len(v.lanes[lane]))
	first := max(1, last-s.draw.IntN(12))
	raw := v.frame(lane, first, last)
	s.sent = append(s.sent, raw)
	return raw
}

// batch runs a few deeds of the county on what the machine holds now; sometimes
// by the time that they arrive something has changed, or they are damaged.
func (s *script) batch(now *bare) []byte {
	raw := s.run(now, protocol.Lane(s.draw.IntN(3)), 1+s.draw.IntN(4), func(int) func(protocol.Tx) error {
		ref := protocol.Ref{Kind: "slot", ID: protocol.ID(fmt.Sprintf("s%d", s.draw.IntN(3)))}
		return func(tx protocol.Tx) error {
			_, err := tx.Put(protocol.Draft{Ref: ref, Value: protocol.Value(fmt.Sprintf(`{"n":%d}`, s.index))})
			return err
		}
	})
	switch s.draw.IntN(10) {
	case 0:
		raw = raw[:len(raw)-1]
	case 1, 2: // it arrives behind the next one, which is then too late
		raw, s.late = s.late, raw
		if raw == nil {
			raw = s.late
		}
	}
	return raw
}

func (s *script) run(now *bare, lane protocol.Lane, deeds int, deed func(int) func(protocol.Tx) error) []byte {
	p, r := proposal{}, round{}
	err := now.shelf.view(func(look *store.Snapshot) error {
		if err := r.begin(look); err != nil {
			return err
		}
		overlay := &store.Overlay{}
		for n := range deeds {
			hlc := protocol.MakeHLC(time.Unix(2e9, 0), uint16(s.index))
			ch, reads, err := store.Run(look, overlay, r.seat, hlc, protocol.Order{Action: "slot.touch", Lane: lane}, deed(n))
			if err != nil {
				return err
			}
			r.seqs[ch.Lane]++
			if s.index > 2 && s.draw.IntN(8) == 0 { // somebody was quicker
				reads = append(reads, store.Read{Ref: protocol.Ref{Kind: "slot", ID: "quick"}, Heads: []protocol.Rev{ch.Rev(0)}})
			}
			p.changes, p.reads = append(p.changes, ch), append(p.reads, reads)
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	raw, err := p.encode(s.keys, rand.Reader, 22404, func(lane protocol.Lane) seal.Digest { return r.tails[lane].Hash })
	if err != nil {
		s.Fatal(err)
	}
	return raw
}

// doctored is what is done about single Changes: one that is parked is tried
// again or set aside, one that may be missing is offered.
func (s *script) doctored() []byte {
	v := s.villages[s.draw.IntN(len(s.villages))]
	if len(v.lanes[protocol.Clinical]) == 0 {
		v = s.villages[0]
	}
	lane := v.lanes[protocol.Clinical]
	c := lane[s.draw.IntN(len(lane))]
	switch s.draw.IntN(3) {
	case 0:
		return command(retryCommand, []byte(positionKey(c.Position)))
	case 1:
		return command(asideCommand, []byte(positionKey(c.Position)))
	}
	return command(mendCommand, append(appendText(nil, v.site), v.offer(c)...))
}

package store

import (
	"errors"
	"fmt"
	"strconv"

	"xiangyi/protocol"
)

// A station that goes on under a new incarnation says where the journal of each
// earlier one ends: what the county holds of it may rest on Changes that this disk
// lost, or that are journaled again, and would wait for them for ever.

// sayEnded states it, once for each. It belongs to whoever stands in for the
// committer.
func (d *DB) sayEnded() error {
	var said []protocol.Ended
	err := d.core.View(d.now(), protocol.ClockState{}, func(s *Snapshot) (err error) {
		said, err = s.unsaid(d.end.inc)
		return err
	})
	for i := 0; err == nil && i < len(said); i++ {
		err = d.say(&said[i])
	}
	return err
}

func (d *DB) say(e *protocol.Ended) error {
	order := protocol.Order{Actor: protocol.Actor{ID: "store", Role: "system"}, Action: "store.journal-ended",
		Purpose: "operations", Lane: protocol.Clinical}
	j := &job{live: true, done: make(chan struct{}), work: func(r *round) (protocol.Change, error) {
		return r.do(order, func(tx protocol.Tx) error {
			value, err := protocol.Encode(e)
			if err != nil {
				return err
			}
			_, err = tx.Put(protocol.Draft{Ref: endedRef(e, d.end.inc), Value: value, Scopes: []protocol.Scope{protocol.SiteScope(d.opts.Site)}})
			return err
		})
	}}
	d.round([]*job{j})
	if j.err != nil {
		return fmt.Errorf("say where a journal ended: %w", j.err)
	}
	return nil
}

func endedRef(e *protocol.Ended, now protocol.Incarnation) protocol.Ref {
	id := string(e.Site) + "." + e.Incarnation + "." + strconv.FormatUint(uint64(now), 36)
	return protocol.Ref{Kind: protocol.KindEnded, ID: protocol.ID(id)}
}

// unsaid lists the earlier incarnations of which the present one did not speak yet.
func (s *Snapshot) unsaid(now protocol.Incarnation) (out []protocol.Ended, err error) {
	if _, known := s.Kind(protocol.KindEnded); !known {
		return nil, nil
	}
	incs, err := s.incarnations()
	if err != nil {
		return nil, err
	}
	for _, inc := range incs {
		if inc == now {
			continue
		}
		e := protocol.Ended{Site: s.Site(), Incarnation: strconv.FormatUint(uint64(inc), 36)}
		if _, err := s.Get(endedRef(&e, now)); err == nil {
			continue
		} else if !errors.Is(err, protocol.ErrNotFound) {
			return nil, err
		}
		for lane := range e.Tails {
			if e.Tails[lane], _, err = s.Tail(s.Site(), inc, protocol.Lane(lane)); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

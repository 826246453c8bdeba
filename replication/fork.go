package replication

import (
	"context"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// mostLeaves bounds how many Changes one question about a fork compares.
const mostLeaves = 256

// fork ends an incarnation under which somebody else wrote too, and what was
// built on it. It asks first how far the county's journal is ours: what both have
// is not journaled again.
func (d *Downlink) fork(ctx context.Context, inc protocol.Incarnation) error {
	since, err := d.Shelf.Since(inc)
	if err != nil {
		return &DiskError{err}
	}
	common := map[protocol.Incarnation]store.Common{}
	for _, i := range since {
		var c store.Common
		for lane := range c {
			if err := d.common(ctx, i, protocol.Lane(lane), &c[lane]); err != nil {
				return fmt.Errorf("fork: %w", err)
			}
		}
		common[i] = c
	}
	d.Log.Error("the county holds another journal under one of our names; what it did not get leaves under another", "incarnation", uint64(inc))
	if err := d.Shelf.Disown(ctx, inc, common); err != nil {
		return &DiskError{err}
	}
	d.again = true // what others wrote under our name is in walks alone
	return nil
}

// common finds up to where a lane is the same here and there.
func (d *Downlink) common(ctx context.Context, inc protocol.Incarnation, lane protocol.Lane, upTo *protocol.Seq) error {
	at, err := d.Shelf.Position()
	if err != nil {
		return &DiskError{err}
	}
	for {
		ours, err := d.Shelf.Leaves(inc, lane, *upTo, mostLeaves)
		if err != nil {
			return &DiskError{err}
		}
		if len(ours) == 0 {
			return nil
		}
		a, err := d.question(ctx, Compare{Position: at, What: AskLeaves, Incarnation: inc, Lane: lane, From: int(*upTo)})
		if err != nil {
			return err
		}
		for i, leaf := range ours {
			if i == len(a.Marks) || a.Marks[i] != leaf {
				return nil
			}
			*upTo++
		}
	}
}

// compareLeaves tells what stands in a lane after a Seq.
func compareLeaves(s *store.Snapshot, q Compare) (a Compared, err error) {
	a.Marks, err = s.Leaves(q.Site, q.Incarnation, q.Lane, protocol.Seq(q.From), mostLeaves)
	if err != nil {
		return Compared{}, fmt.Errorf("compare: %w", err)
	}
	return a, nil
}

package cluster

import (
	"context"
	"log/slog"
	"time"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/quarantine"
)

// wardenTime is how long a newly parked Change may wait until people see it.
const wardenTime = 30 * time.Second

// infirmary is what a warden needs of the ledger.
type infirmary interface {
	Quarantine() ([]ledger.Parked, error)
	Retry(protocol.Position) (bool, error)
	SetAside(protocol.Position) (bool, error)
}

// warden keeps the quarantine that people see equal to the ledger's, and does
// what they ask for. It runs on the leader.
type warden struct {
	ledger infirmary
	store  protocol.Store
	engine *care.Engine
	log    *slog.Logger
}

// run looks whenever somebody asked for something, and from time to time.
func (w *warden) run(ctx context.Context) {
	cursor := w.store.Last()
	for ctx.Err() == nil {
		if err := w.round(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("the quarantine is looked at again", "err", err)
		}
		cursor = w.wait(ctx, cursor)
	}
}

// wait ends when a person decided something, or after wardenTime.
func (w *warden) wait(ctx context.Context, cursor protocol.Cursor) protocol.Cursor {
	waiting, cancel := context.WithTimeout(ctx, wardenTime)
	defer cancel()
	for {
		items, err := w.store.Next(waiting, cursor, 256, nil)
		if err != nil {
			return cursor
		}
		asked := false
		for _, it := range items {
			cursor = it.Cursor
			asked = asked || it.Change.Outcome == protocol.Done && (it.Change.Action == quarantine.Retry || it.Change.Action == quarantine.Drop)
		}
		if asked {
			return cursor
		}
	}
}

// round does what was asked for, and then writes how everything stands.
func (w *warden) round(ctx context.Context) error {
	known, err := w.known(ctx)
	if err != nil {
		return err
	}
	for pos, rec := range known {
		switch rec.State {
		case quarantine.Retrying:
			_, err = w.ledger.Retry(pos)
		case quarantine.Dropping:
			_, err = w.ledger.SetAside(pos)
		}
		if err != nil {
			return err
		}
	}
	all, err := w.ledger.Quarantine()
	if err != nil {
		return err
	}
	for i := range all {
		rec, there := known[all[i].Position]
		delete(known, all[i].Position)
		if err := w.note(ctx, noteOf(&all[i], &rec), &rec, there); err != nil {
			return err
		}
	}
	for pos, rec := range known {
		gone := quarantine.Note{Position: pos.String(), Cause: rec.Cause, State: quarantine.Released}
		if err := w.note(ctx, gone, &rec, true); err != nil {
			return err
		}
	}
	return nil
}

// noteOf says how a parked Change stands. One that is aside keeps its cause.
func noteOf(p *ledger.Parked, rec *quarantine.Parked) quarantine.Note {
	n := quarantine.Note{Position: p.Position.String(), Words: p.Words, Behind: p.Behind, State: quarantine.Stuck, Cause: quarantine.CauseContent}
	switch p.Reason {
	case ledger.ReasonWaits:
		n.State, n.Cause = quarantine.Waits, quarantine.CauseWaits
	case ledger.ReasonFrame:
		n.Cause = quarantine.CauseFrame
	case ledger.ReasonAside:
		n.State = quarantine.Aside
		if rec.Cause != "" {
			n.Cause = rec.Cause
		}
	}
	return n
}

func (w *warden) note(ctx context.Context, n quarantine.Note, rec *quarantine.Parked, there bool) error {
	if there && rec.State == n.State && rec.Words == n.Words && rec.Behind == n.Behind && rec.Cause == n.Cause {
		return nil
	}
	n.From = rec.State
	input, err := protocol.Encode(n)
	if err != nil {
		return err
	}
	_, err = w.engine.Do(ctx, care.Request{Actor: care.Machine("quarantine"), Name: quarantine.Noted, Input: input})
	return err
}

// known lists the records of what is parked, by position.
func (w *warden) known(ctx context.Context) (map[protocol.Position]quarantine.Parked, error) {
	out := map[protocol.Position]quarantine.Parked{}
	err := w.store.View(ctx, func(r protocol.Reader) error {
		for _, state := range quarantine.Open {
			found, err := care.Collect[quarantine.Parked](r, protocol.Query{Kind: quarantine.KindParked, Index: "state",
				Match: []string{string(state)}, Limit: 1 << 16})
			if err != nil {
				return err
			}
			for _, f := range found {
				pos, err := protocol.ParsePosition(f.Value.Position)
				if err != nil {
					return err
				}
				out[pos] = f.Value
			}
		}
		return nil
	})
	return out, err
}

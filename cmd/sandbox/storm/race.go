package storm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"xiangyi/cmd/internal/cell"
	"xiangyi/protocol"
	"xiangyi/replication/link"
)

// race is one lane that two connections write at once, out of order and more than
// once. The lane is a register at the county: what it holds up to. Each exchange
// is one operation on it.
type race struct {
	by      [2]*cell.Station
	frames  []cell.Packed
	mu      sync.Mutex
	history []porcupine.Operation
	reached int // frames that a receipt covers
}

// attempt is what was sent; answer is what came back, or that nothing is known.
type (
	attempt struct{ first, last protocol.Seq }
	answer  struct {
		unknown bool
		status  protocol.Status
		high    protocol.Seq
	}
)

// laneModel is a county that holds one lane: a frame behind a gap is refused, any
// other moves the mark to its end, or not at all when that was passed.
var laneModel = porcupine.Model{
	Init: func() any { return protocol.Seq(0) },
	Step: func(state, in, out any) (bool, any) {
		high, a, got := state.(protocol.Seq), in.(attempt), out.(answer)
		if a.first > high+1 {
			return got.unknown || got.status == protocol.Gap && got.high == high, high
		}
		high = max(high, a.last)
		return got.unknown || got.status == protocol.OK && got.high == high, high
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v → %v", in, out) },
}

// raced is how many frames a lane has: a window that porcupine judges at once.
const raced = 400

func newRace(g *cell.Group, s *cell.Station, turn int) (*race, error) {
	other, err := g.Connect(s.Site, turn)
	if err != nil {
		return nil, err
	}
	other.Patience = patience
	r := &race{by: [2]*cell.Station{s, other}}
	for range raced {
		p, err := s.Pack(1)
		if err != nil {
			return nil, err
		}
		r.frames = append(r.frames, p)
	}
	return r, nil
}

func (r *race) close() {
	for _, s := range r.by {
		s.Close()
	}
}

func (r *race) run(ctx context.Context, stop chan struct{}) error {
	failed := make([]error, len(r.by))
	var work sync.WaitGroup
	for client := range r.by {
		work.Go(func() { failed[client] = r.client(ctx, stop, client) })
	}
	work.Wait()
	return errors.Join(failed...)
}

// client sends frames around where the lane stands: some that are held already,
// some behind a gap.
func (r *race) client(ctx context.Context, stop chan struct{}, client int) error {
	for {
		select {
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		r.mu.Lock()
		n := min(max(r.reached+rand.IntN(4)-1, 0), len(r.frames)-1)
		r.mu.Unlock()
		p := &r.frames[n]
		began := time.Now()
		got, err := r.by[client].Submit(ctx, p.Bytes)
		op := porcupine.Operation{ClientId: client, Input: attempt{p.First, p.Last}, Call: began.UnixNano(), Output: answer{false, got.Status, got.HighWater}, Return: time.Now().UnixNano()}
		if errors.Is(err, link.ErrDown) {
			continue // it never left
		}
		if err != nil {
			op.Output, op.Return = answer{unknown: true}, forever // it may take effect later, or never
		}
		r.mu.Lock()
		r.history = append(r.history, op)
		if err == nil && got.Status == protocol.OK {
			r.reached = max(r.reached, int(got.HighWater))
		}
		r.mu.Unlock()
	}
}

// forever is behind every other time of a history.
const forever = int64(1) << 62

// judged lets porcupine say whether the history could have been.
func (r *race) judged() error {
	ops := bounded(r.history)
	switch porcupine.CheckOperationsTimeout(laneModel, ops, time.Minute) {
	case porcupine.Illegal:
		return fmt.Errorf("no order of the %d exchanges of %s explains their answers", len(ops), r.by[0].Site)
	case porcupine.Unknown:
		return fmt.Errorf("the %d exchanges of %s could not be judged in a minute", len(ops), r.by[0].Site)
	}
	return nil
}

// bounded ends what was never answered: when somebody has an answer from behind
// its frame, taking effect changes nothing any more, and never having done so is
// the same. Without that there would be too many orders to look at.
func bounded(history []porcupine.Operation) []porcupine.Operation {
	out := make([]porcupine.Operation, len(history))
	copy(out, history)
	for i := range out {
		if out[i].Return != forever {
			continue
		}
		for _, other := range history {
			got := other.Output.(answer)
			if !got.unknown && got.high >= out[i].Input.(attempt).last && other.Return > out[i].Call {
				out[i].Return = min(out[i].Return, other.Return)
			}
		}
	}
	return out
}

package week

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"xiangyi/protocol"
	"xiangyi/replication"
)

// exchange is the line, there for as long as it takes: everything goes up, what
// is new comes down.
func (w *world) exchange() {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	down := &replication.Downlink{Site: site, Shelf: w.db, Line: county{w}, Keys: w.keys(), Rand: rand.Reader, Log: log, Budget: 64 << 10}
	down.Begin()
	sender := &replication.Sender{Journal: w.db, Lanes: []protocol.Lane{0, 1, 2, 3}, Keys: w.keys(), County: w.key.Public(), Rand: rand.Reader, Log: log}
	sender.Begin()
	for range w.tries() {
		var left []replication.Departure
		if err := sender.Fill(func(d replication.Departure) { left = append(left, d) }); err != nil {
			w.t.Fatal(err)
		}
		for _, d := range left {
			r, err := w.county.Submit(ctx, d.Frame)
			if err := sender.Land(d, r, err); err != nil {
				w.t.Fatal(err)
			}
		}
		more, err := down.Step(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		w.sleep(time.Second)
		if len(left) == 0 && !more && down.Fresh().Equal {
			return
		}
	}
	if w.hurry {
		return
	}
	w.t.Errorf("the line came back, and station and county are not level: %+v", down.Fresh())
}

// county answers pulls.
type county struct{ *world }

// Pull implements replication.Puller.
func (c county) Pull(ctx context.Context, request []byte) ([]byte, error) {
	node := replication.Answering{Look: c.county.Snapshot, Mend: c.county.Mend, Ledger: c.county.Sites(), Keys: c.countyKeys(), Rand: rand.Reader, Now: time.Now}
	answer, _, err := node.AtOnce(ctx, site, request)
	return answer, err
}

func (w *world) tries() int {
	if w.hurry {
		return 3
	}
	return 400
}

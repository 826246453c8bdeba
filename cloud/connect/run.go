package connect

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Run runs loops while this node leads. One that failed begins again from its
// cursor, after a pause that grows to half a minute while it keeps failing; the
// others do not notice. Run returns the context's error once all have stopped.
func Run(ctx context.Context, log *slog.Logger, loops ...*Loop) error {
	var all sync.WaitGroup
	for _, l := range loops {
		all.Go(func() { l.keep(ctx, log) })
	}
	<-ctx.Done()
	all.Wait()
	return ctx.Err()
}

// steady is how long a loop must have run for its earlier failures to be
// forgotten.
const steady = time.Minute

func (l *Loop) keep(ctx context.Context, log *slog.Logger) {
	var p pause
	for {
		began := time.Now()
		err := l.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			p = pause{}
		}
		now := time.Now()
		p.fail(now)
		log.Warn("connector begins again", "to", l.Connector.Name(), "fails", p.fails, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(p.next.Sub(now)):
		}
	}
}

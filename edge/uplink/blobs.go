package uplink

import (
	"context"
	"time"

	"xiangyi/replication/blobs"
	"xiangyi/replication/link"
)

const (
	// chunkTime is how long a chunk may take: on a line of 64 kbit/s it is two
	// seconds of it, behind whatever else is under way.
	chunkTime = time.Minute
	// look is how often the lanes are looked at while something waits in them.
	look = 200 * time.Millisecond
)

// courier carries large bytes over the second connection, behind all lanes.
func (u *Uplink) courier() *blobs.Courier {
	return &blobs.Courier{
		Mover: blobs.Mover{Store: u.Blobs, Line: large{u.second}, Quiet: u.quiet},
		Look:  u.Errands,
		Wait: func(ctx context.Context, fails int) error {
			if fails > 0 {
				return rest(ctx, min(time.Minute, time.Second<<min(fails-1, 6)))
			}
			return u.News(ctx)
		},
		Log: u.Log,
	}
}

// quiet returns when no lane has anything to send: a chunk takes only what they
// leave.
func (u *Uplink) quiet(ctx context.Context) error {
	for {
		w, err := u.Store.Waiting()
		if err != nil {
			return err
		}
		waiting := uint64(0)
		for _, n := range w.Count {
			waiting += n
		}
		if waiting == 0 {
			return ctx.Err()
		}
		if err := rest(ctx, look); err != nil {
			return err
		}
	}
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return ctx.Err()
}

// large is the line of large bytes.
type large struct{ *link.Link }

// Ask implements blobs.Line.
func (l large) Ask(ctx context.Context, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, chunkTime)
	defer cancel()
	return l.Blob(ctx, request)
}

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
		Wait:  u.NextErrands,
		Log:   u.Log,
	}
}

// quiet returns when no lane has anything to send: a chunk takes only what they
// leave.
func (u *Uplink) quiet(ctx context.Context) error {
	again := time.NewTicker(look)
	defer again.Stop()
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
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}

// large is the line of large bytes.
type large struct{ *link.Link }

// Ask implements blobs.Line.
func (l large) Ask(ctx context.Context, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, chunkTime)
	defer cancel()
	return l.Blob(ctx, request)
}

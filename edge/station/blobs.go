package station

import (
	"context"
	"path/filepath"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/care/media"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// openBlobs opens the station's large bytes.
func (s *Station) openBlobs() (err error) {
	budget := s.BlobBudget
	if budget == 0 {
		budget = blobBudget
	}
	s.blobs, err = blobs.Open(blobs.Options{Dir: filepath.Join(s.Dir, "blobs"), Keys: s.keys, Rand: s.Rand, Now: s.Now, Budget: budget, Log: s.Log,
		Free: func() (uint64, uint64, error) { return store.FreeSpace(s.Dir) }})
	return err
}

// blobBudget is 8 GiB: 25,000 photos of 300 KB.
const blobBudget = 8 << 30

// errands are the photos that this station took and the county does not hold, and
// those of its people that it does not have; then the program that it is to run.
func (s *Station) errands(ctx context.Context) (out []blobs.Errand, err error) {
	s.blobsSeen = s.store.Last()
	wanted := ""
	if s.updater != nil {
		wanted = s.updater.Wanted()
	}
	err = s.store.View(ctx, func(r protocol.Reader) error {
		found, err := media.Errands(r, s.Site)
		for _, e := range found {
			out = append(out, blobs.Errand(e))
		}
		if wanted != "" {
			out = append(out, blobs.Errand{Ref: wanted})
		}
		return err
	})
	return out, err
}

// nextErrands waits for a Change about a photo or the program, since errands were last listed; and
// where one failed, longer each time.
func (s *Station) nextErrands(ctx context.Context, fails int) error {
	if fails > 0 {
		return rest(ctx, min(time.Minute, time.Second<<min(fails-1, 6)))
	}
	_, err := s.store.Next(ctx, s.blobsSeen, 1, func(c *protocol.Change) bool {
		about := c.About().Kind
		return about == media.Kind || about == fleet.KindSoftware // what this station is to run changed
	})
	return err
}

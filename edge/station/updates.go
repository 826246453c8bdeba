package station

import (
	"context"
	"runtime"
	"time"

	"xiangyi/edge/update"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/care/printing"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// Updates of a station's program. Without a version nothing supervises the station, and
// it stays as it is.
type Updates struct {
	Home    string
	Version release.Version
	Anchors []seal.Certificate
	Look    time.Duration // between two looks at what the county wants
}

func (s *Station) openUpdates() {
	if s.Updates.Version == "" {
		return
	}
	s.updater = &update.Updater{
		Home:    &update.Home{Dir: s.Updates.Home, Free: func() (uint64, uint64, error) { return store.FreeSpace(s.Updates.Home) }},
		Running: s.Updates.Version, Target: runtime.GOOS + "/" + runtime.GOARCH, Anchors: s.Updates.Anchors,
		Order: s.order, Percent: s.percent, Read: s.readPackage, Busy: s.busy, Report: s.reportSoftware,
		Pause: func(ctx context.Context) error { return rest(ctx, s.Updates.Look) }, Now: s.Now, Log: s.Log,
	}
}

// update brings what the county wants; it ends when the station is to come up anew.
func (s *Station) update(ctx context.Context) error {
	if s.updater == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.updater.Run(ctx)
}

func (s *Station) order(ctx context.Context) (o fleet.Order, ordered bool, err error) {
	err = s.store.View(ctx, func(r protocol.Reader) error {
		o, ordered, err = fleet.OrderFor(r, s.Site)
		return err
	})
	return o, ordered, err
}

// percent is how much of a blob is here, 0 to 100.
func (s *Station) percent(text string) int {
	ref, err := blobs.ParseRef(text)
	if err != nil {
		return 0
	}
	m, err := s.blobs.Manifest(ref)
	if err != nil {
		return 0
	}
	have, err := s.blobs.Have(ref)
	if err != nil {
		return 0
	}
	n := 0
	for i := range m.Chunks {
		if have.Has(i) {
			n++
		}
	}
	return n * 100 / len(m.Chunks)
}

func (s *Station) readPackage(ref string) ([]byte, error) {
	_, raw, err := blobs.Named{Store: s.blobs}.Read(ref)
	return raw, err
}

// busy reports whether somebody is being served at the kiosk, or paper is on its way.
func (s *Station) busy(ctx context.Context) (bool, error) {
	if s.kiosk.Busy() {
		return true, nil
	}
	printed := false
	err := s.store.View(ctx, func(r protocol.Reader) error {
		for _, state := range []printing.State{printing.Queued, printing.Printing} {
			jobs, err := care.Collect[printing.Job](r, protocol.Query{Kind: printing.KindJob, Index: "state", Match: []string{string(s.Site), string(state)}, Limit: 1})
			if err != nil {
				return err
			}
			printed = printed || len(jobs) > 0
		}
		return nil
	})
	return printed, err
}

func (s *Station) reportSoftware(ctx context.Context, said fleet.Said) error {
	input, err := protocol.Encode(&said)
	if err == nil {
		_, err = s.engine.Do(ctx, care.Request{Actor: care.Machine("update"), Name: fleet.Report, Input: input})
	}
	return err
}

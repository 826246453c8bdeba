// Package uplink joins a station's store to its line: two connections, one for
// what is urgent or clinical and one for the rest, a sender on each, and the
// downlink on the second. It says how the line stands, and decides nothing.
package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/blobs"
	"xiangyi/replication/link"
	"xiangyi/replication/store"
)

// Config of an uplink.
type Config struct {
	Site    protocol.Site
	Store   *store.DB
	Servers []string // the county's nodes, host:port
	TLS     *tls.Config
	Keys    seal.Keyring
	County  seal.PublicKey // whose signature a receipt must carry
	Rand    io.Reader
	Log     *slog.Logger
	Blobs   *blobs.Store // nil: none travel
	// Errands lists the blobs that have to travel, the most pressing first.
	Errands func(context.Context) ([]blobs.Errand, error)
	// NextErrands returns when there may be others, or when it is time to try again
	// after so many rounds in a row in which one failed.
	NextErrands func(ctx context.Context, fails int) error
	// Alarm hears of each difference from the county's records; may be nil.
	Alarm func(context.Context, replication.Difference)
}

// Uplink is a running one.
type Uplink struct {
	Config
	first, second *link.Link
	urgent, bulk  *replication.Sender
	down          *replication.Downlink
}

// Open starts connecting. The line may be down for days.
func Open(c Config) (*Uplink, error) {
	u := &Uplink{Config: c}
	var err error
	if u.first, err = u.dial("urgent", 0); err != nil {
		return nil, err
	}
	if u.second, err = u.dial("bulk", later); err != nil {
		u.first.Close()
		return nil, err
	}
	u.down = &replication.Downlink{Site: c.Site, Shelf: c.Store, Line: u.second, Keys: c.Keys, Rand: c.Rand, Log: c.Log, Budget: 64 << 10, Alarm: c.Alarm, Apart: true}
	urgent := []protocol.Lane{protocol.Urgent, protocol.Clinical}
	u.urgent = u.sender(u.first, urgent, nil)
	u.bulk = u.sender(u.second, []protocol.Lane{protocol.Administrative, protocol.Media}, urgent)
	return u, nil
}

// later is how much later the second connection is dialled again.
const later = time.Second

func (u *Uplink) dial(name string, after time.Duration) (*link.Link, error) {
	return link.Dial(link.Config{Site: u.Site, After: after, Name: string(u.Site) + "-" + name, Servers: u.Servers, TLS: u.TLS, Log: u.Log})
}

func (u *Uplink) sender(l *link.Link, lanes, before []protocol.Lane) *replication.Sender {
	return &replication.Sender{Journal: u.Store, Line: l, Lanes: lanes, Before: before, Keys: u.Keys, County: u.County, Rand: u.Rand, Log: u.Log, Dictionary: u.down.Dictionary}
}

// Run sends and pulls until the context ends or the disk fails.
func (u *Uplink) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	ended := make(chan error, 4)
	runs := []func(context.Context) error{u.urgent.Run, u.bulk.Run, u.down.Run}
	if u.Blobs != nil {
		runs = append(runs, u.courier().Run)
	}
	for _, f := range runs {
		work.Go(func() {
			err := f(ctx)
			cancel() // one that ends for good ends the others
			ended <- err
		})
	}
	work.Wait()
	close(ended)
	var all []error
	for err := range ended {
		if !errors.Is(err, context.Canceled) {
			all = append(all, err)
		}
	}
	return errors.Join(append(all, ctx.Err())...)
}

// Close ends the connections.
func (u *Uplink) Close() {
	u.first.Close()
	u.second.Close()
}

// State is how the line stands.
type State struct {
	Up    bool      // a connection stands
	Heard time.Time // of the last receipt or answer
	Fresh replication.Fresh
}

// State gives it.
func (u *Uplink) State() State {
	a, b := u.urgent.State(), u.bulk.State()
	s := State{Up: u.first.Up() || u.second.Up(), Fresh: u.down.Fresh()}
	for _, t := range []time.Time{a.LastReceipt, b.LastReceipt, s.Fresh.Heard} {
		if t.After(s.Heard) {
			s.Heard = t
		}
	}
	return s
}

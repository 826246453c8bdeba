package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"xiangyi/cloud/cluster"
	"xiangyi/cmd/internal/cell"
	"xiangyi/cmd/sandbox/peer/line"
	"xiangyi/edge/uplink"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// meeting is a county of one node, a station, and the line between them, in this
// process. The line is the sandbox's: real sockets, TLS over them, bytes counted
// there.
type meeting struct {
	dir     string
	node    *cluster.Node
	line    *line.Line
	station *store.DB
	uplink  uplink.Config
	end     context.CancelFunc
	ended   sync.WaitGroup
}

const site protocol.Site = "v01"

// meet brings them together in a folder of their own. The station's store takes
// its time from now.
func (r *run) meet(now func() time.Time) (*meeting, error) {
	dir, err := os.MkdirTemp(r.dir, "meeting")
	if err != nil {
		return nil, err
	}
	m := &meeting{dir: dir}
	t, err := cell.NewTrust()
	if err != nil {
		return nil, err
	}
	if err := m.openCounty(r.ctx, t); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	keys := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{3}, Key: key})
	m.station, err = store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: filepath.Join(dir, "station"), Site: site, Keys: keys, Rand: rand.Reader,
		Kinds: care.Kinds(roster.Services()), Small: true, Log: quiet}, Now: now})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	m.uplink.Store, m.uplink.Keys, m.uplink.Site, m.uplink.Rand, m.uplink.Log = m.station, keys, site, rand.Reader, quiet
	m.uplink.Servers = []string{m.line.Addr()}
	m.uplink.TLS, err = t.Issue(string(site), "station")
	return m, err
}

func (m *meeting) openCounty(ctx context.Context, t *cell.Trust) error {
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return err
	}
	own, err := t.Issue("n1", "node")
	if err != nil {
		return err
	}
	addr, err := cell.Free(5)
	if err != nil {
		return err
	}
	m.node, err = cluster.Open(cluster.Config{Node: "n1", Dir: filepath.Join(m.dir, "county"), Raft: addr[0], Stations: addr[1], Routes: addr[2], Portal: addr[3], Ops: addr[4],
		Peers: []cluster.Peer{{ID: "n1", Raft: addr[0], Routes: addr[2]}}, TLS: own, Secrets: seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key},
		Sites: []protocol.Site{site}, Theme: "xiangyi", Now: time.Now, Rand: rand.Reader, Log: quiet})
	if err != nil {
		return err
	}
	ctx, m.end = context.WithCancel(ctx)
	m.ended.Go(func() { _ = m.node.Run(ctx) }) // what it could not do shows in what it does not answer
	m.uplink.County = key.Public()
	m.line, err = line.Open("127.0.0.1:0", func() []string { return []string{addr[1]} }, line.Settings{})
	return err
}

// Close ends all of it.
func (m *meeting) Close() error {
	var errs []error
	if m.line != nil {
		errs = append(errs, m.line.Close())
	}
	if m.end != nil {
		m.end()
		m.ended.Wait()
	}
	if m.station != nil {
		errs = append(errs, m.station.Close())
	}
	if m.node != nil {
		errs = append(errs, m.node.Close())
	}
	return errors.Join(errs...)
}

// waiting is how many Changes no receipt covers.
func (m *meeting) waiting() (n int, err error) {
	lines, err := m.station.Lines()
	for _, l := range lines {
		n += int(l.Tail - l.Held)
	}
	return n, err
}

// drain waits until the county holds all.
func (m *meeting) drain(ctx context.Context) error {
	for {
		changed := m.station.Changed()
		n, err := m.waiting()
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-changed:
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Errorf("%d Changes still wait: %w", n, ctx.Err())
		}
	}
}

// passed is how many bytes went over the line so far.
func (m *meeting) passed() (up, down int64) {
	c := m.line.Counts()
	return c.Up, c.Down
}

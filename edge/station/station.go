package station

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"xiangyi/devices/registry"
	"xiangyi/edge/broker"
	"xiangyi/edge/clock"
	"xiangyi/edge/desk"
	"xiangyi/edge/intake"
	"xiangyi/edge/kiosk"
	"xiangyi/edge/printing"
	"xiangyi/edge/update"
	"xiangyi/edge/uplink"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/host/ops"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
	"xiangyi/replication/blobs"
	"xiangyi/replication/store"
)

// Station is an open one.
type Station struct {
	Config
	keys      seal.Keyring
	roster    []care.Service
	clock     *clock.Watch
	store     *store.DB
	engine    *care.Engine
	broker    *broker.Broker
	intake    *intake.Intake
	measured  *intake.Measured
	registry  *registry.Registry
	uplink    *uplink.Uplink
	kiosk     *kiosk.Kiosk
	desk      *desk.Desk
	blobs     *blobs.Store
	blobsSeen protocol.Cursor // by the courier alone: before this, errands were listed
	printing  *printing.Printing
	updater   *update.Updater // nil: the program is changed by hand
	host      ops.Host
	heads     heads

	listeners []net.Listener
	closing   sync.Once
	closed    error
}

// Open makes everything ready. Nothing is served before Run.
func Open(c Config) (_ *Station, err error) {
	s := &Station{Config: c, keys: seal.Derived(c.Secrets), roster: roster.Services(),
		host: ops.Host{Started: c.Now(), Now: c.Now, TLS: c.TLS, Disk: func() (uint64, uint64, error) { return store.FreeSpace(c.Dir) }}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	began := time.Now()
	s.clock = clock.New(c.Now, func() time.Duration { return time.Since(began) })
	if s.store, err = store.Open(store.Options{
		CoreOptions: store.CoreOptions{Dir: filepath.Join(c.Dir, "store"), Site: c.Site, Keys: s.keys, Rand: c.Rand,
			Kinds: care.Kinds(s.roster), Small: true, Log: c.Log},
		Now: c.Now, Clock: s.clock.State,
	}); err != nil {
		return nil, err
	}
	newest, err := s.store.Newest()
	if err != nil {
		return nil, err
	}
	s.clock.Was(newest)
	if err = s.openBlobs(); err != nil {
		return nil, err
	}
	s.openUpdates()
	if s.engine, err = care.NewEngine(s.store, care.AtStation, nil, s.roster); err != nil {
		return nil, err
	}
	for _, addr := range []string{c.Kiosk, c.Desk, c.Ops} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
		s.listeners = append(s.listeners, l)
	}
	if err = s.openInstruments(); err != nil {
		return nil, err
	}
	if err = s.openMeasured(); err != nil {
		return nil, err
	}
	if s.uplink, err = uplink.Open(uplink.Config{Site: c.Site, Store: s.store, Servers: c.County, TLS: c.TLS, Keys: s.keys,
		County: c.CountyKey, Rand: c.Rand, Log: c.Log, Alarm: s.differed,
		Blobs: s.blobs, Errands: s.errands, NextErrands: s.nextErrands}); err != nil {
		return nil, err
	}
	if err = s.openScreens(); err != nil {
		return nil, err
	}
	s.printing, err = s.openPrinting()
	return s, err
}

// openInstruments starts the broker and its reader.
func (s *Station) openInstruments() (err error) {
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		return fmt.Errorf("mqtt address: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("mqtt address: %w", err)
	}
	var secret [16]byte
	if _, err := io.ReadFull(s.Rand, secret[:]); err != nil {
		return err
	}
	own := broker.Device{Name: "intake", Secret: hex.EncodeToString(secret[:])}
	devices, terminals := []broker.Device{}, map[care.ID]care.ID{}
	for _, d := range s.Devices {
		devices = append(devices, d.Device)
		terminals[care.ID(d.Name)] = d.Terminal
	}
	if s.broker, err = broker.Open(broker.Config{Site: s.Site, Dir: filepath.Join(s.Dir, "mqtt"), Host: host, Port: n,
		Devices: devices, Intake: own, Log: s.Log}); err != nil {
		return err
	}
	aside := &asideDir{dir: filepath.Join(s.Dir, "aside"), keys: s.keys, rand: s.Rand, now: s.Now}
	s.intake = &intake.Intake{Config: intake.Config{Site: s.Site, Broker: s.broker.Addr(), User: own.Name, Secret: own.Secret,
		Terminals: terminals, Engine: s.engine, Aside: aside.keep, Now: s.Now, Log: s.Log}}
	return nil
}

// grace is how long open requests may take when the station stops.
const grace = 2 * time.Second

// Run serves until the context ends or the disk fails.
func (s *Station) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	ended := make(chan error, 16)
	run := func(f func(context.Context) error) {
		work.Go(func() { ended <- f(ctx) })
	}
	run(s.watchDisk)
	run(s.watchHeads)
	run(s.intake.Run)
	run(s.runMeasured)
	run(s.begin)
	run(s.uplink.Run)
	run(s.kiosk.Run)
	run(s.printing.Run)
	run(s.update)
	run(s.react)
	run((&care.Clerk{Engine: s.engine, Store: s.store, Roster: s.roster, Pause: minute, Log: s.Log}).Run)
	run(web.Serve(s.listeners[0], s.kiosk, grace))
	run(web.Serve(s.listeners[1], s.desk, grace))
	run(web.Serve(s.listeners[2], s.ops(), grace))
	err := <-ended
	cancel()
	s.kiosk.Close()
	s.desk.Close()
	work.Wait()
	return err
}

// watchDisk ends the station when a write failed.
func (s *Station) watchDisk(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.store.Failed():
		return store.ErrDisk
	}
}

// react runs the services' reactions that belong to a station.
func (s *Station) react(ctx context.Context) error {
	r := care.Reactor{Engine: s.engine, Store: s.store, Place: care.AtStation, Name: string(s.Site) + ".reactions", Log: s.Log,
		Reactions: care.Reactions(s.roster, care.AtStation), Pause: backOff}
	return r.Run(ctx)
}

func minute(ctx context.Context) error { return rest(ctx, time.Minute) }

func backOff(ctx context.Context, try int) error {
	return rest(ctx, min(10*time.Second, 100*time.Millisecond<<min(try, 7)))
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

// Close frees everything. It may be called twice, and after a failed Open.
func (s *Station) Close() error {
	s.closing.Do(func() {
		if s.uplink != nil {
			s.uplink.Close()
		}
		for _, l := range s.listeners {
			_ = l.Close() // closed already by its server, most often
		}
		if s.broker != nil {
			s.broker.Close()
		}
		if s.store != nil {
			s.closed = s.store.Close()
		}
	})
	return s.closed
}

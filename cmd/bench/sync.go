package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"xiangyi/cmd/internal/corpus"
	"xiangyi/cmd/sandbox/peer/line"
	"xiangyi/protocol"
	"xiangyi/replication"
	"xiangyi/replication/link"
)

// synchronise measures the line between a station and its county: what things
// cost in bytes at the socket, TLS included, and how fast they go.
func synchronise(r *run) error {
	for _, part := range []struct {
		name string
		run  func(*run) error
	}{{"bytes", lineBytes}, {"catch-up", catchUp}, {"thin", thinLines}, {"urgent", urgentFirst}, {"documents", documents}, {"bootstrap", bootstrap}, {"idle", silent}} {
		if only := os.Getenv("PART"); only != "" && only != part.name {
			continue
		}
		if err := part.run(r); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// senders are a station's two connections up, without its pulls.
type senders struct {
	m     *meeting
	links []*link.Link
	acked func(frame []byte) // hears of frames with a receipt; may be nil
	both  []*replication.Sender
	alone *replication.Sender
}

// charged dials after a round trip: the line lets the handshake of TCP pass at
// once, which a real one does not.
type charged time.Duration

// Dial implements the dialer of a link.
func (c charged) Dial(network, address string) (net.Conn, error) {
	time.Sleep(time.Duration(c))
	return net.DialTimeout(network, address, 30*time.Second)
}

// senders dials; trip is the line's round trip.
func (m *meeting) senders(trip time.Duration) (*senders, error) {
	s := &senders{m: m}
	for i, name := range []string{"urgent", "bulk"} {
		l, err := link.Dial(link.Config{Site: site, Name: name, After: time.Duration(i) * time.Second, Servers: m.uplink.Servers, TLS: m.uplink.TLS, Dialer: charged(trip), Log: quiet})
		if err != nil {
			s.Close()
			return nil, err
		}
		s.links = append(s.links, l)
	}
	return s, nil
}

func (s *senders) Close() {
	for _, l := range s.links {
		l.Close()
	}
}

// up waits until both connections stand.
func (s *senders) up(ctx context.Context) error {
	for _, l := range s.links {
		for !l.Up() {
			select {
			case <-ctx.Done():
				return fmt.Errorf("no line: %w", ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

// counted hears of what the county acknowledged.
type counted struct {
	*link.Link
	acked func([]byte)
}

func (c counted) Submit(ctx context.Context, frame []byte) (protocol.Receipt, error) {
	r, err := c.Link.Submit(ctx, frame)
	if err == nil && r.Status == protocol.OK && c.acked != nil {
		c.acked(frame)
	}
	return r, err
}

// while sends as long as a function runs.
func (s *senders) while(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	urgent := []protocol.Lane{protocol.Urgent, protocol.Clinical}
	for i, lanes := range [][]protocol.Lane{urgent, {protocol.Administrative, protocol.Media}} {
		if len(s.both) > i { // it knows the line already
			work.Go(func() { _ = s.both[i].Run(ctx) })
			continue
		}
		one := &replication.Sender{Journal: s.m.station, Line: counted{s.links[i], s.acked}, Lanes: lanes, Keys: s.m.uplink.Keys, County: s.m.uplink.County, Rand: rand.Reader, Log: quiet}
		if i > 0 {
			one.Before = urgent
		}
		s.both = append(s.both, one)
		work.Go(func() { _ = one.Run(ctx) }) // it ends with the context
	}
	return do(ctx)
}

// one sends a lane alone until the county holds it. The sender keeps what it
// learnt of the line.
func (s *senders) one(ctx context.Context, lane protocol.Lane) error {
	if s.alone == nil {
		s.alone = &replication.Sender{Journal: s.m.station, Line: counted{s.links[0], s.acked}, Keys: s.m.uplink.Keys, County: s.m.uplink.County, Rand: rand.Reader, Log: quiet}
	}
	s.alone.Lanes = []protocol.Lane{lane}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { _ = s.alone.Run(ctx) })
	return s.m.held(ctx, lane)
}

// lineBytes counts what an operation costs in batches of 64, replies included,
// and what it costs to hear that nothing is new.
func lineBytes(r *run) error {
	m, v, err := village(r)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := v.Register(r.ctx, 240); err != nil {
		return err
	}
	s, err := m.senders(0)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.up(r.ctx); err != nil {
		return err
	}
	if err := s.while(r.ctx, m.drain); err != nil {
		return err
	}
	m.line.Set(line.Settings{Rate: 256_000}) // a thin line, where bytes are worth the time to save them
	batches := 20
	if r.long {
		batches = 200
	}
	var bytes int64
	operations := 0
	for done := 0; done < batches; {
		if err := v.Visit(r.ctx); err != nil {
			return err
		}
		lines, err := m.station.Lines()
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.Tail-l.Held < 64 {
				continue
			}
			up, down := m.passed()
			if err := s.one(r.ctx, l.Lane); err != nil {
				return err
			}
			up2, down2 := m.passed()
			bytes += up2 - up + down2 - down
			operations += int(l.Tail - l.Held)
			done++
		}
	}
	r.emit(Figure{Bench: "sync.bytes_per_op", Metric: "bytes", Value: float64(bytes) / float64(operations), Unit: "B"})
	return nothingNew(r, m, s)
}

// nothingNew pulls at the newest position and counts the exchange.
func nothingNew(r *run, m *meeting, s *senders) error {
	ask := replication.Pull{Site: site, Incarnation: m.station.Incarnation(), Budget: 64 << 10}
	for {
		var b []byte
		alone, all, err := sampled(m, func() (err error) {
			b, err = s.links[1].Pull(r.ctx, replication.AppendPull(nil, &ask))
			return err
		})
		if err != nil {
			return err
		}
		a, err := replication.UnpackAnswer(m.uplink.Keys, site, b)
		if err != nil {
			return err
		}
		if a.Position == ask.Position && !a.More {
			r.emit(Figure{Bench: "sync.nothing_new", Metric: "bytes", Value: float64(alone), Unit: "B"})
			r.emit(Figure{Bench: "sync.nothing_new", Metric: "bytes_kept_alive", Value: float64(all), Unit: "B"}) // in the 25 s that the county waits for news
			return nil
		}
		ask.Position = a.Position
	}
}

// village opens a county and a station with a village of fictional people, whose
// clock stands a month ago and moves with what they do.
func village(r *run) (*meeting, *corpus.Village, error) {
	var m *meeting
	v, err := corpus.Begin(r.ctx, 11, site, time.Now().AddDate(0, -1, 0), func(now func() time.Time) (protocol.Store, error) {
		var err error
		if m, err = r.meet(now); err != nil {
			return nil, err
		}
		return m.station, nil
	})
	if err != nil && m != nil {
		m.Close()
	}
	return m, v, err
}

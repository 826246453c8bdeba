package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"io"
	mathrand "math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"xiangyi/cmd/sandbox/peer/line"
	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// word is n random letters of base 32.
func word(n int) string {
	b := make([]byte, n*5/8)
	_, _ = rand.Read(b) // does not fail
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// reading makes readings with so many random bytes each.
func reading(size int) func(protocol.ID, time.Time) any {
	return func(person protocol.ID, now time.Time) any {
		filler := make([]byte, size)
		_, _ = rand.Read(filler) // does not fail
		return map[string]any{"person": person, "status": "final", "value": 80 + mathrand.IntN(90), "at": now, "deviceTime": now.Add(-time.Duration(mathrand.IntN(9000)) * time.Millisecond),
			"low": 50 + mathrand.IntN(50), "note": hex.EncodeToString(filler)}
	}
}

// backlog puts n records into a lane of the station's journal, spread over 1,000
// people.
func (m *meeting) backlog(ctx context.Context, lane protocol.Lane, n int, record func(protocol.ID, time.Time) any) ([]protocol.ID, error) {
	people := make([]protocol.ID, 1000)
	for i := range people {
		people[i] = protocol.ID(word(24))
	}
	return people, spread(n, func(i int) error {
		person := people[i%len(people)]
		value, err := protocol.Encode(record(person, time.Now().UTC().Truncate(time.Millisecond)))
		if err != nil {
			return err
		}
		order := protocol.Order{Actor: protocol.Actor{ID: "bench", Role: "system"}, Action: "bench.fill", Purpose: "care", Lane: lane, Subject: person, Key: word(16)}
		_, err = m.station.Do(ctx, order, func(tx protocol.Tx) error {
			_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "observation", ID: tx.NewID()}, Subject: person, Value: value})
			return err
		})
		return err
	})
}

// catchUp sends a cold backlog over a line without limits.
func catchUp(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	n := 20_000
	if r.long {
		n = 50_000
	}
	if _, err := m.backlog(r.ctx, protocol.Clinical, n, reading(0)); err != nil {
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
	began := time.Now()
	if err := s.while(r.ctx, m.drain); err != nil {
		return err
	}
	r.emit(Figure{Bench: "sync.catchup", Metric: "ops_s", Value: float64(n) / time.Since(began).Seconds(), Unit: "1/s"})
	return nil
}

// thinLines compares what is acknowledged over a thin, long line with what one
// plain TCP stream carries over it in the same time, dialling included.
func thinLines(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.backlog(r.ctx, protocol.Clinical, 60_000, reading(0)); err != nil {
		return err
	}
	span := 20 * time.Second
	if r.long {
		span = 2 * time.Minute
	}
	for _, l := range []struct {
		name  string
		rate  int64
		reset time.Duration
	}{{"64k", 64_000, 0}, {"256k", 256_000, 0}, {"64k_resets", 64_000, 5 * time.Second}, {"256k_resets", 256_000, 5 * time.Second}} {
		settings := line.Settings{Rate: l.rate, Delay: 150 * time.Millisecond}
		plain, err := plainStream(r.ctx, settings, l.reset, span)
		if err != nil {
			return err
		}
		ours, changes, err := m.stream(r.ctx, settings, l.reset, span)
		if err != nil {
			return err
		}
		r.emit(Figure{Bench: "sync.thin", Metric: "share_" + l.name, Value: float64(ours) / float64(plain), Unit: "1", Ratio: float64(ours) / float64(plain), RatioTo: "plain TCP stream"})
		if l.rate == 256_000 {
			r.emit(Figure{Bench: "sync.thin", Metric: "changes_" + l.name, Value: float64(changes) / span.Seconds(), Unit: "1/s"})
		}
	}
	return nil
}

// resets breaks a line every so often until the context ends.
func resets(ctx context.Context, l *line.Line, every time.Duration) {
	if every == 0 {
		return
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			l.Reset()
		}
	}
}

// plainStream is how many bytes arrive of a stream that is dialled anew when it
// breaks.
func plainStream(ctx context.Context, s line.Settings, every, span time.Duration) (int64, error) {
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer sink.Close()
	go func() {
		for {
			c, err := sink.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); c.Close() }()
		}
	}()
	l, err := line.Open("127.0.0.1:0", func() []string { return []string{sink.Addr().String()} }, s)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	go resets(ctx, l, every)
	buf := make([]byte, 4<<10)
	for ctx.Err() == nil {
		select { // a dial is a round trip
		case <-ctx.Done():
		case <-time.After(2 * s.Delay):
		}
		c, err := net.Dial("tcp", l.Addr())
		if err != nil {
			continue
		}
		stop := context.AfterFunc(ctx, func() { c.Close() })
		for err == nil {
			_, err = c.Write(buf)
		}
		stop()
		c.Close()
	}
	return l.Counts().Up, nil
}

// stream is how many bytes of frames, and how many Changes, the county
// acknowledges over the line from its first dial on.
func (m *meeting) stream(ctx context.Context, settings line.Settings, every, span time.Duration) (bytes, changes int64, err error) {
	var acked, count atomic.Int64
	m.line.Set(settings)
	defer m.line.Set(line.Settings{})
	s, err := m.senders(2 * settings.Delay)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	s.acked = func(frame []byte) {
		if f, err := protocol.DecodeFrame(frame); err == nil {
			acked.Add(int64(len(frame)))
			count.Add(int64(f.Count))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	go resets(ctx, m.line, every)
	err = s.while(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil })
	return acked.Load(), count.Load(), err
}

// urgentFirst measures how long an urgent Change takes to its receipt while much
// else waits on a thin line.
func urgentFirst(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	fill := []struct {
		lane    protocol.Lane
		n, size int
	}{{protocol.Clinical, 10_000, 0}, {protocol.Administrative, 10_000, 0}, {protocol.Media, 40, 12 << 10}}
	for _, f := range fill {
		if _, err := m.backlog(r.ctx, f.lane, f.n, reading(f.size)); err != nil {
			return err
		}
	}
	m.line.Set(line.Settings{Rate: 64_000, Delay: 50 * time.Millisecond})
	s, err := m.senders(0)
	if err != nil {
		return err
	}
	defer s.Close()
	n := 12
	if r.long {
		n = 100
	}
	var took []time.Duration
	err = s.while(r.ctx, func(ctx context.Context) error {
		for range n {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(1500 * time.Millisecond):
			}
			began := time.Now()
			if _, err := m.backlog(ctx, protocol.Urgent, 1, reading(0)); err != nil {
				return err
			}
			if err := m.held(ctx, protocol.Urgent); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		return nil
	})
	slices.Sort(took)
	if err == nil {
		r.emit(Figure{Bench: "sync.urgent", Metric: "p50_s", Value: percentile(took, 0.5) / 1000, Unit: "s"})
		r.emit(Figure{Bench: "sync.urgent", Metric: "p95_s", Value: percentile(took, 0.95) / 1000, Unit: "s"})
	}
	return err
}

// held waits until the county holds all of a lane.
func (m *meeting) held(ctx context.Context, lane protocol.Lane) error {
	for {
		changed := m.station.Changed()
		lines, err := m.station.Lines()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(lines, func(l store.Line) bool { return l.Lane == lane && l.Held < l.Tail }) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

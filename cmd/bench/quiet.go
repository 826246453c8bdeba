package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"time"

	"xiangyi/cmd/sandbox/peer/line"
	"xiangyi/edge/uplink"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/roster"
	"xiangyi/replication/store"
)

// sampled pulls while the line's bytes are counted 50 times a second, and gives
// what the exchange itself took, without what kept the connection alive
// meanwhile: what passed until the line fell silent after the question, and what
// passed with the answer.
func sampled(m *meeting, pull func() error) (alone, all int64, err error) {
	total := func() int64 { up, down := m.passed(); return up + down }
	begin := total()
	stop, done := make(chan struct{}), make(chan []int64)
	go func() {
		var counts []int64
		t := time.NewTicker(20 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				counts = append(counts, total())
			case <-stop:
				done <- append(counts, total())
				return
			}
		}
	}()
	err = pull()
	close(stop)
	counts := <-done
	end := counts[len(counts)-1]
	const settle = 25 // half a second
	if len(counts) < 2*settle {
		return end - begin, end - begin, err
	}
	asked, answered := counts[settle]-begin, end-counts[len(counts)-settle]
	return asked + answered, end - begin, err
}

// silent counts what a station with nothing to say costs: two connections, pulls
// that wait, and what keeps them alive.
func silent(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	u, err := uplink.Open(m.uplink)
	if err != nil {
		return err
	}
	defer u.Close()
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error, 1)
	go func() { ended <- u.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	if err := wait(ctx, 10*time.Second); err != nil { // it dials, and learns where it stands
		return err
	}
	span := 100 * time.Second // four pulls, five pings of each connection
	if r.long {
		span = 10 * time.Minute
	}
	up, down := m.passed()
	if err := wait(ctx, span); err != nil {
		return err
	}
	up2, down2 := m.passed()
	r.emit(Figure{Bench: "sync.idle", Metric: "bytes_hour", Value: float64(up2-up+down2-down) * float64(time.Hour) / float64(span), Unit: "B/h"})
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// bootstrap measures how long a new box takes to hold what its station follows:
// 10,000 records of 1,000 people.
func bootstrap(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	const records = 10_000
	people, err := m.backlog(r.ctx, protocol.Clinical, records, observed)
	if err != nil {
		return err
	}
	if err := spread(len(people), func(i int) error { return m.follow(r.ctx, people[i]) }); err != nil {
		return err
	}
	s, err := m.senders(0)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := errors.Join(s.up(r.ctx), s.while(r.ctx, m.drain)); err != nil {
		return err
	}
	took, size, err := m.newBox(r.ctx, line.Settings{}, len(people))
	if err != nil {
		return err
	}
	r.emit(Figure{Bench: "sync.bootstrap", Metric: "seconds", Value: took.Seconds(), Unit: "s"})
	r.emit(Figure{Bench: "sync.bootstrap", Metric: "bytes_record", Value: float64(size) / records, Unit: "B"})
	const rate = 256_000
	least := float64(size) * 8 / rate
	took, _, err = m.newBox(r.ctx, line.Settings{Rate: rate, Delay: 150 * time.Millisecond}, len(people))
	if err != nil {
		return err
	}
	r.emit(Figure{Bench: "sync.bootstrap", Metric: "seconds_256k", Value: took.Seconds(), Unit: "s", Ratio: took.Seconds() / least, RatioTo: "compressed size ÷ rate"})
	return nil
}

// observed makes readings that are listed by their time.
func observed(person protocol.ID, now time.Time) any {
	out := reading(0)(person, now).(map[string]any)
	out["observedAt"] = now
	return out
}

func (m *meeting) follow(ctx context.Context, person protocol.ID) error {
	value, err := protocol.Encode(protocol.Follow{Site: site, Scope: protocol.PersonScope(person)})
	if err != nil {
		return err
	}
	order := protocol.Order{Actor: protocol.Actor{ID: "bench", Role: "system"}, Action: "bench.follow", Purpose: "care", Lane: protocol.Administrative}
	_, err = m.station.Do(ctx, order, func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: protocol.KindFollow, ID: protocol.ID(site) + "." + person}, Value: value, Scopes: []protocol.Scope{protocol.SiteScope(site)}})
		return err
	})
	return err
}

// newBox opens an empty store in the station's place and waits until it follows
// so many people and its digest is the county's. Size is what came down the line.
func (m *meeting) newBox(ctx context.Context, l line.Settings, people int) (took time.Duration, size int64, err error) {
	m.line.Set(l)
	defer m.line.Set(line.Settings{})
	const most = 9 * time.Minute
	c := m.uplink
	db, err := store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: filepath.Join(m.dir, word(8)), Site: site, Keys: c.Keys, Rand: rand.Reader,
		Kinds: care.Kinds(roster.Services()), Small: true, Log: quiet}, Now: time.Now})
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	c.Store = db
	_, before := m.passed()
	began := time.Now()
	u, err := uplink.Open(c)
	if err != nil {
		return 0, 0, err
	}
	defer u.Close()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- u.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	for {
		fresh := u.State().Fresh
		if fresh.Level && fresh.Compared && fresh.Equal && len(db.Scopes()) > people {
			break
		}
		if time.Since(began) > most {
			return 0, 0, fmt.Errorf("a new box is not level after %v: it follows %d scopes", most, len(db.Scopes()))
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	took = time.Since(began)
	_, after := m.passed()
	return took, after - before, nil
}

// documents measures how many of the 735-byte observations of the comparison with
// other stores a thin line carries.
func documents(r *run) error {
	m, err := r.meet(time.Now)
	if err != nil {
		return err
	}
	defer m.Close()
	span := 20 * time.Second
	n := 40_000
	if r.long {
		span, n = time.Minute, 110_000
	}
	if _, err := m.backlog(r.ctx, protocol.Clinical, n, document); err != nil {
		return err
	}
	for _, c := range []struct {
		name  string
		reset time.Duration
	}{{"docs_256k", 0}, {"docs_256k_resets", 5 * time.Second}} {
		_, docs, err := m.stream(r.ctx, line.Settings{Rate: 256_000, Delay: 150 * time.Millisecond}, c.reset, span)
		if err != nil {
			return err
		}
		r.emit(Figure{Bench: "sync.thin", Metric: c.name, Value: float64(docs) / span.Seconds(), Unit: "1/s"})
	}
	return nil
}

// document is a blood pressure as 735 bytes of JSON, most of it the same in each.
// Its identifier is the record's, which a store derives from station and
// sequence; where other stores' documents have ten random bytes in theirs, the
// Change around this one has them in its key.
func document(person protocol.ID, now time.Time) any {
	component := func(code, display string, value int) map[string]any {
		return map[string]any{"code": map[string]any{"system": "http://loinc.org", "code": code, "display": display}, "value": value, "unit": "mm[Hg]"}
	}
	d := map[string]any{
		"resourceType": "Observation", "status": "final", "category": "vital-signs", "person": person, "at": now,
		"code":      map[string]any{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure panel with all children optional"},
		"component": []any{component("8480-6", "Systolic blood pressure", 100+mathrand.IntN(80)), component("8462-4", "Diastolic blood pressure", 55+mathrand.IntN(50)), component("8867-4", "Heart rate", 50+mathrand.IntN(70))},
		"device":    fmt.Sprintf("Device/bp-%02d", mathrand.IntN(20)), "performer": fmt.Sprintf("Practitioner/doctor-%02d", mathrand.IntN(12)),
		"note": "",
	}
	const size = 735
	raw, err := protocol.Encode(d)
	if err != nil {
		panic(err) // a map of constants
	}
	pad := make([]byte, max(0, size-len(raw)))
	for i := range pad {
		pad[i] = "measured sitting after five minutes of rest, left arm, cuff of medium size; "[i%75]
	}
	d["note"] = string(pad)
	return d
}

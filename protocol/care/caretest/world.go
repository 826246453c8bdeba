package caretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// World is a county and its stations under one clock that only the test moves.
type World struct {
	t      testing.TB
	now    time.Time
	roster []care.Service
	sites  []*Site // the county first
	keyed  int
}

// Site is one place: a store, its door, and its line.
type Site struct {
	*Model
	Engine *care.Engine
	world  *World
	cut    bool
	sent   protocol.Cursor // of its own feed: what the county was offered
	heard  protocol.Cursor // of the county's feed
	react  protocol.Cursor // of its own feed: what its reactions saw
	place  care.Place
}

// New makes a world with a county at a Monday morning in 2030.
func New(t testing.TB, roster ...care.Service) *World {
	w := &World{t: t, roster: roster, now: time.Date(2030, 1, 7, 8, 0, 0, 0, care.Zone)}
	w.site("county", care.InCounty)
	return w
}

func (w *World) site(name protocol.Site, place care.Place) *Site {
	model := NewModel(name, protocol.Incarnation(len(w.sites)+1), care.Kinds(w.roster), w.Now)
	s := &Site{Model: model, world: w, place: place}
	engine, err := care.NewEngine(s.Model, place, nil, w.roster)
	if err != nil {
		w.t.Fatal(err)
	}
	s.Engine = engine
	w.sites = append(w.sites, s)
	return s
}

// County is the cluster.
func (w *World) County() *Site { return w.sites[0] }

// Station adds a station with its line up.
func (w *World) Station(name protocol.Site) *Site { return w.site(name, care.AtStation) }

// Now is the world's time.
func (w *World) Now() time.Time { return w.now }

// Advance moves the clock.
func (w *World) Advance(d time.Duration) { w.now = w.now.Add(d) }

// At sets the clock.
func (w *World) At(t time.Time) { w.now = t }

// Cut takes the station's line down; Restore brings it back.
func (s *Site) Cut() { s.cut = true }

// Restore brings the line back. Nothing moves before Settle.
func (s *Site) Restore() { s.cut = false }

// Settle exchanges what the lines let through and runs the reactions, until
// nothing moves any more.
func (w *World) Settle() {
	w.t.Helper()
	for range 1000 {
		moved := w.County().reactions()
		for _, s := range w.sites[1:] {
			moved = s.reactions() || moved
			if !s.cut {
				moved = w.exchange(s) || moved
			}
		}
		if !moved {
			return
		}
	}
	w.t.Fatal("the world does not settle: reactions answer each other for ever")
}

// exchange carries a station's own Changes up in lane order and the county's
// down by scope.
func (w *World) exchange(s *Site) bool {
	county := w.County()
	up := items(s.Model, s.sent)
	slices.SortStableFunc(up, func(a, b protocol.Item) int { return int(a.Change.Lane) - int(b.Change.Lane) })
	for _, it := range up {
		s.sent = max(s.sent, it.Cursor)
		if it.Change.Site != s.site {
			continue
		}
		county.mu.Lock()
		county.apply(it.Change)
		county.mu.Unlock()
		s.mu.Lock()
		s.held[it.Change.Position] = true
		s.mu.Unlock()
	}
	down := items(county.Model, s.heard)
	for _, it := range down {
		s.heard = it.Cursor
	}
	if len(up)+len(down) == 0 {
		return false
	}
	s.follow(county)
	return true
}

// follow takes everything in the station's scopes that the county has. The
// real thing walks new scopes and then reads the feed; the outcome is this.
func (s *Site) follow(county *Site) {
	scopes := s.scopes()
	for _, it := range items(county.Model, 0) {
		c := it.Change
		inScope := slices.ContainsFunc(c.Writes, func(w protocol.Write) bool {
			return slices.ContainsFunc(w.AllScopes(), func(sc protocol.Scope) bool { return scopes[sc] })
		})
		if c.Site != s.site && inScope {
			s.mu.Lock()
			s.hlc = s.hlc.Observe(c.HLC, s.now(), 5*time.Minute)
			s.apply(c)
			s.mu.Unlock()
		}
	}
}

func (s *Site) scopes() map[protocol.Scope]bool {
	out := map[protocol.Scope]bool{protocol.CatalogueScope: true, protocol.SiteScope(s.site): true}
	err := s.View(context.Background(), func(r protocol.Reader) error {
		found, err := care.Collect[protocol.Follow](r, protocol.Query{Kind: protocol.KindFollow, Index: "site", Match: []string{string(s.site)}, Limit: 1 << 20})
		for _, f := range found {
			if !f.Value.Ended && (f.Value.Until.IsZero() || f.Value.Until.After(r.Now())) {
				out[f.Value.Scope] = true
			}
		}
		return err
	})
	if err != nil {
		s.world.t.Fatal(err)
	}
	return out
}

func items(m *Model, after protocol.Cursor) []protocol.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.feed[after:])
}

// reactions runs what the host's reactor would run for new feed items.
func (s *Site) reactions() bool {
	moved := false
	for _, it := range items(s.Model, s.react) {
		s.react = it.Cursor
		for _, svc := range s.world.roster {
			for _, r := range svc.Reactions {
				on := r.On == nil || slices.Contains(r.On, it.Change.Action)
				if r.Place&s.place != 0 && on && it.Change.Outcome == protocol.Done {
					moved = s.answer(r, it.Change) || moved
				}
			}
		}
	}
	return moved
}

func (s *Site) answer(r care.Reaction, c protocol.Change) bool {
	var requests []care.Request
	err := s.View(context.Background(), func(rd protocol.Reader) (err error) {
		requests, err = r.Do(rd, c)
		return err
	})
	if err != nil {
		s.world.t.Fatalf("reaction %s to %s: %v", r.Name, c.Action, err)
	}
	for i, q := range requests {
		if q.Key == "" {
			q.Key = fmt.Sprintf("%s:%s:%d", r.Name, c.Position, i)
		}
		_, err := s.Engine.Do(context.Background(), q)
		if _, refused := protocol.AsRefusal(err); err != nil && !refused {
			s.world.t.Fatalf("reaction %s to %s: %s: %v", r.Name, c.Action, q.Name, err)
		}
	}
	return len(requests) > 0
}

// Do runs an action that must succeed.
func (s *Site) Do(who protocol.Actor, name protocol.ActionName, in any) care.Answer {
	s.world.t.Helper()
	a, err := s.Try(who, name, in)
	if err != nil {
		s.world.t.Fatalf("%s at %s: %v", name, s.site, explain(err))
	}
	return a
}

// Try runs an action under a fresh key.
func (s *Site) Try(who protocol.Actor, name protocol.ActionName, in any) (care.Answer, error) {
	s.world.keyed++
	return s.TryKey(who, name, in, fmt.Sprintf("key-%d", s.world.keyed))
}

// TryKey runs an action under a given idempotency key.
func (s *Site) TryKey(who protocol.Actor, name protocol.ActionName, in any, key string) (care.Answer, error) {
	s.world.t.Helper()
	return s.Engine.Do(context.Background(), care.Request{Actor: who, Name: name, Input: s.world.input(in), Key: key})
}

// Refused runs an action that must be refused with a code, and gives the
// refusal for its words.
func (s *Site) Refused(code protocol.Code, who protocol.Actor, name protocol.ActionName, in any) *protocol.Refusal {
	s.world.t.Helper()
	_, err := s.Try(who, name, in)
	r, ok := protocol.AsRefusal(err)
	if !ok || r.Code != code {
		s.world.t.Fatalf("%s at %s: want refusal %q, got %v", name, s.site, code, err)
	}
	return r
}

// Run does prepared requests that must succeed, such as a service's Initial.
func (s *Site) Run(requests ...care.Request) {
	s.world.t.Helper()
	for _, q := range requests {
		if _, err := s.Engine.Do(context.Background(), q); err != nil {
			s.world.t.Fatalf("%s at %s: %v", q.Name, s.site, explain(err))
		}
	}
}

// Show looks at a view that must open.
func Show[Out any](s *Site, who protocol.Actor, name protocol.ActionName, in any) Out {
	s.world.t.Helper()
	out, err := s.Engine.Show(context.Background(), care.Request{Actor: who, Name: name, Input: s.world.input(in)})
	if err != nil {
		s.world.t.Fatalf("%s at %s: %v", name, s.site, explain(err))
	}
	page, ok := out.(Out)
	if !ok {
		s.world.t.Fatalf("%s at %s: shows a %T", name, s.site, out)
	}
	return page
}

// ShowRefused looks at a view that must not open.
func (s *Site) ShowRefused(code protocol.Code, who protocol.Actor, name protocol.ActionName, in any) {
	s.world.t.Helper()
	_, err := s.Engine.Show(context.Background(), care.Request{Actor: who, Name: name, Input: s.world.input(in)})
	if r, ok := protocol.AsRefusal(err); !ok || r.Code != code {
		s.world.t.Fatalf("%s at %s: want refusal %q, got %v", name, s.site, code, err)
	}
}

// Look runs fn over the site's records.
func (s *Site) Look(fn func(protocol.Reader) error) {
	s.world.t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		s.world.t.Fatalf("look at %s: %v", s.site, err)
	}
}

func (w *World) input(in any) []byte {
	w.t.Helper()
	if raw, ok := in.([]byte); ok || in == nil {
		return raw
	}
	b, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func explain(err error) error {
	var r *protocol.Refusal
	if errors.As(err, &r) {
		return fmt.Errorf("%w (%s, field %q)", err, fmt.Sprintf(r.Words, r.Args...), r.Field)
	}
	return err
}

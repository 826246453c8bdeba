package connect_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/delivery"
)

// The county of these tests knows visits, which are booked and called off, and
// a far side that should hold each of them once. Time is that of the bubble.

const kindVisit protocol.Kind = "visit"

type visit struct {
	Name  care.ID `json:"name"`
	State string  `json:"state"` // booked, cancelled
}

func visits() care.Service {
	return care.Service{
		Name:  "visit",
		Kinds: []care.Kind{{KindSpec: protocol.KindSpec{Kind: kindVisit, Class: protocol.ClassPublic, Retention: protocol.RetainOperational}}},
		Actions: []care.Action{care.Do(care.Action{Name: "visit.set", Roles: []care.Role{care.System}, Purpose: care.ForBooking},
			func(d *care.Deed, v visit) error {
				_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: kindVisit, ID: v.Name}}, &v)
				return err
			})},
	}
}

type county struct {
	t      *testing.T
	store  *faulty
	engine *care.Engine
	far    *farSide
	revs   map[string]protocol.Rev // by "name state"
	every  protocol.Cursor
}

// story runs a test in a bubble.
func story(t *testing.T, tell func(*county)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		roster := []care.Service{visits(), delivery.Service()}
		store := &faulty{Store: caretest.NewModel("county", 1, care.Kinds(roster), time.Now)}
		engine, err := care.NewEngine(store, care.InCounty, nil, roster)
		if err != nil {
			t.Fatal(err)
		}
		tell(&county{t: t, store: store, engine: engine, far: &farSide{held: map[care.ID][]string{}}, revs: map[string]protocol.Rev{}})
	})
}

func (c *county) set(name care.ID, state string) {
	c.t.Helper()
	in, err := protocol.Encode(visit{name, state})
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := c.engine.Do(c.t.Context(), care.Request{Actor: care.Machine("test"), Name: "visit.set", Input: in})
	if err != nil {
		c.t.Fatal(err)
	}
	c.revs[string(name)+" "+state] = protocol.Rev{Position: a.Change}
}

func (c *county) book(name care.ID)   { c.t.Helper(); c.set(name, "booked") }
func (c *county) cancel(name care.ID) { c.t.Helper(); c.set(name, "cancelled") }

func (c *county) loop() *connect.Loop {
	return &connect.Loop{Connector: c.far, Engine: c.engine, Store: c.store, Now: time.Now, Log: slog.New(slog.DiscardHandler), SaveEvery: c.every}
}

// lead runs a new leader's loop. The function that it gives pulls the plug.
func (c *county) lead() (crash func() error) {
	ctx, cancel := context.WithCancel(c.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.loop().Run(ctx) }()
	synctest.Wait()
	return func() error { cancel(); return <-ended }
}

// pass lets time go by.
func (c *county) pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

// said is the delivery of "name state".
func (c *county) said(what string) (d care.Delivery) {
	c.t.Helper()
	err := c.store.View(c.t.Context(), func(r protocol.Reader) (err error) {
		d, _, err = care.Read[care.Delivery](r, care.DeliveryRef("far", c.revs[what]))
		return err
	})
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		c.t.Fatal(err)
	}
	return d
}

func (c *county) expect(what string, state care.DeliveryState) care.Delivery {
	c.t.Helper()
	d := c.said(what)
	if d.State != state {
		c.t.Errorf("%s: delivery is %q (%q), want %q", what, d.State, d.Reason, state)
	}
	return d
}

func (c *county) holds(name care.ID, want ...string) {
	c.t.Helper()
	c.far.mu.Lock()
	defer c.far.mu.Unlock()
	if got := fmt.Sprint(c.far.held[name]); got != fmt.Sprint(want) {
		c.t.Errorf("the far side has %s of %s, want %s", got, name, want)
	}
}

// retry presses the button.
func (c *county) retry(what string) {
	c.t.Helper()
	in, err := protocol.Encode(delivery.Which{ID: care.DeliveryRef("far", c.revs[what]).ID})
	if err == nil {
		_, err = c.engine.Do(c.t.Context(), care.Request{Actor: care.Actor{ID: "o1", Role: care.Operator}, Name: delivery.Retry, Input: in})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// faulty is a store that refuses actions when it is told to.
type faulty struct {
	protocol.Store
	mu   sync.Mutex
	fail func(protocol.Order) error
	next error // of the next Next
}

func (f *faulty) failing(fn func(protocol.Order) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fn
}

func (f *faulty) Do(ctx context.Context, o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if err := fail(o); err != nil {
			return protocol.Change{}, err
		}
	}
	return f.Store.Do(ctx, o, act)
}

func (f *faulty) Next(ctx context.Context, after protocol.Cursor, most int, open func(*protocol.Change) bool) ([]protocol.Item, error) {
	f.mu.Lock()
	err := f.next
	f.next = nil
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return f.Store.Next(ctx, after, most, open)
}

// farSide acts on whatever it hears, also twice: that each visit is held once
// is the county's doing.
type farSide struct {
	mu     sync.Mutex
	held   map[care.ID][]string // everything that it ever did
	script map[care.ID][]step   // by visit, what happens to the next letters
	heard  []string             // "send a booked", "ask a booked"
	away   bool
	mute   bool // cannot be asked
	twice  bool // takes repeats without harm
	gone   map[care.ID]bool
	broken map[care.ID]bool // no letter can be made
	reach  int
	seen   int // Changes looked at
	acted  []string
	closed int
}

type step string

const (
	loses   step = "acts, and its answer is lost"
	deaf    step = "never hears it, and no answer comes"
	putsOff step = "asks for patience"
	refuses step = "says no"
	dawdles step = "answers after five seconds"
	dies    step = "the leader dies before it is sent"
	diesNow step = "the leader dies when it was acted upon"
)

func (f *farSide) on(name care.ID, steps ...step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.script == nil {
		f.script = map[care.ID][]step{}
	}
	f.script[name] = append(f.script[name], steps...)
}

func (f *farSide) set(fn func()) { f.mu.Lock(); defer f.mu.Unlock(); fn() }

func (f *farSide) Name() string { return "far" }

func (f *farSide) Close() { f.set(func() { f.closed++ }) }

func (f *farSide) Reach(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reach++
	if f.away {
		return errors.New("no route")
	}
	return nil
}

func (f *farSide) Wants(c *protocol.Change) []int {
	f.set(func() { f.seen++ })
	if len(c.Writes) == 1 && c.Writes[0].Ref.Kind == kindVisit {
		return []int{0}
	}
	return nil
}

func (f *farSide) Letter(r protocol.Reader, it connect.Item) (connect.Letter, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken[it.Ref.ID] {
		return nil, errors.New("half of the record is missing")
	}
	if f.gone[it.Ref.ID] {
		return nil, nil
	}
	all, err := r.History(it.Ref)
	for i := range all {
		var v visit
		if all[i].Rev == it.Rev && protocol.Decode(all[i].Value, &v) == nil {
			return &letter{f, v}, nil
		}
	}
	return nil, errors.Join(errors.New("no such revision"), err)
}

type letter struct {
	far *farSide
	visit
}

func (l *letter) Repeatable() bool { return l.far.twice }

func (l *letter) next(verb string) (step, bool) {
	l.far.mu.Lock()
	defer l.far.mu.Unlock()
	l.far.heard = append(l.far.heard, verb+" "+string(l.Name)+" "+l.State)
	steps := l.far.script[l.Name]
	if verb == "ask" || len(steps) == 0 {
		return "", false
	}
	l.far.script[l.Name] = steps[1:]
	return steps[0], true
}

func (l *letter) act() (connect.Answer, error) {
	l.far.set(func() { l.far.held[l.Name] = append(l.far.held[l.Name], l.State) })
	return connect.Answer{Foreign: "F-" + string(l.Name)}, nil
}

func (l *letter) Send(ctx context.Context) (connect.Answer, error) {
	s, _ := l.next("send")
	switch s {
	case loses:
		_, _ = l.act()
		return connect.Answer{}, connect.ErrLost
	case deaf:
		return connect.Answer{}, connect.ErrLost
	case putsOff:
		return connect.Answer{}, connect.ErrLater
	case refuses:
		return connect.Answer{Refusal: "the slot is taken", Code: "205"}, nil
	case dawdles:
		time.Sleep(5 * time.Second)
	case dies, diesNow:
		if s == diesNow {
			_, _ = l.act()
		}
		<-ctx.Done()
		return connect.Answer{}, ctx.Err()
	}
	return l.act()
}

func (l *letter) Ask(context.Context) (connect.Answer, bool, error) {
	l.next("ask")
	l.far.mu.Lock()
	defer l.far.mu.Unlock()
	if l.far.mute {
		return connect.Answer{}, false, connect.ErrCannotAsk
	}
	for _, state := range l.far.held[l.Name] {
		if state == l.State {
			return connect.Answer{Foreign: "F-" + string(l.Name)}, true, nil
		}
	}
	return connect.Answer{}, false, nil
}

func (l *letter) Settle(_ context.Context, a connect.Answer) error {
	l.far.set(func() { l.far.acted = append(l.far.acted, fmt.Sprintf("%s %s %v", l.Name, l.State, a.Accepted())) })
	return nil
}

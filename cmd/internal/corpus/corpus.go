// Package corpus makes Changes as a village station makes them in its days:
// residents who do not exist register, are measured by instruments and by hand,
// book and call off. Every Change comes from Engine.Do over the real services.
// Compression is trained and measured on it, with different seeds.
package corpus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"xiangyi/cmd/internal/demo"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/seal"
)

// site is whose Changes Make gives: the county, which may do all of it.
const site protocol.Site = "county"

// Keys are what the commitments of Make's Changes were made with.
func Keys() seal.Keyring {
	return seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte(seal.Sum([]byte(site)))})
}

// Village is a station and its days.
type Village struct {
	r      *rand.Rand
	mu     sync.Mutex
	now    time.Time
	site   protocol.Site
	store  protocol.Store
	engine *care.Engine
	people []care.Actor
	slots  []care.ID
	seq    uint64 // of the cuff

	// Names that differ from village to village, so that a dictionary learns
	// nothing of one.
	terminal, device, desk, doctor care.ID
	make                           string
}

// Make gives n Changes of people's care in the order in which they were made,
// after those with which the people came to be known. It is the same for the
// same seed.
func Make(ctx context.Context, seed uint64, people, n int) (known, days []protocol.Change, err error) {
	start := time.Date(2030, 3, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(seed%300))
	incarnation := protocol.Incarnation(rand.New(rand.NewPCG(seed, 1)).Uint64())
	var model *caretest.Model
	v, err := Begin(ctx, seed, site, start, func(now func() time.Time) (protocol.Store, error) {
		model = caretest.NewModel(site, incarnation, care.Kinds(roster.Services()), now)
		return model, nil
	})
	if err != nil {
		return nil, nil, err
	}
	begin := model.Last()
	if err := v.Register(ctx, people); err != nil {
		return nil, nil, err
	}
	middle := model.Last()
	for model.Last() < middle+protocol.Cursor(n) {
		if err := v.Visit(ctx); err != nil {
			return nil, nil, err
		}
	}
	if known, err = v.since(ctx, begin, int(middle-begin)); err != nil {
		return nil, nil, err
	}
	days, err = v.since(ctx, middle, n)
	return known, days, err
}

// Begin opens a village at a site, on a store that takes its time from the
// village: places, staff, clinics and free slots are there.
func Begin(ctx context.Context, seed uint64, site protocol.Site, start time.Time, open func(now func() time.Time) (protocol.Store, error)) (*Village, error) {
	v := &Village{r: rand.New(rand.NewPCG(seed, 0)), now: start, site: site}
	which := 10 + seed*37%90
	v.terminal, v.device, v.desk = care.ID(fmt.Sprintf("v%d-kiosk", which)), care.ID(fmt.Sprintf("cuff-%d", which*7)), care.ID(fmt.Sprintf("desk-%d", which%5))
	v.doctor, v.make = care.ID(fmt.Sprintf("w%d", which)), fmt.Sprintf("M%d", which*which)
	var err error
	if v.store, err = open(v.Now); err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	if err := v.open(ctx); err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	return v, nil
}

// Now is the village's time.
func (v *Village) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Register has so many people come with their cards and agree to all forms.
func (v *Village) Register(ctx context.Context, people int) error {
	for i := range people {
		v.pass(time.Hour)
		who, err := demo.Villager(ctx, v.engine, int(v.r.Uint64()%7)*people+i)
		if err != nil {
			return fmt.Errorf("corpus: register: %w", err)
		}
		v.people = append(v.people, who)
	}
	return nil
}

func (v *Village) since(ctx context.Context, after protocol.Cursor, n int) ([]protocol.Change, error) {
	items, err := v.store.Next(ctx, after, n, protocol.AllValues)
	out := make([]protocol.Change, len(items))
	for i := range items {
		out[i] = items[i].Change
	}
	return out, err
}

// open makes a county with its places, staff, clinics and free slots.
func (v *Village) open(ctx context.Context) error {
	engine, err := care.NewEngine(v.store, care.Everywhere, nil, roster.Services())
	if err != nil {
		return err
	}
	v.engine = engine
	for _, q := range demo.Requests([]protocol.Site{"v01"}, map[string]string{"doctor1": "Corpus-word-1"}) {
		if _, err := engine.Do(ctx, q); err != nil {
			return err
		}
	}
	if err := v.do(ctx, care.Machine("intake"), "exam.instrument", exam.Instrument{Device: v.device, Model: v.make, Terminal: v.terminal}, ""); err != nil {
		return err
	}
	return v.openClinics(ctx)
}

// openClinics runs the county's reactions, one after the other, until they have
// nothing left to do.
func (v *Village) openClinics(ctx context.Context) error {
	reactions := care.Reactions(roster.Services(), care.InCounty)
	for at := protocol.Cursor(0); at < v.store.Last(); at++ {
		c, err := v.since(ctx, at, 1)
		if err != nil {
			return err
		}
		v.gather(c[0].Writes)
		for _, r := range reactions {
			if err := v.answer(ctx, r, c[0]); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
		}
	}
	return nil
}

func (v *Village) answer(ctx context.Context, r care.Reaction, c protocol.Change) error {
	if c.Outcome != protocol.Done || r.On != nil && !slices.Contains(r.On, c.Action) {
		return nil
	}
	var requests []care.Request
	err := v.store.View(ctx, func(rd protocol.Reader) (err error) {
		requests, err = r.Do(rd, c)
		return err
	})
	for _, q := range requests {
		_, err = v.engine.Do(ctx, q)
		if _, refused := protocol.AsRefusal(err); err != nil && !refused {
			return err
		}
		err = nil
	}
	return err
}

// gather keeps the free slots of the next weeks.
func (v *Village) gather(writes []protocol.Write) {
	for _, w := range writes {
		var s appointment.Slot
		if w.Ref.Kind == appointment.KindSlot && protocol.Decode(w.Value, &s) == nil && s.State == appointment.SlotFree && s.Holder == v.site && s.Start.After(v.now.AddDate(0, 0, 3)) {
			v.slots = append(v.slots, w.Ref.ID)
		}
	}
}

// pass lets up to a time go by.
func (v *Village) pass(most time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.now.Add(time.Duration(v.r.Int64N(int64(most)))).Truncate(time.Microsecond)
}

// Visit is somebody who comes: most are measured by an instrument, some by hand,
// some book.
func (v *Village) Visit(ctx context.Context) error {
	v.pass(10 * time.Minute)
	who := v.people[v.r.IntN(len(v.people))]
	who.Terminal = v.terminal
	switch n := v.r.IntN(100); {
	case n < 45:
		return v.measure(ctx, who)
	case n < 85:
		return v.enter(ctx, who)
	}
	return v.book(ctx, who)
}

// word is a form's key, as hosts make them.
func (v *Village) word() string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	b := make([]byte, 16)
	for i := range b {
		b[i] = letters[v.r.IntN(len(letters))]
	}
	return string(b)
}

func (v *Village) do(ctx context.Context, who care.Actor, name protocol.ActionName, in any, key string) error {
	input, err := protocol.Encode(in)
	if err != nil {
		return err
	}
	_, err = v.engine.Do(ctx, care.Request{Actor: who, Name: name, Input: input, Key: key})
	if _, refused := protocol.AsRefusal(err); refused {
		return nil // as in life
	}
	return err
}

func (v *Village) number(mean, spread float64) protocol.Decimal {
	return protocol.Decimal(fmt.Sprintf("%.0f", mean+v.r.NormFloat64()*spread))
}

func (v *Village) measure(ctx context.Context, who care.Actor) error {
	if err := v.do(ctx, who, "exam.start", exam.Start{Person: who.ID, What: exam.Pressure}, v.word()); err != nil {
		return err
	}
	v.pass(2 * time.Minute)
	v.seq++
	m := exam.Message{Device: v.device, Terminal: v.terminal, Model: v.make, Boot: 3, Seq: v.seq, DeviceTime: v.now.Add(-2 * time.Second).Truncate(time.Second),
		Readings: []exam.Reading{{Code: "8480-6", Value: v.number(132, 18), Unit: "mm[Hg]"}, {Code: "8462-4", Value: v.number(82, 11), Unit: "mm[Hg]"},
			{Code: "8867-4", Value: v.number(74, 10), Unit: "/min"}}}
	return v.do(ctx, care.Machine("intake"), exam.Record, m, m.Key())
}

func (v *Village) enter(ctx context.Context, who care.Actor) error {
	doctor := care.Actor{ID: v.doctor, Role: care.Doctor, Method: care.ByPassword, Assurance: 2, Terminal: v.desk}
	e := exam.Entry{Person: who.ID, Technique: exam.Techniques[v.r.IntN(len(exam.Techniques))].Code}
	if v.r.IntN(3) > 0 {
		e.Systolic, e.Diastolic, e.Pulse = v.number(132, 18), v.number(82, 11), v.number(74, 10)
	} else {
		e.Temperature = protocol.Decimal(fmt.Sprintf("%.1f", 36.6+v.r.NormFloat64()*0.3))
	}
	return v.do(ctx, doctor, "exam.enter", e, v.word())
}

func (v *Village) book(ctx context.Context, who care.Actor) error {
	if len(v.slots) == 0 {
		return nil
	}
	at := v.r.IntN(len(v.slots))
	slot := v.slots[at]
	v.slots[at] = v.slots[len(v.slots)-1]
	v.slots = v.slots[:len(v.slots)-1]
	return v.do(ctx, who, "appointment.book", appointment.Booking{Person: who.ID, Slot: slot}, v.word())
}

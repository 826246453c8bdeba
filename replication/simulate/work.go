package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/custody"
)

// What people do, in kinds that stand for all others: notes are only added,
// sheets are changed at several places, slots are in somebody's custody.
const (
	kindNote  protocol.Kind = "note"
	kindSheet protocol.Kind = "sheet"
	kindSlot  protocol.Kind = "slot"
)

// kinds are those of one release. The other one finds notes by their text too.
func kinds(later bool) []protocol.KindSpec {
	note := protocol.KindSpec{Kind: kindNote, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
		Indexes: []protocol.Index{{Name: "all", Time: "at"}}}
	if later {
		note.Indexes = append(note.Indexes, protocol.Index{Name: "text", Fields: []string{"text"}})
	}
	return append(protocol.BaseKinds(), note,
		protocol.KindSpec{Kind: kindSheet, Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Indexes: []protocol.Index{{Name: "all"}}},
		protocol.KindSpec{Kind: kindSlot, Class: protocol.ClassPublic, Retention: protocol.RetainOperational, Custody: true,
			Indexes: []protocol.Index{{Name: "state", Fields: []string{"state"}}}},
		protocol.KindSpec{Kind: custody.KindStatement, Class: protocol.ClassInternal, Retention: protocol.RetainOperational})
}

// errand is something that somebody wants done, and tries again with the same
// key until they are told how it ended.
type errand struct {
	key   string
	what  string
	about string // for the story
	lane  protocol.Lane
	item  string // what a sheet must hold from now on
	slot  protocol.ID
	act   func(protocol.Tx) error // nil: they only look
}

func (e *errand) order() protocol.Order {
	return protocol.Order{Actor: protocol.Actor{ID: "someone", Role: "doctor"}, Action: protocol.ActionName("simulate." + e.what),
		Purpose: "care", Key: e.key, Lane: e.lane}
}

const persons = 4

func (w *world) person() protocol.ID { return protocol.ID(fmt.Sprintf("p%d", w.IntN(persons))) }

// work is one errand at a station: an older one that was not answered, or
// another.
func (s *station) work() {
	if s.db == nil {
		return
	}
	for range 1 + s.Profile.Slots/25 { // slots are sold in a crowd
		if s.db == nil {
			return
		}
		if len(s.due) == 0 || s.IntN(3) > 0 && !s.fair {
			s.due = append(s.due, s.errand())
		}
		s.serve()
	}
}

// serve tries the oldest errand.
func (s *station) serve() {
	e := s.due[0]
	var c protocol.Change
	var err error
	if e.act == nil {
		c, err = s.db.Note(context.Background(), e.order(), protocol.Seen, "")
	} else {
		c, err = s.db.Do(context.Background(), e.order(), e.act)
	}
	_, refused := protocol.AsRefusal(err)
	switch {
	case err == nil || refused:
		s.tell("%s: %s %s %s is saved at %s", s, e.what, e.about, e.key, c.Position)
		s.model.save(s, e, &c, refused)
		s.counts.Saved++
		s.due = s.due[1:]
	case s.failed(err):
	case errors.Is(err, protocol.ErrSpace), errors.Is(err, protocol.ErrNotAllowed):
		s.due = s.due[1:] // they are told so, in plain words
	default:
		s.breaks("%s: %s: %v", s, e.what, err)
	}
}

func (s *station) errand() *errand {
	s.model.serial++
	e := &errand{key: fmt.Sprintf("k%d", s.model.serial), lane: protocol.Lane(s.IntN(protocol.Lanes))}
	person := s.person()
	e.about = string(person)
	if s.IntN(100) < s.Profile.Slots {
		s.slotErrand(e, s.IntN(20))
		return e
	}
	switch n := s.IntN(100); {
	case n < 35:
		e.what, e.act = "note", s.note(person, e.key)
	case n < 60:
		e.what, e.item, e.act = "sheet", e.key, sheet(person, e.key)
	case n < 75:
		e.what = "follow"
		e.act, e.about = s.follow(person)
	case n < 80:
		e.what = "look"
	case n < 85:
		e.what, e.act = "refuse", func(protocol.Tx) error { return protocol.Refuse("not-now", "请稍后再来") }
	default:
		s.slotErrand(e, s.IntN(20))
	}
	return e
}

// slotErrand is one about a slot: mostly somebody wants it.
func (s *station) slotErrand(e *errand, n int) {
	e.slot, e.lane = s.county.wanted(s.look, s.name), protocol.Administrative // one lane, so that a statement comes behind what it states
	e.about = string(e.slot)
	switch {
	case n < 14:
		e.what, e.act = "sell", s.sell(e.slot, e.key)
	case n < 17:
		e.what, e.act = "settle", s.giveBack(e.slot, true)
	case n == 17:
		e.what, e.act = "state", s.state
	default:
		e.what, e.act = "return", s.giveBack(e.slot, false)
	}
}

func encoded(v any) protocol.Value {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // of this file's own types
	}
	out, err := protocol.Canonical(raw)
	if err != nil {
		panic(err)
	}
	return out
}

// note adds one note, or a few records at once.
func (s *station) note(person protocol.ID, key string) func(protocol.Tx) error {
	n := 1 + s.IntN(3)
	return func(tx protocol.Tx) error {
		for range n {
			v := encoded(map[string]any{"text": key, "at": tx.Now().Format(time.RFC3339)})
			if _, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: kindNote, ID: tx.NewID()}, Subject: person, Value: v}); err != nil {
				return err
			}
		}
		return nil
	}
}

// sheetValue is a set that only grows.
type sheetValue struct {
	Items []string `json:"items"`
}

func union(heads []protocol.Head) (out sheetValue) {
	for i := range heads {
		var v sheetValue
		if json.Unmarshal(heads[i].Value, &v) == nil {
			out.Items = append(out.Items, v.Items...)
		}
	}
	slices.Sort(out.Items)
	out.Items = slices.Compact(out.Items)
	return out
}

// sheet puts an item on a person's sheet. What is there stays, whichever heads
// hold it.
func sheet(person protocol.ID, item string) func(protocol.Tx) error {
	return func(tx protocol.Tx) error {
		ref := protocol.Ref{Kind: kindSheet, ID: "sheet." + person}
		record, err := tx.Get(ref)
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		v := union(record.Heads)
		if item != "" {
			v.Items = append(v.Items, item)
			slices.Sort(v.Items)
		}
		_, err = tx.Put(protocol.Draft{Ref: ref, Subject: person, Value: encoded(v)})
		return err
	}
}

// follow has the station follow a person, for a while or until told, or no
// longer.
func (s *station) follow(person protocol.ID) (act func(protocol.Tx) error, about string) {
	f := protocol.Follow{Site: s.name, Scope: protocol.PersonScope(person)}
	switch s.IntN(4) {
	case 0:
		f.Ended = true
	case 1:
		f.Until = s.clock().Add(time.Duration(s.IntN(300)) * time.Minute).UTC().Truncate(time.Second)
	}
	return func(tx protocol.Tx) error {
		_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: protocol.KindFollow, ID: protocol.ID(s.name) + "." + person},
			Value: encoded(&f), Scopes: []protocol.Scope{protocol.SiteScope(s.name)}})
		return err
	}, fmt.Sprintf("%s until %s, ended %v", person, f.Until.Format("15:04:05"), f.Ended)
}

// work is one errand of the county's own people, at the leader.
func (c *county) work() {
	if c.leader == nil {
		return
	}
	if len(c.due) == 0 || c.IntN(3) > 0 && !c.fair {
		e := c.errand()
		c.due = append([]*errand{e}, c.due...)
	}
	c.serve()
}

func (c *county) serve() {
	for len(c.due) > 0 && c.leader != nil {
		e := c.due[0]
		change, err := c.leader.replica.Do(context.Background(), e.order(), e.act)
		_, refused := protocol.AsRefusal(err)
		switch {
		case err == nil || refused:
			c.model.save(nil, e, &change, refused)
			c.counts.Saved++
			c.due = c.due[1:]
		case errors.Is(err, protocol.ErrNotLeader), errors.Is(err, protocol.ErrUnknown), errors.Is(err, protocol.ErrClosed):
			return // again, with the same key
		default:
			c.breaks("the county: %s: %v", e.what, err)
			return
		}
		if !c.fair {
			return
		}
	}
}

func (c *county) errand() *errand {
	c.model.serial++
	e := &errand{key: fmt.Sprintf("k%d", c.model.serial), lane: protocol.Lane(c.IntN(protocol.Lanes))}
	site, n := pick(c.world, c.stations).name, c.IntN(100)
	if c.IntN(100) < c.Profile.Slots {
		n = 40 + c.IntN(60)
	}
	switch {
	case n < 15:
		e.what, e.act = "announce", func(tx protocol.Tx) error {
			_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: kindNote, ID: tx.NewID()}, Scopes: []protocol.Scope{protocol.CatalogueScope},
				Value: encoded(map[string]any{"text": "all", "at": tx.Now().Format(time.RFC3339)})})
			return err
		}
	case n < 40:
		person := c.person()
		e.what, e.item, e.act = "sheet", e.key, sheet(person, e.key)
	case n < 70:
		first, count := c.model.slots, 1+c.Profile.Slots/40
		c.model.slots += count
		e.what, e.act = "make", func(tx protocol.Tx) error {
			for i := range count {
				_, err := tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: kindSlot, ID: slotName(first + i)}, Custodian: site,
					Scopes: []protocol.Scope{protocol.SiteScope(site), protocol.CatalogueScope},
					Value:  encoded(slotValue{State: "free", Term: custody.Term{Holder: site, Cutoff: cutoff(tx)}})})
				if err != nil {
					return err
				}
			}
			return nil
		}
	case n < 85:
		e.what, e.slot = "grant", c.wanted(c.leader.look, custody.County)
		e.act = grant(e.slot, site)
	case n < 92:
		return c.sale(c.wanted(c.leader.look, custody.County))
	case n < 94:
		e.what, e.slot = "force", c.anySlot()
		e.act = c.takeBack(e.slot, true)
		c.due = append(c.due, c.sale(e.slot))
	case n < 97:
		e.what, e.slot = "reclaim", c.anySlot()
		e.act = c.takeBack(e.slot, false)
		c.due = append(c.due, c.sale(e.slot))
	default:
		e.what, e.act = "refuse", func(protocol.Tx) error { return protocol.Refuse("not-now", "请稍后再来") }
	}
	return e
}

// sale is somebody's wish for a slot that the county holds, or is about to: slots
// are taken back for people who wait.
func (c *county) sale(slot protocol.ID) *errand {
	c.model.serial++
	key := fmt.Sprintf("k%d", c.model.serial)
	return &errand{key: key, what: "sell", slot: slot, lane: protocol.Administrative, act: countySells(slot, key)}
}

// settleConflicts answers what still waits, then merges every sheet that has
// several heads, as the resolver does.
func (c *county) settleConflicts() {
	c.serve()
	for n := range persons {
		person := protocol.ID(fmt.Sprintf("p%d", n))
		if c.leader == nil || !c.conflicted(person) {
			continue
		}
		c.counts.Conflicts++
		c.model.serial++
		c.due = append(c.due, &errand{key: fmt.Sprintf("k%d", c.model.serial), what: "merge", lane: protocol.Administrative, act: sheet(person, "")})
		c.serve()
	}
	for _, s := range c.stations {
		for s.db != nil && len(s.due) > 0 {
			s.serve()
		}
	}
}

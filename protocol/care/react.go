package care

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"xiangyi/protocol"
)

// KindCursor is the kind of the records that say how far a follower got.
const KindCursor protocol.Kind = "cursor"

// Progress is the place of a follower in a feed.
type Progress struct {
	Follower string          `json:"follower"`
	Cursor   protocol.Cursor `json:"cursor"`
	At       time.Time       `json:"at"`
	Rest     protocol.Rest   `json:",unknown"`
}

const (
	reactBatch = 256
	// saveEvery bounds what a restart reads again. Reading again is harmless:
	// every answer has a key.
	saveEvery = 500
)

// Reactor follows the feed of one host and runs the reactions of the roster
// there. It retries for ever: the cursor moves only past what was answered,
// and an answer that was given already is found by its key.
type Reactor struct {
	Engine    *Engine
	Store     protocol.Store
	Place     Place
	Reactions []Reaction
	Name      string                                   // of its cursor: "v01.reactions"
	Pause     func(ctx context.Context, try int) error // waits before another try; the host's clock
	Log       *slog.Logger
}

// Reactions lists those of a roster that run at a place, in its order.
func Reactions(roster []Service, at Place) []Reaction {
	var out []Reaction
	for _, s := range roster {
		for _, r := range s.Reactions {
			if r.Place&at != 0 {
				out = append(out, r)
			}
		}
	}
	return out
}

// Run follows until the context ends.
func (r *Reactor) Run(ctx context.Context) error {
	cursor, err := r.load(ctx)
	if err != nil {
		return err
	}
	saved := cursor
	for {
		items, err := r.Store.Next(ctx, cursor, reactBatch, r.wants)
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := r.answer(ctx, it.Change); err != nil {
				return err
			}
			cursor = it.Cursor
		}
		if n := len(items); n > 0 && cursor-saved >= saveEvery && items[n-1].Change.Action != "engine.progress" {
			if err := r.save(ctx, cursor); err != nil {
				return err
			}
			saved = cursor
		}
	}
}

func (r *Reactor) wants(c *protocol.Change) bool {
	return slices.ContainsFunc(r.Reactions, func(re Reaction) bool { return re.answers(c) })
}

func (re *Reaction) answers(c *protocol.Change) bool {
	return c.Outcome == protocol.Done && (re.On == nil || slices.Contains(re.On, c.Action))
}

func (r *Reactor) answer(ctx context.Context, c protocol.Change) error {
	for _, re := range r.Reactions {
		if !re.answers(&c) {
			continue
		}
		for try := 0; ; try++ {
			err := r.once(ctx, re, c)
			if err == nil {
				break
			}
			r.Log.Warn("reaction will be tried again", "reaction", re.Name, "change", c.Position.String(), "try", try, "err", err)
			if try >= mostTries && !passing(err) {
				if err := r.park(ctx, re, c); err != nil {
					return err
				}
				break
			}
			if err := r.Pause(ctx, try); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostTries is after how many an error that does not pass is a person's to look
// at: one Change must not hold up all that follow.
const mostTries = 5

// passing tells errors that end by themselves from those that do not.
func passing(err error) bool {
	for _, e := range []error{protocol.ErrNotLeader, protocol.ErrUnknown, protocol.ErrClosed, protocol.ErrSpace, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// park opens a task for an operator and lets the feed go on.
func (r *Reactor) park(ctx context.Context, re Reaction, c protocol.Change) error {
	r.Log.Error("reaction is parked", "reaction", re.Name, "change", c.Position.String())
	key := "parked:" + re.Name + ":" + c.Position.String()
	order := protocol.Order{Actor: Machine("reactions"), Action: "engine.park", Purpose: ForOperations, Lane: protocol.Administrative, Key: key[:min(len(key), 64)]}
	_, err := r.Store.Do(ctx, order, func(tx protocol.Tx) error {
		t := Task{Reason: "reaction", For: Operator, Site: tx.Site(), About: c.About(), Person: c.Subject,
			Words: "系统的一个后续步骤多次没有办成，已经放到一边，后面的不受影响。请查看日志里的编号 " + c.Position.String()}
		return t.Open(&Deed{tx, order.Actor}, ID("reaction-"+re.Name+"-"+c.Position.String()))
	})
	return err
}

func (r *Reactor) once(ctx context.Context, re Reaction, c protocol.Change) error {
	var requests []Request
	err := r.Store.View(ctx, func(rd protocol.Reader) (err error) {
		requests, err = re.Do(rd, c)
		return err
	})
	if err != nil {
		return err
	}
	for i, q := range requests {
		if q.Key == "" {
			q.Key = fmt.Sprintf("%s:%s:%d", re.Name, c.Position, i)
		}
		_, err := r.Engine.Do(ctx, q)
		if refusal, refused := protocol.AsRefusal(err); refused {
			r.Log.Info("reaction refused", "reaction", re.Name, "change", c.Position.String(), "code", string(refusal.Code))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Reactor) ref() protocol.Ref { return protocol.Ref{Kind: KindCursor, ID: ID(r.Name)} }

func (r *Reactor) load(ctx context.Context) (protocol.Cursor, error) {
	var p Progress
	err := r.Store.View(ctx, func(rd protocol.Reader) (err error) {
		p, _, err = Read[Progress](rd, r.ref())
		return err
	})
	if errors.Is(err, protocol.ErrNotFound) {
		return 0, nil
	}
	return p.Cursor, err
}

func (r *Reactor) save(ctx context.Context, at protocol.Cursor) error {
	order := protocol.Order{Actor: Machine("reactions"), Action: "engine.progress", Purpose: ForOperations, Lane: protocol.Administrative}
	_, err := r.Store.Do(ctx, order, func(tx protocol.Tx) error {
		_, err := Write(tx, protocol.Draft{Ref: r.ref()}, &Progress{Follower: r.Name, Cursor: at, At: tx.Now()})
		return err
	})
	return err
}

// BaseKinds are the kinds that the kit itself keeps.
func BaseKinds() []Kind {
	return []Kind{
		{KindSpec: protocol.KindSpec{Kind: KindCursor, Class: protocol.ClassInternal, Retention: protocol.RetainOperational}},
		NoticeKind, DeliveryKind, TaskKind, EmergencyKind,
	}
}

// Kinds lists the specs of a roster and of the kit, for a store.
func Kinds(roster []Service) []protocol.KindSpec {
	specs := protocol.BaseKinds()
	for _, k := range BaseKinds() {
		specs = append(specs, k.KindSpec)
	}
	for _, s := range roster {
		for _, k := range s.Kinds {
			specs = append(specs, k.KindSpec)
		}
	}
	return specs
}

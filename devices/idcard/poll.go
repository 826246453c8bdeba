package idcard

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// enoughMisses is how many looks in a row must not find a card before it counts as taken away: a card that somebody
// leans on is missed now and then.
const enoughMisses = 2

// Poll looks once for a card, no sooner than Every after the last look. present tells whether a card lies there; card is
// what it says, once, when it was laid down (a card that stays is present with a zero Card). Errors are *Fault, or the
// context's: after a Fault that is Unclear or Garbled poll on, after Offline open the reader anew.
//
// Most readers do not find a card again that they have read. Those that read it again tell when it is taken away; for the
// others a card is present in the one Poll that reads it, and Senses is false.
func (r *Reader) Poll(ctx context.Context) (card Card, present bool, err error) {
	if err := r.pace(ctx); err != nil {
		return Card{}, false, err
	}
	reply, err := r.ask(ctx, FindCard, r.o.Answer)
	if err != nil {
		return Card{}, false, err
	}
	switch reply.Status {
	case StatusFound:
		return r.laid(ctx)
	case StatusNoCard:
		return r.stays(ctx)
	}
	return Card{}, !r.card.IsZero(), refused(reply.Status)
}

// Senses tells whether this model has shown that it sees a card being taken away. A host must not end a session by the
// card on a model that does not.
func (r *Reader) Senses() bool { return r.senses }

func (r *Reader) pace(ctx context.Context) error {
	timer := time.NewTimer(time.Until(r.looked.Add(r.o.Every)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	r.looked = time.Now()
	return nil
}

// laid reads a card that was found.
func (r *Reader) laid(ctx context.Context) (Card, bool, error) {
	reply, err := r.ask(ctx, SelectCard, r.o.Answer)
	if err == nil && reply.Status != StatusOK {
		err = refused(reply.Status)
	}
	if err != nil {
		return r.unread(err)
	}
	c, err := r.read(ctx)
	if err != nil {
		return r.unread(err)
	}
	if same(&c, &r.card) {
		r.missed = 0
		return Card{}, true, nil
	}
	r.card, r.missed = c, 0
	if r.senses = r.senses || r.rereads(ctx, &c); !r.senses {
		r.card = Card{}
	}
	return c, true, nil
}

// rereads finds out whether the model reads a card twice.
func (r *Reader) rereads(ctx context.Context, c *Card) bool {
	again, err := r.read(ctx)
	return err == nil && same(&again, c)
}

// stays looks whether the card that was read is still there.
func (r *Reader) stays(ctx context.Context) (Card, bool, error) {
	if r.card.IsZero() {
		return Card{}, false, nil
	}
	c, err := r.read(ctx)
	switch {
	case err == nil && same(&c, &r.card):
		r.missed = 0
		return Card{}, true, nil
	case err == nil:
		r.card, r.missed = c, 0 // another one, changed between two looks
		return c, true, nil
	}
	return r.unread(err)
}

// unread counts a look that did not read the card. Of a card that was read before, being gone is no fault.
func (r *Reader) unread(err error) (Card, bool, error) {
	var f *Fault
	if !errors.As(err, &f) || f.Condition != Unclear || r.card.IsZero() {
		return Card{}, !r.card.IsZero(), err
	}
	if r.missed++; r.missed >= enoughMisses {
		r.card, r.missed = Card{}, 0
	}
	return Card{}, !r.card.IsZero(), nil
}

func (r *Reader) read(ctx context.Context) (Card, error) {
	reply, err := r.ask(ctx, ReadCard, r.o.Read)
	if err != nil {
		return Card{}, err
	}
	if reply.Status != StatusOK {
		return Card{}, refused(reply.Status)
	}
	return ParseCard(reply.Data)
}

// same compares cards by number, term and picture: a renewed card is another one.
func same(a, b *Card) bool {
	return a.Number == b.Number && a.ValidFrom == b.ValidFrom && bytes.Equal(a.Photo, b.Photo)
}

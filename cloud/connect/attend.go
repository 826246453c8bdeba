package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/delivery"
)

// unfitTries is how often a letter is tried to be made of our own records
// before the item is left to a person.
const unfitTries = 5

// What staff read where the far side gave no words.
const (
	unfitWords = "县里的记录不完整，写不成要送出的内容。请联系运维人员"
	doubtWords = "发出后没有收到回音，对方也无法查询。请先核对，再决定是否重送"
)

// attend moves one item on; done means that nothing is left to do about it.
func (l *Loop) attend(ctx context.Context, w *work) (done bool, err error) {
	state, letter, err := l.look(ctx, w)
	switch {
	case err != nil:
		return l.unfit(ctx, w, err)
	case settled(state):
		return true, nil
	case letter == nil:
		return true, l.nothingLeft(ctx, w, state)
	}
	if err := l.Connector.Reach(ctx); err != nil {
		return false, fmt.Errorf("%w: %w", ErrAway, err)
	}
	l.away = pause{}
	if w.Sent && !w.spared {
		// It went out before, and nobody heard the answer: ask before repeating.
		a, known, err := letter.Ask(ctx)
		if errors.Is(err, ErrCannotAsk) {
			l.Log.Warn("delivery is in doubt", "to", l.Connector.Name(), "rev", w.Rev.String())
			return true, l.mark(ctx, w, delivery.Mark{State: care.DeliveryInDoubt, Reason: doubtWords})
		}
		if err != nil {
			return false, err
		}
		w.asked = true
		if known {
			return true, l.settle(ctx, w, letter, state, a)
		}
	}
	if !letter.Repeatable() && !w.spared {
		if err := l.mark(ctx, w, delivery.Mark{State: care.DeliverySent, Queried: w.asked}); err != nil {
			return false, err
		}
	}
	a, err := letter.Send(ctx)
	w.spared = errors.Is(err, ErrLater) || errors.Is(err, ErrAway)
	if err != nil {
		return false, err
	}
	return true, l.settle(ctx, w, letter, state, a)
}

// settled reports whether a state is one that only a person moves on from.
func settled(s care.DeliveryState) bool {
	switch s {
	case care.DeliveryAcknowledged, care.DeliveryParked, care.DeliveryInDoubt, delivery.Overtaken:
		return true
	}
	return false
}

// look reads how an item stands and writes its letter, both from one view.
func (l *Loop) look(ctx context.Context, w *work) (state care.DeliveryState, letter Letter, err error) {
	err = l.Store.View(ctx, func(r protocol.Reader) error {
		d, _, err := care.Read[care.Delivery](r, care.DeliveryRef(l.Connector.Name(), w.Rev))
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		if state = d.State; settled(state) {
			return nil
		}
		w.Sent = state == care.DeliverySent
		letter, err = l.Connector.Letter(r, w.Item)
		return err
	})
	return state, letter, err
}

// unfit parks an item of which no letter can be made. The first failures may be
// the disk's.
func (l *Loop) unfit(ctx context.Context, w *work, why error) (done bool, err error) {
	w.unfit++
	if ctx.Err() != nil || w.unfit < unfitTries {
		return false, why
	}
	l.Log.Error("delivery is parked: no letter can be made of it", "to", l.Connector.Name(), "rev", w.Rev.String(), "err", why)
	return true, l.mark(ctx, w, delivery.Mark{State: care.DeliveryParked, Reason: unfitWords})
}

// nothingLeft takes an item off the list that people see, if it is on it: what
// it was about has moved on.
func (l *Loop) nothingLeft(ctx context.Context, w *work, state care.DeliveryState) error {
	if state == "" {
		return nil
	}
	return l.mark(ctx, w, delivery.Mark{State: delivery.Overtaken})
}

// settle acts on the far side's word, then writes it down.
func (l *Loop) settle(ctx context.Context, w *work, letter Letter, state care.DeliveryState, a Answer) error {
	if err := letter.Settle(ctx, a); err != nil {
		return err
	}
	if letter.Repeatable() && a.Accepted() && state == "" {
		return nil
	}
	m := delivery.Mark{State: care.DeliveryAcknowledged, Foreign: clip(a.Foreign, 64), Queried: w.asked}
	if !a.Accepted() {
		m.State, m.Reason = care.DeliveryParked, clip(a.Refusal, 200)
		l.Log.Warn("delivery is parked", "to", l.Connector.Name(), "rev", w.Rev.String(), "code", a.Code)
	}
	return l.mark(ctx, w, m)
}

// clip keeps a far side's words from making a record that cannot be stored.
func clip(s string, most int) string {
	runes := []rune(strings.ToValidUTF8(s, "�"))
	return string(runes[:min(len(runes), most)])
}

func (l *Loop) mark(ctx context.Context, w *work, m delivery.Mark) error {
	m.To, m.Source, m.About, m.Person = l.Connector.Name(), w.Rev.String(), w.Ref, w.Subject
	input, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	_, err = l.Engine.Do(ctx, care.Request{Actor: care.Machine(care.ID(m.To)), Name: delivery.Record, Input: input})
	return err
}

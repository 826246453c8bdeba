package kiosk

import (
	"context"
	"errors"
	"slices"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/host/door"
)

// faultPause is how long a reader that cannot be read is left alone.
const faultPause = time.Second

// watchReader signs in who lays a card down, once, and signs out when it is
// taken away. A card that stays after its session ended opens nothing: it must
// be lifted first, since the next person may stand before it.
func (k *Kiosk) watchReader(ctx context.Context) error {
	if k.Reader == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	lying := false
	for {
		card, present, err := k.Reader.Poll(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if err := pause(ctx, faultPause); err != nil {
				return err
			}
		case present && card.Number != "":
			lying = true
			if err := k.enter(ctx, card); err != nil {
				return err
			}
		case present:
			lying = true
		case lying && k.Reader.Senses():
			lying = false
			k.cardGone()
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// enter signs a card in. What the disk does not take now is tried again while
// the person waits.
func (k *Kiosk) enter(ctx context.Context, card identity.Card) error {
	for try := 0; ; try++ {
		s, err := identity.ByCard(ctx, k.Engine, k.Web.Terminal, card)
		refusal, refused := protocol.AsRefusal(err)
		switch {
		case err == nil:
			k.admit(s)
			return nil
		case refused:
			k.refused(refusal)
			return nil
		case try == 3:
			k.Log.Error("card sign-in failed", "err", err)
			k.refused(protocol.Refuse("trouble", "这一步没有办成。请稍等再试，或请村医帮忙。"))
			return nil
		}
		if err := pause(ctx, faultPause); err != nil {
			return err
		}
	}
}

// cardGone ends a session that a card began.
func (k *Kiosk) cardGone() {
	k.mu.Lock()
	byCard := k.current.Actor.Method == care.ByCard
	k.sorry = nil
	if k.arrived != nil && k.arrived.Actor.Method == care.ByCard {
		k.arrived = nil
	}
	k.mu.Unlock()
	if byCard {
		k.endCurrent()
	}
	k.mu.Lock()
	k.tell()
	k.mu.Unlock()
}

// watchDoctor opens the screen for whom the doctor vouches, and passes on how
// far a call came.
func (k *Kiosk) watchDoctor(ctx context.Context) error {
	cursor := k.Web.Store.Last()
	if err := k.openIfWanted(ctx); err != nil {
		return err
	}
	for {
		items, err := k.Web.Store.Next(ctx, cursor, 256, nil)
		if err != nil {
			return err
		}
		touched := false
		for _, it := range items {
			cursor = it.Cursor
			touched = touched || slices.ContainsFunc(it.Change.Writes, func(w protocol.Write) bool {
				return w.Ref.Kind == identity.KindKiosk || w.Ref.Kind == identity.KindBell
			})
		}
		if !touched {
			continue
		}
		if err := k.openIfWanted(ctx); err != nil {
			return err
		}
		k.mu.Lock()
		k.tell()
		k.mu.Unlock()
	}
}

func (k *Kiosk) openIfWanted(ctx context.Context) error {
	state, err := identity.State(ctx, k.Engine, k.Web.Terminal)
	if err != nil || !state.Wanted {
		return ignoreRefusal(err)
	}
	s, err := identity.ByDoctor(ctx, k.Engine, k.Web.Terminal)
	if err != nil {
		return ignoreRefusal(err)
	}
	k.admit(s)
	return nil
}

// watchArrivals forgets who was recognised and did not come. What the doctor
// opened for them is closed, or the screen would be theirs for hours.
func (k *Kiosk) watchArrivals(ctx context.Context) error {
	for {
		k.mu.Lock()
		news, s, until := k.news, k.arrived, k.until
		k.mu.Unlock()
		t := time.NewTimer(max(until.Sub(k.Web.Now()), 0))
		lapsed := t.C
		if s == nil {
			lapsed = nil
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-lapsed:
			k.forget(s)
		}
		t.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (k *Kiosk) forget(s *identity.Session) {
	k.mu.Lock()
	late := k.arrived == s
	if late {
		k.arrived = nil
	}
	k.mu.Unlock()
	if late {
		k.closeDoctors(door.Session(*s))
	}
}

// ignoreRefusal lets a wish that lapsed meanwhile be.
func ignoreRefusal(err error) error {
	if _, refused := protocol.AsRefusal(err); refused || errors.Is(err, protocol.ErrNotFound) {
		return nil
	}
	return err
}

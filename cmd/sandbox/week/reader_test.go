package week

import (
	"context"
	"sync"

	"xiangyi/protocol/care/identity"
)

// reader is the card reader: a card is laid down and lifted. It looks when
// something moved, since a week of looks twice a second is long even in a bubble.
type reader struct {
	mu    sync.Mutex
	card  identity.Card
	news  bool
	lies  bool
	moved chan struct{}
}

func newReader() *reader { return &reader{moved: make(chan struct{}, 1)} }

func (r *reader) lay(c identity.Card) { r.set(c, true) }
func (r *reader) lift()               { r.set(identity.Card{}, false) }

func (r *reader) set(c identity.Card, lies bool) {
	r.mu.Lock()
	r.card, r.news, r.lies = c, lies, lies
	r.mu.Unlock()
	select {
	case r.moved <- struct{}{}:
	default:
	}
}

// Poll implements kiosk.Reader.
func (r *reader) Poll(ctx context.Context) (identity.Card, bool, error) {
	select {
	case <-r.moved:
	case <-ctx.Done():
		return identity.Card{}, false, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.news {
		r.news = false
		return r.card, true, nil
	}
	return identity.Card{}, r.lies, nil
}

// Senses implements kiosk.Reader.
func (r *reader) Senses() bool { return true }

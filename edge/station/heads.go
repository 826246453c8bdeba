package station

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/proof"
)

// heads is this station's eye on the county's proof log: each head that is published
// must carry the county's signature, and continue the one before. The station keeps
// them all, as records; a county that rewrote its past cannot show them again.
type heads struct {
	mu     sync.Mutex
	newest proof.Head // zero: none came yet
	broken string     // why one does not continue the one before; stays until the program starts anew
}

// HeadState is what a station knows of the proof log.
type HeadState struct {
	Size   uint64    `json:"size"`
	At     time.Time `json:"at,omitzero"`
	Broken string    `json:"broken,omitempty"`
}

func (h *heads) state() HeadState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return HeadState{h.newest.Size, h.newest.At, h.broken}
}

// take compares a head with the one before. One that follows another than ours proves
// nothing about ours: it came after a time without the line, or by a walk.
func (h *heads) take(p *protocol.PublishedHead, check func(*proof.Head) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := check(&p.Head)
	if err == nil && h.newest.Size > 0 && p.Since == h.newest.Size {
		err = proof.Consistent(p.Since, p.Head.Size, p.Grown, h.newest.Root, p.Head.Root)
	}
	if err == nil && p.Head.Size < h.newest.Size {
		err = fmt.Errorf("%w: it has %d entries, the one before %d", proof.ErrInconsistent, p.Head.Size, h.newest.Size)
	}
	if err != nil {
		h.broken = err.Error()
		return err
	}
	h.newest = p.Head
	return nil
}

// watchHeads looks at each head that comes.
func (s *Station) watchHeads(ctx context.Context) error {
	cursor := s.store.Last()
	if err := s.lookAtHead(ctx); err != nil {
		return err
	}
	for {
		items, err := s.store.Next(ctx, cursor, 256, nil)
		if err != nil {
			return err
		}
		news := false
		for _, it := range items {
			cursor = it.Cursor
			for i := range it.Change.Writes {
				news = news || it.Change.Writes[i].Ref == protocol.HeadRef
			}
		}
		if !news {
			continue
		}
		if err := s.lookAtHead(ctx); err != nil {
			return err
		}
	}
}

func (s *Station) lookAtHead(ctx context.Context) error {
	var p protocol.PublishedHead
	err := s.store.View(ctx, func(r protocol.Reader) (err error) {
		p, _, err = care.Read[protocol.PublishedHead](r, protocol.HeadRef)
		return err
	})
	if errors.Is(err, protocol.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.heads.take(&p, func(h *proof.Head) error { return h.Check(s.CountyKey) }); err != nil {
		s.Log.Error("the county's proof log does not continue the one that this station knows", "size", p.Head.Size, "err", err)
		return nil
	}
	s.clock.Told(p.Head.At)
	return nil
}

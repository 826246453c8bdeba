package care

import (
	"context"
	"log/slog"

	"xiangyi/protocol"
)

// Clerk does what the passing of time makes due: each service lists it, under
// keys that make a second asking harmless. One runs at each station, and one in
// the county where the leader is.
type Clerk struct {
	Engine *Engine
	Store  protocol.Store
	Roster []Service
	Pause  func(ctx context.Context) error // until it is time to look again, about a minute
	Log    *slog.Logger
}

// Run looks again and again until the context ends. What cannot be done now is
// due at the next look too.
func (c *Clerk) Run(ctx context.Context) error {
	for {
		for _, s := range c.Roster {
			if s.Chores == nil {
				continue
			}
			if err := c.do(ctx, s); err != nil {
				c.Log.Warn("chores will be tried again", "service", s.Name, "err", err)
			}
		}
		if err := c.Pause(ctx); err != nil {
			return err
		}
	}
}

func (c *Clerk) do(ctx context.Context, s Service) error {
	var due []Request
	err := c.Store.View(ctx, func(r protocol.Reader) (err error) {
		due, err = s.Chores(r)
		return err
	})
	for _, q := range due {
		_, doErr := c.Engine.Do(ctx, q)
		if refusal, refused := protocol.AsRefusal(doErr); refused {
			c.Log.Info("chore refused", "action", string(q.Name), "code", string(refusal.Code))
		} else if doErr != nil {
			err = doErr
		}
	}
	return err
}

package blobs

import (
	"context"
	"log/slog"
)

// Errand is a blob that has to travel.
type Errand struct {
	Ref string // of records, which may be wrong
	Up  bool   // to the far side, until it holds it; else from there
}

// Courier runs a site's errands, one after the other, for ever: what was done is
// passed, what failed is tried again. It keeps nothing: what there is to do is
// read from the records each time.
type Courier struct {
	Mover
	// Look lists the errands, the most pressing first.
	Look func(context.Context) ([]Errand, error)
	// Wait returns when there may be others, or, after fails rounds in a row in
	// which an errand failed, when it is time to try again.
	Wait func(ctx context.Context, fails int) error
	Log  *slog.Logger
}

// Run runs errands until the context ends, or the records cannot be read.
func (c *Courier) Run(ctx context.Context) error {
	for fails := 0; ; {
		errands, err := c.Look(ctx)
		if err != nil {
			return err
		}
		failed := false
		for _, e := range errands {
			if err := c.do(ctx, e); err != nil && ctx.Err() == nil {
				c.Log.Debug("a blob did not travel", "up", e.Up, "err", err)
				failed = true
			}
		}
		fails++
		if !failed {
			fails = 0
		}
		if err := c.Wait(ctx, fails); err != nil {
			return err
		}
	}
}

// do runs one errand. What is whole here is not fetched; what the county holds is
// still asked about while a record waits for it, for two records may name the
// same bytes, and the county answers for each. It waits first: a question takes
// the line as a chunk does, and the record must be there before its bytes.
func (c *Courier) do(ctx context.Context, e Errand) error {
	ref, err := ParseRef(e.Ref)
	if err != nil {
		c.Log.Error("a record names no blob", "err", err)
		return nil // it will not get better
	}
	if !e.Up && c.Store.Whole(ref) {
		return nil
	}
	if err := c.Quiet(ctx); err != nil {
		return err
	}
	if e.Up {
		return c.Upload(ctx, ref)
	}
	return c.Fetch(ctx, ref)
}

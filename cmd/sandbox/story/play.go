package story

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"xiangyi/cmd/sandbox/county"
)

// Step is how one step of the story ended.
type Step struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	MS     int64  `json:"ms"`
	Detail string `json:"detail"`
}

// Printer writes steps for a person, or one JSON object each.
func Printer(w io.Writer, asJSON bool) func(Step) error {
	return func(s Step) error {
		if asJSON {
			return json.NewEncoder(w).Encode(s)
		}
		sign := "✓"
		if !s.OK {
			sign = "✗"
		}
		_, err := fmt.Fprintf(w, "%s %7.2f s  %s\n             %s\n", sign, float64(s.MS)/1000, s.Step, s.Detail)
		return err
	}
}

// chapter is one step before it was played.
type chapter struct {
	name string
	most time.Duration // how long it may take on a busy machine
	play func(context.Context, *tale) (detail string, err error)
}

// chapters are the story, in order.
var chapters = []chapter{
	{"the county's schedules reach station A", 2 * time.Minute, schedules},
	{"card sign-in and consent at station A", time.Minute, signIn},
	{"others sign in at both stations", 2 * time.Minute, othersSignIn},
	{"a blood pressure shows on the kiosk within 1 s, in the portal within 2 s, held by the county", time.Minute, bloodPressure},
	{"station A's line is cut", 30 * time.Second, cut},
	{"a villager books a slot in A's custody; the slip says saved here", time.Minute, bookOffline},
	{"the village doctor keeps a photo without a line", time.Minute, takePhoto},
	{"the portal sells the other slots meanwhile", time.Minute, sellMeanwhile},
	{"a slot outside custody is refused, with a plain reason and an offer to request it", time.Minute, refused},
	{"kill -9 of station A, restart: all there", time.Minute, killStation},
	{"kill -9 of the county's leader: service goes on", 90 * time.Second, killLeader},
	{"line restored: all catches up, each booking once at the hospital, one acknowledgement lost", 2 * time.Minute, restored},
	{"the slip now says delivered", time.Minute, delivered},
	{"the county holds the photo, every node shows it", time.Minute, photoHeldEverywhere},
	{"the hospital sends lab reports in GB 18030 and UTF-8: read and printed at A", 2 * time.Minute, labReports},
	{"digests equal everywhere, chains verify", 2 * time.Minute, allEqual},
}

// Play plays the story in a county that is ready, and tells how each step ended. The error names the step that failed.
func Play(ctx context.Context, c *county.County, tell func(Step) error) error {
	t, err := newTale(c)
	if err != nil {
		return err
	}
	defer t.close()
	for _, ch := range chapters {
		s := t.playOne(ctx, ch)
		if err := tell(s); err != nil {
			return fmt.Errorf("tell the story: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !s.OK {
			return fmt.Errorf("the story ends at %q: %s", s.Step, s.Detail)
		}
	}
	return nil
}

func (t *tale) playOne(ctx context.Context, ch chapter) Step {
	ctx, cancel := context.WithTimeout(ctx, ch.most)
	defer cancel()
	began := time.Now()
	detail, err := ch.play(ctx, t)
	s := Step{Step: ch.name, OK: err == nil, MS: time.Since(began).Milliseconds(), Detail: detail}
	if err != nil {
		s.Detail = err.Error()
	}
	return s
}

// until repeats a look until it is satisfied, an error that will not go away comes, or the time is up. look says what is
// still missing.
func until(ctx context.Context, every time.Duration, look func() (missing string, err error)) error {
	for {
		missing, err := look()
		if err == nil && missing == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("time is up: %w", err)
			}
			return fmt.Errorf("time is up: %s", missing)
		case <-time.After(every):
		}
	}
}

// soon is how often somebody who waits looks again.
const soon = 100 * time.Millisecond

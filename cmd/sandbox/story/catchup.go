package story

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/line"
)

// restored lets the hospital lose its next acknowledgement, gives A its line back, and counts.
func restored(ctx context.Context, t *tale) (string, error) {
	// What the portal sold must be settled, so that it is A's booking whose acknowledgement is lost.
	if err := t.settled(ctx, t.sold); err != nil {
		return "", err
	}
	if _, err := outsider.Tell[outsider.Told](ctx, string(t.county.Plan.Hospital.Admin), "/lose-next-ack", struct{}{}); err != nil {
		return "", err
	}
	began := time.Now()
	if err := t.setLine(ctx, t.a, line.Settings{}); err != nil {
		return "", err
	}
	if err := t.caughtUp(ctx); err != nil {
		return "", err
	}
	caught := time.Since(began)
	if err := t.settled(ctx, append(slices.Clone(t.sold), t.booking)); err != nil {
		return "", err
	}
	if err := t.askedFirst(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("caught up after %.1f s; the hospital holds %d bookings once each, and was asked before anything was repeated",
		caught.Seconds(), len(t.sold)+1), nil
}

// caughtUp waits until the county holds everything that A wrote.
func (t *tale) caughtUp(ctx context.Context) error {
	return until(ctx, soon, func() (string, error) {
		s, err := ask[stationSays](ctx, t.a.Ops)
		if err != nil {
			return "", err
		}
		if !s.Line || s.Waiting > 0 {
			return fmt.Sprintf("line %t, %d Changes wait", s.Line, s.Waiting), nil
		}
		return "", nil
	})
}

// settled waits until the hospital holds each booking, and checks that it holds each once.
func (t *tale) settled(ctx context.Context, bookings []string) error {
	return until(ctx, soon, func() (string, error) {
		held, _, err := t.books(ctx)
		if err != nil {
			return "", err
		}
		count := map[string]int{}
		for _, b := range held {
			if !b.Cancelled {
				count[string(b.Placer)]++
			}
		}
		for _, id := range bookings {
			switch n := count[id]; {
			case n == 0:
				return "the hospital does not hold " + id, nil
			case n > 1:
				return "", fmt.Errorf("the hospital holds %s %d times", id, n)
			}
		}
		return "", nil
	})
}

// askedFirst reads in what the hospital heard that the lost acknowledgement was followed by a question, and by no second
// booking.
func (t *tale) askedFirst(ctx context.Context) error {
	return until(ctx, soon, func() (string, error) {
		_, heard, err := t.books(ctx)
		if err != nil {
			return "", err
		}
		return judge(heard, hospital.PlacerID(t.booking))
	})
}

// judge says what is missing in what was heard of a booking: one request, whose answer was lost, and a question.
func judge(heard []hospital.Heard, booking hospital.PlacerID) (missing string, err error) {
	var order []string
	for _, h := range heard {
		if h.Placer != booking {
			continue
		}
		what := h.Type
		if h.Lost {
			what += " (lost)"
		}
		order = append(order, what)
	}
	if n := slices.IndexFunc(order, func(s string) bool { return strings.HasSuffix(s, "(lost)") }); n != 0 {
		return fmt.Sprintf("the first word about the booking was not lost: %v", order), nil
	}
	switch {
	case len(order) < 2:
		return "nobody asked after the lost answer yet", nil
	case order[1] != "SQM^S25":
		return "", fmt.Errorf("repeated without asking: %v", order)
	}
	for _, o := range order[2:] {
		if strings.HasPrefix(o, "SRM^S01") {
			return "", fmt.Errorf("booked again although the hospital knew it: %v", order)
		}
	}
	return "", nil
}

// delivered reads on the kiosk that the hospital has confirmed, and has the slip printed again.
func delivered(ctx context.Context, t *tale) (string, error) {
	if err := t.signed(ctx, t.a, villager); err != nil {
		return "", err
	}
	var page *outsider.Page
	err := until(ctx, soon, func() (string, error) {
		p, err := t.atA.Open(ctx, "/appointment/mine/"+t.booking)
		if err != nil {
			return "", err
		}
		page = p
		if !p.Says(confirmedWords) {
			return "the kiosk says: " + p.Short(), nil
		}
		return "", nil
	})
	if err != nil {
		return "", err
	}
	before, err := t.slips(ctx)
	if err != nil {
		return "", err
	}
	f, err := page.Form("/do/appointment.reprint")
	if err != nil {
		return "", err
	}
	if page, err = t.atA.Submit(ctx, f, nil); err != nil {
		return "", err
	}
	if err := page.OK(); err != nil {
		return "", err
	}
	slip, err := t.slipWith(ctx, len(before), confirmedWords, t.number)
	return fmt.Sprintf("slip %d of number %s says %s", slip.Number, t.number, confirmedWords), err
}

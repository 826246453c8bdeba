package story

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
)

const (
	slotPath    = "/appointment/slot/"
	requestPath = "/appointment/request/"
	sessionPath = "/appointment/session/"
	placePath   = "/appointment/departments"
)

// enough slots of a session at A that can be sold there, and elsewhere.
const (
	enoughHere  = 2
	enoughThere = 4
)

// schedules waits until station A offers a session of a department whose slots the hospital keeps for the county, with
// slots in A's own custody and others.
func schedules(ctx context.Context, t *tale) (string, error) {
	err := until(ctx, time.Second, func() (string, error) {
		kept, err := t.kept(ctx)
		if err != nil {
			return "", err
		}
		if len(kept) == 0 {
			return "the hospital keeps no slot for the county yet", nil
		}
		return t.chooseSession(ctx, kept)
	})
	if err != nil {
		return "", err
	}
	t.slipsAtStart = 0
	return fmt.Sprintf("%s: %d slots in A's custody, %d elsewhere", t.session, len(t.offers), len(t.elsewhere)), nil
}

// ahead keeps the story away from the hour before a session, when stations stop selling it.
const ahead = 3 * time.Hour

// kept lists the slots to come that the hospital keeps for the county.
func (t *tale) kept(ctx context.Context) (map[string]bool, error) {
	all, err := outsider.Ask[[]hospital.Slot](ctx, string(t.county.Plan.Hospital.Admin), "/slots")
	out := map[string]bool{}
	for _, s := range all {
		if s.Kept && s.Start.After(time.Now().Add(ahead)) {
			out[string(s.ID)] = true
		}
	}
	return out, err
}

// chooseSession looks through the kiosk's departments and days, as somebody does who wants any doctor.
func (t *tale) chooseSession(ctx context.Context, kept map[string]bool) (missing string, err error) {
	places, err := t.atA.All(ctx, placePath, placePath+"/")
	if err != nil {
		return "", err
	}
	for _, place := range places {
		sessions, err := t.sessionsOf(ctx, place.Href)
		if err != nil {
			return "", err
		}
		// The last day first: the story must not meet a cut-off.
		for _, s := range slices.Backward(sessions) {
			here, there, err := t.slotsAt(ctx, s)
			if err != nil {
				return "", err
			}
			if len(here) >= enoughHere && len(there) >= enoughThere && allKept(kept, here, there) {
				t.session, t.offers, t.elsewhere = s, here, there
				return "", nil
			}
		}
	}
	return fmt.Sprintf("in %d departments no session has %d slots at A and %d elsewhere that the hospital keeps", len(places), enoughHere, enoughThere), nil
}

func allKept(kept map[string]bool, lists ...[]string) bool {
	for _, l := range lists {
		for _, s := range l {
			if !kept[s] {
				return false
			}
		}
	}
	return true
}

// sessionsOf lists the sessions of a department; a day with several has a page of its own.
func (t *tale) sessionsOf(ctx context.Context, place string) ([]string, error) {
	days, err := t.atA.All(ctx, place, "/appointment/")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range days {
		switch {
		case strings.HasPrefix(d.Href, sessionPath):
			out = append(out, strings.TrimPrefix(d.Href, sessionPath))
		case strings.HasPrefix(d.Href, place+"/"):
			more, err := t.atA.All(ctx, d.Href, sessionPath)
			if err != nil {
				return nil, err
			}
			for _, l := range more {
				out = append(out, strings.TrimPrefix(l.Href, sessionPath))
			}
		}
	}
	return out, nil
}

// slotsAt lists the slots of a session by what A can do with them: what can only be asked for says so.
func (t *tale) slotsAt(ctx context.Context, session string) (here, there []string, err error) {
	return slotsOn(ctx, t.atA, sessionPath+session)
}

// slotsOn lists the slots of a page, and of those that it goes on to.
func slotsOn(ctx context.Context, b *outsider.Browser, page string) (here, there []string, err error) {
	all, err := b.All(ctx, page, slotPath)
	for _, l := range all {
		id, _, _ := strings.Cut(strings.TrimPrefix(l.Href, slotPath), "?")
		if strings.Contains(l.Text, askWords) {
			there = append(there, id)
		} else {
			here = append(here, id)
		}
	}
	return here, there, err
}

// askWords is how pages and slips speak of what is not booked but asked for.
const askWords = "申请"

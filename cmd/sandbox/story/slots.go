package story

import (
	"context"
	"errors"
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

// kept lists the slots that the hospital keeps for the county.
func (t *tale) kept(ctx context.Context) (map[string]bool, error) {
	all, err := outsider.Ask[[]hospital.Slot](ctx, string(t.county.Plan.Hospital.Admin), "/slots")
	out := map[string]bool{}
	for _, s := range all {
		if s.Kept {
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

// bookOffline books at the kiosk while the line is down, and reads the slip.
func bookOffline(ctx context.Context, t *tale) (string, error) {
	if err := t.signed(ctx, t.a, villager); err != nil {
		return "", err
	}
	before, err := t.slips(ctx)
	if err != nil {
		return "", err
	}
	p, err := t.book(ctx, t.atA, slotPath+t.offers[0])
	if err != nil {
		return "", err
	}
	if t.booking, err = aboutOf(p); err != nil {
		return "", err
	}
	if !p.Says(savedWords) {
		return "", fmt.Errorf("the kiosk does not say %s: %s", savedWords, p.Short())
	}
	slip, err := t.slipWith(ctx, len(before), savedWords)
	if err != nil {
		return "", err
	}
	if t.number = bookingNumber(p, slip.Text); t.number == "" {
		return "", errors.New("the slip and the page do not show one and the same number")
	}
	return fmt.Sprintf("number %s; slip %d says %s", t.number, slip.Number, savedWords), nil
}

// savedWords and confirmedWords are how pages and slips say how safe a booking is.
const (
	savedWords     = "已保存在本站"
	confirmedWords = "医院已确认"
)

// bookingNumber is the longest word of the page that the slip shows too and that holds digits: what people are told to
// keep.
func bookingNumber(p *outsider.Page, slip string) string {
	best := ""
	for _, w := range strings.Fields(p.Text) {
		if len(w) > len(best) && strings.ContainsAny(w, "0123456789") && isNumber(w) && strings.Contains(slip, w) {
			best = w
		}
	}
	return best
}

func isNumber(w string) bool {
	return strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == "" && len(w) >= 4
}

// book opens the page of a slot and confirms.
func (t *tale) book(ctx context.Context, b *outsider.Browser, page string) (*outsider.Page, error) {
	p, err := b.Open(ctx, page)
	if err != nil {
		return nil, err
	}
	f, err := p.Form("/do/appointment.book")
	if err != nil {
		return nil, err
	}
	if p, err = b.Submit(ctx, f, nil); err != nil {
		return nil, err
	}
	return p, p.OK()
}

// sellMeanwhile sells in the portal what the county holds, and finds that what A holds cannot be sold there.
func sellMeanwhile(ctx context.Context, t *tale) (string, error) {
	if err := t.enter(ctx, t.scheduler, "scheduler"); err != nil {
		return "", err
	}
	// The other station holds some of the other slots; what is left is the county's.
	ours, _, err := slotsOn(ctx, t.scheduler, "http://"+string(t.portal)+sessionPath+t.session+"?person="+t.person(farOne))
	if err != nil {
		return "", err
	}
	if len(ours) < enoughThere {
		return "", fmt.Errorf("the portal has only %d slots of the session to sell", len(ours))
	}
	t.elsewhere = ours
	for i, who := range []int{farOne, farTwo} {
		if err := t.sell(ctx, who, t.elsewhere[i]); err != nil {
			return "", err
		}
	}
	for _, taken := range t.offers[:enoughHere] {
		p, err := t.at(ctx, t.scheduler, slotPath+taken+"?person="+t.person(youngster))
		if err != nil {
			return "", err
		}
		if _, err := p.Form("/do/appointment.book"); err == nil {
			return "", fmt.Errorf("the portal would sell slot %s, which A holds", taken)
		}
	}
	return fmt.Sprintf("sold %d of the same session; A's slots are not for sale in the portal", len(t.sold)), nil
}

// sell books a slot in the portal for somebody.
func (t *tale) sell(ctx context.Context, who int, slot string) error {
	p, err := t.book(ctx, t.scheduler, "http://"+string(t.portal)+slotPath+slot+"?person="+t.person(who))
	if err != nil {
		return fmt.Errorf("sell %s in the portal: %w", slot, err)
	}
	id, err := aboutOf(p)
	if err != nil {
		return err
	}
	t.sold = append(t.sold, id)
	return nil
}

// refused presses for a slot that A does not hold, as a page would that is older than its slot, and follows the offer.
func refused(ctx context.Context, t *tale) (string, error) {
	if _, err := t.lay(ctx, t.a, neighbour); err != nil {
		return "", err
	}
	p, err := t.atA.Open(ctx, slotPath+t.offers[1])
	if err != nil {
		return "", err
	}
	f, err := p.Form("/do/appointment.book")
	if err != nil {
		return "", err
	}
	foreign := t.elsewhere[3]
	if p, err = t.atA.Submit(ctx, f, map[string]string{"slot": foreign}); err != nil {
		return "", err
	}
	if p.Status < 400 || p.Status >= 500 {
		return "", fmt.Errorf("the kiosk answers %d instead of refusing: %s", p.Status, p.Short())
	}
	reason := p.Short()
	offer, err := p.Link(requestPath + foreign)
	if err != nil {
		return "", err
	}
	return reason, t.request(ctx, offer.Href)
}

// request follows the offer: what cannot be sold here can be asked for.
func (t *tale) request(ctx context.Context, page string) error {
	before, err := t.slips(ctx)
	if err != nil {
		return err
	}
	p, err := t.atA.Open(ctx, page)
	if err != nil {
		return err
	}
	f, err := p.Form("/do/appointment.request")
	if err != nil {
		return err
	}
	if p, err = t.atA.Submit(ctx, f, nil); err != nil {
		return err
	}
	if err := p.OK(); err != nil {
		return err
	}
	if p.Says("预约成功") || !p.Says(askWords) {
		return fmt.Errorf("a request must not look like a booking: %s", p.Short())
	}
	_, err = t.slipWith(ctx, len(before), askWords)
	return err
}

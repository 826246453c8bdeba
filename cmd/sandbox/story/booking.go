package story

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"xiangyi/cmd/sandbox/outsider"
)

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

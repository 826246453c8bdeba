package story

import (
	"context"
	"fmt"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
)

// signIn lays the villager's card on A's reader and agrees to what is asked.
func signIn(ctx context.Context, t *tale) (string, error) {
	return t.welcome(ctx, t.a, villager)
}

// othersSignIn brings in those who book elsewhere later.
func othersSignIn(ctx context.Context, t *tale) (string, error) {
	for _, x := range []struct {
		station county.Station
		who     int
	}{{t.a, neighbour}, {t.a, youngster}, {t.b, farOne}, {t.b, farTwo}} {
		if _, err := t.welcome(ctx, x.station, x.who); err != nil {
			return "", fmt.Errorf("%s at %s: %w", t.cards[x.who].Name, x.station.Site, err)
		}
	}
	_, err := t.lay(ctx, t.a, villager)
	return fmt.Sprintf("%d people are known", len(t.people)), err
}

// welcome signs somebody in for the first time, agrees to each purpose on its own page, and notes what the county calls
// them.
func (t *tale) welcome(ctx context.Context, s county.Station, who int) (string, error) {
	began := time.Now()
	p, err := t.lay(ctx, s, who)
	if err != nil {
		return "", err
	}
	recognised := time.Since(began)
	agreed, err := t.agree(ctx, t.screen(s), p, who)
	if err != nil {
		return "", err
	}
	me, err := t.screen(s).Open(ctx, "/identity/me")
	if err != nil {
		return "", err
	}
	if !t.shows(me, who) {
		return "", fmt.Errorf("the kiosk does not show who is signed in: %s", me.Short())
	}
	return fmt.Sprintf("recognised after %.1f s, agreed to %s", recognised.Seconds(), strings.Join(agreed, ", ")), nil
}

// agree opens every purpose that is asked and says yes.
func (t *tale) agree(ctx context.Context, b *outsider.Browser, p *outsider.Page, who int) ([]string, error) {
	list, err := b.All(ctx, "/identity/consent", "/identity/consent/")
	if err != nil {
		return nil, err
	}
	var agreed []string
	for _, l := range list {
		p, err := b.Open(ctx, l.Href)
		if err != nil {
			return agreed, err
		}
		f, err := p.Form("/do/identity.consent")
		if err != nil {
			continue // given already
		}
		t.people[t.cards[who].Number] = f.Get("person")
		if p, err = b.Submit(ctx, f, nil); err != nil {
			return agreed, err
		}
		if err := p.OK(); err != nil {
			return agreed, err
		}
		agreed = append(agreed, f.Get("purpose"))
	}
	if len(agreed) == 0 {
		return nil, fmt.Errorf("nothing was asked: %s: %s", p.URL.Path, p.Short())
	}
	return agreed, nil
}

package story

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/paper"
)

// tale is what the story remembers from step to step.
type tale struct {
	county       *county.County
	a, b         county.Station
	cards        []county.Card
	atA, atB     *outsider.Browser // the stations' screens
	scheduler    *outsider.Browser // in the portal
	doctor       *outsider.Browser // in the portal
	portal       county.Address    // of the node whose portal is used
	people       map[string]string // number of a card → what the county calls its holder
	session      string            // of the booking at A
	offers       []string          // slots of the session that A can sell
	elsewhere    []string          // slots of the session that A cannot sell
	booking      string            // made at A
	number       string            // on its slip
	sold         []string          // bookings made in the portal
	slipsAtStart int
	atDesk       *outsider.Browser // A's village doctor
	photo        string            // kept at A
	photoBytes   []byte
	passwords    map[string]string // that replaced the first ones, by login
}

// People of the story, by their place in the drawer of cards: three sign in at A, two at B.
const (
	villager = iota
	neighbour
	youngster
	farOne
	farTwo
)

func newTale(c *county.County) (*tale, error) {
	t := &tale{county: c, a: c.Plan.Stations[0], b: c.Plan.Stations[1], cards: county.Cards(), portal: c.Plan.Nodes[0].Portal, people: map[string]string{}, passwords: map[string]string{}}
	for _, x := range []struct {
		into **outsider.Browser
		addr county.Address
	}{{&t.atA, t.a.Kiosk}, {&t.atB, t.b.Kiosk}, {&t.scheduler, t.portal}, {&t.doctor, t.portal}, {&t.atDesk, t.a.Desk}} {
		b, err := outsider.NewBrowser(string(x.addr))
		if err != nil {
			return nil, err
		}
		*x.into = b
	}
	return t, nil
}

func (t *tale) close() {
	for _, b := range []*outsider.Browser{t.atA, t.atB, t.scheduler, t.doctor, t.atDesk} {
		b.Close()
	}
}

// person is what the county calls somebody who has signed in.
func (t *tale) person(who int) string { return t.people[t.cards[who].Number] }

// screen is the browser and the reader of a station.
func (t *tale) screen(s county.Station) *outsider.Browser {
	if s.Site == t.a.Site {
		return t.atA
	}
	return t.atB
}

// lay puts a card on a station's reader and waits until the screen has let its holder in. Whoever's card lay there before
// is lifted first, for long enough that the reader sees the empty place.
func (t *tale) lay(ctx context.Context, s county.Station, who int) (*outsider.Page, error) {
	if _, err := outsider.Tell[outsider.Told](ctx, string(s.Reader.Admin), "/remove", struct{}{}); err != nil {
		return nil, err
	}
	b := t.screen(s)
	if err := t.leave(ctx, b); err != nil {
		return nil, err
	}
	if err := rest(ctx, 1500*time.Millisecond); err != nil {
		return nil, err
	}
	if _, err := outsider.Tell[outsider.Told](ctx, string(s.Reader.Admin), "/place", t.cards[who]); err != nil {
		return nil, err
	}
	return t.arrive(ctx, b)
}

// leave ends whoever is signed in, by the button that every page has.
func (t *tale) leave(ctx context.Context, b *outsider.Browser) error {
	p, err := b.Open(ctx, "/")
	if err != nil {
		return err
	}
	f, err := p.Form("/leave")
	if err != nil {
		return nil // nobody is there
	}
	_, err = b.Submit(ctx, f, nil)
	return err
}

// arrive is what a kiosk's own browser does when it is told that somebody was recognised.
func (t *tale) arrive(ctx context.Context, b *outsider.Browser) (page *outsider.Page, err error) {
	err = until(ctx, soon, func() (string, error) {
		p, err := b.Open(ctx, "/arrived?back="+url.QueryEscape("/identity/me"))
		if err != nil {
			return "", err
		}
		if !strings.HasPrefix(p.URL.Path, "/identity/") {
			return "the screen has not let the card's holder in: " + p.Short(), nil
		}
		page = p
		return "", nil
	})
	return page, err
}

// rest waits.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// signed makes sure that somebody is signed in at a station: a screen that nobody touched for a while has signed them out.
func (t *tale) signed(ctx context.Context, s county.Station, who int) error {
	p, err := t.screen(s).Open(ctx, "/identity/me")
	if err == nil && p.Status == 200 && p.URL.Path == "/identity/me" && t.shows(p, who) {
		return nil
	}
	_, err = t.lay(ctx, s, who)
	return err
}

// shows tells whether a page of somebody's own details is theirs: it shows the last digits of their number.
func (t *tale) shows(p *outsider.Page, who int) bool {
	n := t.cards[who].Number
	return strings.Contains(p.Text, n[len(n)-4:])
}

// enter signs a member of staff in, and changes a first password where that is asked.
func (t *tale) enter(ctx context.Context, b *outsider.Browser, login string) error {
	return t.enterAt(ctx, b, string(t.portal), login)
}

// enterAt is enter at a portal's or desk's address.
func (t *tale) enterAt(ctx context.Context, b *outsider.Browser, addr, login string) error {
	p, err := b.Open(ctx, "http://"+addr+"/identity/signin")
	if err != nil {
		return err
	}
	f, err := p.Form("/identity/enter")
	if err != nil {
		return err
	}
	password := cmp.Or(t.passwords[login], t.county.Plan.Account(login).Password)
	if p, err = b.Submit(ctx, f, map[string]string{"login": login, "password": password}); err != nil {
		return err
	}
	if err := p.OK(); err != nil {
		return fmt.Errorf("sign in as %s: %w", login, err)
	}
	f, err = p.Form("/do/identity.set-password")
	if err != nil {
		return nil // nobody asks for a new one
	}
	values := map[string]string{}
	for _, field := range f.Fields {
		if field.Type == "password" {
			values[field.Name] = password + "-2"
		}
	}
	p, err = b.Submit(ctx, f, values)
	if err == nil {
		err = p.OK()
	}
	if err != nil {
		return fmt.Errorf("change the first password of %s: %w", login, err)
	}
	t.passwords[login] = password + "-2"
	return nil
}

// at opens a page of the portal at the node that is in use.
func (t *tale) at(ctx context.Context, b *outsider.Browser, path string) (*outsider.Page, error) {
	p, err := b.Open(ctx, "http://"+string(t.portal)+path)
	if err == nil {
		err = p.OK()
	}
	return p, err
}

// slips gives what the slip printer of A has printed.
func (t *tale) slips(ctx context.Context) ([]paper.Slip, error) {
	return outsider.Ask[[]paper.Slip](ctx, string(t.a.Paper.Admin), "/slips")
}

// slipWith waits for a slip, printed after so many others, that holds all words.
func (t *tale) slipWith(ctx context.Context, after int, words ...string) (slip paper.Slip, err error) {
	err = until(ctx, soon, func() (string, error) {
		all, err := t.slips(ctx)
		if err != nil {
			return "", err
		}
		for _, s := range all[min(after, len(all)):] {
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s.Text, w) }) {
				slip = s
				return "", nil
			}
		}
		return fmt.Sprintf("of %d slips none says %v", len(all)-after, words), nil
	})
	return slip, err
}

// books gives what the hospital holds, and what it heard.
func (t *tale) books(ctx context.Context) (held []hospital.Booking, heard []hospital.Heard, err error) {
	door := string(t.county.Plan.Hospital.Admin)
	held, err = outsider.Ask[[]hospital.Booking](ctx, door, "/bookings")
	if err != nil {
		return nil, nil, err
	}
	heard, err = outsider.Ask[[]hospital.Heard](ctx, door, "/messages")
	return held, heard, err
}

var errNoAbout = errors.New("the page after the booking does not say which one it is")

// aboutOf reads the name of a booking from the address of the page after it.
func aboutOf(p *outsider.Page) (string, error) {
	id, ok := strings.CutPrefix(p.URL.Path, "/appointment/done/")
	if !ok || id == "" {
		return "", fmt.Errorf("%w: %s: %s", errNoAbout, p.URL.Path, p.Short())
	}
	return id, nil
}

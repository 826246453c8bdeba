package replication

import (
	"context"
	"slices"
	"time"

	"xiangyi/replication/store"
)

// question is a pull that left.
type question struct {
	pull   Pull
	answer func() (b []byte, took time.Duration, err error)
	end    context.CancelFunc
}

// depart gives the pull whose answer is next. While scopes are walked, another
// leaves with it, for the scopes behind: else the line would be idle while an
// answer is stored and the next question travels.
func (d *Downlink) depart(ctx context.Context) (*question, error) {
	f := d.ahead
	d.ahead = nil
	if f == nil {
		p, err := d.ask(nil)
		if err != nil {
			return nil, err
		}
		f = d.send(ctx, p)
	}
	if f.pull.AsOf == 0 || len(f.pull.Walks) < d.mostWalks() || d.again {
		return f, nil // position and walks wait for this answer
	}
	p, err := d.ask(f.pull.Walks)
	if err == nil && len(p.Walks) > 0 {
		d.ahead = d.send(ctx, p)
	}
	return f, err
}

func (d *Downlink) send(ctx context.Context, p Pull) *question {
	ctx, end := context.WithTimeout(ctx, pullTime)
	pull := func() ([]byte, time.Duration, error) {
		began := d.now()
		b, err := d.Line.Pull(ctx, AppendPull(nil, &p))
		return b, d.now().Sub(began), err
	}
	if !d.Apart {
		return &question{p, pull, end}
	}
	type outcome struct {
		b    []byte
		took time.Duration
		err  error
	}
	ended := make(chan outcome, 1)
	go func() {
		b, took, err := pull()
		ended <- outcome{b, took, err}
	}()
	return &question{p, func() ([]byte, time.Duration, error) {
		o := <-ended
		return o.b, o.took, o.err
	}, end}
}

// drop forgets the pull that is ahead: it asked for what is no longer so.
func (d *Downlink) drop() {
	if d.ahead != nil {
		d.ahead.end()
		d.ahead = nil
	}
}

// ask makes the next pull; under way are walks that were asked for already.
func (d *Downlink) ask(under []store.Walk) (Pull, error) {
	p := Pull{Site: d.Site, Incarnation: d.Shelf.Incarnation(), Budget: d.Budget}
	lines, err := d.Shelf.Lines()
	if err != nil {
		return p, err
	}
	for _, l := range lines {
		if l.Incarnation == p.Incarnation {
			continue
		}
		if n := len(p.Earlier); n == 0 || p.Earlier[n-1].Incarnation != l.Incarnation { // lines stand by incarnation
			p.Earlier = append(p.Earlier, Earlier{Incarnation: l.Incarnation})
		}
		p.Earlier[len(p.Earlier)-1].Tails[l.Lane] = l.Tail
	}
	if p.Position, err = d.Shelf.Position(); err != nil {
		return p, err
	}
	p.Follows = d.follows()
	if p.AsOf, err = d.Shelf.AsOf(); err != nil {
		return p, err
	}
	if p.Walks, err = d.Shelf.NextWalks(d.again, d.mostWalks()+len(under)); err != nil {
		return p, err
	}
	p.Walks = slices.DeleteFunc(p.Walks, func(w store.Walk) bool {
		return slices.ContainsFunc(under, func(u store.Walk) bool { return u.Scope == w.Scope })
	})
	p.Walks = p.Walks[:min(len(p.Walks), d.mostWalks())]
	if d.again {
		for i := range p.Walks {
			p.Walks[i].After = nil
		}
	}
	if len(p.Walks) > 0 {
		p.Budget = d.reach()
	}
	return p, nil
}

const (
	// mostReach and leastReach bound what one answer may bring while scopes are
	// walked, in bytes before they are packed, to a tenth or so. It begins with
	// some budgets: a walk brings nothing else than what was asked for.
	mostReach  = 512 << 10
	leastReach = 16 << 10
	budgets    = 4
	// swift is how soon an answer comes that could have been twice as large: a cut
	// costs what was under way.
	swift = 1500 * time.Millisecond
)

// reach is how much the next walk may bring.
func (d *Downlink) reach() uint32 {
	if d.walk == 0 {
		d.walk = min(max(budgets*d.Budget, leastReach), mostReach)
	}
	return d.walk
}

func (d *Downlink) mostWalks() int {
	if d.MostWalks == 0 {
		return 64
	}
	return d.MostWalks
}

// learn fits it to the line: twice as much after an answer that came soon, half
// of it after one that did not come.
func (d *Downlink) learn(p *Pull, took time.Duration, err error) {
	switch {
	case len(p.Walks) == 0:
	case err != nil:
		d.walk = max(d.walk/2, leastReach)
	case took < swift:
		d.walk = min(2*d.walk, mostReach)
	}
}

// follows names what the station follows now.
func (d *Downlink) follows() [8]byte {
	scopes := slices.Clone(d.Shelf.Scopes())
	slices.Sort(scopes)
	return SumScopes(scopes)
}

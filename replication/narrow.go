package replication

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// Ledgers is what narrowing needs of a station's store beside Shelf.
type Ledgers interface {
	ScopeSums([]protocol.Scope) ([]protocol.Digest, error)
	Marks(scope protocol.Scope, after, through []byte) ([]store.Marked, error)
	Alone([]protocol.Rev) ([]protocol.Change, error)
	Resum(protocol.Scope) (differed bool, err error)
}

// Difference is what a comparison with the county found and did about it.
type Difference struct {
	Position protocol.Cursor // at which digests differed
	Scopes   int             // that differed
	Fetched  int             // revisions that were missing here
	Offered  int             // own revisions that were missing in the county
	Foreign  int             // other sites' that the county misses: those sites offer them
	Resummed int             // scopes whose kept sum was wrong here
	Walk     bool            // nothing was located, or too much: every scope is walked again
}

// mostParts bounds one narrowing. Beyond it walking is cheaper.
const mostParts = 512

// narrowing is one search for what makes two digests differ.
type narrowing struct {
	*Downlink
	scopes []protocol.Scope
	todo   []span
	asked  int
	found  Difference
}

// span is a range that may hold a difference: of scopes, or of one scope.
type span struct {
	scopes         scopeRange
	scope          protocol.Scope // "" for a range of scopes
	after, through []byte
}

// errOther: the two sides do not speak of the same scopes just now.
var errOther = errors.New("the county sees another following, or is behind")

// narrow looks for the difference and heals it by union. The next answers tell
// whether it helped.
func (d *Downlink) narrow(ctx context.Context, at protocol.Cursor) error {
	n := &narrowing{Downlink: d, scopes: slices.Clone(d.Shelf.Scopes()), found: Difference{Position: at}}
	slices.Sort(n.scopes)
	n.todo = []span{{scopes: scopeRange{0, len(n.scopes)}}}
	for len(n.todo) > 0 && n.asked < mostParts {
		s := n.todo[len(n.todo)-1]
		n.todo = n.todo[:len(n.todo)-1]
		n.asked++
		var err error
		if s.scope == "" {
			err = n.inScopes(ctx, s)
		} else {
			err = n.inKeys(ctx, s)
		}
		if err != nil {
			return err
		}
	}
	f := &n.found
	f.Walk = len(n.todo) > 0 || f.Fetched+f.Offered+f.Foreign+f.Resummed == 0
	d.Log.Error("digests differed", "position", uint64(at), "scopes", f.Scopes, "fetched", f.Fetched, "offered", f.Offered,
		"foreign", f.Foreign, "resummed", f.Resummed, "walk", f.Walk)
	d.again = d.again || f.Walk
	if d.Alarm != nil {
		d.Alarm(ctx, *f)
	}
	return nil
}

func (n *narrowing) ask(ctx context.Context, q Compare) (Compared, error) {
	q.Position, q.Follows = n.found.Position, SumScopes(n.scopes)
	return n.question(ctx, q)
}

// question is one exchange.
func (d *Downlink) question(ctx context.Context, q Compare) (Compared, error) {
	q.Site = d.Site
	ctx, cancel := context.WithTimeout(ctx, pullTime)
	defer cancel()
	b, err := d.Line.Pull(ctx, AppendCompare(nil, &q))
	if err != nil {
		return Compared{}, err
	}
	a, err := DecodeCompared(b)
	if err == nil && a.Status != CompareOK {
		err = errOther
	}
	return a, err
}

// inScopes finds which parts of a range of scopes differ.
func (n *narrowing) inScopes(ctx context.Context, s span) error {
	a, err := n.ask(ctx, Compare{What: AskScopes, From: s.scopes.from, To: s.scopes.to})
	if err != nil {
		return err
	}
	ranges := parts(s.scopes.from, s.scopes.to)
	if len(a.Sums) != len(ranges) {
		return fmt.Errorf("compared: %w", errWire)
	}
	for i, r := range ranges {
		ours, err := n.Shelf.ScopeSums(n.scopes[r.from:r.to])
		if err != nil {
			return &DiskError{err}
		}
		switch {
		case sum(ours) == a.Sums[i]:
		case r.to-r.from > 1:
			n.todo = append(n.todo, span{scopes: r})
		default:
			if err := n.differs(n.scopes[r.from]); err != nil {
				return err
			}
		}
	}
	return nil
}

// differs goes into one scope, unless it is only its sum that is wrong.
func (n *narrowing) differs(scope protocol.Scope) error {
	n.found.Scopes++
	wrong, err := n.Shelf.Resum(scope)
	if err != nil {
		return &DiskError{err}
	}
	if wrong {
		n.found.Resummed++
	}
	n.todo = append(n.todo, span{scope: scope})
	return nil
}

// inKeys compares a range of one scope part by part, or mark by mark.
func (n *narrowing) inKeys(ctx context.Context, s span) error {
	a, err := n.ask(ctx, Compare{What: AskKeys, Scope: s.scope, After: s.after, Through: s.through})
	if err != nil {
		return err
	}
	ours, err := n.Shelf.Marks(s.scope, s.after, s.through)
	if err != nil {
		return &DiskError{err}
	}
	if len(a.Ends) == 0 {
		return n.settle(ctx, s, ours, a.Marks)
	}
	after := s.after
	for i, end := range a.Ends {
		if len(end) == 0 {
			end = s.through
		}
		var total protocol.Digest
		for len(ours) > 0 && (len(end) == 0 || bytes.Compare(ours[0].Place, end) <= 0) {
			total, ours = total+ours[0].Mark, ours[1:]
		}
		if total != a.Sums[i] {
			n.todo = append(n.todo, span{scope: s.scope, after: after, through: end})
		}
		after = end
	}
	return nil
}

// settle fetches what is missing here and offers what is missing there.
func (n *narrowing) settle(ctx context.Context, s span, ours []store.Marked, theirs []protocol.Digest) error {
	var missing []protocol.Digest
	for _, mark := range theirs {
		if !slices.ContainsFunc(ours, func(m store.Marked) bool { return m.Mark == mark }) {
			missing = append(missing, mark)
		}
	}
	var offer []protocol.Rev
	for _, m := range ours {
		switch {
		case slices.Contains(theirs, m.Mark):
		case m.Rev.Site != n.Site:
			n.found.Foreign++
		case len(offer) < mostMarks:
			offer = append(offer, m.Rev)
		}
	}
	if len(missing) > 0 {
		if err := n.fetch(ctx, s, missing); err != nil {
			return err
		}
	}
	if len(offer) > 0 {
		return n.offer(ctx, offer)
	}
	return nil
}

func (n *narrowing) fetch(ctx context.Context, s span, marks []protocol.Digest) error {
	a, err := n.ask(ctx, Compare{What: AskFetch, Scope: s.scope, After: s.after, Through: s.through, Marks: marks})
	if err != nil {
		return err
	}
	got, err := UnpackAnswer(n.Keys, n.Site, a.Packed)
	if err != nil {
		return err
	}
	at, err := n.Shelf.Position()
	if err != nil {
		return &DiskError{err}
	}
	err = n.Shelf.Absorb(store.Arrival{From: at, Position: at, AsOf: got.AsOf, Walked: got.Changes})
	var forked *store.Forked
	switch {
	case errors.As(err, &forked):
		return n.fork(ctx, forked.Incarnation)
	case errors.Is(err, store.ErrDisk):
		return &DiskError{err}
	case err == nil:
		n.found.Fetched += len(got.Changes)
	}
	return err
}

func (n *narrowing) offer(ctx context.Context, revs []protocol.Rev) error {
	changes, err := n.Shelf.Alone(revs)
	if err != nil {
		return &DiskError{err}
	}
	packed, err := PackAnswer(n.Keys, n.Rand, n.Site, n.day(), &Answer{Changes: changes})
	if err != nil {
		return err
	}
	if _, err = n.ask(ctx, Compare{What: AskOffer, Offer: packed}); err == nil {
		n.found.Offered += len(changes)
	}
	return err
}

// Answer packs what ServeCompare found, and appends the answer as it travels.
func (a *Compared) Answer(keys seal.Keyring, rand io.Reader, site protocol.Site, day uint32) ([]byte, error) {
	if len(a.Found) > 0 {
		packed, err := PackAnswer(keys, rand, site, day, &Answer{AsOf: a.AsOf, Changes: a.Found})
		if err != nil {
			return nil, err
		}
		a.Packed = packed
	}
	return AppendCompared(nil, a), nil
}

// Offered opens what a station offers: Changes of its own, which another site
// may not speak for.
func Offered(keys seal.Keyring, site protocol.Site, packed []byte) ([]protocol.Change, error) {
	a, err := UnpackAnswer(keys, site, packed)
	if err != nil {
		return nil, err
	}
	for i := range a.Changes {
		if a.Changes[i].Site != site {
			return nil, fmt.Errorf("offer: %s is not the offering site's", a.Changes[i].Position)
		}
	}
	return a.Changes, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"xiangyi/protocol"
)

const (
	maxRound    = 256     // orders of one transaction
	roundBytes  = 1 << 19 // what they may write, about
	reindexStep = 100     // records of one step, between rounds
)

// job waits for the committer.
type job struct {
	work  func(*round) (protocol.Change, error)
	alone bool // gets a transaction of its own

	taken  atomic.Bool // by the committer, or by its owner who gave up
	live   bool        // the committer took it
	change protocol.Change
	err    error
	done   chan struct{}
}

func (d *DB) submit(ctx context.Context, j *job) (protocol.Change, error) {
	j.done = make(chan struct{})
	if err := errors.Join(ctx.Err(), d.core.Err()); err != nil {
		return protocol.Change{}, err
	}
	select {
	case <-d.quit:
		return protocol.Change{}, protocol.ErrClosed
	default:
	}
	if d.opts.Inline {
		return d.atOnce(j)
	}
	select {
	case d.queue <- j:
	case <-ctx.Done():
		return protocol.Change{}, ctx.Err()
	case <-d.stopped:
		return protocol.Change{}, protocol.ErrClosed
	}
	select {
	case <-j.done:
		return j.change, j.err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return protocol.Change{}, ctx.Err() // nothing happened
		}
	case <-d.stopped:
	}
	select {
	case <-j.done:
		return j.change, j.err
	case <-d.stopped:
	}
	select { // the last round may have answered as the committer ended
	case <-j.done:
		return j.change, j.err
	default:
		return protocol.Change{}, protocol.ErrClosed
	}
}

// atOnce is submit without a committer.
func (d *DB) atOnce(j *job) (protocol.Change, error) {
	d.inline.Lock()
	defer d.inline.Unlock()
	d.round([]*job{j})
	d.reindex()
	return j.change, j.err
}

// Tidy does a step of what the committer of an Inline store would do between
// orders: scopes that ended leave. It reports whether there was one to do.
func (d *DB) Tidy() bool {
	d.inline.Lock()
	defer d.inline.Unlock()
	if d.core.Err() == nil {
		d.expire()
	}
	return d.evict()
}

// run is the committer: it takes what waits, without waiting for more, and
// stores it in one transaction. What is left over goes to scopes that ended.
func (d *DB) run() {
	defer close(d.stopped)
	var waiting []*job
	for {
		if len(waiting) == 0 {
			j, ok := d.wait(d.evict())
			if !ok {
				return
			}
			if j == nil {
				continue
			}
			waiting = append(waiting, j)
		}
		waiting = d.round(d.gather(waiting))
		d.reindex()
	}
}

// wait gives the next job. None comes at once while there is work of our own,
// and when something that is followed ended. ok is false at the end.
func (d *DB) wait(busy bool) (j *job, ok bool) {
	if busy {
		select {
		case j := <-d.queue:
			return j, true
		case <-d.quit:
			return nil, false
		default:
			return nil, true
		}
	}
	var end <-chan time.Time
	if t := d.untilEnd(); t != nil {
		defer t.Stop()
		end = t.C
	}
	select {
	case j := <-d.queue:
		return j, true
	case <-end:
		d.expire()
		return nil, true
	case <-d.quit:
		return nil, false
	}
}

// gather adds what else waits. It lets those run first whom the last round has
// just answered and who have more to save, but never waits for them.
func (d *DB) gather(jobs []*job) []*job {
	for yielded := false; len(jobs) < maxRound; {
		select {
		case j := <-d.queue:
			jobs = append(jobs, j)
		default:
			if yielded {
				return jobs
			}
			yielded = true
			runtime.Gosched()
		}
	}
	return jobs
}

// round is one transaction in the making.
type round struct {
	db      *DB
	s       *Snapshot
	end     journal // as it will be
	overlay Overlay
	changes []protocol.Change
	more    []func(*Batch) error
	after   []func() // once it is stored
}

// round stores what it can of jobs and answers those; the rest comes back.
func (d *DB) round(jobs []*job) (rest []*job) {
	mine := d.share(jobs)
	rest = jobs[len(mine):]
	live := mine[:0:0]
	for _, j := range mine {
		if j.live || j.taken.CompareAndSwap(false, true) {
			j.live = true
			live = append(live, j)
		}
	}
	n, err := d.attempt(live)
	rest = append(live[n:], rest...)
	live = live[:n]
	if err == nil || len(live) == 1 || errors.Is(err, ErrDisk) {
		answer(live, err)
		return rest
	}
	for _, j := range live { // one of them cannot be stored: let it fail alone
		_, err := d.attempt([]*job{j})
		answer([]*job{j}, err)
	}
	return rest
}

// attempt runs as many jobs as one transaction should hold, and stores them.
func (d *DB) attempt(jobs []*job) (n int, err error) {
	var r *round
	err = d.core.View(d.now(), d.clock(), func(s *Snapshot) error {
		r = &round{db: d, s: s, end: d.end}
		for _, j := range jobs {
			if n > 0 && r.overlay.Bytes() > roundBytes {
				return nil
			}
			j.change, j.err = j.work(r)
			n++
		}
		return nil
	})
	if err != nil {
		return len(jobs), err
	}
	return n, r.store()
}

// share is the first jobs that may be stored together.
func (d *DB) share(jobs []*job) []*job {
	for i, j := range jobs {
		if j.alone {
			return jobs[:max(i, 1)]
		}
	}
	return jobs
}

func answer(jobs []*job, err error) {
	for _, j := range jobs {
		if err != nil {
			j.change, j.err = protocol.Change{}, err
		}
		close(j.done)
	}
}

// store commits the round, then has it witnessed: only then is anything "saved
// here".
func (r *round) store() error {
	if len(r.changes) == 0 && len(r.more) == 0 {
		return nil
	}
	d := r.db
	err := d.core.Update(func(b *Batch) error {
		b.now = r.s.now
		for i := range r.changes {
			if err := r.end.append(b, &r.changes[i]); err != nil {
				return err
			}
		}
		for _, write := range r.more {
			if err := write(b); err != nil {
				return err
			}
		}
		if err := r.end.save(b); err != nil {
			return err
		}
		followed, err := d.follow.update(b, &d.leaving)
		r.after = append(r.after, followed)
		return err
	})
	if err != nil {
		return err
	}
	if len(r.changes) > 0 {
		if err := d.witness.write(r.end.testimony()); err != nil {
			return d.core.fail(err)
		}
	}
	d.end = r.end
	d.last.Store(uint64(r.end.cursor))
	for _, f := range r.after {
		f()
	}
	d.wake()
	return nil
}

// do runs an order against what the round holds so far.
func (r *round) do(o protocol.Order, act func(protocol.Tx) error) (protocol.Change, error) {
	if c, used, err := Repeat(r.s, &r.overlay, o.Key); used || err != nil {
		return c, err
	}
	if err := r.db.space.admit(o.Lane); err != nil {
		return protocol.Change{}, err
	}
	s := r.s.At(r.db.now(), r.db.clock())
	s.frozen = r.db.Frozen()
	c, _, err := Run(s, &r.overlay, r.end.seat, r.end.tick(s.now), o, shielded(act))
	if c.Seq != 0 {
		r.add(c)
	}
	return c, err
}

// note stores a Change without writes. It is taken on a full disk too.
func (r *round) note(o protocol.Order, outcome protocol.Outcome, code protocol.Code) (protocol.Change, error) {
	if c, used, err := Repeat(r.s, &r.overlay, o.Key); used || err != nil {
		return c, err
	}
	if err := admitOrder(&o); err != nil {
		return protocol.Change{}, err
	}
	c := Noted(r.end.seat(o.Lane), r.end.tick(r.db.now()), o, outcome, code)
	r.overlay.Add(c)
	r.add(c)
	return c, nil
}

func (r *round) add(c protocol.Change) {
	r.changes = append(r.changes, c)
	r.end.next[c.Lane]++
}

// shielded keeps a defect in one action from ending the whole station.
func shielded(act func(protocol.Tx) error) func(protocol.Tx) error {
	return func(tx protocol.Tx) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("the action panicked: %v\n%s", p, debug.Stack())
			}
		}()
		return act(tx)
	}
}

// reindex does a step of a kind's new index rows, if any wait.
func (d *DB) reindex() {
	if set := d.core.specs.Load(); set == nil || !set.reindexing() {
		return
	}
	err := d.core.Update(func(b *Batch) error { _, err := b.Reindex(reindexStep); return err })
	if err != nil {
		d.opts.Log.Error("reindex", "error", err)
	}
}

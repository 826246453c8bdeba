package replication_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

var kinds = append(protocol.BaseKinds(),
	protocol.KindSpec{Kind: "note", Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Indexes: []protocol.Index{{Name: "all"}}})

type randomness struct{ *rand.Rand }

func (r randomness) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

func newRand(seed uint64) io.Reader { return randomness{rand.New(rand.NewPCG(seed, 7))} }

// county is the smallest thing that keeps a ledger: one Core, frames applied in
// the order in which they came. Its line fails as the script says.
type county struct {
	t    *testing.T
	core *store.Core
	keys seal.Keyring
	key  *seal.PrivateKey
	rand io.Reader

	mu    sync.Mutex
	index uint64
	fail  func() error
	bytes int  // of comparisons, both ways
	walks int  // pieces of walks
	sent  int  // revisions in them
	deaf  bool // to pulls

	// A defect takes the next Change of a site: the ledger goes past it, or an
	// answer leaves it out.
	forget, withhold protocol.Site
}

func newCounty(t *testing.T) *county {
	key, err := seal.NewPrivateKey(newRand(3))
	if err != nil {
		t.Fatal(err)
	}
	keys := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key})
	core, err := store.OpenCore(store.CoreOptions{Site: "county", Keys: keys, Rand: newRand(1), Kinds: kinds, Authority: true, Small: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = core.Close() })
	return &county{t: t, core: core, keys: keys, key: key, rand: newRand(2), fail: func() error { return nil }}
}

var errLost = errors.New("line lost")

// Submit implements replication.Line. A failure may come before or after the
// frame was applied: the sender cannot tell.
func (c *county) Submit(_ context.Context, b []byte) (protocol.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.fail(); err != nil {
		return protocol.Receipt{}, err
	}
	f, err := protocol.DecodeFrame(b)
	if err != nil {
		return protocol.Receipt{}, err
	}
	changes, err := frame.Unpack(c.keys, &f)
	if err != nil {
		return protocol.Receipt{}, err
	}
	r := protocol.Receipt{Status: protocol.OK, Site: f.Site, Incarnation: f.Incarnation, Lane: f.Lane}
	err = c.core.Update(func(b *store.Batch) error {
		c.index++
		for i := range changes {
			tail, _, err := b.Tail(f.Site, f.Incarnation, f.Lane)
			if err != nil {
				return err
			}
			if changes[i].Seq <= tail {
				if have, err := b.Change(changes[i].Position); err == nil && have.HLC != changes[i].HLC {
					r.Status = protocol.Fork
					break
				}
			}
			if changes[i].Seq > tail {
				if f.Site == c.forget {
					c.forget = ""
					if err := c.pass(b, &changes[i]); err != nil {
						return err
					}
					continue
				}
				if _, err := b.Append(&changes[i], protocol.Cursor(c.index<<16|uint64(i)), true); err != nil {
					return err
				}
			}
		}
		r.HighWater, r.Hash, err = b.Tail(f.Site, f.Incarnation, f.Lane)
		return err
	})
	if err != nil {
		return protocol.Receipt{}, err
	}
	if r.Signature, err = c.keys.Sign(c.rand, r.Statement()); err != nil {
		return protocol.Receipt{}, err
	}
	return r, c.fail()
}

// pass moves a lane past a Change and stores nothing of it.
func (c *county) pass(b *store.Batch, lost *protocol.Change) error {
	_, prev, err := b.Tail(lost.Site, lost.Incarnation, lost.Lane)
	if err != nil {
		return err
	}
	return b.SetTail(lost.Site, lost.Incarnation, lost.Lane, lost.Seq, protocol.Chain(prev, lost))
}

// Pull implements replication.Puller.
func (c *county) Pull(_ context.Context, request []byte) ([]byte, error) {
	b, news, err := c.pull(request)
	if err == nil && !news {
		time.Sleep(10 * time.Second) // as the real one waits for news
	}
	return b, err
}

func (c *county) pull(request []byte) (answer []byte, news bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.fail(); err != nil || c.deaf {
		return nil, false, errors.Join(errLost, err)
	}
	if replication.IsCompare(request) {
		answer, err = c.compare(request)
		c.bytes += len(request) + len(answer)
		return answer, true, err
	}
	p, err := replication.DecodePull(request)
	if err != nil {
		return nil, false, err
	}
	var a replication.Answer
	err = c.core.View(time.Now(), protocol.ClockState{}, func(s *store.Snapshot) (err error) {
		a, err = replication.Serve(s, replication.Ledger{Lanes: tails}, p)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(a.Walks) > 0 {
		c.walks++
		c.sent += len(a.Changes)
	}
	a.Changes = slices.DeleteFunc(a.Changes, func(ch protocol.Change) bool {
		hit := p.Site == "v01" && ch.Site == c.withhold
		if hit {
			c.withhold = ""
		}
		return hit
	})
	answer, err = replication.PackAnswer(c.keys, c.rand, p.Site, 21921, &a)
	return answer, a.More || len(a.Changes) > 0 || a.Position > p.Position, err
}

// tails reads the marks of this county, whose lanes stand in its Core.
func tails(s *store.Snapshot, site protocol.Site, inc protocol.Incarnation) (out [protocol.Lanes]protocol.Seq, err error) {
	for lane := range out {
		if out[lane], _, err = s.Tail(site, inc, protocol.Lane(lane)); err != nil {
			return out, err
		}
	}
	return out, nil
}

type station struct {
	*store.DB
	down *replication.Downlink
}

func (c *county) station(ctx context.Context, site protocol.Site, run *sync.WaitGroup) *station {
	return c.box(ctx, site, run, "")
}

// box is a station whose records are in a directory.
func (c *county) box(ctx context.Context, site protocol.Site, run *sync.WaitGroup, dir string) *station {
	keys := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: seal.Sum([]byte(site))})
	db, err := store.Open(store.Options{CoreOptions: store.CoreOptions{Dir: dir, Site: site, Keys: keys, Rand: newRand(uint64(time.Now().UnixNano()) + uint64(site[2])), Kinds: kinds, Small: true}, Now: time.Now, Ballast: -1})
	if err != nil {
		c.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	urgent := []protocol.Lane{protocol.Urgent, protocol.Clinical}
	s := &station{db, &replication.Downlink{Site: site, Shelf: db, Line: c, Keys: keys, Rand: newRand(11), Log: log, Budget: 2 << 10, Apart: true, MostWalks: 2}}
	one := &replication.Sender{Journal: db, Line: c, Lanes: urgent, Keys: keys, County: c.key.Public(), Rand: newRand(9), Log: log}
	two := &replication.Sender{Journal: db, Line: c, Lanes: []protocol.Lane{protocol.Administrative, protocol.Media}, Before: urgent,
		Keys: keys, County: c.key.Public(), Rand: newRand(10), Log: log}
	for _, f := range []func(context.Context) error{one.Run, two.Run, s.down.Run} {
		run.Go(func() {
			if err := f(ctx); !errors.Is(err, context.Canceled) {
				c.t.Errorf("%s: %v", site, err)
			}
		})
	}
	return s
}

// write adds a note about a person, and has the station follow them.
func (s *station) write(t *testing.T, lane protocol.Lane, person protocol.ID, text string) {
	t.Helper()
	_, err := s.Do(t.Context(), protocol.Order{Action: "test.write", Lane: lane}, func(tx protocol.Tx) error {
		v, err := protocol.Encode(map[string]string{"text": text})
		if err != nil {
			return err
		}
		_, err = tx.Put(protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: tx.NewID()}, Subject: person, Value: v})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *station) follow(t *testing.T, person protocol.ID) {
	t.Helper()
	s.followUntil(t, person, time.Time{})
}

func (s *station) followUntil(t *testing.T, person protocol.ID, until time.Time) {
	t.Helper()
	site := s.Scopes()[1][2:]
	_, err := s.Do(t.Context(), protocol.Order{Action: "test.follow", Lane: protocol.Administrative}, func(tx protocol.Tx) error {
		v, err := protocol.Encode(protocol.Follow{Site: tx.Site(), Scope: protocol.PersonScope(person), Until: until})
		if err != nil {
			return err
		}
		ref := protocol.Ref{Kind: protocol.KindFollow, ID: protocol.ID(string(site) + "." + string(person))}
		_, err = tx.Put(protocol.Draft{Ref: ref, Value: v, Scopes: []protocol.Scope{protocol.SiteScope(tx.Site())}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *station) notes(t *testing.T) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(r protocol.Reader) error {
		for _, err := range r.Scan(protocol.Query{Kind: "note", Index: "all", Limit: 1 << 20}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two stations that look after one person write apart while their lines fail
// two times in three, before or after the county heard. In the end each holds
// what both wrote, the county too, and all digests are equal.
func TestTwoStationsMeetOverLinesThatFail(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var run sync.WaitGroup
				c := newCounty(t)
				luck := rand.New(rand.NewPCG(seed, 5))
				c.fail = func() error {
					if luck.IntN(3) > 0 {
						return errLost
					}
					return nil
				}
				a, b := c.station(ctx, "v01", &run), c.station(ctx, "v02", &run)
				a.follow(t, "p1")
				b.follow(t, "p1")
				for i := range 60 {
					a.write(t, protocol.Lane(i%3), "p1", fmt.Sprintf("a%d", i))
					b.write(t, protocol.Lane(i%4), "p1", fmt.Sprintf("b%d", i))
					b.write(t, protocol.Clinical, "p2", "nobody else follows this")
				}
				time.Sleep(30 * time.Minute) // of the bubble's clock: retries back off and go on
				c.mu.Lock()
				c.fail = func() error { return nil }
				c.mu.Unlock()
				time.Sleep(5 * time.Minute)
				for _, s := range []*station{a, b} {
					if f := s.down.Fresh(); !f.Level || !f.Compared || !f.Equal {
						t.Errorf("a station is not level with the county: %+v", f)
					}
					w, err := s.Waiting()
					if err != nil || w.Count != [protocol.Lanes]uint64{} {
						t.Errorf("changes still wait: %v %v", w.Count, err)
					}
				}
				if n := a.notes(t); n != 120 {
					t.Errorf("station A holds %d notes, want the 120 about the person that both follow", n)
				}
				if n := b.notes(t); n != 180 {
					t.Errorf("station B holds %d notes, want 120 and its own 60", n)
				}
				cancel()
				run.Wait()
				_ = a.Close()
				_ = b.Close()
			})
		})
	}
}

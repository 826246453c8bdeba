package update

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// temper is how a version behaves when it is started.
type temper int

const (
	works temper = iota
	exits
	hangs   // never ready
	sickens // ready, then not any more
)

// box is a station's box: its disk, and how each version behaves on it.
type box struct {
	*testing.T
	home    *Home
	tempers map[release.Version]temper

	mu  sync.Mutex
	now *process
	ran []release.Version // in order
}

type process struct {
	version release.Version
	temper  temper
	began   time.Time
	done    chan struct{}
	once    sync.Once
}

func (p *process) Done() <-chan struct{} { return p.done }
func (p *process) Stop()                 { p.once.Do(func() { close(p.done) }) }

func (b *box) start(v release.Version) (Process, error) {
	if _, err := os.Stat(b.home.Program(v)); err != nil {
		return nil, err
	}
	p := &process{version: v, temper: b.tempers[v], began: time.Now(), done: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = p
	b.ran = append(b.ran, v)
	if p.temper == exits {
		p.Stop()
	}
	return p, nil
}

func (b *box) ready(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.now
	if p.temper == exits || p.temper == hangs || p.temper == sickens && time.Since(p.began) > time.Minute {
		return errors.New("not ready")
	}
	return nil
}

func (b *box) supervisor() *Supervisor {
	return &Supervisor{Home: b.home, Start: b.start, Ready: b.ready, ReadyTime: 2 * time.Minute, GoodTime: 10 * time.Minute, Look: 5 * time.Second,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// runs lets the supervisor work for a while, and then stops the box in order.
func (b *box) runs(d time.Duration) error {
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	return b.supervisor().Run(ctx)
}

func (b *box) state() State {
	b.Helper()
	s, err := b.home.State()
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// running is what was started last.
func (b *box) running() release.Version { return b.ran[len(b.ran)-1] }

func packageOf(t *testing.T, v release.Version) []byte {
	t.Helper()
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(-time.Hour)
	self, err := seal.Self(key, rand.Reader, seal.Holder{Name: "maker", From: from, To: from.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := release.Pack([]byte("program "+v), release.About{Version: v, After: "1.0.0", Target: "any"}, key, self.Cert, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func newBox(t *testing.T, next temper) *box {
	t.Helper()
	b := &box{T: t, home: &Home{Dir: t.TempDir()}, tempers: map[release.Version]temper{"1.5.0": next}}
	came := b.home.Dir + "/came-with-the-box"
	if err := os.WriteFile(came, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.home.First("1.4.0", came, time.Now()); err != nil {
		t.Fatal(err)
	}
	return b
}

// wishes installs a version and asks for it, as a station does.
func (b *box) wishes(raw []byte, order string) error {
	about, err := b.home.Install(raw)
	if err != nil {
		return err
	}
	return b.home.Ask(Wish{about.Version, protocol.ID(order)})
}

func TestANewVersionIsGoodAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, works)
		if err := b.wishes(packageOf(t, "1.5.0"), "r1"); err != nil {
			t.Fatal(err)
		}
		_ = b.runs(9 * time.Minute) // stopped in order before it was found good
		if s := b.state(); s.Good != "1.4.0" || s.Trial == nil || s.Trial.Starts != 0 {
			t.Errorf("too early: %+v", s)
		}
		_ = b.runs(11 * time.Minute)
		if s := b.state(); s.Good != "1.5.0" || s.Previous != "1.4.0" || s.Trial != nil || len(s.Failed) != 0 {
			t.Errorf("after it: %+v", s)
		}
		if !slices.Equal(b.ran, []release.Version{"1.5.0", "1.5.0"}) {
			t.Errorf("ran: %v", b.ran)
		}
		if err := b.wishes(packageOf(t, "1.6.0"), "r2"); err != nil {
			t.Fatal(err)
		}
		_ = b.runs(11 * time.Minute)
		if _, err := os.Stat(b.home.Program("1.4.0")); err == nil {
			t.Error("a version that nobody goes back to was kept")
		}
		if _, err := os.Stat(b.home.Program("1.5.0")); err != nil {
			t.Error("there is nothing to go back to")
		}
	})
}

func TestAVersionThatDoesNotComeUpIsLeftForGood(t *testing.T) {
	for why, temper := range map[Reason]temper{Exited: exits, NotReady: hangs, Unhealthy: sickens} {
		t.Run(string(why), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBox(t, temper)
				raw := packageOf(t, "1.5.0")
				if err := b.wishes(raw, "r1"); err != nil {
					t.Fatal(err)
				}
				_ = b.runs(time.Hour)
				if s := b.state(); s.Good != "1.4.0" || s.Trial != nil || s.Failed["1.5.0"].Reason != why {
					t.Errorf("state: %+v", s)
				}
				if !slices.Equal(b.ran, []release.Version{"1.5.0", "1.4.0"}) {
					t.Errorf("ran: %v", b.ran)
				}
				if err := b.wishes(raw, "r1"); err != nil { // the same order once more
					t.Fatal(err)
				}
				_ = b.runs(time.Hour)
				if b.running() != "1.4.0" || len(b.ran) != 3 {
					t.Errorf("tried again by itself: %v", b.ran)
				}
				b.tempers["1.5.0"] = works // a person orders it anew
				if err := b.wishes(raw, "r2"); err != nil {
					t.Fatal(err)
				}
				_ = b.runs(time.Hour)
				if s := b.state(); s.Good != "1.5.0" || len(s.Failed) != 0 {
					t.Errorf("a new order: %+v", s)
				}
			})
		})
	}
}

var errPower = errors.New("power cut")

// The power goes after every single step on the disk, once and twice. What comes up
// afterwards always runs something whole, and ends where it would have ended.
func TestAPowerCutAtAnyStep(t *testing.T) {
	for _, next := range []temper{works, exits} {
		for cuts := 1; cuts <= 2; cuts++ {
			for at, hit := 1, true; hit; at++ {
				t.Run(fmt.Sprintf("temper %d, %d cuts at step %d", next, cuts, at), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { hit = powerCut(t, next, cuts, at) })
				})
				if at > 100 {
					t.Fatal("the steps do not end")
				}
			}
		}
	}
}

func powerCut(t *testing.T, next temper, cuts, at int) bool {
	b := newBox(t, next)
	raw := packageOf(t, "1.5.0")
	hit := false
	for range cuts {
		left := at
		b.home.cut = func() error {
			if left--; left <= 0 {
				hit = true
				return errPower
			}
			return nil
		}
		if s := b.state(); s.Good == "1.4.0" && s.Trial == nil && len(s.Failed) == 0 {
			if err := b.wishes(raw, "r1"); err != nil && !errors.Is(err, errPower) {
				t.Fatal(err)
			}
		}
		if left > 0 {
			if err := b.runs(time.Hour); !errors.Is(err, errPower) && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
	}
	b.home.cut = nil
	if s := b.state(); s.Good == "1.4.0" && s.Trial == nil && len(s.Failed) == 0 {
		if err := b.wishes(raw, "r1"); err != nil { // the station asks again while it runs the old one
			t.Fatal(err)
		}
	}
	_ = b.runs(time.Hour)
	s := b.state()
	switch {
	case s.Trial != nil:
		t.Errorf("the trial does not end: %+v", s)
	case next == works && s.Good != "1.5.0" && s.Failed["1.5.0"].Reason != Interrupt:
		t.Errorf("a good version was not taken: %+v", s)
	case next == works && cuts == 1 && s.Good != "1.5.0":
		t.Errorf("one power cut is held against the version: %+v", s)
	case next == exits && (s.Good != "1.4.0" || len(s.Failed) != 1):
		t.Errorf("a broken version: %+v", s)
	case b.running() != s.Good:
		t.Errorf("%s runs, good is %s", b.running(), s.Good)
	}
	return hit
}

func TestWhatIsDamagedOrDoesNotFitIsNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, works)
		raw := packageOf(t, "1.5.0")
		b.home.Free = func() (uint64, uint64, error) { return 15, 100, nil }
		if _, err := b.home.Install(raw); !errors.Is(err, protocol.ErrSpace) {
			t.Errorf("a full disk: %v", err)
		}
		if _, err := os.Stat(b.home.folder("1.5.0")); err == nil {
			t.Error("something was written on a full disk")
		}
		b.home.Free = nil
		altered := bytes.Clone(raw)
		altered[len(altered)-1] ^= 1
		if _, err := b.home.Install(altered); !errors.Is(err, release.ErrAltered) {
			t.Errorf("altered: %v", err)
		}
		if err := b.wishes(raw, "r1"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.home.Program("1.5.0"), []byte("program 1.5.1"), 0o700); err != nil {
			t.Fatal(err)
		}
		_ = b.runs(time.Hour)
		if s := b.state(); s.Failed["1.5.0"].Reason != Damaged || !slices.Equal(b.ran, []release.Version{"1.4.0"}) {
			t.Errorf("damaged: %+v, ran %v", s, b.ran)
		}
	})
}

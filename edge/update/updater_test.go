package update

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"testing"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/fleet"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// village is a running station that has an order.
type village struct {
	*testing.T
	u       *Updater
	raw     []byte // the package
	came    int    // percent of it that is here
	busy    bool
	order   fleet.Order
	ordered bool
	now     time.Time
	said    []fleet.Said
}

func newVillage(t *testing.T) *village {
	t.Helper()
	b := newBox(t, works)
	v := &village{T: t, raw: packageOf(t, "1.5.0"), ordered: true, now: time.Now()}
	h, n, err := release.ParseHead(v.raw)
	if err != nil {
		t.Fatal(err)
	}
	v.order = fleet.Order{Rollout: "r1", Release: fleet.Release{Version: "1.5.0", Size: h.About.Size, Head: base64.StdEncoding.EncodeToString(v.raw[:n]),
		Blob: care.Blob{Ref: "ref", Size: int64(len(v.raw))}}}
	v.u = &Updater{Home: b.home, Running: "1.4.0", Target: "any", Anchors: []seal.Certificate{h.Signer},
		Order:   func(context.Context) (fleet.Order, bool, error) { return v.order, v.ordered, nil },
		Percent: func(string) int { return v.came },
		Read:    func(string) ([]byte, error) { return v.raw, nil },
		Busy:    func(context.Context) (bool, error) { return v.busy, nil },
		Report:  func(_ context.Context, s fleet.Said) error { v.said = append(v.said, s); return nil },
		Now:     func() time.Time { return v.now }, Log: slog.New(slog.DiscardHandler)}
	return v
}

// looks has the station look once; it is told what it says then.
func (v *village) looks() (fleet.Said, error) {
	err := v.u.round(v.Context())
	if len(v.said) == 0 {
		v.Fatal("the station says nothing")
	}
	return v.said[len(v.said)-1], err
}

func (v *village) expect(step fleet.Step, percent int, end error) fleet.Said {
	v.Helper()
	said, err := v.looks()
	if said.Step != step || said.Percent != percent || !errors.Is(err, end) {
		v.Errorf("said %+v (%v), want %s %d (%v)", said, err, step, percent, end)
	}
	return said
}

func TestAStationFetchesInstallsAndWaitsForAQuietMoment(t *testing.T) {
	v := newVillage(t)
	v.ordered = false
	v.expect(fleet.Level, 0, nil)
	v.ordered, v.order.Paused = true, true
	v.expect(fleet.Waiting, 0, nil)
	if v.u.Wanted() != "" {
		t.Error("a paused rollout fetches")
	}
	v.order.Paused = false
	v.came = 47
	v.expect(fleet.Fetching, 40, nil)
	v.came = 49
	v.expect(fleet.Fetching, 40, nil)
	if v.u.Wanted() != "ref" || len(v.said) != 3 {
		t.Errorf("fetches %q, said %+v", v.u.Wanted(), v.said)
	}
	v.came, v.busy = 100, true
	v.expect(fleet.Installed, 0, nil)
	v.now = v.now.Add(2 * time.Hour)
	v.expect(fleet.Installed, 0, nil)
	v.busy = false
	v.expect(fleet.Installed, 0, ErrRestart)
	var w Wish
	if there, err := read(v.u.Home.wishFile(), &w); !there || err != nil || w != (Wish{"1.5.0", "r1"}) {
		t.Errorf("it wishes for %+v (%v)", w, err)
	}
}

func TestWhoNeverLeavesTheScreenHoldsAnUpdateForANight(t *testing.T) {
	v := newVillage(t)
	v.came, v.busy = 100, true
	v.expect(fleet.Installed, 0, nil)
	v.now = v.now.Add(28*time.Hour + time.Minute)
	v.expect(fleet.Installed, 0, ErrRestart)
	at := time.Date(2031, 3, 1, 23, 30, 0, 0, care.Zone)
	if got := nightAfter(at); got != time.Date(2031, 3, 2, 4, 0, 0, 0, care.Zone) {
		t.Errorf("the night after %v ends at %v", at, got)
	}
	if got := nightAfter(at.Add(2 * time.Hour)); got != time.Date(2031, 3, 3, 4, 0, 0, 0, care.Zone) {
		t.Errorf("an installation at night waits until %v", got)
	}
}

func TestWhatMayNotBeTakenIsSaidAndNotFetched(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*village)
		words string
	}{
		"not trusted":    {func(v *village) { v.u.Anchors = nil }, "签名者不在本站信任的名单里，请由受信任的机构签名"},
		"expired":        {func(v *village) { v.now = v.now.AddDate(2, 0, 0) }, "签名证书已过期或还没有生效，请重新签名；也请核对本站时钟"},
		"other machines": {func(v *village) { v.u.Target = "linux/arm64" }, "升级包不适用于这台机器，请换对应机型的升级包"},
		"older":          {func(v *village) { v.u.Running = "1.6.0" }, "升级包不比现在的版本新，要退回旧程序请用新版本号打包"},
		"skew":           {func(v *village) { v.u.Running = "0.9.0" }, "跨了不止一个版本，请先升到中间的版本"},
		"another head":   {func(v *village) { v.order.Release.Version = "1.5.1" }, reasons[Damaged]},
		"no head":        {func(v *village) { v.order.Release.Head = "" }, reasons[Damaged]},
		"full disk": {func(v *village) {
			v.u.Home.Free = func() (uint64, uint64, error) { return 10, 100, nil }
		}, "站里磁盘空间不够，请清理后等它自动继续"},
		"another package came": {func(v *village) { v.came, v.raw = 100, packageOf(v.T, "1.5.0") }, reasons[Damaged]},
		"an altered one came": {func(v *village) {
			v.came, v.raw = 100, bytes.Clone(v.raw)
			v.raw[len(v.raw)-1] ^= 1
		}, reasons[Damaged]},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVillage(t)
			tt.spoil(v)
			if said := v.expect(fleet.Refused, 0, nil); said.Reason != tt.words || v.u.Wanted() != "" {
				t.Errorf("said %q, fetches %q", said.Reason, v.u.Wanted())
			}
		})
	}
}

func TestAVersionThatFailedIsToldAndNotAskedForAgain(t *testing.T) {
	v := newVillage(t)
	v.came = 100
	state, err := v.u.Home.State()
	if err != nil {
		t.Fatal(err)
	}
	state.Failed = map[release.Version]Failure{"1.5.0": {Order: "r1", Reason: NotReady}}
	if err := v.u.Home.save(&state); err != nil {
		t.Fatal(err)
	}
	if said := v.expect(fleet.RolledBack, 0, nil); said.Reason != reasons[NotReady] || v.u.Wanted() != "" {
		t.Errorf("said %+v", said)
	}
	v.order.Rollout = "r2"
	state.Trial, v.u.Running = &Trial{Wish: Wish{"1.5.0", "r2"}}, "1.5.0"
	if err := v.u.Home.save(&state); err != nil {
		t.Fatal(err)
	}
	v.expect(fleet.Trying, 0, nil)
	state.Trial, v.u.Running = nil, "1.4.0"
	if err := v.u.Home.save(&state); err != nil {
		t.Fatal(err)
	}
	v.expect(fleet.Installed, 0, ErrRestart)
}

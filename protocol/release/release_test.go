package release

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"xiangyi/protocol/seal"
)

var now = time.Date(2031, 3, 1, 8, 0, 0, 0, time.UTC)

type maker struct {
	root seal.Certificate
	cert seal.Certificate
	key  *seal.PrivateKey
}

func newMaker(t *testing.T, name string, until time.Time) maker {
	t.Helper()
	rootKey, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root, err := seal.Self(rootKey, rand.Reader, seal.Holder{Name: name, From: now.AddDate(-1, 0, 0), To: now.AddDate(9, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	m := maker{root: root.Cert}
	if m.key, err = seal.NewPrivateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if m.cert, err = root.Issue(m.key.Public(), seal.Holder{Name: name + " releases", From: now.AddDate(-1, 0, 0), To: until}); err != nil {
		t.Fatal(err)
	}
	return m
}

var program = bytes.Repeat([]byte("a station's program\n"), 500)

func (m maker) pack(t *testing.T) []byte {
	t.Helper()
	raw, err := Pack(program, About{Version: "1.5.0", After: "1.4.0", Target: "linux/amd64"}, m.key, m.cert, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAPackageGivesBackItsProgramAndSaysWhoMadeIt(t *testing.T) {
	m := newMaker(t, "county", now.AddDate(1, 0, 0))
	h, got, err := Program(m.pack(t))
	if err != nil || !bytes.Equal(got, program) || h.About.Version != "1.5.0" {
		t.Fatalf("%+v, %d bytes, %v", h.About, len(got), err)
	}
	if err := h.Trusted(now, newMaker(t, "other", now.AddDate(1, 0, 0)).root, m.root); err != nil {
		t.Error(err)
	}
	if err := h.About.Follows("1.4.2", "linux/amd64"); err != nil {
		t.Error(err)
	}
}

func TestWhoeverIsNotAmongTheAnchorsOrIsTooLateIsRefused(t *testing.T) {
	m := newMaker(t, "county", now.AddDate(1, 0, 0))
	h, _, err := ParseHead(m.pack(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at      time.Time
		anchors []seal.Certificate
		want    error
	}{
		"nobody is trusted":     {now, nil, ErrSigner},
		"another authority":     {now, []seal.Certificate{newMaker(t, "other", now).root}, ErrSigner},
		"another of that name":  {now, []seal.Certificate{newMaker(t, "county", now).root}, ErrSigner},
		"the signer expired":    {now.AddDate(1, 0, 1), []seal.Certificate{m.root}, ErrSignerNow},
		"the signer is not yet": {now.AddDate(-2, 0, 0), []seal.Certificate{m.root}, ErrSignerNow},
	} {
		if err := h.Trusted(tt.at, tt.anchors...); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPackageFollowsOnlyWhatItCan(t *testing.T) {
	a := About{Version: "1.5.0", After: "1.4.0", Target: "linux/amd64"}
	for name, tt := range map[string]struct {
		running Version
		target  string
		want    error
	}{
		"the release before":  {"1.4.9", "linux/amd64", nil},
		"itself":              {"1.5.0", "linux/amd64", ErrOlder},
		"a newer one":         {"1.10.0", "linux/amd64", ErrOlder},
		"two releases before": {"1.3.9", "linux/amd64", ErrSkew},
		"another machine":     {"1.4.0", "linux/arm64", ErrTarget},
	} {
		if err := a.Follows(tt.running, tt.target); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, v := range []Version{"", "1", "1.5", "1.5.0.1", "01.5.0", "v1.5.0", "1.5.-1", "1.5.0 ", "../1.0.0", "1.5.99999"} {
		if v.Check() == nil {
			t.Errorf("%q is a version", v)
		}
	}
	if v, err := Version("2.7.3").Previous(); v != "2.6.0" || err != nil {
		t.Error(v, err)
	}
	if _, err := Version("2.0.0").Previous(); err == nil {
		t.Error("the first of a series follows something")
	}
}

// Every byte counts: one that is changed, missing or too many makes the package worthless.
func TestNoByteOfAPackageCanBeChanged(t *testing.T) {
	m := newMaker(t, "county", now.AddDate(1, 0, 0))
	raw := m.pack(t)
	held := func(b []byte) bool {
		h, _, err := Program(b)
		return err == nil && h.Trusted(now, m.root) == nil
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		if h, got, err := Program(changed); held(changed) && (!bytes.Equal(got, program) || h.About.Version != "1.5.0") {
			t.Fatalf("byte %d changed, and the package holds (%v)", i, err)
		}
	}
	for n := range len(raw) {
		if held(raw[:n]) {
			t.Fatalf("cut at %d, and the package holds", n)
		}
	}
	if _, _, err := Program(raw[:len(raw)-1]); !errors.Is(err, ErrCut) {
		t.Errorf("cut: %v", err)
	}
	if _, _, err := Program(append(bytes.Clone(raw), 0)); !errors.Is(err, ErrCut) {
		t.Errorf("longer: %v", err)
	}
	if _, _, err := Program([]byte("#!/bin/sh\n")); !errors.Is(err, ErrFormat) {
		t.Errorf("another file: %v", err)
	}
}

func TestWhatCannotBePackedIsRefused(t *testing.T) {
	m, other := newMaker(t, "county", now), newMaker(t, "other", now)
	good := About{Version: "1.5.0", After: "1.4.0", Target: "linux/amd64"}
	for name, spoil := range map[string]func(*About){
		"no version": func(a *About) { a.Version = "new" }, "no target": func(a *About) { a.Target = "" },
		"follows itself": func(a *About) { a.After = a.Version },
	} {
		a := good
		spoil(&a)
		if _, err := Pack(program, a, m.key, m.cert, rand.Reader); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Pack(program, good, m.key, other.cert, rand.Reader); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("another's certificate: %v", err)
	}
}

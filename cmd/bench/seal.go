package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"time"

	"xiangyi/protocol/seal"
)

// sealing measures national cryptography on one core, as a station pays for it:
// operations and bytes a second, for a reading, a report and a page of a photo.
func sealing(r *run) error {
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return err
	}
	var k seal.Key
	if _, err := rand.Read(k[:]); err != nil {
		return err
	}
	span := 400 * time.Millisecond
	if r.long {
		span = 3 * time.Second
	}
	for _, size := range []struct {
		name  string
		bytes int
	}{{"64b", 64}, {"1kb", 1 << 10}, {"64kb", 64 << 10}} {
		plain := bytes.Repeat([]byte("乡"), size.bytes/3+1)[:size.bytes]
		sealed, err := seal.Seal(k, rand.Reader, plain, nil)
		if err != nil {
			return err
		}
		signature, err := key.Sign(rand.Reader, plain)
		if err != nil {
			return err
		}
		for _, o := range []struct {
			name string
			do   func() error
		}{
			{"seal", func() error { _, err := seal.Seal(k, rand.Reader, plain, nil); return err }},
			{"open", func() error { _, err := seal.Open(k, sealed, nil); return err }},
			{"digest", func() error { _ = seal.Sum(plain); return nil }},
			{"sign", func() error { _, err := key.Sign(rand.Reader, plain); return err }},
			{"verify", func() error { return key.Public().Verify(plain, signature) }},
		} {
			rate, err := often(r, span, o.do)
			if err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
			r.emit(Figure{Bench: "seal." + o.name, Metric: "ops_" + size.name, Value: rate, Unit: "1/s"})
			r.emit(Figure{Bench: "seal." + o.name, Metric: "mb_s_" + size.name, Value: rate * float64(size.bytes) / 1e6, Unit: "MB/s"})
		}
	}
	return nil
}

// often is how many times a second something can be done, one after the other.
func often(r *run, span time.Duration, do func() error) (float64, error) {
	n := 0
	for began := time.Now(); ; {
		for range 16 {
			if err := do(); err != nil {
				return 0, err
			}
			n++
		}
		if passed := time.Since(began); passed >= span {
			return float64(n) / passed.Seconds(), r.ctx.Err()
		}
	}
}

package seal

import (
	"bytes"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
)

var benchSizes = []int{64, 1 << 10, 64 << 10}

func bySize(b *testing.B, run func(b *testing.B, data []byte)) {
	record := []byte(`{"code":"8480-6","value":"138","unit":"mmHg","at":"2026-11-02T09:14:00+08:00","by":"desk-1"}`)
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			data := bytes.Repeat(record, n/len(record)+1)[:n]
			b.SetBytes(int64(n))
			b.ReportAllocs()
			run(b, data)
		})
	}
}

// source is a cheap random reader, so that the benchmarks measure the cipher and not the system's entropy.
func source() *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{1}) }

func must[T any](b *testing.B, v T, err error) T {
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func BenchmarkSum(b *testing.B) {
	bySize(b, func(b *testing.B, data []byte) {
		for b.Loop() {
			Sum(data)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k, random := Key{1}, source()
	bySize(b, func(b *testing.B, data []byte) {
		for b.Loop() {
			if _, err := Seal(k, random, data, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSealPrepared(b *testing.B) {
	c, random := Key{1}.Prepare(), source()
	bySize(b, func(b *testing.B, data []byte) {
		for b.Loop() {
			if _, err := c.Seal(random, data, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k, random := Key{1}, source()
	bySize(b, func(b *testing.B, data []byte) {
		sealed, err := Seal(k, random, data, nil)
		must(b, sealed, err)
		for b.Loop() {
			if _, err := Open(k, sealed, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSealValue(b *testing.B) {
	k, random := Key{1}, source()
	bySize(b, func(b *testing.B, data []byte) {
		for b.Loop() {
			if _, err := SealValue(k, random, data, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpenValue(b *testing.B) {
	k, random := Key{1}, source()
	bySize(b, func(b *testing.B, data []byte) {
		sealed, err := SealValue(k, random, data, nil)
		must(b, sealed, err)
		for b.Loop() {
			if _, err := OpenValue(k, sealed, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key, random := exampleKey(b), source()
	bySize(b, func(b *testing.B, data []byte) {
		for b.Loop() {
			if _, err := key.Sign(random, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key := exampleKey(b)
	public := key.Public()
	bySize(b, func(b *testing.B, data []byte) {
		sig, err := key.Sign(rand.Reader, data)
		must(b, sig, err)
		for b.Loop() {
			if err := public.Verify(data, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkKeyring(b *testing.B) {
	ring := Derived(secretsOf(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		ring.Person("p-1", 4)
		ring.Salt("p-1")
	}
}

func BenchmarkToken(b *testing.B) {
	key := Derived(secretsOf(1, 2)).Index()
	b.ReportAllocs()
	for b.Loop() {
		MakeToken(key, []byte("pinyin"), []byte("zhangwei"))
	}
}

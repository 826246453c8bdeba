package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestAnAlteredSealDoesNotOpen(t *testing.T) {
	k, other := Derive([]byte("s"), "one"), Derive([]byte("s"), "two")
	sealed, err := Seal(k, rand.Reader, []byte("138/86"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(sealed) * 8 {
		bent := bytes.Clone(sealed)
		bent[i/8] ^= 1 << (i % 8)
		if _, err := Open(k, bent, []byte("aad")); !errors.Is(err, ErrOpen) {
			t.Fatalf("with bit %d turned: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := Open(k, sealed[:n], []byte("aad")); !errors.Is(err, ErrOpen) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := Open(other, sealed, []byte("aad")); !errors.Is(err, ErrOpen) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(k, sealed, []byte("aae")); !errors.Is(err, ErrOpen) {
		t.Errorf("other additional data: %v", err)
	}
	if got, err := Open(k, sealed, []byte("aad")); err != nil || string(got) != "138/86" {
		t.Errorf("untouched: %q, %v", got, err)
	}
}

func TestSealSaysWhenTheRandomReaderIsDry(t *testing.T) {
	if _, err := Seal(Key{}, strings.NewReader("short"), nil, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err = %v", err)
	}
}

func TestValuesComeBackAndShrinkWhenTheyCan(t *testing.T) {
	k := Derive([]byte("s"), "values")
	source := mathrand.New(mathrand.NewPCG(1, 2))
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(source.Uint32())
	}
	report := []byte(strings.Repeat(`{"code":"8480-6","value":"138","unit":"mmHg"}`, 100))
	for name, plain := range map[string][]byte{
		"empty": {}, "one byte": {7}, "noise": noise, "a report": report, "the largest": bytes.Repeat([]byte{1}, MaxValue),
	} {
		sealed, err := SealValue(k, rand.Reader, plain, []byte(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(sealed) > len(plain)+Overhead+1 {
			t.Errorf("%s: %d bytes became %d", name, len(plain), len(sealed))
		}
		got, err := OpenValue(k, sealed, []byte(name))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: came back as %d bytes, %v", name, len(got), err)
		}
	}
	sealed, err := SealValue(k, rand.Reader, report, nil)
	if err != nil || len(sealed) > len(report)/10 {
		t.Errorf("a repetitive report of %d bytes takes %d, %v", len(report), len(sealed), err)
	}
}

func TestAValueThatWouldFillTheMemoryIsRefused(t *testing.T) {
	k := Key{1}
	big := make([]byte, MaxValue+1)
	if _, err := SealValue(k, rand.Reader, big, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("sealing: %v", err)
	}
	raw := append([]byte{storedRaw}, big...)
	bomb, ok := deflate(big)
	if !ok {
		t.Fatal("zeros did not shrink")
	}
	for name, packed := range map[string][]byte{"raw": raw, "bomb": bomb} {
		sealed, err := Seal(k, rand.Reader, packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenValue(k, sealed, nil); !errors.Is(err, ErrTooLarge) {
			t.Errorf("opening %s: %v", name, err)
		}
	}
}

func TestAnAuthenticValueThatMakesNoSenseIsRefused(t *testing.T) {
	k := Key{1}
	whole, _ := deflate(bytes.Repeat([]byte("abc"), 100))
	for name, packed := range map[string][]byte{
		"no flag":      {},
		"unknown flag": {9, 1, 2},
		"not deflate":  {storedDeflate, 0xff, 0xff},
		"cut":          whole[:len(whole)-3],
		"bytes behind": append(bytes.Clone(whole), 0),
	} {
		sealed, err := Seal(k, rand.Reader, packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenValue(k, sealed, nil); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASignatureFitsOneMessageAndOneKey(t *testing.T) {
	key, other := exampleKey(t), mustKey(t)
	msg := []byte("prescription 17")
	sig, err := key.Sign(rand.Reader, msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify(msg, sig); err != nil {
		t.Errorf("its own: %v", err)
	}
	for name, err := range map[string]error{
		"another message": key.Public().Verify([]byte("prescription 18"), sig),
		"another key":     other.Public().Verify(msg, sig),
		"cut signature":   key.Public().Verify(msg, sig[:len(sig)-1]),
		"longer":          key.Public().Verify(msg, append(bytes.Clone(sig), 0)),
		"no signature":    key.Public().Verify(msg, nil),
		"no message":      key.Public().Verify(nil, sig),
		"no key":          PublicKey{}.Verify(msg, sig),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestNothingIsSignedWithoutKeyMessageOrRandomness(t *testing.T) {
	var nobody *PrivateKey
	if _, err := nobody.Sign(rand.Reader, []byte("m")); !errors.Is(err, ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := nobody.MarshalPEM(); !errors.Is(err, ErrNoKey) {
		t.Errorf("no key to marshal: %v", err)
	}
	if _, err := exampleKey(t).Sign(rand.Reader, nil); !errors.Is(err, ErrEmptyMessage) {
		t.Errorf("no message: %v", err)
	}
	if _, err := exampleKey(t).Sign(nil, []byte("m")); err == nil {
		t.Error("signed without a random reader")
	}
	if _, err := exampleKey(t).Sign(strings.NewReader(""), []byte("m")); err == nil {
		t.Error("signed with a dry random reader")
	}
}

func TestTheSameRandomBytesMakeTheSameKeyAndSignature(t *testing.T) {
	seed := func() io.Reader { return mathrand.NewChaCha8([32]byte{5}) }
	one, err := NewPrivateKey(seed())
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewPrivateKey(seed())
	if err != nil || !one.Public().Equal(two.Public()) {
		t.Fatalf("two keys from one seed differ, %v", err)
	}
	for range 8 {
		a, errA := one.Sign(seed(), []byte("m"))
		b, errB := two.Sign(seed(), []byte("m"))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("two signatures from one seed differ: %v, %v", errA, errB)
		}
	}
}

type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func TestABrokenRandomReaderMakesNoKey(t *testing.T) {
	for _, c := range []constant{0, 0xff} { // both are out of the range of keys
		if _, err := NewPrivateKey(c); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("reader of %d: %v", c, err)
		}
	}
	if _, err := NewPrivateKey(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("dry reader: %v", err)
	}
}

func TestKeysSurviveTheirText(t *testing.T) {
	key := mustKey(t)
	text, err := key.MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParsePrivateKey(text)
	if err != nil || !back.Public().Equal(key.Public()) {
		t.Errorf("private key: %v", err)
	}
	public, err := ParsePublicKey(key.Public().Marshal())
	if err != nil || !public.Equal(key.Public()) || public.Equal(exampleKey(t).Public()) {
		t.Errorf("public key: %v", err)
	}
	if !(PublicKey{}).IsZero() || public.IsZero() || (PublicKey{}).Marshal() != nil || public.Equal(PublicKey{}) {
		t.Error("the zero key is taken for a key")
	}
}

func TestTextsThatAreNoKeyAreRefused(t *testing.T) {
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"NIST curve":     {Type: "PRIVATE KEY", Bytes: der},
		"malformed":      {Type: "PRIVATE KEY", Bytes: []byte{1, 2, 3}},
		"malformed SEC1": {Type: "EC PRIVATE KEY", Bytes: []byte{1, 2, 3}},
		"certificate":    {Type: "CERTIFICATE", Bytes: der},
	} {
		if _, err := ParsePrivateKey(pem.EncodeToMemory(block)); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParsePrivateKey([]byte("no PEM")); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("no PEM: %v", err)
	}

	off := exampleKey(t).Public().Marshal()
	off[64] ^= 1
	for name, b := range map[string][]byte{"off the curve": off, "short": off[:64], "empty": nil, "infinity": make([]byte, 65)} {
		if _, err := ParsePublicKey(b); !errors.Is(err, ErrPublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDigestsReadAndWriteText(t *testing.T) {
	d := Sum([]byte("abc"))
	b, err := json.Marshal(map[string]Digest{"d": d})
	if err != nil || string(b) != `{"d":"`+d.String()+`"}` {
		t.Errorf("JSON = %s, %v", b, err)
	}
	var back map[string]Digest
	if err := json.Unmarshal(b, &back); err != nil || !Equal(back["d"], d) {
		t.Errorf("came back as %v, %v", back, err)
	}
	if got, err := ParseDigest(strings.ToUpper(d.String())); err != nil || got != d {
		t.Errorf("upper case: %v, %v", got, err)
	}
	for _, s := range []string{"", "ab", d.String() + "00", strings.Repeat("g", 64)} {
		if got, err := ParseDigest(s); !errors.Is(err, ErrDigest) || !got.IsZero() {
			t.Errorf("ParseDigest(%q) = %v, %v", s, got, err)
		}
	}
	if d.IsZero() || Equal(d, Digest{}) {
		t.Error("a digest is taken for none")
	}
}

func TestSecretsDoNotShowThemselves(t *testing.T) {
	k := Key{0xab, 0xcd, 0xef}
	s := Secrets{County: [32]byte{0xab, 0xcd, 0xef}, Key: exampleKey(t)}
	for _, secret := range []any{k, &k, []Key{k}, s, &s, s.Key, Derived(s), k.Prepare()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "%d", "%s", "%q"} {
			text := strings.ToLower(fmt.Sprintf(verb, secret))
			for _, leak := range []string{"abcd", "ab, cd", "0xab", "171", "3945208f"} {
				if strings.Contains(text, leak) {
					t.Errorf("%T with %s shows %q", secret, verb, text)
				}
			}
		}
	}
	if _, err := json.Marshal(k); !errors.Is(err, ErrKeyText) {
		t.Errorf("a key in JSON: %v", err)
	}
}

func TestOneCipherServesManyAtOnce(t *testing.T) {
	c := Derive([]byte("s"), "shared").Prepare()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				want := bytes.Repeat([]byte{byte(g), byte(i)}, 100)
				sealed, err := c.SealValue(rand.Reader, want, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := c.OpenValue(sealed, nil); err != nil || !bytes.Equal(got, want) {
					t.Errorf("goroutine %d, value %d: %v", g, i, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestInflatingStopsAtTheBoundAndNotBehindIt(t *testing.T) {
	const unfolded = 64 << 20
	bomb, ok := deflate(make([]byte, unfolded))
	if !ok {
		t.Fatal("zeros did not shrink")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := unpack(bomb)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrTooLarge) || took > unfolded/2 {
		t.Errorf("%v after %d bytes", err, took)
	}
}

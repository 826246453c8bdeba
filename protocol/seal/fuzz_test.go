package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func FuzzOpen(f *testing.F) {
	k := Key{1, 2, 3}
	good, err := Seal(k, bytes.NewReader(make([]byte, nonceSize)), []byte("plain"), []byte("aad"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, []byte("aad"))
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, Overhead), []byte("aad"))
	f.Fuzz(func(t *testing.T, sealed, aad []byte) {
		before := bytes.Clone(sealed)
		plain, err := Open(k, sealed, aad)
		if !bytes.Equal(sealed, before) {
			t.Error("Open changed its input")
		}
		authentic := bytes.Equal(sealed, good) && bytes.Equal(aad, []byte("aad"))
		if authentic != (err == nil) || err == nil && string(plain) != "plain" || err != nil && !errors.Is(err, ErrOpen) {
			t.Errorf("Open = %q, %v", plain, err)
		}
	})
}

// FuzzOpenValue seals arbitrary bytes as if a defective site had, so that the inflation behind the seal is reached.
func FuzzOpenValue(f *testing.F) {
	deflated, _ := deflate(bytes.Repeat([]byte("value "), 50))
	bomb, _ := deflate(make([]byte, MaxValue+1))
	for _, seed := range [][]byte{{}, {storedRaw}, {storedRaw, 'x'}, {storedDeflate}, {2, 2}, deflated, bomb} {
		f.Add(seed)
	}
	k := Key{1, 2, 3}
	f.Fuzz(func(t *testing.T, packed []byte) {
		sealed, err := Seal(k, rand.Reader, packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := OpenValue(k, sealed, nil)
		if err != nil {
			if !errors.Is(err, ErrOpen) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		if len(plain) > MaxValue {
			t.Errorf("%d bytes came out", len(plain))
		}
		again, err := SealValue(k, rand.Reader, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := OpenValue(k, again, nil); err != nil || !bytes.Equal(back, plain) {
			t.Errorf("does not survive another sealing: %v", err)
		}
	})
}

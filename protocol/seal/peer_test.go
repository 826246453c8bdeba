package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"math/big"
	"testing"

	peer2 "github.com/tjfoc/gmsm/sm2"
	peer3 "github.com/tjfoc/gmsm/sm3"
	peer4 "github.com/tjfoc/gmsm/sm4"
	peerx "github.com/tjfoc/gmsm/x509"
)

// An independent library agrees, so a defect of ours or of our library does not hide behind a round trip.

func TestDigestsAgreeWithAnotherLibrary(t *testing.T) {
	data := bytes.Repeat([]byte("乡村卫生站"), 40)
	for n := range data {
		if got, want := Sum(data[:n]), peer3.Sm3Sum(data[:n]); !bytes.Equal(got[:], want) {
			t.Fatalf("%d bytes: %x, the other library says %x", n, got, want)
		}
	}
}

func TestSealsOpenInAnotherLibrary(t *testing.T) {
	k := Key(unhex(t, sm4Key))
	plain, aad := []byte("sixteen bytes at a time, and a rest"), []byte("who it is about")
	sealed, err := Seal(k, rand.Reader, plain, aad)
	if err != nil {
		t.Fatal(err)
	}
	block, err := peer4.NewCipher(k[:]) // its block only: its own Sm4GCM fails the vector of RFC 8998
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	got, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], aad)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("the other library opens %q (%v), want %q", got, err, plain)
	}
}

func peerPublic(p PublicKey) *peer2.PublicKey {
	b := p.Marshal()
	return &peer2.PublicKey{
		Curve: peer2.P256Sm2(), X: new(big.Int).SetBytes(b[1:33]), Y: new(big.Int).SetBytes(b[33:]),
	}
}

func TestSignaturesAreUnderstoodBothWays(t *testing.T) {
	key, err := NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("二甲双胍 0.5 g 每日两次")
	sig, err := key.Sign(rand.Reader, msg)
	if err != nil {
		t.Fatal(err)
	}
	if !peerPublic(key.Public()).Verify(msg, sig) {
		t.Error("the other library refuses our signature")
	}

	text, err := key.MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := peerx.ReadPrivateKeyFromPem(text, nil)
	if err != nil {
		t.Fatalf("the other library cannot read our PEM: %v", err)
	}
	sig, err = theirs.Sign(rand.Reader, msg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify(msg, sig); err != nil {
		t.Errorf("we refuse the signature of the other library: %v", err)
	}
}

func TestKeysOfAnotherLibraryAreRead(t *testing.T) {
	theirs, err := peer2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := peerx.WritePrivateKeyToPem(theirs, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if p := peerPublic(key.Public()); p.X.Cmp(theirs.X) != 0 || p.Y.Cmp(theirs.Y) != 0 {
		t.Error("another public key came out")
	}
}

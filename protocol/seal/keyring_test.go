package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
)

func secretsOf(county, site byte) Secrets {
	return Secrets{County: [32]byte{county}, Site: [32]byte{site}}
}

// The answers were computed with another library from the documented layout (TestDerivationsFollowTheirLayout); they stand
// here as bytes because data on disk depends on them.
func TestDerivationsAreFrozen(t *testing.T) {
	ring := Derived(secretsOf(1, 2))
	key, line := ring.Person("p-1", 4), ring.Line("v01", 20_759)
	token := MakeToken(ring.Index(), []byte("phone"), []byte("13800000000"))
	for name, c := range map[string]struct{ got, want string }{
		"person":   {hex.EncodeToString(key[:]), frozenPerson},
		"nobody":   {fmt.Sprintf("%x", [16]byte(ring.Person("", 0))), frozenNobody},
		"salt":     {hex.EncodeToString(ring.Salt("p-1")), frozenSalt},
		"index":    {hex.EncodeToString(ring.Index()), frozenIndex},
		"line":     {hex.EncodeToString(line[:]), frozenLine},
		"identity": {hex.EncodeToString(ring.Identity()), frozenIdentity},
		"token":    {hex.EncodeToString(token[:]), frozenToken},
	} {
		if c.got != c.want {
			t.Errorf("%s = %s, want %s", name, c.got, c.want)
		}
	}
}

func TestDerivationsFollowTheirLayout(t *testing.T) {
	secret := []byte("secret")
	msg := func(p string) []byte { return []byte(p + "\x00\x00\x00\x05label\x00\x00\x00\x02ab\x00\x00\x00\x00") }
	key, want := Derive(secret, "label", []byte("ab"), nil), MAC(secret, msg("K"))
	if !bytes.Equal(key[:], want[:16]) {
		t.Errorf("Derive = %x, want %x", [16]byte(key), want[:16])
	}
	if got, want := Digest(DeriveSecret(secret, "label", []byte("ab"), nil)), MAC(secret, msg("S")); got != want {
		t.Errorf("DeriveSecret = %v, want %v", got, want)
	}
	token, want := MakeToken(secret, []byte("ab")), MAC(secret, []byte("T\x00\x00\x00\x00\x00\x00\x00\x02ab"))
	if !bytes.Equal(token[:], want[:12]) {
		t.Errorf("MakeToken = %x, want %x", token, want[:12])
	}
}

func TestPartsThatReadAlikeDeriveDifferentKeys(t *testing.T) {
	s := []byte("s")
	b := func(s string) []byte { return []byte(s) }
	keys := map[Key]string{}
	for name, k := range map[string]Key{
		"ab|c": Derive(s, "l", b("ab"), b("c")), "a|bc": Derive(s, "l", b("a"), b("bc")), "abc": Derive(s, "l", b("abc")),
		"abc|": Derive(s, "l", b("abc"), nil), "label la": Derive(s, "la", b("bc")), "other secret": Derive(b("t"), "l", b("abc")),
	} {
		if before, ok := keys[k]; ok {
			t.Errorf("%q and %q share a key", before, name)
		}
		keys[k] = name
	}
	if MakeToken(s, b("ab"), b("c")) == MakeToken(s, b("a"), b("bc")) {
		t.Error("two lists of parts share a token")
	}
}

func TestSitesOfACountyShareWhatTheyMustAndNothingElse(t *testing.T) {
	one, two, far := Derived(secretsOf(1, 2)), Derived(secretsOf(1, 3)), Derived(secretsOf(9, 2))
	if one.Person("p", 1) != two.Person("p", 1) || !bytes.Equal(one.Salt("p"), two.Salt("p")) ||
		!bytes.Equal(one.Identity(), two.Identity()) || one.Line("v01", 1) != two.Line("v01", 1) {
		t.Error("two sites of a county cannot read each other")
	}
	if bytes.Equal(one.Index(), two.Index()) {
		t.Error("two sites share their index key")
	}
	if one.Person("p", 1) == far.Person("p", 1) || bytes.Equal(one.Identity(), far.Identity()) ||
		bytes.Equal(one.Salt("p"), far.Salt("p")) || one.Line("v01", 1) == far.Line("v01", 1) {
		t.Error("two counties share a key")
	}
	for name, same := range map[string]bool{
		"classes": one.Person("p", 1) == one.Person("p", 2), "persons": one.Person("p", 1) == one.Person("q", 1),
		"days": one.Line("v01", 1) == one.Line("v01", 2), "stations": one.Line("v01", 1) == one.Line("v02", 1),
		"salts": bytes.Equal(one.Salt("p"), one.Salt("q")),
	} {
		if same {
			t.Errorf("two %s share a key", name)
		}
	}
}

func TestWhatAKeyringReturnsBelongsToTheCaller(t *testing.T) {
	ring := Derived(secretsOf(1, 2))
	for name, get := range map[string]func() []byte{
		"salt": func() []byte { return ring.Salt("p") }, "index": ring.Index, "identity": ring.Identity,
	} {
		before := bytes.Clone(get())
		clear(get())
		if !bytes.Equal(get(), before) {
			t.Errorf("%s was changed through a slice", name)
		}
	}
}

func TestAKeyringSignsWithTheKeyOfItsSite(t *testing.T) {
	s := secretsOf(1, 2)
	if _, err := Derived(s).Sign(rand.Reader, []byte("m")); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	s.Key = exampleKey(t)
	sig, err := Derived(s).Sign(rand.Reader, []byte("m"))
	if err != nil || s.Key.Public().Verify([]byte("m"), sig) != nil {
		t.Errorf("with a key: %v", err)
	}
}

func TestTheCacheForgetsAndStaysRight(t *testing.T) {
	made := 0
	r := recent[int, int]{limit: 4}
	get := func(k int) int { return r.get(k, func() int { made++; return k * k }) }
	for k := range 1000 {
		if got := get(k); got != k*k {
			t.Fatalf("get(%d) = %d", k, got)
		}
		if got := get(0); got != 0 {
			t.Fatalf("get(0) = %d after %d", got, k)
		}
		if n := len(r.young) + len(r.old); n > 8 {
			t.Fatalf("keeps %d values, limit is 2×4", n)
		}
	}
	if made != 1000 {
		t.Errorf("made %d values of 1000: what is in use was forgotten, or nothing was", made)
	}
	if get(1) != 1 || made != 1001 {
		t.Errorf("a value out of use was kept for ever (made %d)", made)
	}
}

func TestAKeyringServesManyAtOnce(t *testing.T) {
	ring := Derived(secretsOf(1, 2))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * cached {
				subject := fmt.Sprint("p-", i)
				if ring.Person(subject, 1) != Derive([]byte{1, 31: 0}, labelPerson, []byte(subject), []byte{1}) {
					t.Errorf("wrong key for %s", subject)
					return
				}
			}
		})
	}
	wg.Wait()
}

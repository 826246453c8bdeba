package identity

import (
	"os"
	"strings"
	"testing"
)

// TestMain makes passwords cheap for tests of everything else.
func TestMain(m *testing.M) {
	shippedCost, usual = usual, cost{passes: 1, memory: 64}
	os.Exit(m.Run())
}

var shippedCost cost

func TestAPasswordCostsWhatWasPromisedAndMatchesOnlyItself(t *testing.T) {
	cheap := usual
	usual = shippedCost
	defer func() { usual = cheap }()
	salt := []byte("0123456789abcdef")
	hash := derive("Correct-horse-9", salt)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	if !matches(hash, "Correct-horse-9") || matches(hash, "correct-horse-9") || matches(hash, "") {
		t.Error("it matches something else, or not itself")
	}
	if derive("Correct-horse-9", []byte("fedcba9876543210")) == hash {
		t.Error("another salt gives the same hash")
	}
	if matches(nobody(), "") || matches(nobody(), "Correct-horse-9") {
		t.Error("somebody is nobody")
	}
	usual = cheap
	if !matches(hash, "Correct-horse-9") {
		t.Error("a hash made at another cost no longer opens")
	}
}

func TestAHashThatNobodyMadeOpensNothingAndCostsNothing(t *testing.T) {
	for _, h := range []string{"", "x", "$argon2id$v=19$m=19456,t=2,p=1$AA", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$!$!", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA"} {
		if matches(h, "") || matches(h, "word") {
			t.Errorf("%q opens", h)
		}
	}
	if matches(derive("w", []byte("0123456789abcdef")), strings.Repeat("w", maxSecretBytes+1)) {
		t.Error("a text over the limit is hashed")
	}
}

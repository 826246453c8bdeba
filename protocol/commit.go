package protocol

import (
	"encoding/base32"
	"encoding/binary"
	"strings"

	"xiangyi/protocol/seal"
)

// Commitments. A value is never hashed as it is stored, but as
// SM3(value ‖ salt): equal at every site whatever key seals it there, not
// guessable without the person's key, and still checkable after the value is
// erased.

// Salter gives the secret from which the salts of one person's revisions are
// derived. seal.Keyring is one.
type Salter interface{ Salt(subject string) []byte }

// Salt is the 16-byte salt of one revision.
func Salt(keys Salter, subject ID, rev Rev) []byte {
	d := seal.MAC(keys.Salt(string(subject)), []byte("salt"), AppendRev(nil, rev))
	return d[:16]
}

// Commitment of one value.
func Commitment(keys Salter, subject ID, rev Rev, value Value) seal.Digest {
	return seal.Sum(value, Salt(keys, subject, rev))
}

// CommitAll fills in the commitments of a Change's writes.
func CommitAll(keys Salter, c *Change) {
	for i := range c.Writes {
		w := &c.Writes[i]
		w.Commit = Commitment(keys, w.Subject, c.Rev(i), w.Value)
	}
}

// Genesis is the hash before the first Change of a lane.
func Genesis(site Site, inc Incarnation, lane Lane) seal.Digest {
	b := appendPosition([]byte("xiangyi/chain/1\x00"), Position{site, inc, lane, 0})
	return seal.Sum(b)
}

// Chain is the hash of a lane after c: SM3(prev ‖ envelope).
func Chain(prev seal.Digest, c *Change) seal.Digest {
	return seal.Sum(prev[:], AppendEnvelope(nil, c))
}

// Leaf is the entry of a Change in the county's Merkle log:
// SM3(0x00 ‖ envelope).
func Leaf(c *Change) seal.Digest {
	return seal.Sum([]byte{0}, AppendEnvelope(nil, c))
}

// Digest sums up a set of revisions in 8 bytes. It is a sum modulo 2^64, so
// the order of arrival does not matter and a revision is added in O(1).
type Digest uint64

// Mark is what one revision adds to the digest of one scope.
func Mark(scope Scope, ref Ref, rev Rev, commit seal.Digest) Digest {
	b := appendString([]byte("xiangyi/digest/1\x00"), scope)
	b = appendString(b, ref.Kind)
	b = appendString(b, ref.ID)
	d := seal.Sum(AppendRev(b, rev), commit[:])
	return Digest(binary.BigEndian.Uint64(d[:8]))
}

// PersonID is the identifier of the holder of a document: the first 15 bytes
// of HMAC-SM3 under the county's identity key, in lower-case base 32. Two
// stations that register the same person offline give the same one, and nobody
// without the key can tell whose it is. documentType is a code of CV02.01.101.
func PersonID(identityKey []byte, documentType, number string) ID {
	b := appendString([]byte("xiangyi/person/1\x00"), documentType)
	d := seal.MAC(identityKey, appendString(b, strings.ToUpper(number)))
	return ID(strings.ToLower(base32.StdEncoding.EncodeToString(d[:15])))
}

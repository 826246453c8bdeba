package seal

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// Keyring hands out the keys of one site. The first keys are derived from two secrets; later a hierarchy of wrapped random
// keys replaces it behind the same interface. Every method may be called by several goroutines at once; slices that are
// returned belong to the caller.
type Keyring interface {
	// Person seals values of one person and data class; subject "" means records of nobody.
	Person(subject string, class uint8) Key
	// Salt is the key from which a revision's commitment salt is derived.
	Salt(subject string) []byte
	// Index is the key of this site's index tokens. It differs between sites: a stolen index says nothing about another.
	Index() []byte
	// Line seals the frames of one station on one day (days since 1970-01-01, UTC).
	Line(site string, day uint32) Key
	// Identity is the county-wide key that turns an identity number into a person identifier.
	Identity() []byte
	// Sign signs with the site's own SM2 key.
	Sign(rand io.Reader, msg []byte) ([]byte, error)
}

// Secrets is what Derived starts from. County is the same at every site of a county, Site is the site's own; both are
// uniformly random and never leave the machine in clear. Key may be nil where nothing is signed.
type Secrets struct {
	County, Site [32]byte
	Key          *PrivateKey
}

// Format hides the secrets whatever the verb.
func (Secrets) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(secrets)") }

// Labels of the derivations. They are part of the stored format: never reuse one for something else.
const (
	labelPerson   = "xiangyi person"
	labelSalt     = "xiangyi salt"
	labelIndex    = "xiangyi index"
	labelLine     = "xiangyi line"
	labelIdentity = "xiangyi identity"
)

// cached is how many derived keys of each sort stay ready: the residents of a station with their classes, or what a county
// node touches in a few seconds. A derivation that is not cached costs about a microsecond.
const cached = 4096

// Derived returns the keyring whose Person, Salt, Line and Identity come from s.County, and Index from s.Site. It copies s.
func Derived(s Secrets) Keyring {
	return &derived{
		secrets:  s,
		index:    DeriveSecret(s.Site[:], labelIndex),
		identity: DeriveSecret(s.County[:], labelIdentity),
		persons:  recent[personClass, Key]{limit: cached},
		salts:    recent[string, [32]byte]{limit: cached},
		lines:    recent[stationDay, Key]{limit: cached},
	}
}

type personClass struct {
	subject string
	class   uint8
}

type stationDay struct {
	site string
	day  uint32
}

// derived must not be copied: it holds locks.
type derived struct {
	secrets         Secrets
	index, identity [32]byte
	persons         recent[personClass, Key]
	salts           recent[string, [32]byte]
	lines           recent[stationDay, Key]
}

// Format hides the keys whatever the verb.
func (*derived) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(keyring)") }

func (d *derived) Person(subject string, class uint8) Key {
	return d.persons.get(personClass{subject, class}, func() Key {
		return Derive(d.secrets.County[:], labelPerson, []byte(subject), []byte{class})
	})
}

func (d *derived) Salt(subject string) []byte {
	salt := d.salts.get(subject, func() [32]byte {
		return DeriveSecret(d.secrets.County[:], labelSalt, []byte(subject))
	})
	return salt[:]
}

func (d *derived) Line(site string, day uint32) Key {
	return d.lines.get(stationDay{site, day}, func() Key {
		return Derive(d.secrets.County[:], labelLine, []byte(site), binary.BigEndian.AppendUint32(nil, day))
	})
}

func (d *derived) Index() []byte {
	index := d.index
	return index[:]
}

func (d *derived) Identity() []byte {
	identity := d.identity
	return identity[:]
}

func (d *derived) Sign(rand io.Reader, msg []byte) ([]byte, error) {
	return d.secrets.Key.Sign(rand, msg)
}

// recent keeps values that were asked for lately, at most twice limit: when the young half is full it becomes the old half,
// and what was in the old half is forgotten. A value found in the old half moves to the young one.
type recent[K comparable, V any] struct {
	limit      int
	mu         sync.Mutex
	young, old map[K]V
}

// get returns the value of key, made by fresh when it is not kept. fresh runs outside the lock, so two callers may make the
// same value at once; both get equal ones.
func (r *recent[K, V]) get(key K, fresh func() V) V {
	if v, ok := r.find(key); ok {
		return v
	}
	v := fresh()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(key, v)
	return v
}

func (r *recent[K, V]) find(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	if ok {
		r.keep(key, v)
	}
	return v, ok
}

// keep must be called with mu held.
func (r *recent[K, V]) keep(key K, v V) {
	if len(r.young) >= r.limit {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[K]V)
	}
	r.young[key] = v
}

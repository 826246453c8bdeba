package blobs

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// clock moves a second with every question.
type clock struct{ at time.Time }

func (c *clock) now() time.Time {
	c.at = c.at.Add(time.Second)
	return c.at
}

func options(dir, site string) Options {
	c := &clock{time.Date(2030, 5, 6, 4, 0, 0, 0, time.UTC)}
	keys := seal.Derived(seal.Secrets{County: [32]byte{1}, Site: [32]byte(seal.Sum([]byte(site)))})
	return Options{Dir: dir, Keys: keys, Rand: rand.Reader, Now: c.now, Log: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v, want %v", err, kind)
	}
}

// photo makes n bytes that no other seed makes.
func photo(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = mathrand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func put(t testing.TB, s *Store, data []byte) Ref {
	t.Helper()
	ref, err := s.Put("image/jpeg", data)
	must(t, err)
	return ref
}

func same(t testing.TB, s *Store, ref Ref, data []byte) {
	t.Helper()
	m, got, err := s.Read(ref)
	must(t, err)
	if !bytes.Equal(got, data) || m.Type != "image/jpeg" {
		t.Fatalf("%d bytes of %s came back, %d were put", len(got), m.Type, len(data))
	}
}

func files(t testing.TB, s *Store, sort string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir(sort), "*"))
	must(t, err)
	return names
}

func TestABlobComesBackAfterARestart(t *testing.T) {
	for _, n := range []int{1, ChunkSize - 1, ChunkSize, ChunkSize + 1, 5*ChunkSize + 7} {
		o := options(t.TempDir(), "v01")
		s := open(t, o)
		ref := put(t, s, photo(1, n))
		used := s.Used()
		again := open(t, o)
		same(t, again, ref, photo(1, n))
		if again.Used() != used {
			t.Errorf("%d bytes counted after the restart, %d before", again.Used(), used)
		}
	}
}

func TestNothingOnTheDiskCanBeReadOrGuessed(t *testing.T) {
	data := bytes.Repeat([]byte("a face of nobody "), 1000)
	s := open(t, options(t.TempDir(), "v01"))
	ref := put(t, s, data)
	m, err := s.Manifest(ref)
	must(t, err)
	for _, path := range append(files(t, s, "chunks"), files(t, s, "manifests")...) {
		b, err := os.ReadFile(path)
		must(t, err)
		for _, clear := range [][]byte{data[:17], ref[:], m.Chunks[0][:], []byte("image/jpeg")} {
			if bytes.Contains(b, clear) {
				t.Errorf("%s holds clear bytes", filepath.Base(path))
			}
		}
		if name := filepath.Base(path); name == ref.String() || name == m.Chunks[0].String() {
			t.Error("a file is named by a digest that anybody can compute")
		}
	}
	other := open(t, options(t.TempDir(), "v02"))
	put(t, other, data)
	if filepath.Base(files(t, s, "chunks")[0]) == filepath.Base(files(t, other, "chunks")[0]) {
		t.Error("two sites name the same bytes alike")
	}
}

func TestEqualChunksAreKeptOnce(t *testing.T) {
	s := open(t, options(t.TempDir(), "v01"))
	shared := photo(1, 4*ChunkSize)
	put(t, s, shared)
	put(t, s, shared)
	put(t, s, append(bytes.Clone(shared), photo(2, ChunkSize)...))
	put(t, s, make([]byte, 3*ChunkSize)) // three equal chunks in one blob
	if n := len(files(t, s, "chunks")); n != 6 {
		t.Errorf("%d chunk files, want 6", n)
	}
}

func TestWhatACrashLeftHalfWrittenIsDropped(t *testing.T) {
	o := options(t.TempDir(), "v01")
	s := open(t, o)
	ref := put(t, s, photo(1, 3*ChunkSize))
	chunk := files(t, s, "chunks")[0]
	must(t, os.WriteFile(chunk+unfinished, []byte("half"), 0o600))
	must(t, os.WriteFile(s.chunkPath("0f"), []byte("chunk of a Put that no manifest followed"), 0o600))
	must(t, os.Truncate(chunk, 0))
	manifest := files(t, s, "manifests")[0]
	whole, err := os.ReadFile(manifest)
	must(t, err)
	must(t, os.WriteFile(manifest+unfinished, whole, 0o600))
	s = open(t, o)
	if n := len(files(t, s, "chunks")); n != 2 {
		t.Fatalf("%d chunk files, want the 2 whole ones", n)
	}
	if n := len(files(t, s, "manifests")); n != 1 {
		t.Errorf("%d manifest files, want 1", n)
	}
	_, _, err = s.Read(ref)
	wants(t, err, ErrMissing)
}

func TestADamagedChunkIsMissingUntilItComesAgain(t *testing.T) {
	s := open(t, options(t.TempDir(), "v01"))
	data := photo(1, 3*ChunkSize)
	ref := put(t, s, data)
	m, err := s.Manifest(ref)
	must(t, err)
	path := s.chunkPath(s.name('c', m.Chunks[1]))
	b, err := os.ReadFile(path)
	must(t, err)
	b[100] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	_, _, err = s.Read(ref)
	wants(t, err, ErrDamaged)
	have, err := s.Have(ref)
	must(t, err)
	if !have.Has(0) || have.Has(1) || !have.Has(2) {
		t.Fatalf("bitmap %08b", have)
	}
	wants(t, s.Add(ref, 1, data[:ChunkSize]), ErrWrong)
	wants(t, s.Add(ref, 3, data[:ChunkSize]), ErrWrong)
	must(t, s.Add(ref, 1, data[ChunkSize:2*ChunkSize]))
	must(t, s.Add(ref, 1, data[ChunkSize:2*ChunkSize]))
	same(t, s, ref, data)
}

func TestADamagedManifestIsDroppedAndTheBlobFetchedAgain(t *testing.T) {
	k := &Keeper{Store: open(t, options(t.TempDir(), "county"))}
	for name, at := range map[string]int64{"head": 0, "sealed part": -1} {
		o := options(t.TempDir(), "v01")
		s, data := open(t, o), photo(1, 3*ChunkSize)
		ref := put(t, s, data)
		must(t, mover(s, &wire{far: k}).Upload(t.Context(), ref))
		path := files(t, s, "manifests")[0]
		b, err := os.ReadFile(path)
		must(t, err)
		b[(at+int64(len(b)))%int64(len(b))] ^= 1
		must(t, os.WriteFile(path, b, 0o600))
		s = open(t, o)
		if _, err := s.Manifest(ref); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnknown) {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Used() != 0 || len(files(t, s, "chunks")) != 0 {
			t.Errorf("%s: %d bytes stay that nobody can name", name, s.Used())
		}
		must(t, mover(s, &wire{far: k}).Fetch(t.Context(), ref))
		same(t, s, ref, data)
	}
}

func TestManifestsAreReadToTheLastByteOrNotAtAll(t *testing.T) {
	m, err := MakeManifest("image/jpeg", photo(1, 2*ChunkSize+5))
	must(t, err)
	b := m.Append(nil)
	again, err := DecodeManifest(b)
	must(t, err)
	if again.Ref() != m.Ref() {
		t.Error("another ref after decoding")
	}
	for n := range b {
		if _, err := DecodeManifest(b[:n]); !errors.Is(err, ErrManifest) {
			t.Fatalf("%d of %d bytes were read as a manifest", n, len(b))
		}
	}
	_, err = MakeManifest("image/jpeg", nil)
	wants(t, err, ErrManifest)
	_, err = MakeManifest("image/jpeg", make([]byte, MaxLength+1))
	wants(t, err, ErrManifest)
}

func TestFullBudgetOthersGoFirstThenHeldOnesAndNeverTheOnlyCopy(t *testing.T) {
	const size = 4 * ChunkSize
	o := options(t.TempDir(), "v01")
	o.Budget = 5 * (size + 1024)
	s := open(t, o)
	fetch := func(seed byte) Ref {
		data := photo(seed, size)
		m, err := MakeManifest("image/jpeg", data)
		must(t, err)
		must(t, s.Expect(m))
		for i := range m.Chunks {
			must(t, s.Add(m.Ref(), i, data[i*ChunkSize:(i+1)*ChunkSize]))
		}
		return m.Ref()
	}
	held, only := put(t, s, photo(1, size)), put(t, s, photo(2, size))
	must(t, s.SetHeld(held))
	pinned, older, newer := fetch(3), fetch(4), fetch(5)
	must(t, s.Pin(pinned))
	same(t, s, older, photo(4, size)) // read lately: now newer is the one to go first
	for i, gone := range []Ref{newer, older, held} {
		put(t, s, photo(byte(10+i), size))
		_, err := s.Manifest(gone)
		wants(t, err, ErrUnknown)
		s = open(t, o) // the order survives a restart
	}
	before := s.Used()
	_, err := s.Put("image/jpeg", photo(20, size))
	wants(t, err, protocol.ErrSpace)
	if s.Used() != before {
		t.Error("a refusal changed what is kept")
	}
	same(t, s, only, photo(2, size))
	same(t, s, pinned, photo(3, size))
	must(t, s.Unpin(pinned))
	put(t, s, photo(20, size))
}

func TestBlobsLeaveTheDiskWhatRecordsReserve(t *testing.T) {
	const size, total = 4 * ChunkSize, 1 << 20
	o := options(t.TempDir(), "v01")
	var s *Store
	records := uint64(total / 2)
	o.Free = func() (uint64, uint64, error) { return total - records - uint64(s.used), total, nil } // called under the lock
	s = open(t, o)
	held := put(t, s, photo(1, size))
	must(t, s.SetHeld(held))
	only := put(t, s, photo(2, size))
	records += total / 5 // the records grow: now there is room for one more only where the held one was
	put(t, s, photo(3, size))
	_, err := s.Manifest(held)
	wants(t, err, ErrUnknown)
	_, err = s.Put("image/jpeg", photo(4, size))
	wants(t, err, protocol.ErrSpace)
	same(t, s, only, photo(2, size))
}

func TestAChunkStaysWhileAnyBlobContainsIt(t *testing.T) {
	o := options(t.TempDir(), "v01")
	o.Budget = 7 * (ChunkSize + 1024) // 4 are used, one of them by the first alone
	s := open(t, o)
	first := put(t, s, photo(1, 4*ChunkSize))
	second := put(t, s, photo(1, 3*ChunkSize))
	must(t, s.SetHeld(first))
	put(t, s, photo(2, 4*ChunkSize))
	_, err := s.Manifest(first)
	wants(t, err, ErrUnknown)
	same(t, s, second, photo(1, 3*ChunkSize))
}

func TestWhatIsPutHereIsOwnThoughItWasFetchedBefore(t *testing.T) {
	o := options(t.TempDir(), "v01")
	o.Budget = 5 * (ChunkSize + 1024)
	s := open(t, o)
	data := photo(1, 4*ChunkSize)
	m, err := MakeManifest("image/jpeg", data)
	must(t, err)
	must(t, s.Expect(m))
	must(t, s.Add(m.Ref(), 2, data[2*ChunkSize:3*ChunkSize]))
	ref := put(t, s, data)
	_, err = s.Put("image/jpeg", photo(2, 4*ChunkSize))
	wants(t, err, protocol.ErrSpace)
	same(t, open(t, o), ref, data)
}

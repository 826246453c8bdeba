package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/hashicorp/raft"

	"xiangyi/replication/store"
)

// snapshots is a snapshot store that holds no snapshots: the records are the
// only one. What List and Open say is read from them, so no index can disagree
// with the data; an image is made while it is sent; one that comes in fills a
// directory of its own, which CURRENT names only when it is whole.
type snapshots struct {
	shelf   *shelf
	machine *machine

	mu     sync.Mutex
	staged map[string]*staged // received whole, not yet counting
}

// liveID names the only snapshot that there ever is to send.
const liveID = "live"

// Create implements raft.SnapshotStore, for two callers: raft before it trims
// its log, which writes nothing to the sink, and a snapshot from the leader.
func (s *snapshots) Create(_ raft.SnapshotVersion, index, term uint64, c raft.Configuration, at uint64,
	_ raft.Transport) (raft.SnapshotSink, error) {
	meta := raft.SnapshotMeta{Version: 1, Index: index, Term: term, Configuration: c, ConfigurationIndex: at}
	return &receiving{store: s, meta: meta}, nil
}

// List implements raft.SnapshotStore.
func (s *snapshots) List() ([]*raft.SnapshotMeta, error) {
	var meta *raft.SnapshotMeta
	err := s.shelf.view(func(look *store.Snapshot) (err error) {
		meta, err = liveMeta(look)
		return err
	})
	if err != nil || meta.Index == 0 {
		return nil, err
	}
	return []*raft.SnapshotMeta{meta}, nil
}

func liveMeta(s *store.Snapshot) (*raft.SnapshotMeta, error) {
	a, err := readApplied(s)
	if err != nil {
		return nil, err
	}
	m, err := readMembers(s)
	return &raft.SnapshotMeta{Version: 1, ID: liveID, Index: a.Index, Term: a.Term,
		Configuration: m.configuration(), ConfigurationIndex: m.Index}, err
}

// Open implements raft.SnapshotStore: the live image, or one that was received.
func (s *snapshots) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	s.mu.Lock()
	in := s.staged[id]
	s.mu.Unlock()
	if in != nil {
		return &in.meta, in, nil
	}
	if id != liveID {
		return nil, nil, fmt.Errorf("ledger: no snapshot %q", id)
	}
	return s.send()
}

// receiving is the sink for a snapshot: a directory that fills.
type receiving struct {
	store *snapshots
	meta  raft.SnapshotMeta
	name  string
	in    *io.PipeWriter
	done  chan error
}

// ID implements raft.SnapshotSink.
func (r *receiving) ID() string {
	if r.name == "" {
		return liveID
	}
	return r.name
}

// Write takes the next bytes of an image.
func (r *receiving) Write(b []byte) (int, error) {
	if r.in == nil {
		r.begin()
	}
	return r.in.Write(b)
}

func (r *receiving) begin() {
	r.name = r.store.shelf.nextName()
	out, in := io.Pipe()
	r.in, r.done = in, make(chan error, 1)
	go func() {
		err := loadImage(r.dir(), out)
		out.CloseWithError(errors.Join(err, errImage))
		r.done <- err
	}()
}

func (r *receiving) dir() string { return filepath.Join(r.store.shelf.dir, r.name) }

// Close finishes the snapshot: the image must have been whole. Nothing counts
// yet; that is Restore's to do.
func (r *receiving) Close() error {
	if r.in == nil {
		return r.store.machine.reached(r.meta.Index, r.meta.Term)
	}
	r.in.Close()
	err := <-r.done
	if err == nil {
		err = syncTree(r.dir())
	}
	if err == nil {
		err = syncDir(r.store.shelf.dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("ledger: receive snapshot: %w", err), os.RemoveAll(r.dir()))
	}
	r.store.shelf.at("received")
	r.meta.ID = r.name
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	if r.store.staged == nil {
		r.store.staged = map[string]*staged{}
	}
	r.store.staged[r.name] = &staged{store: r.store, meta: r.meta}
	return nil
}

// Cancel drops what came.
func (r *receiving) Cancel() error {
	if r.in == nil {
		return nil
	}
	r.in.CloseWithError(errImage)
	<-r.done
	return os.RemoveAll(r.dir())
}

// staged is a received image as raft hands it to Restore: it is not read, it
// is put in place.
type staged struct {
	store *snapshots
	meta  raft.SnapshotMeta
	taken bool
}

// Read is never asked for: Restore recognises a staged image.
func (s *staged) Read([]byte) (int, error) { return 0, io.EOF }

// install lets the received records count, if they are the ones that were
// announced.
func (s *staged) install() error {
	err := s.store.shelf.swap(s.meta.ID, func(look *store.Snapshot) error {
		meta, err := liveMeta(look)
		if err == nil && (meta.Index != s.meta.Index || meta.Term != s.meta.Term) {
			err = fmt.Errorf("%w: records of entry %d instead of %d", errImage, meta.Index, s.meta.Index)
		}
		return err
	})
	s.taken = err == nil
	return err
}

// Close forgets the image; one that was not installed is removed.
func (s *staged) Close() error {
	s.store.mu.Lock()
	delete(s.store.staged, s.meta.ID)
	s.store.mu.Unlock()
	if s.taken {
		return nil
	}
	return os.RemoveAll(filepath.Join(s.store.shelf.dir, s.meta.ID))
}

// findStaged looks through the consensus library's counting wrappers.
func findStaged(r io.Reader) (*staged, bool) {
	for {
		if s, ok := r.(*staged); ok {
			return s, true
		}
		w, ok := r.(raft.ReadCloserWrapper)
		if !ok {
			return nil, false
		}
		r = w.WrappedReadCloser()
	}
}

package ledger

import (
	"fmt"
	"io"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/hashicorp/raft"

	"xiangyi/replication/store"
)

// sending is the live image under way to another node, pinned at one read
// transaction: its rows are walked once to be counted, since the size must be
// known before the first byte, and once to be sent.
type sending struct {
	holding *holding
	txn     *badger.Txn
	out     *io.PipeReader
	work    sync.WaitGroup
}

// send pins the image at the state of this moment, between two entries.
func (s *snapshots) send() (*raft.SnapshotMeta, io.ReadCloser, error) {
	h, err := s.shelf.take()
	if err != nil {
		return nil, nil, err
	}
	meta, txn, err := s.machine.pin(h)
	if err != nil {
		h.give()
		return nil, nil, err
	}
	image := &sending{holding: h, txn: txn}
	if meta.Size, err = imageSize(image.rows); err != nil {
		_ = image.Close()
		return nil, nil, err
	}
	out, in := io.Pipe()
	image.out = out
	image.work.Go(func() { _ = in.CloseWithError(writeImage(in, image.rows)) })
	return meta, image, nil
}

// pin opens a transaction of which it knows the state.
func (m *machine) pin(h *holding) (meta *raft.SnapshotMeta, txn *badger.Txn, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	err = h.look(func(s *store.Snapshot) (err error) {
		meta, err = liveMeta(s)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return meta, h.Badger().NewTransaction(false), nil
}

func (s *sending) rows(emit func(key, value []byte) error) error {
	it := s.txn.NewIterator(badger.IteratorOptions{PrefetchValues: true, PrefetchSize: 128})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if err := item.Value(func(v []byte) error { return emit(item.Key(), v) }); err != nil {
			return fmt.Errorf("walk records: %w", err)
		}
	}
	return nil
}

// Read gives the image's bytes.
func (s *sending) Read(b []byte) (int, error) { return s.out.Read(b) }

// Close lets the look and the records go.
func (s *sending) Close() error {
	if s.out != nil {
		_ = s.out.Close()
	}
	s.work.Wait()
	s.txn.Discard()
	s.holding.give()
	return nil
}

package ledger

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"

	"xiangyi/protocol"
)

func TestALogThatDoesNotContinueTheRecords(t *testing.T) {
	entries := func(first, last uint64) *raft.InmemStore {
		s := raft.NewInmemStore()
		for i := first; i <= last && first > 0; i++ {
			if err := s.StoreLog(&raft.Log{Index: i}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	tests := []struct {
		story       string
		first, last uint64
		term        uint64
		applied     uint64
		refused     bool
		left        uint64 // last entry afterwards
	}{
		{"both new", 0, 0, 0, 0, false, 0},
		{"the log is ahead", 1, 20, 3, 10, false, 20},
		{"a trimmed log that joins", 11, 20, 3, 10, false, 20},
		{"a hole between", 12, 20, 3, 10, true, 20},
		{"the log lost its tail", 1, 9, 3, 10, false, 0},
		{"the log was emptied by an image", 0, 0, 3, 10, false, 0},
		{"the log is gone, and the votes", 0, 0, 0, 10, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.story, func(t *testing.T) {
			log := entries(tt.first, tt.last)
			if tt.term > 0 {
				_ = log.SetUint64([]byte("CurrentTerm"), tt.term)
			}
			if err := reconcile(log, log, tt.applied); (err != nil) != tt.refused {
				t.Errorf("error %v", err)
			}
			if last, _ := log.LastIndex(); last != tt.left {
				t.Errorf("the log ends at %d, want %d", last, tt.left)
			}
		})
	}
}

func TestANodeWhoseLogLostItsTailCatchesUp(t *testing.T) {
	c := county(t, 3)
	v := c.village("v01", 7)
	leader := c.leader()
	for range 30 {
		v.note(protocol.Clinical, "kept")
	}
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 30)), protocol.OK, 30)
	want := c.settled()
	id := c.follower(leader).opts.Node
	c.stop(id)
	files, err := filepath.Glob(filepath.Join(c.dir, id, logName, "*.wal"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of the log: %v", err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	c.start(id)
	if got := c.settled(); got != want {
		t.Errorf("state %s, want %s", got, want)
	}
	v.note(protocol.Clinical, "afterwards")
	c.expect(c.submit(c.leader(), v.frame(protocol.Clinical, 31, 31)), protocol.OK, 31)
	c.settled()
}

func TestALogThatCannotBeWrittenEndsTheNode(t *testing.T) {
	log, err := wal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(nil, nil, slog.New(slog.DiscardHandler))
	l := failLog{log, m.stop}
	if err := l.StoreLogs([]*raft.Log{{Index: 1, Term: 1}}); err != nil || m.failure() != nil {
		t.Fatalf("a sound disk: %v, %v", err, m.failure())
	}
	if err := log.Close(); err != nil { // every write fails from here on, as on a full disk
		t.Fatal(err)
	}
	if err := l.StoreLogs([]*raft.Log{{Index: 2, Term: 1}}); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("the library is told %v", err)
	}
	select {
	case <-m.died:
	default:
		t.Fatal("the node goes on")
	}
	if err := m.failure(); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("it says %v", err)
	}
}

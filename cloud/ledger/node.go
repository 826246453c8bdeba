package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
)

// walSegment is how much of the log one file holds. Files are allocated whole.
const (
	walSegment      = 64 << 20
	walSegmentSmall = 4 << 20
)

// node is the consensus library with what it stands on.
type node struct {
	*raft.Raft
	log       *wal.WAL
	meta      *metadb.BoltMetaDB // term, vote and list of segments; the log does not close it
	transport raft.Transport

	apprentice *apprentice // nil: this node votes
}

// start opens the log, makes sure that it continues the records, and lets this
// node take part.
func start(o *Options, m *machine, snaps *snapshots) (*node, error) {
	logger := raftLogger(o.Log)
	dir := filepath.Join(o.Dir, logName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("ledger: make log: %w", err)
	}
	segment := first(o.segment, walSegment)
	if o.Small {
		segment = first(o.segment, walSegmentSmall)
	}
	n := &node{meta: &metadb.BoltMetaDB{}, transport: o.Transport}
	var err error
	n.log, err = wal.Open(dir, wal.WithLogger(logger.Named("log")), wal.WithSegmentSize(segment), wal.WithMetaStore(n.meta))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: open log: %w", err), n.close())
	}
	if err := n.begin(o, m, snaps); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *node) begin(o *Options, m *machine, snaps *snapshots) error {
	if err := reconcile(n.log, n.log, m.state.Index); err != nil {
		return err
	}
	if n.transport == nil {
		t, err := network(o)
		if err != nil {
			return err
		}
		n.transport = t
	}
	config := raftConfig(o)
	known, err := raft.HasExistingState(n.log, n.log, snaps)
	if err != nil {
		return fmt.Errorf("ledger: look at log: %w", err)
	}
	learning, err := apprenticed(o, !known)
	if err != nil {
		return err
	}
	if learning {
		n.apprentice = newApprentice(n.transport)
		n.transport = n.apprentice
	}
	if !known && !learning {
		err := raft.BootstrapCluster(config, n.log, n.log, snaps, n.transport, membership(o.Peers))
		if err != nil {
			return fmt.Errorf("ledger: found the group: %w", err)
		}
	}
	log := failLog{n.log, m.stop}
	if n.Raft, err = raft.NewRaft(config, m, log, log, snaps, n.transport); err != nil {
		return fmt.Errorf("ledger: join the group: %w", err)
	}
	return nil
}

// errDisagree: the log does not continue the records.
var errDisagree = errors.New("remove this node's directory and let it rejoin")

// reconcile compares the log with the records. A log that begins behind a hole
// would hide what is in the hole, and one that is gone took the node's votes
// with it: such a node comes back empty. A log that ends before the records lost
// its tail; the records hold all of it, so it begins anew after them.
func reconcile(log raft.LogStore, stable raft.StableStore, applied uint64) error {
	first, err := log.FirstIndex()
	if err != nil {
		return fmt.Errorf("ledger: look at log: %w", err)
	}
	last, err := log.LastIndex()
	if err != nil {
		return fmt.Errorf("ledger: look at log: %w", err)
	}
	term, _ := stable.GetUint64([]byte("CurrentTerm")) // an error is that there is none
	switch {
	case applied > 0 && term == 0:
		return fmt.Errorf("ledger: the records end at entry %d, the log and the votes are gone: %w", applied, errDisagree)
	case last == 0:
		return nil
	case first > applied+1:
		return fmt.Errorf("ledger: the records end at entry %d, the log begins at %d: %w", applied, first, errDisagree)
	case last < applied:
		if err := log.DeleteRange(first, last); err != nil {
			return fmt.Errorf("ledger: drop a log without its tail: %w", err)
		}
	}
	return nil
}

func network(o *Options) (raft.Transport, error) {
	layer, err := listen(o)
	if err != nil {
		return nil, err
	}
	return mainLoop{raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		ServerAddressProvider: addresses(o.Peers),
		Logger:                raftLogger(o.Log),
		Stream:                layer,
		MaxPool:               3,
		Timeout:               o.Timeouts.IO,
	})}, nil
}

// raftConfig leaves out what is known to be unsafe: RestoreCommittedLogs hangs,
// and leadership is never transferred (an interrupted transfer stalls for good).
func raftConfig(o *Options) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(o.Node)
	c.Logger = raftLogger(o.Log)
	c.HeartbeatTimeout, c.ElectionTimeout = o.Timeouts.Heartbeat, o.Timeouts.Heartbeat
	c.LeaderLeaseTimeout = o.Timeouts.Lease
	c.CommitTimeout = o.Timeouts.Commit
	c.MaxAppendEntries = 256
	c.BatchApplyCh = true
	c.TrailingLogs = o.Timeouts.TrailingLogs
	c.SnapshotInterval = o.Timeouts.SnapshotInterval
	c.SnapshotThreshold = o.Timeouts.SnapshotThreshold
	c.NoSnapshotRestoreOnStart = true // the records are already what List says
	c.NoLegacyTelemetry = true
	return c
}

func membership(peers []Peer) raft.Configuration {
	var c raft.Configuration
	for _, p := range peers {
		c.Servers = append(c.Servers, raft.Server{ID: raft.ServerID(p.ID), Address: raft.ServerAddress(p.Addr)})
	}
	return c
}

// close stops taking part and waits for it. It may be called after a start that
// failed half way.
func (n *node) close() error {
	var errs []error
	if n.Raft != nil {
		errs = append(errs, n.Shutdown().Error())
	}
	if c, ok := n.transport.(raft.WithClose); ok {
		errs = append(errs, c.Close())
	}
	if n.log != nil {
		errs = append(errs, n.log.Close())
	}
	errs = append(errs, n.meta.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("ledger: close: %w", err)
	}
	return nil
}

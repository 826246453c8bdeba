package ledger

import (
	"fmt"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// failLog is the consensus log and the votes in it. A write that fails ends the
// node: the library says it and goes on, and a leader whose disk is full would
// step down, be elected for its long log, and step down again.
type failLog struct {
	*wal.WAL
	failed func(error)
}

func (l failLog) note(what string, err error) error {
	if err != nil {
		l.failed(fmt.Errorf("ledger: %s: %w", what, err))
	}
	return err
}

// StoreLog implements raft.LogStore.
func (l failLog) StoreLog(entry *raft.Log) error {
	return l.note("write log", l.WAL.StoreLog(entry))
}

// StoreLogs implements raft.LogStore.
func (l failLog) StoreLogs(entries []*raft.Log) error {
	return l.note("write log", l.WAL.StoreLogs(entries))
}

// DeleteRange implements raft.LogStore.
func (l failLog) DeleteRange(from, to uint64) error {
	return l.note("trim log", l.WAL.DeleteRange(from, to))
}

// Set implements raft.StableStore.
func (l failLog) Set(key, value []byte) error { return l.note("write vote", l.WAL.Set(key, value)) }

// SetUint64 implements raft.StableStore.
func (l failLog) SetUint64(key []byte, value uint64) error {
	return l.note("write term", l.WAL.SetUint64(key, value))
}

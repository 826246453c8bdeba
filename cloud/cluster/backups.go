package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
)

// backups is what a node knows of its own since it began.
type backups struct {
	making sync.Mutex // one at a time

	mu    sync.Mutex
	at    time.Time // of the newest whole one
	last  ledger.Backup
	fault string // why the newest try failed; empty: it did not
}

// BackupState is how a node's backups stand.
type BackupState struct {
	Every string    `json:"every,omitempty"` // empty: none are made by themselves
	At    time.Time `json:"at,omitzero"`     // of the newest since the node began
	Path  string    `json:"path,omitempty"`
	Size  int64     `json:"size,omitempty"`
	Fault string    `json:"fault,omitempty"`
}

func (n *Node) backupState() BackupState {
	b := &n.backups
	b.mu.Lock()
	defer b.mu.Unlock()
	s := BackupState{At: b.at, Path: b.last.Path, Size: b.last.Size, Fault: b.fault}
	if n.Backups.Dir != "" {
		s.Every = n.Backups.Every.String()
	}
	return s
}

// backup makes one now.
func (n *Node) backup(ctx context.Context) (ledger.Backup, error) {
	b := &n.backups
	b.making.Lock()
	defer b.making.Unlock()
	now := n.Now()
	made, err := n.ledger.BackupTo(ctx, n.Backups.Dir, now, n.Backups.Keep)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, protocol.ErrSpace):
		b.fault = "the disk of the backups is full"
	case err != nil:
		b.fault = "it could not be written: the log says why"
	default:
		b.at, b.last, b.fault = now, made, ""
	}
	if err != nil && ctx.Err() == nil {
		n.Log.Error("no backup was made", "err", err)
	}
	return made, err
}

// backupRetry is how soon one that failed is tried again.
const backupRetry = 15 * time.Minute

// backUp makes a backup when the node begins, and then at the pace that it is told.
func (n *Node) backUp(ctx context.Context) error {
	if n.Backups.Dir == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	for ctx.Err() == nil {
		wait := n.Backups.Every
		if _, err := n.backup(ctx); err != nil {
			wait = min(wait, backupRetry)
		}
		pause(ctx, wait)
	}
	return ctx.Err()
}

// backupNow is an operator asking for one.
func (n *Node) backupNow(w http.ResponseWriter, r *http.Request) {
	if n.Backups.Dir == "" {
		http.Error(w, "this node keeps no backups: name a folder in its configuration (backups.dir)", http.StatusConflict)
		return
	}
	made, err := n.backup(r.Context())
	if err != nil {
		http.Error(w, "no backup was made: "+n.backupState().Fault, http.StatusInternalServerError)
		return
	}
	raw, err := json.Marshal(made)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // the reader may have gone
}

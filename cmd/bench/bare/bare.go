// Package bare is the floor under the county: hashicorp/raft with raft-wal and a
// state machine that does nothing, three processes on loopback. It knows nothing
// of the county; it commits bytes that somebody else measured.
//
// The load runs inside the leader, so that no client's network is paid for. That
// favours it.
package bare

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// Order is a measurement: so many clients with one command of so many bytes
// outstanding each, for so long.
type Order struct {
	Clients int           `json:"clients"`
	Bytes   int           `json:"bytes"`
	For     time.Duration `json:"for"`
}

// Result is how often a command was committed and applied, in a second.
type Result struct {
	Rate float64 `json:"rate"`
	Err  string  `json:"err,omitempty"` // "" when it was measured
}

// Main is one node: its arguments are its directory, its number and the nodes'
// addresses with commas between. It says "leads" each time that it begins to
// lead, and answers each Order on its input with a Result.
func Main(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 3 {
		return errors.New("want a directory, a number and addresses")
	}
	var own int
	if _, err := fmt.Sscan(args[1], &own); err != nil {
		return fmt.Errorf("number %q: %w", args[1], err)
	}
	r, err := open(args[0], own, strings.Split(args[2], ","))
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := json.NewEncoder(out)
	go func() {
		for leads := range r.LeaderCh() {
			if leads {
				mu.Lock()
				_ = say.Encode("leads") // who does not listen has gone, and ends us
				mu.Unlock()
			}
		}
	}()
	orders := json.NewDecoder(in)
	for ctx.Err() == nil {
		var o Order
		if err := orders.Decode(&o); err != nil {
			return r.Shutdown().Error() // the input has ended
		}
		rate, err := load(r, o)
		answer := Result{Rate: rate}
		if err != nil {
			answer.Err = err.Error()
		}
		mu.Lock()
		err = say.Encode(answer)
		mu.Unlock()
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// open takes the settings that the county's ledger takes.
func open(dir string, own int, addresses []string) (*raft.Raft, error) {
	logDir := filepath.Join(dir, "log")
	if err := os.MkdirAll(logDir, 0o700); err != nil {
		return nil, err
	}
	log, err := wal.Open(logDir, wal.WithSegmentSize(4<<20))
	if err != nil {
		return nil, err
	}
	wire, err := raft.NewTCPTransport(addresses[own], nil, 3, 5*time.Second, io.Discard)
	if err != nil {
		return nil, err
	}
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(addresses[own])
	c.LogOutput = io.Discard
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = 800*time.Millisecond, 800*time.Millisecond, 800*time.Millisecond
	c.CommitTimeout = 20 * time.Millisecond
	c.MaxAppendEntries, c.BatchApplyCh = 256, true
	c.TrailingLogs, c.SnapshotThreshold, c.NoLegacyTelemetry = 100_000, 1<<40, true
	var members raft.Configuration
	for _, a := range addresses {
		members.Servers = append(members.Servers, raft.Server{ID: raft.ServerID(a), Address: raft.ServerAddress(a)})
	}
	none := raft.NewDiscardSnapshotStore()
	if err := raft.BootstrapCluster(c, log, log, none, wire, members); err != nil {
		return nil, err
	}
	return raft.NewRaft(c, machine{}, log, log, none, wire)
}

func load(r *raft.Raft, o Order) (float64, error) {
	command := make([]byte, o.Bytes)
	_, _ = rand.Read(command) // does not fail
	var done atomic.Int64
	failed := make([]error, o.Clients)
	began := time.Now()
	var work sync.WaitGroup
	for i := range failed {
		work.Go(func() {
			for time.Since(began) < o.For && failed[i] == nil {
				if failed[i] = r.Apply(command, 5*time.Second).Error(); failed[i] == nil {
					done.Add(1)
				}
			}
		})
	}
	work.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), errors.Join(failed...)
}

// machine does nothing.
type machine struct{}

func (machine) Apply(*raft.Log) any { return nil }

func (machine) ApplyBatch(logs []*raft.Log) []any { return make([]any, len(logs)) }

func (machine) Snapshot() (raft.FSMSnapshot, error) { return nil, errors.New("nothing to keep") }

func (machine) Restore(r io.ReadCloser) error { return r.Close() }

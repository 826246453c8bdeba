// Package countytest gives tests a county whose stand-ins are real and whose nodes and stations are dummies: they take
// their configuration, say at their operators' door that they are ready, and hold nothing. Every process is the test's own
// program, so nothing has to be built.
//
//	func TestMain(m *testing.M) { countytest.Main(m) }
package countytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/stand"
)

// Main runs the tests, or, in a process that a county started, what that process stands in for.
func Main(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch name := filepath.Base(os.Args[0]); {
	case len(os.Args) == 4 && os.Args[1] == "peer":
		err = stand.Main(ctx, county.Role(os.Args[2]), os.Args[3])
	case (name == "station" || name == "cloud") && len(os.Args) == 3:
		err = dummy(ctx, name, os.Args[2])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Open starts such a county and waits until it is ready; it ends with the test.
func Open(t testing.TB) *county.County {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"station", "cloud"} {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := county.Open(county.Options{Dir: t.TempDir(), Bin: bin, Self: self})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.Ready(ctx, func([]county.Name) {}); err != nil {
		t.Fatal(err)
	}
	return c
}

// dummy serves the operators' door of a station or node.
func dummy(ctx context.Context, program, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c struct {
		Site, Node string
		Ops        string
		Sites      []string
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		status := any(stationStatus(c.Site))
		if program == "cloud" {
			status = nodeStatus(c.Node, c.Sites)
		}
		_ = json.NewEncoder(w).Encode(status)
	})
	s := &http.Server{Addr: c.Ops, Handler: mux}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type object = map[string]any

// digest is what everybody holds.
const digest = "5f2a90c11e77d304"

func stationStatus(site string) object {
	lane := object{"tail": 12, "held": 12}
	return object{"site": site, "lanes": []object{lane, lane, lane, lane}, "position": 41, "digest": digest,
		"waiting": 0, "line": true, "alarm": "", "records": 41}
}

func nodeStatus(node string, sites []string) object {
	var held []object
	for _, s := range sites {
		held = append(held, object{"site": s, "hwm": []int{12, 12, 12, 12}, "digest": digest})
	}
	return object{"node": node, "leader": node == "n1", "leaderId": "n1", "term": 2, "applied": 90, "state": digest, "last": 41, "connected": 1,
		"quarantine": 0, "stations": held}
}

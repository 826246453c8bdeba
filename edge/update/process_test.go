package update

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"xiangyi/protocol/release"
)

// A version in these tests is a script that begins this test's own program with a temper.
func TestMain(m *testing.M) {
	addr := os.Getenv("UPDATE_ADDR")
	switch os.Getenv("UPDATE_TEMPER") {
	case "works":
		_ = http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getenv(Version)) }))
	case "exits":
		os.Exit(3)
	case "hangs":
		_ = http.ListenAndServe("127.0.0.1:0", http.NotFoundHandler()) // somewhere else
	default:
		os.Exit(m.Run())
	}
}

func TestRealProcesses(t *testing.T) {
	for name, why := range map[string]Reason{"works": "", "exits": Exited, "hangs": NotReady} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			addr := l.Addr().String()
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			h := &Home{Dir: t.TempDir()}
			for v, temper := range map[release.Version]string{"1.4.0": "works", "1.5.0": name} {
				script := fmt.Sprintf("#!/bin/sh\nUPDATE_TEMPER=%s UPDATE_ADDR=%s exec %s\n", temper, addr, os.Args[0])
				if err := h.put(v, []byte(script), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.save(&State{Good: "1.4.0"}); err != nil {
				t.Fatal(err)
			}
			if err := h.Ask(Wish{"1.5.0", "r1"}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			ready := ReadyAt(addr)
			s := Supervisor{Home: h, Start: Starter(h), Ready: ready, ReadyTime: 3 * time.Second, GoodTime: 300 * time.Millisecond,
				Look: 20 * time.Millisecond, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
			go func() { ended <- s.Run(ctx) }()
			awaitSettled(t, h, ready, name)
			state, err := h.State()
			if err != nil || (state.Good == "1.5.0") != (why == "") || state.Failed["1.5.0"].Reason != why {
				t.Errorf("%+v, %v", state, err)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the supervisor ended with %v", err)
			}
			if ready(t.Context()) == nil {
				t.Error("the station outlives its supervisor")
			}
		})
	}
}

// awaitSettled returns when the trial is over and the station serves.
func awaitSettled(t *testing.T, h *Home, ready func(context.Context) error, name string) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		s, err := h.State()
		over := err == nil && s.Trial == nil && (s.Good == "1.5.0" || len(s.Failed) > 0)
		if over && ready(limit) == nil {
			return
		}
		select {
		case <-limit.Done():
			t.Fatalf("%s: %+v, %v", name, s, err)
		case <-again.C:
		}
	}
}

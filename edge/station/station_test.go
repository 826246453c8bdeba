package station_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiangyi/edge/broker"
	"xiangyi/edge/station"
	"xiangyi/protocol/seal"
)

// free finds an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func config(t *testing.T, dir string) station.Config {
	t.Helper()
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return station.Config{
		Site: "v01", Name: "青石村卫生站", Dir: dir, Kiosk: free(t), Desk: free(t), Ops: free(t), MQTT: free(t),
		County: []string{free(t)}, TLS: &tls.Config{MinVersion: tls.VersionTLS13},
		Secrets: seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key}, CountyKey: key.Public(),
		Devices:  []station.Device{{Device: broker.Device{Name: "bp-01", Secret: "s"}, Terminal: "v01-kiosk"}},
		Terminal: "v01-kiosk", Theme: "xiangyi", WidthPx: 1080, WidthMM: 398,
		Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
}

// run starts a station; the function that it gives stops it and waits.
func run(t *testing.T, c station.Config) func() {
	t.Helper()
	s, err := station.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the station ended with %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func status(t *testing.T, c station.Config) station.Status {
	t.Helper()
	_, body := get(t, "http://"+c.Ops+"/status")
	var s struct {
		Incarnation string
		Waiting     uint64
		Line        bool
		Records     uint64
		Alarm       string
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return station.Status{Incarnation: s.Incarnation, Waiting: s.Waiting, Line: s.Line, Alarm: s.Alarm}
}

func TestAStationServesWithoutALineAndRemembersAcrossARestart(t *testing.T) {
	c := config(t, t.TempDir())
	stop := run(t, c)
	if code, body := get(t, "http://"+c.Kiosk+"/"); code != http.StatusOK || !strings.Contains(body, "青石村卫生站") || !strings.Contains(body, "呼叫村医") {
		t.Fatalf("kiosk: %d\n%s", code, body)
	}
	if code, body := get(t, "http://"+c.Desk+"/"); code != http.StatusOK || !strings.Contains(body, "登录") {
		t.Fatalf("desk: %d\n%s", code, body)
	}
	r, err := http.PostForm("http://"+c.Kiosk+"/call", map[string][]string{"back": {"/"}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	before := status(t, c)
	if before.Line || before.Alarm != "" || before.Waiting == 0 {
		t.Errorf("after a call without a line: %+v", before)
	}
	stop()
	run(t, c)
	after := status(t, c)
	if after.Incarnation != before.Incarnation || after.Alarm != "" || after.Waiting < before.Waiting {
		t.Errorf("before the restart %+v, after it %+v", before, after)
	}
}

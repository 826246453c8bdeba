package ops

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func ask(t *testing.T, d Door, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

func TestAnOperatorHearsHowItStands(t *testing.T) {
	var ready, broken error
	d := Door{Ready: func() error { return ready }, Log: slog.New(slog.DiscardHandler),
		Status: func(context.Context) (any, error) { return map[string]int{"waiting": 3}, broken },
		Measure: func(_ context.Context, m *Metrics) error {
			m.Gauge("xiangyi_lane_tail", "Changes of a lane.", 7, "lane", "0")
			m.Counter("xiangyi_frames_total", "Frames.", 2)
			m.Gauge("xiangyi_lane_tail", "Changes of a lane.", 1.5, "lane", "1", "site", "a\"\\\nb")
			return broken
		}}
	if code, body := ask(t, d, "/livez"); code != 200 || body != "ok\n" {
		t.Errorf("live: %d %q", code, body)
	}
	if code, body := ask(t, d, "/status"); code != 200 || body != `{"waiting":3}` {
		t.Errorf("status: %d %q", code, body)
	}
	want := "# HELP xiangyi_lane_tail Changes of a lane.\n# TYPE xiangyi_lane_tail gauge\nxiangyi_lane_tail{lane=\"0\"} 7\n" +
		"xiangyi_lane_tail{lane=\"1\",site=\"a\\\"\\\\\\nb\"} 1.5\n" +
		"# HELP xiangyi_frames_total Frames.\n# TYPE xiangyi_frames_total counter\nxiangyi_frames_total 2\n"
	if code, body := ask(t, d, "/metrics"); code != 200 || body != want {
		t.Errorf("metrics: %d\n%s\nwant\n%s", code, body, want)
	}
	ready, broken = errors.New("no leader is known"), errors.New("/secret/path: disk")
	if code, body := ask(t, d, "/readyz"); code != 503 || !strings.Contains(body, "no leader") {
		t.Errorf("ready: %d %q", code, body)
	}
	for _, path := range []string{"/status", "/metrics"} {
		if code, body := ask(t, d, path); code != 500 || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %q, want a failure that says nothing of the inside", path, code, body)
		}
	}
}

func TestAMachineIsMeasured(t *testing.T) {
	now := time.Date(2030, 5, 6, 7, 8, 9, 0, time.UTC)
	m, err := Host{Started: now.Add(-time.Hour), Now: func() time.Time { return now }, Disk: func() (uint64, uint64, error) { return 30, 200, nil }}.Machine()
	if err != nil || m.Free() != 0.15 || !m.Now.Equal(now) || !m.Certificate.IsZero() {
		t.Errorf("%+v, %v", m, err)
	}
	var out Metrics
	out.Machine(m)
	if s := string(out.text()); !strings.Contains(s, "xiangyi_disk_free_bytes 30\n") || strings.Contains(s, "certificate") {
		t.Errorf("figures:\n%s", s)
	}
	if (Machine{}).Free() != 1 {
		t.Error("a disk of which nothing is known counts as full")
	}
}

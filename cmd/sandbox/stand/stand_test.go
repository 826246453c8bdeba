package stand

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
)

// address takes a free port and lets it go: the stand-in listens there a moment later.
func address(t *testing.T) county.Address {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return county.Address(l.Addr().String())
}

// standing runs a stand-in until the test ends, and waits for its door.
func standing(t *testing.T, role county.Role, config any, door county.Address) {
	t.Helper()
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Main(ctx, role, file) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", string(door))
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never opened its door: %v", role, err)
		}
		time.Sleep(5 * time.Millisecond) // it has no other way to say that it is there
	}
}

func TestALineIsCutByItsDoor(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	c := county.LineConfig{Near: address(t), Far: []county.Address{county.Address(far.Addr().String())}, Admin: address(t)}
	standing(t, county.RoleLine, c, c.Admin)
	if _, err := outsider.Tell[outsider.Told](t.Context(), string(c.Admin), "/line", map[string]any{"down": true}); err != nil {
		t.Fatal(err)
	}
	s, err := outsider.Ask[LineState](t.Context(), string(c.Admin), "/line")
	if err != nil || !s.Settings.Down {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := outsider.Tell[outsider.Told](t.Context(), string(c.Admin), "/line", map[string]any{"dwon": true}); err == nil {
		t.Error("a misspelt setting was taken")
	}
}

func TestAnInstrumentWaitsForItsStation(t *testing.T) {
	c := county.InstrumentConfig{Broker: address(t), Site: "v01", Device: "bp-01", Secret: "s", Codes: []string{"8480-6"}, Admin: address(t)}
	standing(t, county.RoleInstrument, c, c.Admin)
	s, err := outsider.Ask[InstrumentState](t.Context(), string(c.Admin), "/instrument")
	if err != nil || s.On || s.Boot == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := outsider.Tell[outsider.Told](t.Context(), string(c.Admin), "/measure", Measurement{}); err == nil || !strings.Contains(err.Error(), errOff.Error()) {
		t.Fatalf("it measured without a station: %v", err)
	}
}

func TestAHospitalFindsTheNodeThatAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	there := county.Address(l.Addr().String())
	find := whoever([]county.Address{address(t), there, address(t)})
	for range 3 {
		if got := find(); got != string(there) {
			t.Fatalf("found %q, want %s", got, there)
		}
	}
	if got := whoever([]county.Address{address(t)})(); got != "" {
		t.Fatalf("found %q though nobody answers", got)
	}
}

func TestABloodCountIsFinalAndReviewed(t *testing.T) {
	r := BloodCount(county.Cards()[0], "L1", hospital.GB18030)
	if r.Status != "F" || r.Reviewer.ID == "" || r.Sex != "F" || len(r.Items) < 3 || r.Charset != hospital.GB18030 {
		t.Fatalf("%+v", r)
	}
}

func TestThereIsNoOtherStandIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Main(t.Context(), "dentist", file); err == nil {
		t.Fatal("a dentist was found")
	}
}

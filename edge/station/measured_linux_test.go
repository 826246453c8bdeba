package station_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/devices/port"
	"xiangyi/devices/registry"
	"xiangyi/edge/station"
)

func TestAnInstrumentAtASerialPortIsRead(t *testing.T) {
	pty, err := port.OpenPty()
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	c := config(t, t.TempDir())
	c.Instruments = []station.Instrument{{Placed: registry.Placed{Device: "bp-02", Model: "pulsewave-rbp-9000", Address: pty.Path()}, Terminal: "v01-kiosk"}}
	run(t, c)
	greeting := make([]byte, 8)
	if _, err := pty.Read(greeting); err != nil || !bytes.Equal(greeting, []byte{0xCC, 0x80, 3, 3, 1, 1, 0, 0}) {
		t.Fatalf("the station says % X, %v", greeting, err)
	}
	frame := []byte{0xAA, 0x80, 0x03, 0x0F, 0x01, 0x06, 0x00, 0x1A, 0x07, 0x15, 0x0A, 0x1E, 0x00, 0x01, 0x04, 0x00, 0x98, 0x00, 0x6E, 0xE4}
	if _, err := pty.Write(frame); err != nil {
		t.Fatal(err)
	}
	look, late := time.NewTicker(10*time.Millisecond), time.After(20*time.Second)
	defer look.Stop()
	for {
		code, body := get(t, "http://"+c.Ops+"/status")
		if code == http.StatusOK && strings.Contains(body, `"name":"bp-02"`) && strings.Contains(body, `"read":1`) {
			break
		}
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it was not read: %s", body)
		}
	}
	kept, err := os.ReadDir(filepath.Join(c.Dir, "raw"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	if raw, err := os.ReadFile(filepath.Join(c.Dir, "raw", kept[0].Name())); err != nil || bytes.Contains(raw, []byte("systolic")) {
		t.Error("what is kept is not sealed", err)
	}
}

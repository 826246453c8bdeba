package station

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"testing"
	"time"

	"xiangyi/devices/driver"
	"xiangyi/devices/port"
	"xiangyi/devices/registry"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
)

func TestACuffBeginsAtTheTerminalWhereSomebodyAsked(t *testing.T) {
	var lines [2]*port.Pty
	s := &Station{Config: Config{Dir: t.TempDir(), Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}}
	for i, stands := range []care.ID{"kiosk-1", "desk-1"} {
		var err error
		if lines[i], err = port.OpenPty(); err != nil {
			t.Fatal(err)
		}
		defer lines[i].Close()
		s.Instruments = append(s.Instruments, Instrument{Placed: registry.Placed{Device: "bp-" + string(stands), Model: "suntech-advantage", Address: lines[i].Path()}, Terminal: stands})
	}
	if err := s.openMeasured(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	done := make(chan error, 1)
	go func() { done <- s.registry.Run(ctx) }()
	defer func() { cancel(); <-done }()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for i := range s.Instruments {
		for s.registry.States()[i].Condition != driver.Waiting && ctx.Err() == nil {
			<-look.C
		}
	}
	turn, err := protocol.Encode(exam.Session{Terminal: "desk-1"})
	if err != nil {
		t.Fatal(err)
	}
	s.beginAt(ctx, &protocol.Change{Actor: protocol.Actor{Terminal: "kiosk-1"}})
	s.beginAt(ctx, &protocol.Change{Actor: protocol.Actor{Terminal: "kiosk-1"}, Writes: []protocol.Write{{Ref: exam.SessionRef("s-1"), Value: turn}}})
	for i, l := range lines {
		heard := make([]byte, 3)
		if _, err := io.ReadFull(l, heard); err != nil || heard[1] != 0x20 {
			t.Errorf("line %d heard % X, %v", i, heard, err)
		}
		if err := l.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, _ := l.Read(heard); n > 0 {
			t.Errorf("line %d was told more: % X", i, heard[:n])
		}
	}
}

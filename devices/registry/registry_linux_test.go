package registry

import (
	"context"
	"strings"
	"testing"
	"time"

	"xiangyi/devices/driver"
	"xiangyi/devices/port"
	"xiangyi/devices/profile"
)

func TestAnInstrumentAtATerminalIsMeasuredByItsProfile(t *testing.T) {
	profiles, err := profile.All()
	if err != nil {
		t.Fatal(err)
	}
	pty, err := port.OpenPty()
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	told := make(chan driver.Measurement, 4)
	now := time.Now()
	r, err := New(Config{Profiles: profiles, Placed: []Placed{{Device: "bp-2", Model: "omron-hbp-9030", Address: pty.Path(), Calibrated: now.AddDate(-2, 0, 0)}},
		Tell: func(_ context.Context, m driver.Measurement) error { told <- m; return nil }, Now: time.Now, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for r.States()[0].Condition == driver.Unplugged && ctx.Err() == nil {
		time.Sleep(time.Millisecond) // a real terminal is being opened
	}
	line := now.Format("2006,01,02,15,04") + ",VILLAGER0001        ,0,028,019,072,0\r\n"
	if _, err := pty.Write([]byte("\xFF\x00 15,04" + line)); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-told:
		if m.Readings[0].Value != "28" || m.Readings[0].Quality != "questionable" || m.Model != "omron-hbp-9030" {
			t.Errorf("told %+v", m)
		}
	case <-ctx.Done():
		t.Fatalf("nothing was told: %+v", r.States())
	}
	s := r.States()[0]
	if s.Name != "欧姆龙 HBP-9030 血压计" || len(s.Faults) == 0 || s.Faults[len(s.Faults)-1].ZH != "仪器该校准了" {
		t.Errorf("state %+v", s)
	}
	cancel()
	<-done
}

func TestAModelThatNobodyKnowsIsNamed(t *testing.T) {
	_, err := New(Config{Placed: []Placed{{Device: "bp-9", Model: "abacus"}}, Now: time.Now})
	if err == nil || !strings.Contains(err.Error(), "bp-9") {
		t.Errorf("new says %v", err)
	}
}

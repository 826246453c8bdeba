package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var china = time.FixedZone("CST", 8*3600)

// play runs a test with a broker and a monitor inside a bubble of its own time.
func play(t *testing.T, f func(t *testing.T, b *broker, m *Monitor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &broker{}
		m, err := Open(options(b))
		if err != nil {
			t.Fatal(err)
		}
		f(t, b, m)
		for range 2 {
			if err := m.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})
}

func options(b *broker) Options {
	return Options{Site: "v01", Device: "bp-01", Secret: "s3cret", Boot: 17, Dial: b.dial,
		Now: func() time.Time { return time.Now().In(china) }}
}

func pressure(systolic Value) Readings {
	return Readings{Session: "k7", At: time.Date(2026, 7, 21, 10, 28, 11, 0, china), List: []Reading{
		{Systolic, systolic, "mm[Hg]"}, {Temperature, "36.60", "Cel"}}}
}

func TestAMonitorAnnouncesItselfBeforeItMeasures(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		c := b.connects[0]
		want := connectSeen{protocolName: "MQTT", level: 4, flags: 0xEE, keepAlive: 45, client: "bp-01", userName: "bp-01", password: "s3cret",
			willTopic: "xiangyi/v1/v01/bp-01/status", will: `{"online":false,"boot":17,"reason":"lwt"}`}
		if c != want {
			t.Errorf("CONNECT %+v\nwant    %+v", c, want)
		}
		birth, status := b.of("birth"), b.of("status")
		if len(birth) != 1 || !birth[0].retain || birth[0].qos != 1 ||
			birth[0].payload != `{"boot":17,"model":"RBP-9000","serial":"bp-01","fw":"1.2","codes":["8480-6","8462-4","8867-4","9279-1","8310-5"],"interval":5,"clock":"2000-01-01T08:00:00+08:00"}` {
			t.Errorf("birth %+v", birth)
		}
		if len(status) != 1 || !status[0].retain || status[0].payload != `{"online":true,"boot":17,"seq":0,"ts":"2000-01-01T08:00:00+08:00"}` {
			t.Errorf("status %+v", status)
		}
	})
}

func TestAMeasurementKeepsItsDigitsAndIsNotRetained(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		if err := m.Measure(t.Context(), pressure("128")); err != nil {
			t.Fatal(err)
		}
		if err := m.Measure(t.Context(), Readings{List: []Reading{{Systolic, "n/a", "mm[Hg]"}}}); err != nil {
			t.Fatal(err)
		}
		known, unknown := b.of("vitals/k7"), b.of("vitals/-")
		if len(known) != 1 || known[0].retain || known[0].qos != 1 || known[0].payload !=
			`{"boot":17,"seq":1,"deviceTime":"2026-07-21T10:28:11+08:00","readings":[{"code":"8480-6","value":128,"unit":"mm[Hg]"},{"code":"8310-5","value":36.60,"unit":"Cel"}]}` {
			t.Errorf("%+v", known)
		}
		if len(unknown) != 1 || !strings.Contains(unknown[0].payload, `"seq":2`) || !strings.Contains(unknown[0].payload, `"value":"n/a"`) {
			t.Errorf("%+v", unknown)
		}
	})
}

func TestAMeasurementWithoutPUBACKIsSentAgainAsTheSameOne(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		b.script(func() { b.loseAcks = 2 })
		began := time.Now()
		if err := m.Measure(t.Context(), pressure("128")); err != nil {
			t.Fatal(err)
		}
		got := b.of("vitals/k7")
		if len(got) != 3 {
			t.Fatalf("sent %d times, want 3", len(got))
		}
		for i, h := range got {
			if h.dup != (i > 0) || h.id != got[0].id || h.payload != got[0].payload {
				t.Errorf("sending %d: dup %v id %d %s", i, h.dup, h.id, h.payload)
			}
		}
		if took := time.Since(began); took < 10*time.Second || took > 12*time.Second {
			t.Errorf("took %v, want two waits of 5 s", took)
		}
	})
}

func TestAConnectionCutBeforePUBACKDoesNotLoseTheMeasurement(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		b.script(func() { b.cut = true })
		if err := m.Measure(t.Context(), pressure("128")); err != nil {
			t.Fatal(err)
		}
		if got := b.of("vitals/k7"); len(got) != 2 || got[0].dup || !got[1].dup || len(b.connects) != 2 || len(b.of("birth")) != 2 {
			t.Errorf("%+v over %d connections, %d births", got, len(b.connects), len(b.of("birth")))
		}
	})
}

func TestAMeasurementWaitsForABrokerThatIsAway(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		m.link.close()
		b.script(func() { b.away = true })
		done := make(chan error)
		go func() { done <- m.Measure(t.Context(), pressure("128")) }()
		time.Sleep(time.Minute) // of the bubble
		select {
		case err := <-done:
			t.Fatalf("returned while the broker was away: %v", err)
		default:
		}
		b.script(func() { b.away = false })
		if err := <-done; err != nil || len(b.of("vitals/k7")) != 1 {
			t.Errorf("%v, %d messages", err, len(b.of("vitals/k7")))
		}
		b.script(func() { b.away, b.cut = true, true })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := m.Measure(ctx, pressure("129")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("gave up with %v", err)
		}
	})
}

func TestAReplayIsTheSameMeasurementToTheByte(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		if err := m.Replay(t.Context()); err == nil {
			t.Error("replayed nothing")
		}
		for range 2 {
			if err := m.Measure(t.Context(), pressure("128")); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := b.of("vitals/k7")
		if len(got) != 3 || got[2].payload != got[1].payload || got[1].payload == got[0].payload {
			t.Errorf("%+v", got)
		}
	})
}

func TestHeartbeatsComeEvery15Seconds(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(46 * time.Second) // of the bubble
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		got := b.of("hb")
		if len(got) != 4 || got[3].qos != 0 || got[3].payload != `{"seq":4,"ts":"2000-01-01T08:00:45+08:00","uptime":45,"err":[]}` {
			t.Errorf("%+v", got)
		}
		if len(b.connects) != 1 {
			t.Errorf("%d connections", len(b.connects))
		}
	})
}

func TestABrokerThatDoesNotAnswerAPingIsLeft(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		b.script(func() { b.mutePing = true })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(16 * time.Second) // of the bubble
		cancel()
		<-done
		if len(b.connects) != 2 {
			t.Errorf("%d connections, want a second one after 15 s", len(b.connects))
		}
	})
}

func TestClosingSaysGoodbyeAndPullingThePlugDoesNot(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		status := b.of("status")
		if last := status[len(status)-1]; last.payload != `{"online":false,"boot":17,"reason":"off"}` || !last.retain || b.byes != 1 {
			t.Errorf("%+v, %d DISCONNECTs", last, b.byes)
		}
		if err := m.Measure(t.Context(), pressure("1")); !errors.Is(err, ErrClosed) {
			t.Errorf("measured while off: %v", err)
		}
	})
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		m.Kill()
		synctest.Wait()
		if len(b.of("status")) != 1 || b.byes != 0 {
			t.Errorf("%d status messages, %d DISCONNECTs", len(b.of("status")), b.byes)
		}
	})
}

func TestABrokersRefusalIsSaidInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := Open(options(&broker{code: 5}))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != 5 || !strings.Contains(err.Error(), "not authorised") {
			t.Errorf("%v", err)
		}
	})
}

func TestANameThatCannotBeATopicLevelIsRefusedAtOnce(t *testing.T) {
	for _, bad := range []string{"", "bp 01", "bp/01", "bp.01", "血压", "#", strings.Repeat("x", 65)} {
		o := options(&broker{})
		o.Device = bad
		if _, err := Open(o); err == nil {
			t.Errorf("took %q for a device", bad)
		}
	}
}

func TestRawSendsWhatNoMonitorWouldAndTriesOnce(t *testing.T) {
	play(t, func(t *testing.T, b *broker, m *Monitor) {
		if err := m.Raw(t.Context(), "xiangyi/v1/v01/bp-01/vitals/x", []byte(`{"boot":`)); err != nil {
			t.Error(err)
		}
		b.script(func() { b.cut = true })
		if err := m.Raw(t.Context(), "xiangyi/v1/v01/bp-01/vitals/x", nil); err == nil {
			t.Error("a cut connection went unnoticed")
		}
		if got := b.of("vitals/x"); len(got) != 2 || got[0].payload != `{"boot":` {
			t.Errorf("%+v", got)
		}
	})
}

func TestInventedPeopleArePlausibleAndTheSameForTheSameSeed(t *testing.T) {
	for seed := range uint64(200) {
		a, b := NewPatient(rand.New(rand.NewPCG(seed, 1))), NewPatient(rand.New(rand.NewPCG(seed, 1)))
		for range 20 {
			x, y := a.Full(), b.Full()
			if v := number(t, x[0]) - number(t, x[1]); v < 10 {
				t.Fatalf("seed %d: pulse pressure %v", seed, v)
			}
			for i, limit := range [][2]float64{{90, 180}, {50, 110}, {40, 140}, {10, 25}, {35, 39}} {
				if x[i] != y[i] {
					t.Fatalf("seed %d is not repeatable", seed)
				}
				if v := number(t, x[i]); v < limit[0] || v > limit[1] {
					t.Fatalf("seed %d: %s = %v", seed, x[i].Code, v)
				}
			}
			if _, decimals, _ := strings.Cut(string(x[4].Value), "."); len(decimals) != 2 {
				t.Fatalf("temperature %s", x[4].Value)
			}
		}
	}
}

func TestFaultsAreWhatTheyAreCalled(t *testing.T) {
	now := time.Date(2030, 1, 1, 8, 0, 0, 0, china)
	faulty := func(f Fault) *Instrument {
		return &Instrument{Patient: NewPatient(rand.New(rand.NewPCG(3, 1))), Fault: f, Now: func() time.Time { return now }}
	}
	if at := faulty(WrongClock).Next("").At; !at.Equal(now.Add(-2 * time.Hour)) {
		t.Errorf("clock shows %v", at)
	}
	healthy, stuck := faulty(Healthy), faulty(Stuck)
	if a, b := encode(healthy.Next("").List), encode(healthy.Next("").List); string(a) == string(b) {
		t.Error("a healthy instrument repeats itself")
	}
	if a, b := encode(stuck.Next("").List), encode(stuck.Next("").List); string(a) != string(b) {
		t.Error("a stuck instrument does not")
	}
	limits := map[string][2]float64{Systolic: {40, 300}, Diastolic: {20, 220}, HeartRate: {20, 300}, Respiration: {3, 80}, Temperature: {25, 45}}
	broken := faulty(Impossible)
	for range 50 {
		outside := 0
		for _, r := range broken.Next("").List {
			if v := number(t, r); v < limits[r.Code][0] || v > limits[r.Code][1] {
				outside++
			}
		}
		if outside != 1 {
			t.Fatalf("%d impossible values, want 1", outside)
		}
	}
}

func TestAValueThatIsNoNumberIsPublishedAsText(t *testing.T) {
	for in, want := range map[Value]string{"36.60": "36.60", "-1": "-1", "---": `"---"`, "": `""`, "1e3": "1e3", " 1": `" 1"`, "null": `"null"`} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("%q: %s, %v; want %s", in, got, err, want)
		}
	}
}

func number(t *testing.T, r Reading) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(string(r.Value), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

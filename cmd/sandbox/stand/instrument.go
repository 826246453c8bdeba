package stand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/admin"
	"xiangyi/cmd/sandbox/peer/monitor"
)

// Reading is one value as the instrument shows it; the text's digits are published as they are.
type Reading struct {
	Code  string `json:"code"`  // LOINC
	Value string `json:"value"` // "36.60"
	Unit  string `json:"unit"`  // UCUM
}

// Measurement is the body of POST /measure. Without readings the instrument measures somebody it invents.
type Measurement struct {
	Session  string    `json:"session"`
	Readings []Reading `json:"readings"`
	Late     int64     `json:"late"`   // seconds that the instrument's clock is behind; negative: ahead
	Within   int64     `json:"within"` // seconds until it gives up; 0 = 10
}

// RawMessage is the body of POST /raw.
type RawMessage struct {
	Topic   string `json:"topic"`
	Payload string `json:"payload"`
}

// InstrumentState is what GET /instrument answers.
type InstrumentState struct {
	On    bool      `json:"on"` // it has reached the station since it was switched on
	Boot  uint64    `json:"boot"`
	Codes []string  `json:"codes"`
	Last  []Reading `json:"last"`
	At    time.Time `json:"at"`
	Sent  int       `json:"sent"`
	Error string    `json:"error"`
}

// tool is an instrument that keeps trying until its station is there.
type tool struct {
	c       county.InstrumentConfig
	boot    uint64
	mu      sync.Mutex
	m       *monitor.Monitor
	patient *monitor.Patient
	state   InstrumentState
}

// instrument is one instrument: POST /measure, /replay, /raw, GET /instrument. Its boot number is the time at which it
// was switched on, so that it grows at every start.
func instrument(ctx context.Context, c county.InstrumentConfig) error {
	t := &tool{c: c, boot: uint64(time.Now().Unix())}
	t.state = InstrumentState{Boot: t.boot, Codes: c.Codes}
	door, err := admin.Open(string(c.Admin), t.routes())
	if err != nil {
		return err
	}
	defer door.Close()
	m, err := t.switchOn(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	return m.Run(ctx)
}

// switchOn repeats until the station's broker lets the instrument in.
func (t *tool) switchOn(ctx context.Context) (*monitor.Monitor, error) {
	for {
		m, err := monitor.Open(monitor.Options{Addr: string(t.c.Broker), Site: string(t.c.Site), Device: string(t.c.Device),
			Secret: t.c.Secret, Boot: t.boot, Model: t.c.Model, Codes: t.c.Codes})
		t.mu.Lock()
		if err == nil {
			t.m, t.patient = m, m.NewPatient()
			t.state.On, t.state.Error = true, ""
			t.mu.Unlock()
			return m, nil
		}
		t.state.Error = err.Error()
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (t *tool) routes() map[string]admin.Route {
	return map[string]admin.Route{
		"GET /instrument": func(context.Context, json.RawMessage) (any, error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			return t.state, nil
		},
		"POST /measure": t.measure,
		"POST /replay": func(ctx context.Context, _ json.RawMessage) (any, error) {
			m, err := t.on()
			if err != nil {
				return nil, err
			}
			return nil, t.sent(m.Replay(ctx))
		},
		"POST /raw": func(ctx context.Context, in json.RawMessage) (any, error) {
			r, err := admin.Read[RawMessage](in)
			if err != nil {
				return nil, err
			}
			m, err := t.on()
			if err != nil {
				return nil, err
			}
			return nil, t.sent(m.Raw(ctx, r.Topic, []byte(r.Payload)))
		},
	}
}

var errOff = errors.New("the instrument has not reached its station yet")

func (t *tool) on() (*monitor.Monitor, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		return nil, errOff
	}
	return t.m, nil
}

func (t *tool) measure(ctx context.Context, in json.RawMessage) (any, error) {
	q, err := admin.Read[Measurement](in)
	if err != nil {
		return nil, err
	}
	m, err := t.on()
	if err != nil {
		return nil, err
	}
	if len(q.Readings) == 0 {
		q.Readings = t.invent()
	}
	if q.Within <= 0 {
		q.Within = 10
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(q.Within)*time.Second)
	defer cancel()
	at := time.Now().Add(-time.Duration(q.Late) * time.Second)
	t.mu.Lock()
	t.state.Last, t.state.At = q.Readings, at
	t.mu.Unlock()
	list := make([]monitor.Reading, len(q.Readings))
	for i, r := range q.Readings {
		list[i] = monitor.Reading{Code: r.Code, Value: monitor.Value(r.Value), Unit: r.Unit}
	}
	return q.Readings, t.sent(m.Measure(ctx, monitor.Readings{Session: q.Session, At: at, List: list}))
}

// invent measures an invented person with what this instrument has.
func (t *tool) invent() []Reading {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Reading
	for _, r := range t.patient.Full() {
		for _, code := range t.c.Codes {
			if r.Code == code {
				out = append(out, Reading{r.Code, string(r.Value), r.Unit})
			}
		}
	}
	return out
}

// sent counts what the station took.
func (t *tool) sent(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Error = ""
	if err != nil {
		t.state.Error = err.Error()
		return fmt.Errorf("the station did not take it: %w", err)
	}
	t.state.Sent++
	return nil
}

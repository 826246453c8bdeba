package monitor

import (
	"encoding/json"
	"time"
)

// The LOINC codes that a monitor measures.
const (
	Systolic    = "8480-6" // mm[Hg]
	Diastolic   = "8462-4" // mm[Hg]
	HeartRate   = "8867-4" // /min
	Respiration = "9279-1" // /min
	Temperature = "8310-5" // Cel
)

// Value is a number as the instrument showed it. What is not a JSON number is published as a string, as a broken
// monitor might.
type Value string

// MarshalJSON keeps the digits: 36.60 stays 36.60.
func (v Value) MarshalJSON() ([]byte, error) {
	var n json.Number
	if err := json.Unmarshal([]byte(v), &n); err == nil && string(n) == string(v) {
		return []byte(v), nil
	}
	return json.Marshal(string(v))
}

// Reading is one measured value.
type Reading struct {
	Code  string `json:"code"`
	Value Value  `json:"value"`
	Unit  string `json:"unit"` // UCUM
}

// Readings are what one measurement gave: all that belongs together, in one message.
type Readings struct {
	Session string    // who is measured, as the station named it; empty: the monitor does not know
	At      time.Time // zero: now, by the monitor's clock
	List    []Reading
}

func (m *Monitor) topic(rest string) string {
	return "xiangyi/v1/" + m.o.Site + "/" + m.o.Device + "/" + rest
}

// nextID gives packet identifiers; 0 is not one.
func (m *Monitor) nextID() uint16 {
	m.state.Lock()
	defer m.state.Unlock()
	if m.ids++; m.ids == 0 {
		m.ids = 1
	}
	return m.ids
}

func (m *Monitor) stamp(t time.Time) string { return t.Format(time.RFC3339) }

// encode is for payloads that cannot fail to encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("monitor: " + err.Error())
	}
	return b
}

func (m *Monitor) birth() message {
	return message{topic: m.topic("birth"), retain: true, id: m.nextID(), payload: encode(struct {
		Boot     uint64   `json:"boot"`
		Model    string   `json:"model"`
		Serial   string   `json:"serial"`
		Firmware string   `json:"fw"`
		Codes    []string `json:"codes"`
		Interval int      `json:"interval"`
		Clock    string   `json:"clock"`
	}{m.o.Boot, m.o.Model, m.o.Serial, m.o.Firmware, m.o.Codes, m.o.Interval, m.stamp(m.o.Now())})}
}

func (m *Monitor) online() message {
	return message{topic: m.topic("status"), retain: true, id: m.nextID(), payload: encode(struct {
		Online bool   `json:"online"`
		Boot   uint64 `json:"boot"`
		Seq    int    `json:"seq"`
		At     string `json:"ts"`
	}{true, m.o.Boot, 0, m.stamp(m.o.Now())})}
}

func (m *Monitor) offline(reason string) []byte {
	return encode(struct {
		Online bool   `json:"online"`
		Boot   uint64 `json:"boot"`
		Reason string `json:"reason"`
	}{false, m.o.Boot, reason})
}

func (m *Monitor) heartbeat() message {
	m.state.Lock()
	m.beats++
	n := m.beats
	m.state.Unlock()
	now := m.o.Now()
	return message{topic: m.topic("hb"), payload: encode(struct {
		Seq    uint64   `json:"seq"`
		At     string   `json:"ts"`
		Uptime int64    `json:"uptime"`
		Errors []string `json:"err"`
	}{n, m.stamp(now), int64(now.Sub(m.began).Seconds()), []string{}})}
}

// vitals makes the message of a measurement and keeps it for Replay.
func (m *Monitor) vitals(r Readings) (message, error) {
	session := r.Session
	if session == "" {
		session = "-"
	}
	if r.At.IsZero() {
		r.At = m.o.Now()
	}
	id := m.nextID()
	m.state.Lock()
	defer m.state.Unlock()
	m.seq++
	payload, err := json.Marshal(struct {
		Boot     uint64    `json:"boot"`
		Seq      uint64    `json:"seq"`
		At       string    `json:"deviceTime"`
		Readings []Reading `json:"readings"`
	}{m.o.Boot, m.seq, m.stamp(r.At), r.List})
	if err != nil {
		return message{}, err
	}
	msg := message{topic: m.topic("vitals/" + session), payload: payload, id: id}
	m.last = &msg
	return msg, nil
}

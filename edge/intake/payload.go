package intake

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
)

// maxVitals bounds a spot check's payload, in bytes.
const maxVitals = 16 << 10

// Errors of a message that is no reading. It is kept aside with its reason.
var (
	errTopic   = errors.New("topic is not of this station's convention")
	errSize    = fmt.Errorf("payload over %d bytes", maxVitals)
	errPayload = errors.New("payload is not a spot check")
)

// topic is a message's place: who sent what.
type topic struct {
	device care.ID
	what   string // birth, status, hb, vitals
	rest   string // the session of vitals
}

func parseTopic(site protocol.Site, s string) (topic, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 5 || parts[0] != "xiangyi" || parts[1] != "v1" || parts[2] != string(site) || !level(parts[3]) {
		return topic{}, errTopic
	}
	t := topic{device: care.ID(parts[3]), what: parts[4]}
	if t.what == "vitals" {
		if len(parts) != 6 || !level(parts[5]) {
			return topic{}, errTopic
		}
		t.rest = parts[5]
	} else if len(parts) != 5 {
		return topic{}, errTopic
	}
	return t, nil
}

func level(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// vitals is a spot check as it is published. Unknown fields are let be: devices
// are newer than stations.
type vitals struct {
	Boot       uint64         `json:"boot"`
	Seq        uint64         `json:"seq"`
	DeviceTime time.Time      `json:"deviceTime"`
	Readings   []exam.Reading `json:"readings"`
}

func parseVitals(t topic, payload []byte) (exam.Message, error) {
	if len(payload) > maxVitals {
		return exam.Message{}, errSize
	}
	var v vitals
	if err := json.Unmarshal(payload, &v); err != nil || len(v.Readings) == 0 || v.Seq == 0 {
		return exam.Message{}, errPayload
	}
	return exam.Message{
		Device: t.device, Session: care.ID(t.rest), Boot: v.Boot, Seq: v.Seq,
		DeviceTime: v.DeviceTime, Readings: v.Readings,
	}, nil
}

// beat is what birth, status and heartbeat say of a device's state.
type beat struct {
	Online *bool     `json:"online"`
	Boot   uint64    `json:"boot"`
	Model  string    `json:"model"`
	Serial string    `json:"serial"`
	FW     string    `json:"fw"`
	Codes  []string  `json:"codes"`
	Clock  time.Time `json:"clock"`
	TS     time.Time `json:"ts"`
	Err    []string  `json:"err"`
}

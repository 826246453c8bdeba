package exam

import (
	"errors"
	"strconv"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/seal"
)

// Message is the input of exam.record: one message of an instrument, which is
// one spot check.
type Message struct {
	Device     care.ID   `json:"device"`
	Terminal   care.ID   `json:"terminal,omitempty"` // where the instrument stands
	Session    care.ID   `json:"session,omitempty"`  // when the instrument knows it; "-" is none
	Model      string    `json:"model,omitempty"`
	Boot       uint64    `json:"boot,omitzero"`
	Seq        uint64    `json:"seq,omitzero"`
	DeviceTime time.Time `json:"deviceTime,omitzero"`
	Received   time.Time `json:"received,omitzero"`      // by the station's clock; zero is now
	OffsetMS   *int64    `json:"clockOffsetMs,omitzero"` // station's clock minus the instrument's, from its heartbeat
	Readings   []Reading `json:"readings"`
}

// Limits of one message.
const (
	maxReadings = 24
	maxText     = 64
)

// Check refuses what no instrument sends.
func (m Message) Check() error {
	bad := protocol.Refuse("bad-reading", "仪器发来的数据不完整，请再测一次")
	if !m.Device.Valid() || m.Terminal != "" && !m.Terminal.Valid() || len(m.Model) > maxText {
		return bad
	}
	if m.Session != "" && m.Session != "-" && !m.Session.Valid() {
		return bad
	}
	if len(m.Readings) == 0 || len(m.Readings) > maxReadings {
		return bad
	}
	for _, r := range m.Readings {
		if r.Code == "" || len(r.Code) > maxText || len(r.Unit) > maxText || len(r.Absent) > maxText || len(r.Value) > maxText {
			return bad
		}
	}
	return nil
}

// Key is the idempotency key of a message, at most 64 bytes: an instrument
// repeats what was not acknowledged, and numbers it the same.
func (m Message) Key() string {
	key := "vitals:" + string(m.Device) + ":" + strconv.FormatUint(m.Boot, 10) + ":" + strconv.FormatUint(m.Seq, 10)
	if len(key) <= 64 {
		return key
	}
	return "vitals:" + seal.Sum([]byte(key)).String()[:48]
}

// Record is the action that the station's intake runs for each message.
const Record protocol.ActionName = "exam.record"

func record() care.Action {
	return care.Do(care.Action{
		Name: Record, Title: "记录仪器读数", Roles: []care.Role{care.System},
		Purpose: care.ForCare, Lane: protocol.Urgent, Place: care.AtStation,
	}, func(d *care.Deed, m Message) error {
		o := observe(d, m)
		session, id, why, err := bind(d, m, &o)
		if err != nil {
			return err
		}
		if why != "" {
			return hold(d, o, why)
		}
		o.Person, o.Session = session.Person, id
		return file(d, id, &o)
	})
}

// observe turns a message into an observation of nobody yet.
func observe(d *care.Deed, m Message) Observation {
	now := d.Now()
	received := m.Received
	if received.IsZero() || received.After(now) {
		received = now
	}
	clock := d.Clock()
	o := Observation{
		Site: d.Site(), Terminal: m.Terminal, Device: m.Device, Model: m.Model, Boot: m.Boot, Seq: m.Seq,
		Method: ByInstrument, Status: Final, Received: received, DeviceTime: m.DeviceTime, ClockSuspect: clock.Suspect,
	}
	o.ObservedAt, o.TimeRule, o.OffsetMS = observedAt(m.DeviceTime, received, m.OffsetMS, clock)
	for _, r := range m.Readings {
		o.Values = append(o.Values, valueOf(r))
	}
	cross(o.Values)
	return o
}

// file puts an observation into somebody's record, and calls the doctor when
// it is alarming. It reads but never builds on other records: an urgent Change
// waits for nothing.
func file(d *care.Deed, id care.ID, o *Observation) error {
	if o.FirstFor == "" {
		o.FirstFor = o.Person
	}
	p, err := personOf(d, o.Person)
	if err != nil {
		return err
	}
	o.assess(p)
	if _, err := care.Write(d, protocol.Draft{Ref: Ref(id), Subject: o.Person}, o); err != nil {
		return err
	}
	if !o.Flag.Alarming() {
		return nil
	}
	return care.Task{
		Reason: TaskAlarm, For: care.Doctor, Site: d.Site(), About: Ref(id), Person: o.Person,
		Words: "测量值到了危急范围，请马上去看病人",
	}.Open(d, alarmTask(id), protocol.SiteScope(d.Site()))
}

// personOf reads who somebody is; nil when this site does not know them, as
// may happen for minutes after they came from another station.
func personOf(r protocol.Reader, id care.ID) (*care.Person, error) {
	if id == "" {
		return nil, nil
	}
	p, _, err := care.Read[care.Person](r, care.ResidentRef(id))
	if errors.Is(err, protocol.ErrNotFound) {
		return nil, nil
	}
	return &p, err
}

package intake

import (
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol/care"
)

// Device is what the station knows of an instrument now. It is for screens; it
// is forgotten at a restart and told again by retained births.
type Device struct {
	Name    care.ID       `json:"name"`
	Model   string        `json:"model"`
	Boot    uint64        `json:"boot"`
	Online  bool          `json:"online"`
	Heard   time.Time     `json:"heard"`               // of the last message of any sort
	Offset  time.Duration `json:"offset,format:units"` // the station's clock minus the device's, from its last clock
	Clocked bool          `json:"clocked"`             // Offset is known
	Faults  []string      `json:"faults"`
	Read    int           `json:"read"`    // spot checks committed since the station started
	Refused int           `json:"refused"` // messages that were no reading
}

// quiet is after how long without a heartbeat a device counts as away: three
// intervals. A last will may never come.
const quiet = 45 * time.Second

type fleet struct {
	mu      sync.Mutex
	devices map[care.ID]*Device
}

func (f *fleet) update(name care.ID, now time.Time, change func(*Device)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.devices == nil {
		f.devices = map[care.ID]*Device{}
	}
	d := f.devices[name]
	if d == nil {
		d = &Device{Name: name}
		f.devices[name] = d
	}
	d.Heard = now
	change(d)
}

// hear takes a birth, a status or a heartbeat. A will of an earlier boot is
// late, and says nothing about this one.
func (f *fleet) hear(t topic, payload []byte, now time.Time) (b beat, err error) {
	if len(payload) > maxVitals || json.Unmarshal(payload, &b) != nil {
		return b, errPayload
	}
	f.update(t.device, now, func(d *Device) {
		if t.what == "status" && b.Online != nil {
			if b.Boot >= d.Boot {
				d.Online, d.Boot = *b.Online, b.Boot
			}
			return
		}
		d.Online, d.Faults = true, b.Err
		if t.what == "birth" {
			d.Boot, d.Model = b.Boot, b.Model
		}
		clock := b.Clock
		if clock.IsZero() {
			clock = b.TS
		}
		if !clock.IsZero() {
			d.Offset, d.Clocked = now.Sub(clock), true
		}
	})
	return b, nil
}

func (f *fleet) get(name care.ID) Device {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.devices[name]; d != nil {
		return *d
	}
	return Device{Name: name}
}

func (f *fleet) list(now time.Time) []Device {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Device
	for _, d := range f.devices {
		c := *d
		c.Online = c.Online && now.Sub(c.Heard) < quiet
		out = append(out, c)
	}
	return out
}

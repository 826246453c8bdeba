package monitor

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// Patient is an invented person whose values wander a little from one measurement to the next, as values do. Nobody
// real has them. It is not safe for concurrent use.
type Patient struct {
	r                               *rand.Rand
	systolic, diastolic, pulse, rsp float64
	temperature                     float64
}

// NewPatient invents a grown-up; the same random source gives the same person.
func NewPatient(r *rand.Rand) *Patient {
	systolic := 112 + r.Float64()*40
	return &Patient{r: r, systolic: systolic, diastolic: systolic*0.5 + 10 + r.Float64()*10, pulse: 62 + r.Float64()*24,
		rsp: 13 + r.Float64()*6, temperature: 36.2 + r.Float64()*0.7}
}

// NewPatient invents a person by the monitor's own random source, which one goroutine at a time may use.
func (m *Monitor) NewPatient() *Patient { return NewPatient(m.o.Rand) }

// BloodPressure gives what one inflation of a cuff gives: systolic, diastolic and pulse.
func (p *Patient) BloodPressure() []Reading {
	systolic := p.near(p.systolic, 6)
	diastolic := min(p.near(p.diastolic, 4), systolic-15)
	return []Reading{
		{Systolic, whole(systolic), "mm[Hg]"},
		{Diastolic, whole(diastolic), "mm[Hg]"},
		{HeartRate, whole(p.near(p.pulse, 4)), "/min"},
	}
}

// Full adds respiration and temperature, the latter with the two decimals that ear thermometers show.
func (p *Patient) Full() []Reading {
	return append(p.BloodPressure(),
		Reading{Respiration, whole(p.near(p.rsp, 1.5)), "/min"},
		Reading{Temperature, Value(strconv.FormatFloat(p.near(p.temperature, 0.15), 'f', 2, 64)), "Cel"})
}

// near gives a value at most spread away.
func (p *Patient) near(v, spread float64) float64 { return v + (p.r.Float64()*2-1)*spread }

func whole(v float64) Value { return Value(strconv.Itoa(int(v + 0.5))) }

// Fault is what can be wrong with a monitor.
type Fault string

// The faults of real instruments, as a station must expect them.
const (
	Healthy    Fault = ""
	Impossible Fault = "impossible"  // values that nobody has: a broken sensor, a decoding error
	WrongClock Fault = "wrong-clock" // two hours behind, as after an empty clock battery
	Stuck      Fault = "stuck"       // the first measurement again and again
)

// Instrument measures a patient, with a fault or without. It is not safe for concurrent use.
type Instrument struct {
	Patient *Patient
	Fault   Fault
	Now     func() time.Time

	first []Reading // of a stuck instrument
}

// Next gives the next measurement.
func (i *Instrument) Next(session string) Readings {
	out := Readings{Session: session, At: i.Now(), List: i.Patient.Full()}
	switch i.Fault {
	case Impossible:
		i.spoil(out.List)
	case WrongClock:
		out.At = out.At.Add(-2 * time.Hour)
	case Stuck:
		if i.first == nil {
			i.first = out.List
		}
		out.List = append([]Reading(nil), i.first...)
	}
	return out
}

// spoil puts one value where nobody's is.
func (i *Instrument) spoil(list []Reading) {
	wrong := map[string][]Value{
		Systolic:    {"0", "512", "-12"},
		Diastolic:   {"255", "0"},
		HeartRate:   {"0", "999"},
		Respiration: {"0", "250"},
		Temperature: {"93.70", "0.00", "-273.15"},
	}
	k := i.Patient.r.IntN(len(list))
	choices := wrong[list[k].Code]
	list[k].Value = choices[i.Patient.r.IntN(len(choices))]
}

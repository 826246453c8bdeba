package exam

import (
	"time"

	"xiangyi/protocol"
)

// TimeRule says how the time of an observation was chosen.
type TimeRule string

// The rules, in the order in which they are tried.
const (
	// The instrument's time, mended by the offset that its heartbeat showed.
	// Only so can a reading be older than its arrival: an instrument that kept
	// it while it had no connection.
	TimeCorrected TimeRule = "corrected"
	// The instrument's time, which agrees with the station's within closeEnough.
	TimeOfDevice TimeRule = "device"
	// The time of arrival: the instrument has no clock, or a wrong one.
	TimeReceived TimeRule = "received"
	// A person said when.
	TimeStated TimeRule = "stated"
)

const (
	closeEnough = 2 * time.Minute
	ahead       = 5 * time.Second     // a corrected time may be this far after arrival
	tooOld      = 30 * 24 * time.Hour // no instrument keeps readings longer
)

// observedAt chooses when a reading was taken. offset is the station's clock
// minus the instrument's, nil when the host does not know it.
func observedAt(deviceTime, received time.Time, offset *int64, clock protocol.ClockState) (at time.Time, rule TimeRule, offsetMS int64) {
	if deviceTime.IsZero() {
		return received, TimeReceived, 0
	}
	seen := received.Sub(deviceTime)
	if clock.Suspect {
		return received, TimeReceived, seen.Milliseconds()
	}
	if offset != nil {
		mended := deviceTime.Add(time.Duration(*offset) * time.Millisecond)
		if late := received.Sub(mended); late >= -ahead && late <= tooOld {
			return earlier(mended, received), TimeCorrected, *offset
		}
	}
	if seen.Abs() <= closeEnough {
		return earlier(deviceTime, received), TimeOfDevice, seen.Milliseconds()
	}
	return received, TimeReceived, seen.Milliseconds()
}

// earlier keeps a reading from being taken after it arrived.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

package hl7

import (
	"errors"
	"strings"
	"time"
)

// ErrTime is returned for a text that is not a time stamp.
var ErrTime = errors.New("hl7: not a time stamp")

// Precision is how much of a time stamp was said. A birth date is a Day, an instrument's reading a Second.
type Precision uint8

// The precisions, coarsest first.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
)

var layouts = map[int]struct {
	layout    string
	precision Precision
}{
	4: {"2006", Year}, 6: {"200601", Month}, 8: {"20060102", Day}, 10: {"2006010215", Hour}, 12: {"200601021504", Minute},
	14: {"20060102150405", Second},
}

// FormatTime writes t to the second with its offset: 20261102091400+0800. The zero time is "".
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("20060102150405-0700")
}

// FormatDate writes the day of t: 20261102. The zero time is "".
func FormatDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("20060102")
}

// ParseTime reads YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]. A stamp without offset is in loc, which is the sender's zone, not the
// reader's. The error is ErrTime.
func ParseTime(s string, loc *time.Location) (time.Time, Precision, error) {
	clock, offset := s, ""
	if i := strings.LastIndexAny(s, "+-"); i >= 0 {
		clock, offset = s[:i], s[i:]
	}
	whole, fraction, fractional := strings.Cut(clock, ".")
	known, ok := layouts[len(whole)]
	if !ok || fractional && (known.precision != Second || fraction == "" || len(fraction) > 9) {
		return time.Time{}, 0, ErrTime
	}
	layout := known.layout
	if fractional {
		layout += "." + strings.Repeat("0", len(fraction))
	}
	if offset != "" {
		layout += "-0700"
	}
	t, err := time.ParseInLocation(layout, s, loc)
	if err != nil {
		return time.Time{}, 0, ErrTime
	}
	return t, known.precision, nil
}

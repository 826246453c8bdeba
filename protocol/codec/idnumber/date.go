package idnumber

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without time or zone. The zero value is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day that t shows in its own zone. Birth dates are compared in the zone of the station.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// dateOf reads characters 7 to 14 of a number whose first 17 are digits.
func dateOf(s string) Date {
	n := func(from, to int) (v int) {
		for _, c := range []byte(s[from:to]) {
			v = v*10 + int(c-'0')
		}
		return v
	}
	return Date{n(6, 10), time.Month(n(10, 12)), n(12, 14)}
}

// Valid reports whether the calendar has this day.
func (d Date) Valid() bool {
	return d.Year > 0 && d == DateOf(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
}

// After reports whether d is later than other.
func (d Date) After(other Date) bool {
	if d.Year != other.Year {
		return d.Year > other.Year
	}
	if d.Month != other.Month {
		return d.Month > other.Month
	}
	return d.Day > other.Day
}

// AgeOn returns the full years (周岁) of somebody born on d, on the day given; on the birthday itself the year counts.
// It is negative before birth. Who was born on 29 February is a year older on 1 March in a common year.
func (d Date) AgeOn(day Date) int {
	years := day.Year - d.Year
	if day.Month < d.Month || day.Month == d.Month && day.Day < d.Day {
		years--
	}
	return years
}

// String writes d as 1952-03-09.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

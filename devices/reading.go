package devices

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Number is a decimal as an instrument wrote it: digits, perhaps a point and a
// sign. Empty is none. In JSON it is a number.
type Number string

// Int is a whole number.
func Int[T ~int | ~uint8 | ~uint16 | ~uint32](n T) Number {
	return Number(strconv.FormatInt(int64(n), 10))
}

// Decimal reads the text of a number: spaces around it and zeros in front go,
// digits behind the point stay. ok is false for anything else.
func Decimal(text string) (n Number, ok bool) {
	text = strings.TrimSpace(text)
	sign := ""
	if rest, is := strings.CutPrefix(text, "-"); is {
		sign, text = "-", strings.TrimSpace(rest)
	} else {
		text = strings.TrimSpace(strings.TrimPrefix(text, "+"))
	}
	whole, part, point := strings.Cut(text, ".")
	if whole == "" || point && part == "" || len(text) > 16 || strings.Trim(whole+part, "0123456789") != "" {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if point {
		whole += "." + part
	}
	return Number(sign + whole), true
}

// Shift moves the decimal point by places to the right, or to the left for
// fewer than zero: 245.6 g are 0.2456 kg.
func (n Number) Shift(places int) Number {
	text, sign := string(n), ""
	if rest, is := strings.CutPrefix(text, "-"); is {
		sign, text = "-", rest
	}
	whole, part, _ := strings.Cut(text, ".")
	for ; places > 0; places-- {
		if part == "" {
			part = "0"
		}
		whole, part = whole+part[:1], part[1:]
	}
	for ; places < 0; places++ {
		if whole == "" {
			whole = "0"
		}
		whole, part = whole[:len(whole)-1], whole[len(whole)-1:]+part
	}
	if part != "" {
		part = "." + part
	}
	out, _ := Decimal(sign + "0" + whole + part)
	return out
}

// Rat is the number itself; nil when there is none.
func (n Number) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}

// MarshalJSON writes a number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return []byte(n), nil
}

// Absent is why a reading has no value.
type Absent string

// The reasons.
const (
	NotValid    Absent = "not-valid"
	SensorOff   Absent = "sensor-off"
	Searching   Absent = "searching"
	OutOfRange  Absent = "out-of-range"
	DeviceError Absent = "device-error"
	NotMeasured Absent = "not-measured"
)

// Quality is how far a value can be trusted; empty is: as far as the instrument.
type Quality string

// The qualities.
const (
	Questionable Quality = "questionable"
	Demo         Quality = "demo" // made up by the instrument: never a measurement
	Calibrating  Quality = "calibrating"
	Invalid      Quality = "invalid"
)

// Reading is one quantity as an instrument told it.
type Reading struct {
	Code       Code    `json:"code"`
	Value      Number  `json:"value"`
	Absent     Absent  `json:"absentReason,omitempty"` // why there is no value
	Unit       string  `json:"unit"`                   // UCUM
	Site       string  `json:"site,omitempty"`         // of the body: ear
	ObservedAt string  `json:"observedAt,omitempty"`   // by the instrument's clock, as it wrote it
	Quality    Quality `json:"quality,omitempty"`
}

// Missing is a quantity of which the instrument gave no value.
func Missing(code Code, why Absent) Reading {
	return Reading{Code: code, Absent: why, Unit: Terms[code].Unit}
}

// Of is a value in the unit in which its code is kept.
func Of(code Code, value Number) Reading {
	return Reading{Code: code, Value: value, Unit: Terms[code].Unit}
}

// span is what a quantity can be in a living person. Beyond it the bytes were
// misread: an alarming value is never beyond it.
var span = map[Code][2]int64{
	Systolic: {40, 300}, Diastolic: {20, 220}, MeanPressure: {20, 260},
	PulseRate: {20, 300}, PulseRateCuff: {20, 300}, PulseRateOxi: {20, 300}, HeartRate: {20, 300},
	SpO2: {35, 100}, PerfusionIndex: {0, 25}, RespirationRate: {3, 80}, BodyTemperature: {25, 45}, Weight: {1, 300}, Height: {40, 230},
}

// Plausible reports whether what came together can be true together: each value
// within what a living person can have, and diastolic ≤ mean ≤ systolic.
func Plausible(all []Reading) bool {
	at := map[Code]*big.Rat{}
	for _, r := range all {
		v := r.Value.Rat()
		if v == nil {
			continue
		}
		at[r.Code] = v
		if s, known := span[r.Code]; known && (v.Cmp(big.NewRat(s[0], 1)) < 0 || v.Cmp(big.NewRat(s[1], 1)) > 0) {
			return false
		}
	}
	inOrder := func(low, high Code) bool {
		return at[low] == nil || at[high] == nil || at[low].Cmp(at[high]) <= 0
	}
	return inOrder(Diastolic, MeanPressure) && inOrder(MeanPressure, Systolic) && inOrder(Diastolic, Systolic)
}

// Kept gives a reading in the unit in which its code is kept; one in that unit,
// or in one that is not known here, as it is. The original stays with whoever
// holds it.
func Kept(r Reading) Reading {
	v := r.Value.Rat()
	to, known := conversions[r.Unit]
	if v == nil || !known || to.unit != Terms[r.Code].Unit {
		return r
	}
	v.Sub(v, to.less).Mul(v, to.times)
	r.Value, r.Unit = Number(v.FloatString(to.digits)), to.unit
	return r
}

// conversions by the unit from which: subtract, then multiply.
var conversions = map[string]struct {
	unit        string
	less, times *big.Rat
	digits      int
}{
	MgDL:      {MmolL, new(big.Rat), big.NewRat(10000, 180156), 2}, // of glucose: 180.156 g/mol
	KPa:       {MmHg, new(big.Rat), big.NewRat(750062, 100000), 0},
	"[degF]":  {Celsius, big.NewRat(32, 1), big.NewRat(5, 9), 1},
	"[lb_av]": {Kilogram, new(big.Rat), big.NewRat(45359237, 100000000), 2},
	"g":       {Kilogram, new(big.Rat), big.NewRat(1, 1000), 3},
	"[in_i]":  {Centimetre, new(big.Rat), big.NewRat(254, 100), 1},
}

// order of readings that an instrument gives at once.
var order = []Code{Systolic, Diastolic, PulseRateCuff, MeanPressure}

// Sort puts readings into the order in which people say them.
func Sort(all []Reading) {
	slices.SortStableFunc(all, func(a, b Reading) int { return slices.Index(order, a.Code) - slices.Index(order, b.Code) })
}

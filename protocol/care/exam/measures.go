package exam

import "math/big"

// What is a thing that people come to have measured; one or several codes.
type What string

// The things, in the order in which they are offered.
const (
	Pressure    What = "pressure"
	Pulse       What = "pulse"
	Temperature What = "temperature"
	Oxygen      What = "oxygen"
	Breath      What = "breath"
	Sugar       What = "sugar"
	Weight      What = "weight"
	Height      What = "height"
)

// LOINC codes that the rules name.
const (
	codePanel     = "85353-1" // several vital signs at once
	codePressure  = "85354-9"
	codeSystolic  = "8480-6"
	codeDiastolic = "8462-4"
	codeMean      = "8478-0"
	codePulse     = "8867-4"
	codeBreath    = "9279-1"
	codeBody      = "8310-5"
	codeOxygen    = "2708-6"
	codeOximetry  = "59408-5"
	codeSugar     = "14743-9"
)

// measure is what the service knows of one code.
type measure struct {
	What  What
	Name  string // zh-CN
	Unit  string // UCUM, in which values are kept
	Shown string // the unit as people read it
	Round int    // digits after the point of converted values and averages
	// Outside of these a value is a fault of the line or the instrument, not of
	// a person. Source: display ranges of OMRON HBP-9030 and OpenICE, widened.
	Least, Most string
	units       map[string]conversion
}

var measures = map[string]measure{
	codeSystolic:  {Pressure, "收缩压（高压）", "mm[Hg]", "mmHg", 0, "40", "300", pressureUnits},
	codeDiastolic: {Pressure, "舒张压（低压）", "mm[Hg]", "mmHg", 0, "20", "220", pressureUnits},
	codeMean:      {Pressure, "平均压", "mm[Hg]", "mmHg", 0, "25", "260", pressureUnits},
	codePulse:     {Pulse, "脉搏", "/min", "次/分", 0, "20", "300", rateUnits},
	codeBreath:    {Breath, "呼吸", "/min", "次/分", 0, "3", "80", rateUnits},
	codeBody:      {Temperature, "体温", "Cel", "℃", 1, "25", "45", temperatureUnits},
	"8331-1":      {Temperature, "口腔温度", "Cel", "℃", 1, "25", "45", temperatureUnits},
	"8328-7":      {Temperature, "腋下温度", "Cel", "℃", 1, "25", "45", temperatureUnits},
	"8333-7":      {Temperature, "耳温", "Cel", "℃", 1, "25", "45", temperatureUnits},
	"8332-9":      {Temperature, "肛温", "Cel", "℃", 1, "25", "45", temperatureUnits},
	codeOxygen:    {Oxygen, "血氧", "%", "%", 0, "35", "100", percentUnits},
	codeSugar:     {Sugar, "血糖", "mmol/L", "mmol/L", 1, "0.5", "35", sugarUnits},
	"29463-7":     {Weight, "体重", "kg", "kg", 1, "1", "300", weightUnits},
	"8302-2":      {Height, "身高", "cm", "cm", 0, "40", "230", heightUnits},
}

// aliases are codes of the same quantity under another name.
var aliases = map[string]string{codeOximetry: codeOxygen}

// Whats lists the things that people can come for, in the order of the menu.
func Whats() []What {
	return []What{Pressure, Temperature, Oxygen, Pulse, Breath, Sugar, Weight, Height}
}

// Codes lists the codes that are drawn for a thing, the leading one first.
func (w What) Codes() []string {
	switch w {
	case Pressure:
		return []string{codeSystolic, codeDiastolic}
	case Pulse:
		return []string{codePulse}
	case Temperature:
		return []string{codeBody, "8331-1", "8328-7", "8333-7", "8332-9"}
	case Oxygen:
		return []string{codeOxygen}
	case Breath:
		return []string{codeBreath}
	case Sugar:
		return []string{codeSugar}
	case Weight:
		return []string{"29463-7"}
	case Height:
		return []string{"8302-2"}
	}
	return nil
}

// Known reports whether the service has rules for the thing.
func (w What) Known() bool { return w.Codes() != nil }

// Name is the thing in zh-CN.
func (w What) Name() string {
	if w == Pressure {
		return "血压"
	}
	if c := w.Codes(); c != nil {
		return measures[c[0]].Name
	}
	return ""
}

// Icon is the thing's sign on a tile.
func (w What) Icon() string {
	switch w {
	case Pressure:
		return "heart-pulse"
	case Temperature:
		return "thermometer"
	case Oxygen, Sugar:
		return "droplet"
	case Breath:
		return "wind"
	case Weight, Height:
		return "weight"
	}
	return "activity"
}

// conversion turns a value in a foreign unit into the kept one: (v + Add) × Times.
// The factors are exact fractions, so that every site computes the same digits.
type conversion struct{ Add, Times *big.Rat }

// as is a conversion that multiplies by a decimal fraction.
func as(times string) conversion { return conversion{new(big.Rat), rational(times)} }

var same = as("1")

var (
	pressureUnits    = map[string]conversion{"mm[Hg]": same, "mmHg": same, "mmhg": same, "kPa": as("7.50062"), "kpa": as("7.50062")}
	rateUnits        = map[string]conversion{"/min": same, "{beat}/min": same, "{beats}/min": same, "{breath}/min": same, "{breaths}/min": same, "bpm": same, "次/min": same, "次/分": same}
	temperatureUnits = map[string]conversion{"Cel": same, "℃": same, "°C": same, "C": same, "[degF]": fahrenheit, "℉": fahrenheit, "°F": fahrenheit, "degF": fahrenheit}
	percentUnits     = map[string]conversion{"%": same}
	sugarUnits       = map[string]conversion{"mmol/L": same, "mg/dL": {new(big.Rat), new(big.Rat).Inv(rational("18.0156"))}, "mg/dl": {new(big.Rat), new(big.Rat).Inv(rational("18.0156"))}}
	weightUnits      = map[string]conversion{"kg": same, "g": as("0.001"), "[lb_av]": as("0.45359237"), "lb": as("0.45359237")}
	heightUnits      = map[string]conversion{"cm": same, "m": as("100"), "[in_i]": as("2.54"), "in": as("2.54")}
	fahrenheit       = conversion{rational("-32"), big.NewRat(5, 9)}
)

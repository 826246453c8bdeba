package devices

// Code names what was measured. It is our own key: many MDC codes share one
// LOINC code, so neither can be.
type Code string

// What instruments of a village station measure.
const (
	Systolic        Code = "systolic"
	Diastolic       Code = "diastolic"
	MeanPressure    Code = "map"
	PulseRate       Code = "pulse-rate"          // of an unspecified source
	PulseRateCuff   Code = "pulse-rate-nibp"     // counted by a cuff
	PulseRateOxi    Code = "pulse-rate-oximeter" // counted by an oximeter
	HeartRate       Code = "heart-rate-ecg"
	SpO2            Code = "spo2"
	PerfusionIndex  Code = "perfusion-index"
	RespirationRate Code = "respiration-rate"
	BodyTemperature Code = "temperature"
	Glucose         Code = "glucose"
	Weight          Code = "weight"
	Height          Code = "height"
	BodyMassIndex   Code = "bmi"
)

// Units, in UCUM.
const (
	MmHg       = "mm[Hg]"
	KPa        = "kPa"
	PerMinute  = "/min"
	Percent    = "%"
	Celsius    = "Cel"
	MmolL      = "mmol/L"
	MgDL       = "mg/dL"
	Kilogram   = "kg"
	Centimetre = "cm"
)

// Term is what a Code is called elsewhere.
type Term struct {
	MDC   []int  // IEEE 11073-10101, partition × 65536 + term; the first is the one to send
	LOINC string // empty: none
	Unit  string // UCUM, in which it is kept
	Panel string // LOINC of the panel that it is part of
}

// Terms of the codes. Sources: the HL7 personal health device guide, FHIR R4
// vital signs.
var Terms = map[Code]Term{
	Systolic:        {[]int{150301, 150021}, "8480-6", MmHg, "85354-9"},
	Diastolic:       {[]int{150302, 150022}, "8462-4", MmHg, "85354-9"},
	MeanPressure:    {[]int{150303, 150023}, "8478-0", MmHg, "85354-9"},
	PulseRate:       {[]int{149522}, "8867-4", PerMinute, ""},
	PulseRateCuff:   {[]int{149546}, "8867-4", PerMinute, ""},
	PulseRateOxi:    {[]int{149530}, "8867-4", PerMinute, ""},
	HeartRate:       {[]int{147842}, "8867-4", PerMinute, ""},
	SpO2:            {[]int{150456}, "2708-6", Percent, ""},
	PerfusionIndex:  {[]int{150488}, "", Percent, ""},
	RespirationRate: {[]int{151562}, "9279-1", PerMinute, ""},
	BodyTemperature: {[]int{150344, 150364}, "8310-5", Celsius, ""},
	Glucose:         {[]int{160184}, "14743-9", MmolL, ""},
	Weight:          {[]int{188736}, "29463-7", Kilogram, ""},
	Height:          {[]int{188740}, "8302-2", Centimetre, ""},
	BodyMassIndex:   {[]int{188752}, "39156-5", "kg/m2", ""},
}

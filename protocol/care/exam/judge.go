package exam

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Reading is one value as an instrument sent it.
type Reading struct {
	Code    string           `json:"code"` // LOINC
	Value   protocol.Decimal `json:"value,omitempty"`
	Unit    string           `json:"unit,omitempty"`
	Absent  string           `json:"absent,omitempty"`  // why there is no value
	Quality Quality          `json:"quality,omitempty"` // what the instrument thinks of it; empty is ok
}

// valueOf turns a reading into a kept value: known code, known unit, plausible.
// What fails is kept as it came and says why.
func valueOf(r Reading) Value {
	v := Value{Code: r.Code, Quality: OK}
	if code, ok := aliases[r.Code]; ok {
		v.Code = code
	}
	if v.Code == codeOxygen {
		v.Also = []string{codeOximetry}
	}
	m, known := measures[v.Code]
	if r.Value == "" {
		v.Absent = r.Absent
		if v.Absent == "" {
			v.Absent = "not-measured"
		}
		v.doubt(Invalid, "absent")
		return v
	}
	v.Raw = &Raw{r.Value, r.Unit}
	x, isNumber := number(r.Value)
	conv, fits := m.units[r.Unit]
	switch {
	case !isNumber:
		v.doubt(Invalid, "not-a-number")
	case !known:
		v.doubt(Questionable, "unknown-code")
	case !fits:
		v.doubt(Questionable, "unknown-unit")
	default:
		v.Unit, v.Value = m.Unit, r.Value
		if conv != same {
			v.Value = decimal(conv.apply(x), keptDigits)
		} else if r.Unit == m.Unit {
			v.Raw = nil
		}
		if y, _ := number(v.Value); y.Cmp(rational(m.Least)) < 0 || y.Cmp(rational(m.Most)) > 0 {
			v.doubt(Invalid, "implausible")
		}
	}
	if r.Quality != "" && r.Quality != OK {
		v.doubt(claimed(r.Quality), "instrument")
	}
	return v
}

// claimed reads an instrument's own word for the quality.
func claimed(q Quality) Quality {
	if q == Invalid || q == Demo {
		return q
	}
	return Questionable // "calibrating", and whatever else is not ok
}

// doubt lowers the quality; it never raises it, and the first reason of the
// lowest quality stays.
func (v *Value) doubt(q Quality, why string) {
	if v.Quality == "" || q.rank() > v.Quality.rank() {
		v.Quality, v.Doubt = q, why
	}
}

// kept reports whether a value is a vital sign: known and in a known unit.
func (v *Value) kept() bool { return v.Value != "" && v.Quality.counts() }

// cross compares values of one spot check with each other.
func cross(values []Value) {
	find := func(code string) *Value {
		i := slices.IndexFunc(values, func(v Value) bool { return v.Code == code && v.kept() })
		if i < 0 {
			return nil
		}
		return &values[i]
	}
	if sys, dia := find(codeSystolic), find(codeDiastolic); sys != nil && dia != nil {
		crossPressure(sys, dia, find(codeMean))
	}
	var pulses []*Value
	for i := range values {
		if values[i].Code == codePulse && values[i].kept() {
			pulses = append(pulses, &values[i])
		}
	}
	if len(pulses) > 1 && apart(pulses[0], pulses[1], "30") {
		for _, p := range pulses {
			p.doubt(Questionable, "pulses-differ")
		}
	}
}

// crossPressure: diastolic at or above systolic cannot be; less than 10 apart
// is hardly ever right, but may be somebody in danger.
func crossPressure(sys, dia, mean *Value) {
	s, _ := number(sys.Value)
	d, _ := number(dia.Value)
	switch {
	case d.Cmp(s) >= 0:
		sys.doubt(Invalid, "diastolic-above-systolic")
		dia.doubt(Invalid, "diastolic-above-systolic")
	case !apart(sys, dia, "9.999999"):
		sys.doubt(Questionable, "pulse-pressure")
		dia.doubt(Questionable, "pulse-pressure")
	}
	if mean == nil {
		return
	}
	if m, _ := number(mean.Value); m.Cmp(d) <= 0 || m.Cmp(s) >= 0 {
		mean.doubt(Questionable, "mean-outside")
	}
}

// apart reports whether two values differ by more than a limit.
func apart(a, b *Value, limit string) bool {
	x, _ := number(a.Value)
	y, _ := number(b.Value)
	diff := x.Sub(x, y)
	return diff.Abs(diff).Cmp(rational(limit)) > 0
}

// assess judges the values for a person and sums them up. p is nil when nobody
// is known. It may run again when a reading gets another person.
func (o *Observation) assess(p *care.Person) {
	o.Flag, o.Alarms, o.Rules, o.Quality = "", nil, RuleSet, ""
	for i := range o.Values {
		v := &o.Values[i]
		v.Flag, v.Range = "", nil
		if o.Quality == "" || v.Quality.rank() < o.Quality.rank() {
			o.Quality = v.Quality
		}
		l, ok := limitsFor(v.Code, p, o.ObservedAt)
		if !ok || !v.kept() {
			continue
		}
		if alarm := l.judge(v); alarm != "" && !slices.Contains(o.Alarms, alarm) {
			o.Alarms = append(o.Alarms, alarm)
		}
		if v.Flag.rank() > o.Flag.rank() {
			o.Flag = v.Flag
		}
	}
	slices.Sort(o.Alarms)
	o.Code = codeOf(o.Values)
}

// codeOf names the whole: a blood pressure, the only value, or several.
func codeOf(values []Value) string {
	codes := map[string]bool{}
	for _, v := range values {
		codes[v.Code] = true
	}
	switch {
	case codes[codeSystolic] || codes[codeDiastolic]:
		return codePressure
	case len(codes) == 1:
		return values[0].Code
	}
	return codePanel
}

package exam

import (
	"slices"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
)

func TestDigitsAreKeptAsTheyCame(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, warmthOf("36.60"))
	v := observation(s.station, id).Values[0]
	if v.Value != "36.60" || v.Figure() != "36.60" || v.Raw != nil {
		t.Errorf("kept %+v", v)
	}
}

func TestForeignUnitsAreConvertedAndTheOriginalStays(t *testing.T) {
	for _, c := range []struct {
		code          string
		value         protocol.Decimal
		unit          string
		kept          protocol.Decimal
		shown, keptAs string
		originalStays bool
	}{
		{codeSystolic, "16.0", "kPa", "120.0099", "120", "mm[Hg]", true},
		{codeDiastolic, "10.7", "kPa", "80.2566", "80", "mm[Hg]", true},
		{codeBody, "97.9", "[degF]", "36.6111", "36.6", "Cel", true},
		{codeBody, "104", "°F", "40", "40.0", "Cel", true},
		{codeSugar, "100", "mg/dL", "5.5507", "5.6", "mmol/L", true},
		{"29463-7", "150", "[lb_av]", "68.0389", "68.0", "kg", true},
		{codeSystolic, "120", "mmHg", "120", "120", "mm[Hg]", true},
		{codePulse, "74", "{beat}/min", "74", "74", "/min", true},
		{codePulse, "74", "/min", "74", "74", "/min", false},
	} {
		v := valueOf(Reading{Code: c.code, Value: c.value, Unit: c.unit})
		if v.Value != c.kept || v.Unit != c.keptAs || v.Figure() != c.shown || v.Quality != OK {
			t.Errorf("%s %s %s: kept %s %s, shown %s, %s", c.code, c.value, c.unit, v.Value, v.Unit, v.Figure(), v.Quality)
		}
		if stays := v.Raw != nil && v.Raw.Value == c.value && v.Raw.Unit == c.unit; stays != c.originalStays {
			t.Errorf("%s %s %s: original %+v", c.code, c.value, c.unit, v.Raw)
		}
	}
}

func TestWhatIsNotUnderstoodIsKeptAndIsNoVital(t *testing.T) {
	for _, r := range []Reading{
		{Code: "61006-3", Value: "2.1", Unit: "%"},
		{Code: codeBody, Value: "310", Unit: "K"},
		{Code: codePulse, Value: "74"},
	} {
		v := valueOf(r)
		if v.Quality != Questionable || v.Value != "" || v.Raw == nil || v.Raw.Value != r.Value || v.kept() {
			t.Errorf("%+v became %+v", r, v)
		}
	}
	for _, n := range []protocol.Decimal{"1e9", "1e999999999", "12345678901", "1.12345678"} {
		if v := valueOf(Reading{Code: codePulse, Value: n, Unit: "/min"}); v.Quality != Invalid || v.Value != "" {
			t.Errorf("%s became %+v", n, v)
		}
	}
}

func TestImpossibleValuesAreKeptAndLeftOut(t *testing.T) {
	for code, edges := range map[string][2]protocol.Decimal{
		codeSystolic: {"40", "300"}, codeDiastolic: {"20", "220"}, codePulse: {"20", "300"},
		codeBreath: {"3", "80"}, codeBody: {"25", "45"}, codeOxygen: {"35", "100"},
	} {
		unit := measures[code].Unit
		for _, in := range edges {
			if v := valueOf(Reading{Code: code, Value: in, Unit: unit}); v.Quality != OK {
				t.Errorf("%s %s is possible but %s", code, in, v.Quality)
			}
		}
		for _, out := range []protocol.Decimal{below(edges[0]), edges[1] + ".1"} {
			if v := valueOf(Reading{Code: code, Value: out, Unit: unit}); v.Quality != Invalid || v.Value != out {
				t.Errorf("%s %s is impossible but became %+v", code, out, v)
			}
		}
	}
	s := newScene(t)
	s.took(grandma, pressure("130", "80", "70")...)
	s.took(grandma, pressure("430", "80", "70")...)
	s.took(grandma, pressure("140", "90", "70")...)
	page := caretest.Show[History](s.station, resident(grandma), "exam.history", whatInput{What: Pressure})
	if page.Average != "135/83" {
		t.Errorf("average %s", page.Average)
	}
	if got := figuresOf(page); !slices.Equal(got, []string{"130", "140"}) {
		t.Errorf("drawn: %v", got)
	}
	rows := caretest.Show[PersonPage](s.station, doctor, "exam.person", personInput{Person: grandma}).Rows
	if len(rows) != 3 {
		t.Errorf("the doctor sees %d readings", len(rows))
	}
}

func TestDoubtfulValuesAreDrawnButNotAveraged(t *testing.T) {
	s := newScene(t)
	first := s.took(grandma, pressure("130", "80", "70")...)
	s.took(grandma, pressure("139", "132", "70")...)
	page := caretest.Show[History](s.station, resident(grandma), "exam.history", whatInput{What: Pressure})
	if page.Average != "130/80" || page.Over != 1 || !slices.Equal(figuresOf(page), []string{"130", "139"}) || page.Trend.Series[0].Points[1].Mark == nil {
		t.Errorf("%+v", page)
	}
	s.took(grandma, pressure("128", "80", "70")...)
	if r := caretest.Show[Result](s.station, resident(grandma), "exam.result", observationInput{first}); len(r.Trends) != 0 {
		t.Errorf("the first reading is shown with later ones: %+v", r.Trends)
	}
}

func below(d protocol.Decimal) protocol.Decimal {
	x, _ := number(d)
	return decimal(x.Sub(x, rational("0.1")), 1)
}

func figuresOf(h History) []string {
	var out []string
	for _, p := range h.Trend.Series[0].Points {
		out = append(out, p.Figure())
	}
	return out
}

func TestValuesAreHeldAgainstEachOther(t *testing.T) {
	judge := func(readings ...Reading) (out []Quality) {
		var values []Value
		for _, r := range readings {
			values = append(values, valueOf(r))
		}
		cross(values)
		for _, v := range values {
			out = append(out, v.Quality)
		}
		return out
	}
	mean := Reading{Code: codeMean, Value: "75", Unit: "mm[Hg]"}
	for name, c := range map[string]struct {
		got, want []Quality
	}{
		"as it should be":   {judge(pressure("120", "80", "70")...), []Quality{OK, OK, OK}},
		"ten apart":         {judge(pressure("90", "80", "70")...), []Quality{OK, OK, OK}},
		"less than ten":     {judge(pressure("89", "80", "70")...), []Quality{Questionable, Questionable, OK}},
		"equal":             {judge(pressure("80", "80", "70")...), []Quality{Invalid, Invalid, OK}},
		"turned round":      {judge(pressure("80", "120", "70")...), []Quality{Invalid, Invalid, OK}},
		"mean below":        {judge(append(pressure("120", "80", "70")[:2:2], mean)...), []Quality{OK, OK, Questionable}},
		"two pulses differ": {judge(append(pressure("120", "80", "70"), Reading{Code: codePulse, Value: "101", Unit: "/min"})...), []Quality{OK, OK, Questionable, Questionable}},
		"two pulses agree":  {judge(append(pressure("120", "80", "70"), Reading{Code: codePulse, Value: "100", Unit: "/min"})...), []Quality{OK, OK, OK, OK}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

func TestRedFlagsAtTheirEdges(t *testing.T) {
	at := time.Date(2030, 1, 7, 9, 0, 0, 0, care.Zone)
	old := &care.Person{Birth: "1958-03-02"}
	kid := &care.Person{Birth: "2024-01-07"}
	teen := &care.Person{Birth: "2016-01-07"} // fourteen today
	infant := &care.Person{Birth: "2029-11-05"}
	for _, c := range []struct {
		who   *care.Person
		code  string
		value protocol.Decimal
		flag  Flag
		alarm string
	}{
		{old, codeSystolic, "179", High, ""}, {old, codeSystolic, "180", VeryHigh, "RF13"},
		{old, codeDiastolic, "109", High, ""}, {old, codeDiastolic, "110", VeryHigh, "RF13"},
		{old, codeSystolic, "90", Normal, ""}, {old, codeSystolic, "89", VeryLow, "RF15"},
		{old, codeSystolic, "139", Normal, ""}, {old, codeSystolic, "139.9", Normal, ""}, {old, codeSystolic, "140", High, ""},
		{old, codeDiastolic, "59", Low, ""}, {old, codeDiastolic, "90", High, ""},
		{old, codePulse, "50", Low, ""}, {old, codePulse, "49", VeryLow, "RF15"},
		{old, codePulse, "120", High, ""}, {old, codePulse, "121", VeryHigh, "RF15"},
		{old, codeBreath, "10", Low, ""}, {old, codeBreath, "9", VeryLow, "RF15"},
		{old, codeBreath, "30", High, ""}, {old, codeBreath, "31", VeryHigh, "RF15"},
		{old, codeBody, "37.2", Normal, ""}, {old, codeBody, "37.3", High, ""},
		{old, codeBody, "39.4", High, ""}, {old, codeBody, "39.5", VeryHigh, "RF15"},
		{old, codeBody, "35", Low, ""}, {old, codeBody, "34.9", VeryLow, "RF15"}, {old, "8333-7", "39.5", VeryHigh, "RF15"},
		{old, codeOxygen, "90", Low, ""}, {old, codeOxygen, "89", VeryLow, "RF03"}, {old, codeOxygen, "95", Normal, ""},
		{old, codeSugar, "3.9", VeryLow, "RF14"}, {old, codeSugar, "4.0", Normal, ""}, {old, codeSugar, "16.7", VeryHigh, "RF14"}, {old, codeSugar, "16.6", High, ""},
		{kid, codeSystolic, "85", "", ""}, {kid, codePulse, "130", "", ""}, {kid, codePulse, "181", VeryHigh, "RF15"}, {kid, codePulse, "59", VeryLow, "RF15"},
		{kid, codeBreath, "28", "", ""}, {kid, codeBreath, "61", VeryHigh, "RF15"}, {kid, codeOxygen, "91", VeryLow, "RF03"}, {kid, codeOxygen, "92", Low, ""},
		{teen, codePulse, "121", VeryHigh, "RF15"},
		{infant, codeBody, "37.9", High, ""}, {infant, codeBody, "38.0", VeryHigh, "RF09"}, {kid, codeBody, "38.0", High, ""},
		{nil, codeSystolic, "180", VeryHigh, "RF13"}, {&care.Person{}, codePulse, "49", VeryLow, "RF15"},
		{old, "29463-7", "61.5", "", ""},
	} {
		o := Observation{ObservedAt: at, Values: []Value{valueOf(Reading{Code: c.code, Value: c.value, Unit: measures[c.code].Unit})}}
		o.assess(c.who)
		alarm := ""
		if len(o.Alarms) > 0 {
			alarm = o.Alarms[0]
		}
		if o.Flag != c.flag || alarm != c.alarm {
			t.Errorf("%s %s for %v: %q %q, want %q %q", c.code, c.value, c.who, o.Flag, alarm, c.flag, c.alarm)
		}
	}
}

func TestAnAlarmingValueIsNeverDropped(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, pressure("186", "180", "44")...) // hardly believable, and maybe true
	o := observation(s.station, id)
	if !o.Flag.Alarming() || o.Values[0].Quality != Questionable || !slices.Equal(o.Alarms, []string{"RF13", "RF15"}) {
		t.Errorf("%+v", o)
	}
	r := caretest.Show[Result](s.station, resident(grandma), "exam.urgent", observationInput{id})
	if r.Alarm == nil || r.Alarm.Title != urgent["RF13"].Title || r.Alarm.Call.Label != "呼叫村医" {
		t.Errorf("the page says %+v", r.Alarm)
	}
	if got := task(s.station, alarmTask(id)); got.State != "open" || got.Person != grandma || got.For != care.Doctor {
		t.Errorf("task %+v", got)
	}
}

func TestADemonstrationIsNobodysReading(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, Reading{Code: codePulse, Value: "200", Unit: "/min", Quality: Demo})
	o := observation(s.station, id)
	if o.Flag != "" || o.Quality != Demo || there(s.station, taskRef(alarmTask(id))) {
		t.Errorf("%+v", o)
	}
	if page := caretest.Show[History](s.station, resident(grandma), "exam.history", whatInput{What: Pulse}); page.Trend != nil || page.Average != "" {
		t.Errorf("drawn: %+v", page)
	}
}

func TestAnInstrumentThatMeasuredNothingSaysSo(t *testing.T) {
	s := newScene(t)
	id := s.took(grandma, Reading{Code: codeSystolic, Absent: "sensor-off"}, Reading{Code: codeDiastolic})
	r := caretest.Show[Result](s.station, resident(grandma), "exam.result", observationInput{id})
	if r.Name != "" || r.Advice.Title != failed.Title || r.Figures[0].Figure != "—" {
		t.Errorf("the page says %+v", r)
	}
	if v := observation(s.station, id).Values; v[0].Absent != "sensor-off" || v[1].Absent != "not-measured" {
		t.Errorf("kept %+v", v)
	}
}

func TestWhenAReadingWasTaken(t *testing.T) {
	now := time.Date(2030, 1, 7, 10, 30, 0, 0, care.Zone)
	ms := func(d time.Duration) *int64 { v := d.Milliseconds(); return &v }
	for name, c := range map[string]struct {
		device time.Time
		offset *int64
		clock  protocol.ClockState
		at     time.Time
		rule   TimeRule
	}{
		"no clock":                           {time.Time{}, nil, protocol.ClockState{}, now, TimeReceived},
		"agrees":                             {now.Add(-time.Minute), nil, protocol.ClockState{}, now.Add(-time.Minute), TimeOfDevice},
		"two minutes off":                    {now.Add(-2 * time.Minute), nil, protocol.ClockState{}, now.Add(-2 * time.Minute), TimeOfDevice},
		"more":                               {now.Add(-2*time.Minute - time.Second), nil, protocol.ClockState{}, now, TimeReceived},
		"a little ahead":                     {now.Add(time.Minute), nil, protocol.ClockState{}, now, TimeOfDevice},
		"known to be slow":                   {now.Add(-109 * time.Second), ms(109 * time.Second), protocol.ClockState{}, now, TimeCorrected},
		"kept for an hour, known to be slow": {now.Add(-62 * time.Minute), ms(2 * time.Minute), protocol.ClockState{}, now.Add(-time.Hour), TimeCorrected},
		"mended into the future":             {now, ms(time.Hour), protocol.ClockState{}, now, TimeOfDevice},
		"kept for too long":                  {now.Add(-31 * 24 * time.Hour), ms(0), protocol.ClockState{}, now, TimeReceived},
		"the station's own is in doubt":      {now.Add(-time.Minute), ms(0), protocol.ClockState{Suspect: true}, now, TimeReceived},
	} {
		at, rule, _ := observedAt(c.device, now, c.offset, c.clock)
		if !at.Equal(c.at) || rule != c.rule {
			t.Errorf("%s: %v by %s, want %v by %s", name, at, rule, c.at, c.rule)
		}
	}
}

package devices

import (
	"encoding/json"
	"testing"
)

func TestANumberKeepsItsDigits(t *testing.T) {
	for text, want := range map[string]Number{"36.60": "36.60", "+  4.876": "4.876", "079": "79", "000": "0", "-0.5": "-0.5", " 12 ": "12", "0.000": "0.000"} {
		if got, ok := Decimal(text); !ok || got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1.", ".5", "1e3", "--", "1.2.3", "12345678901234567", "１２"} {
		if n, ok := Decimal(text); ok {
			t.Errorf("%q is the number %q", text, n)
		}
	}
}

func TestThePointMoves(t *testing.T) {
	for _, c := range []struct {
		n      Number
		places int
		want   Number
	}{{"245.6", -3, "0.2456"}, {"100.00", -3, "0.10000"}, {"1182", -2, "11.82"}, {"5", -2, "0.05"}, {"4.2", 3, "4200"}, {"-7", -1, "-0.7"}, {"0", 2, "0"}} {
		if got := c.n.Shift(c.places); got != c.want {
			t.Errorf("%s by %d is %q, want %q", c.n, c.places, got, c.want)
		}
	}
}

func TestUnitsAreConvertedOnlyToTheOneThatIsKept(t *testing.T) {
	for _, c := range []struct{ r, want Reading }{
		{Reading{Code: Glucose, Value: "106", Unit: MgDL}, Reading{Code: Glucose, Value: "5.88", Unit: MmolL}},
		{Reading{Code: Systolic, Value: "16.0", Unit: KPa}, Reading{Code: Systolic, Value: "120", Unit: MmHg}},
		{Reading{Code: BodyTemperature, Value: "98.6", Unit: "[degF]"}, Reading{Code: BodyTemperature, Value: "37.0", Unit: Celsius}},
		{Reading{Code: Weight, Value: "63.5", Unit: Kilogram}, Reading{Code: Weight, Value: "63.5", Unit: Kilogram}},
		{Reading{Code: Weight, Value: "16", Unit: KPa}, Reading{Code: Weight, Value: "16", Unit: KPa}},
		{Missing(Glucose, NotMeasured), Missing(Glucose, NotMeasured)},
	} {
		if got := Kept(c.r); got != c.want {
			t.Errorf("%+v is kept as %+v, want %+v", c.r, got, c.want)
		}
	}
}

func TestWhatCannotBeTrueTogether(t *testing.T) {
	pressure := func(s, m, d Number) []Reading {
		return []Reading{Of(Systolic, s), Of(MeanPressure, m), Of(Diastolic, d)}
	}
	for _, c := range []struct {
		all  []Reading
		want bool
	}{
		{pressure("120", "90", "80"), true}, {pressure("120", "45", "80"), false}, {pressure("80", "90", "120"), false},
		{pressure("260", "200", "152"), true}, // alarming, and possible
		{[]Reading{Of(SpO2, "0")}, false}, {[]Reading{Missing(SpO2, NotValid)}, true}, {nil, true},
	} {
		if got := Plausible(c.all); got != c.want {
			t.Errorf("%+v: plausible %v", c.all, got)
		}
	}
}

func TestAnAbsentValueIsNull(t *testing.T) {
	raw, err := json.Marshal(Missing(SpO2, SensorOff))
	if want := `{"code":"spo2","value":null,"absentReason":"sensor-off","unit":"%"}`; err != nil || string(raw) != want {
		t.Errorf("got %s, %v", raw, err)
	}
}

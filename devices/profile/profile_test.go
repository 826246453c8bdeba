package profile

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/protocols"
)

func TestEveryProfileNamesAProtocol(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if _, known := protocols.Named(p.Protocol); !known {
			t.Errorf("%s names %q", p.Model, p.Protocol)
		}
		if len(p.Codes()) == 0 {
			t.Errorf("%s measures nothing that travels", p.Model)
		}
	}
}

func TestANewModelNeedsAFileAlone(t *testing.T) {
	file := `{"model":"x-1","name":"血压计","english":"Cuff","protocol":"pulsewave-rbp","modes":[{"baud":9600}],
		"measures":[{"code":"systolic","unit":"mm[Hg]","least":60,"most":250.5}],"calibration":6}`
	all, err := Read(fstest.MapFS{"models/x.json": {Data: []byte(file)}})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	p := all[0]
	got := p.Judge([]devices.Reading{devices.Of(devices.Systolic, "250"), devices.Of(devices.Systolic, "251"), {Code: devices.Systolic, Value: "16", Unit: devices.KPa},
		devices.Missing(devices.Systolic, devices.NotValid)})
	want := []devices.Quality{"", devices.Questionable, devices.Questionable, ""}
	if !slices.EqualFunc(got, want, func(r devices.Reading, q devices.Quality) bool { return r.Quality == q }) {
		t.Errorf("judged %+v", got)
	}
	day := time.Date(2030, 1, 7, 0, 0, 0, 0, time.UTC)
	if due := p.Due(day); !due.Equal(time.Date(2030, 7, 7, 0, 0, 0, 0, time.UTC)) || !p.Due(time.Time{}).IsZero() {
		t.Errorf("due %v", due)
	}
}

func TestAProfileThatIsNotWholeIsRefused(t *testing.T) {
	for _, file := range []string{`{`, `{}`, `{"model":"x","name":"x","english":"x","protocol":"x","measures":[{"code":"mood","unit":"1","least":1,"most":2}]}`,
		`{"model":"x","name":"x","english":"x","protocol":"x","measures":[{"code":"spo2","unit":"%","least":2,"most":1}]}`} {
		if _, err := Read(fstest.MapFS{"models/x.json": {Data: []byte(file)}}); err == nil {
			t.Errorf("%s was read", file)
		}
	}
}

package driver_test

import (
	"testing"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/driver"
)

func TestOneFingerIsOneMeasurement(t *testing.T) {
	var s driver.Steady
	now, told := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC), 0
	hear := func(seconds int, spo2 ...devices.Number) {
		for i := range seconds {
			r := devices.Missing(devices.SpO2, devices.SensorOff)
			if len(spo2) > 0 {
				r = devices.Of(devices.SpO2, spo2[i%len(spo2)])
			}
			if s.Take(driver.Measurement{Received: now, Readings: []devices.Reading{r}}) {
				told++
			}
			now = now.Add(time.Second)
		}
	}
	want := func(n int, when string) {
		t.Helper()
		if told != n {
			t.Errorf("%s: %d measurements, want %d", when, told, n)
		}
	}
	hear(5, "80", "90", "97")
	want(0, "while it swings")
	hear(60, "97", "98")
	want(1, "while the finger is in")
	hear(1)
	hear(60, "95")
	want(2, "after the finger was out")
	now = now.Add(time.Minute)
	hear(60, "95")
	want(3, "after it was switched off")
}

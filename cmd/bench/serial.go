package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"xiangyi/devices/protocols"
	"xiangyi/devices/sim"
)

// decoding feeds each decoder what its simulator writes on a poor line, in the
// pieces of a port, and says how much of it a second it takes apart. The ratio
// is to what the line carries at most: 115200 bit/s.
func decoding(r *run) error {
	const lineMB = 115200.0 / 10 / 1e6
	const size, piece = 1 << 20, 64
	start := time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)
	for _, name := range slices.Sorted(maps.Keys(protocols.Simulated)) {
		p, _ := protocols.Named(name)
		s := sim.Simulator{Instrument: protocols.Simulated[name], Rand: rand.New(rand.NewPCG(1, 1)), Now: func() time.Time { return start },
			Faults: sim.Faults{Noise: 50, Torn: 50}}
		var b []byte
		for len(b) < size {
			more, _, _ := s.Next()
			b = append(b, more...)
		}
		d, began, events := p.New(), time.Now(), 0
		for chunk := range slices.Chunk(b, piece) {
			events += len(d.Feed(chunk))
		}
		took := time.Since(began).Seconds()
		if events == 0 {
			return fmt.Errorf("%s: nothing was read", name)
		}
		mb := float64(len(b)) / 1e6 / took
		r.emit(Figure{Bench: "serial.decode", Metric: name, Value: mb, Unit: "MB/s", Ratio: mb / lineMB, RatioTo: "115200 bit/s"})
	}
	return nil
}

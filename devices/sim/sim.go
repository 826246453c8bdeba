// Package sim plays the other end of an instrument's line, with the faults that
// lines and instruments have. Each family brings what its instrument writes; this
// package knows no family. The same seed writes the same bytes.
package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"xiangyi/devices"
)

// Vitals are what an invented person has. N tells people apart: of two within a
// hundred, every quantity that a frame carries says which it is.
type Vitals struct {
	N  int
	At time.Time // by the instrument's clock
}

// Person is the n-th of them.
func Person(n int, at time.Time) Vitals { return Vitals{n, at} }

// Of is a quantity of the person, in the unit in which it is kept.
func (v Vitals) Of(c devices.Code) int {
	n := v.N % 100
	switch c {
	case devices.Systolic:
		return 110 + n%50
	case devices.Diastolic:
		return 60 + n%40
	case devices.MeanPressure:
		return v.Of(devices.Diastolic) + 5
	case devices.SpO2:
		return 80 + n%20
	case devices.RespirationRate:
		return 10 + n%20
	case devices.Weight: // hundreds of grams
		return 400 + n
	case devices.Glucose: // mg/dL
		return 70 + n
	}
	return 50 + n // rates
}

// Instrument is what a family's simulator brings.
type Instrument struct {
	Every time.Duration // between two things that it says unasked; 0: it speaks only when asked
	// Says is what it writes when a person was measured.
	Says func(Vitals) []byte
	// Asked answers one of the protocol's commands, by name; nil says nothing. May be nil.
	Asked func(name string, v Vitals) []byte
	// Pauses: its frames are told apart by pauses alone.
	Pauses bool
}

// Faults are how often, of a thousand frames, something goes wrong, and what
// stays wrong.
type Faults struct {
	Noise int           // garbage stands in front of the frame
	Torn  int           // the frame stops in the middle
	Drop  int           // nothing is written
	Stuck bool          // one person's values, for ever
	Clock time.Duration // how far the instrument's clock is ahead
}

// Simulator is one instrument with its faults.
type Simulator struct {
	Instrument Instrument
	Commands   map[string][]byte // of its protocol
	Faults     Faults
	Rand       *rand.Rand
	Now        func() time.Time
	n          int
}

// person is who is measured next.
func (s *Simulator) person() Vitals {
	if !s.Faults.Stuck {
		s.n++
	}
	return Person(s.n, s.Now().Add(s.Faults.Clock))
}

// Next is what the instrument writes next, with faults. whole tells whether it
// ends with a frame that is as it should be.
func (s *Simulator) Next() (b []byte, v Vitals, whole bool) {
	v = s.person()
	b, whole = s.spoil(s.Instrument.Says(v))
	return b, v, whole
}

func (s *Simulator) spoil(b []byte) ([]byte, bool) {
	happens := func(of1000 int) bool { return s.Rand.IntN(1000) < of1000 }
	switch {
	case happens(s.Faults.Drop):
		return nil, false
	case happens(s.Faults.Torn):
		return b[:1+s.Rand.IntN(len(b)-1)], false
	case happens(s.Faults.Noise):
		noise := make([]byte, 1+s.Rand.IntN(12))
		for i := range noise {
			noise[i] = byte(s.Rand.Uint32())
		}
		return append(noise, b...), true
	}
	return b, true
}

// Run speaks until the context ends or the line breaks. A line that ends is no
// error. The caller closes it when the context ends.
func (s *Simulator) Run(ctx context.Context, line io.ReadWriter) error {
	heard, failed := make(chan []byte), make(chan error, 1)
	go func() { failed <- listen(ctx, line, heard) }()
	every := time.NewTicker(max(s.Instrument.Every, time.Millisecond))
	defer every.Stop()
	if s.Instrument.Every == 0 {
		every.Stop()
	}
	var waiting []byte
	for {
		var out []byte
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case b := <-heard:
			waiting = append(waiting, b...)
			out, waiting = s.answer(waiting)
		case <-every.C:
			out, _, _ = s.Next()
		}
		if len(out) == 0 {
			continue
		}
		if _, err := line.Write(out); err != nil {
			return fmt.Errorf("simulator: %w", err)
		}
	}
}

func listen(ctx context.Context, line io.Reader, heard chan<- []byte) error {
	for {
		chunk := make([]byte, 256)
		n, err := line.Read(chunk)
		if n > 0 {
			select {
			case heard <- chunk[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return err
		}
	}
}

const mostHeard = 256

// answer looks for commands in what was heard, and gives back what is not whole.
func (s *Simulator) answer(heard []byte) (out, rest []byte) {
	for {
		at, end, name := len(heard), 0, ""
		for n, c := range s.Commands {
			if i := bytes.Index(heard, c); i >= 0 && (i < at || i == at && len(c) > end-at) {
				at, end, name = i, i+len(c), n
			}
		}
		if name == "" {
			return out, heard[max(0, len(heard)-mostHeard):]
		}
		heard = heard[end:]
		if s.Instrument.Asked == nil {
			continue
		}
		b := s.Instrument.Asked(name, s.person())
		if len(b) > 1 {
			b, _ = s.spoil(b)
		}
		out = append(out, b...)
	}
}

// Package profile lists the models of instruments that are known: one file a
// model, with what its protocol does not say. A new model of a known family is a
// new file and no code. It knows no port and no decoder.
package profile

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strings"
	"time"

	"xiangyi/devices"
	"xiangyi/devices/port"
)

// Profile is one model.
type Profile struct {
	Model    string      `json:"model"`    // by which a station's configuration names it
	Name     string      `json:"name"`     // as people call it, zh-CN
	English  string      `json:"english"`  // the same in English
	Protocol string      `json:"protocol"` // of devices/protocols
	Modes    []port.Mode `json:"modes"`    // the usual one first; others are tried while nothing is understood
	// Measures are the quantities that it tells, each with the range that it can
	// show, in the unit in which the quantity is kept.
	Measures []Measure `json:"measures"`
	Silence  int       `json:"silence"`     // seconds without a byte after which it is not well; 0: it may be silent for ever
	Every    int       `json:"calibration"` // months between two calibrations; 0: none
}

// Measure is one quantity and its range, ends included.
type Measure struct {
	Code  devices.Code   `json:"code"`
	Unit  string         `json:"unit"` // UCUM, in which it is told
	Least devices.Number `json:"least"`
	Most  devices.Number `json:"most"`
}

// UnmarshalJSON reads a measure whose range is written as numbers.
func (m *Measure) UnmarshalJSON(b []byte) error {
	var raw struct {
		Code        devices.Code
		Unit        string
		Least, Most json.Number
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*m = Measure{raw.Code, raw.Unit, devices.Number(raw.Least), devices.Number(raw.Most)}
	return nil
}

//go:embed models/*.json
var files embed.FS

// All reads the profiles that are shipped, by model.
func All() ([]Profile, error) { return Read(files) }

// Read reads the profiles of a folder that holds models/*.json.
func Read(f fs.FS) ([]Profile, error) {
	names, err := fs.Glob(f, "models/*.json")
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	var out []Profile
	for _, name := range names {
		raw, err := fs.ReadFile(f, name)
		if err != nil {
			return nil, fmt.Errorf("profiles: %w", err)
		}
		var p Profile
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Profile) int { return strings.Compare(a.Model, b.Model) })
	return out, nil
}

func (p *Profile) check() error {
	if p.Model == "" || p.Name == "" || p.English == "" || p.Protocol == "" || len(p.Measures) == 0 || p.Silence < 0 || p.Every < 0 {
		return fmt.Errorf("model, name, english, protocol and measures are needed")
	}
	for _, m := range p.Measures {
		least, most := m.Least.Rat(), m.Most.Rat()
		if _, known := devices.Terms[m.Code]; !known || least == nil || most == nil || least.Cmp(most) >= 0 || m.Unit == "" {
			return fmt.Errorf("measure %q is not whole", m.Code)
		}
	}
	return nil
}

// Codes are the LOINC codes of what it measures, each once.
func (p *Profile) Codes() (out []string) {
	for _, m := range p.Measures {
		if code := devices.Terms[m.Code].LOINC; code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// Judge marks what the model cannot have shown: a value beyond its range, or in
// a unit in which it does not speak. Both stay, for a person to look at.
func (p *Profile) Judge(all []devices.Reading) []devices.Reading {
	out := slices.Clone(all)
	for i := range out {
		r := &out[i]
		at := slices.IndexFunc(p.Measures, func(m Measure) bool { return m.Code == r.Code })
		if at < 0 || r.Value == "" || r.Quality != "" {
			continue
		}
		m, v := p.Measures[at], devices.Kept(*r).Value.Rat()
		if r.Unit != m.Unit || beyond(v, m) {
			r.Quality = devices.Questionable
		}
	}
	return out
}

func beyond(v *big.Rat, m Measure) bool {
	return v != nil && (v.Cmp(m.Least.Rat()) < 0 || v.Cmp(m.Most.Rat()) > 0)
}

// Due is when an instrument of this model that was calibrated then must be
// calibrated again; zero for never, or when nobody said when it was.
func (p *Profile) Due(calibrated time.Time) time.Time {
	if p.Every == 0 || calibrated.IsZero() {
		return time.Time{}
	}
	return calibrated.AddDate(0, p.Every, 0)
}

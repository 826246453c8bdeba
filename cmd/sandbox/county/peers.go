package county

import "path/filepath"

// The configurations of the stand-ins, as package stand reads them. They are the sandbox's own program, started again.

// LineConfig is of a telephone line: who dials Near reaches one of Far.
type LineConfig struct {
	Near  Address   `json:"near"`
	Far   []Address `json:"far"`
	Admin Address   `json:"admin"`
}

// PaperConfig is of a station's printers.
type PaperConfig struct {
	Slips Address `json:"slips"`
	Pages Address `json:"pages"`
	Admin Address `json:"admin"`
	Dir   string  `json:"dir"`
}

// ReaderConfig is of a card reader.
type ReaderConfig struct {
	Addr  Address `json:"addr"`
	Admin Address `json:"admin"`
}

// InstrumentConfig is of an instrument.
type InstrumentConfig struct {
	Broker Address  `json:"broker"`
	Site   Name     `json:"site"`
	Device Name     `json:"device"`
	Secret string   `json:"secret"`
	Model  string   `json:"model"`
	Codes  []string `json:"codes"`
	Admin  Address  `json:"admin"`
}

// HospitalConfig is of the hospital. It sends to whichever of County answers.
type HospitalConfig struct {
	Addr   Address   `json:"addr"`
	Admin  Address   `json:"admin"`
	County []Address `json:"county"`
	File   string    `json:"file"`
}

// Role is what a process of the sandbox's own program stands in for.
type Role string

// The stand-ins.
const (
	RoleLine       Role = "line"
	RolePaper      Role = "paper"
	RoleReader     Role = "card"
	RoleInstrument Role = "instrument"
	RoleHospital   Role = "hospital"
)

func (p *Plan) writePeers(dir string) error {
	hospital := HospitalConfig{Addr: p.Hospital.Addr, Admin: p.Hospital.Admin, File: filepath.Join(dir, "hospital.memory")}
	var far []Address
	for _, n := range p.Nodes {
		hospital.County = append(hospital.County, n.HL7)
		far = append(far, n.Stations)
	}
	if err := writeJSON(dir, "hospital", hospital); err != nil {
		return err
	}
	for _, s := range p.Stations {
		files := map[Name]any{
			s.Process("line"): LineConfig{s.Line.Near, far, s.Line.Admin},
			s.Process("paper"): PaperConfig{s.Paper.Slips, s.Paper.Pages, s.Paper.Admin,
				filepath.Join(dir, "printed", string(s.Site))},
			s.Process("card"): ReaderConfig(s.Reader),
		}
		for _, t := range s.Tools {
			files[s.Process(t.Device)] = InstrumentConfig{s.MQTT, s.Site, t.Device, t.Secret, t.Model, t.Codes, t.Admin}
		}
		for name, v := range files {
			if err := writeJSON(dir, name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

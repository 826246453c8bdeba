package exam

import (
	"errors"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Instrument is what a device said of itself when it was switched on. The menu
// offers only what an instrument at the terminal can measure.
type Instrument struct {
	Site     protocol.Site `json:"site"`
	Device   care.ID       `json:"device"`
	Terminal care.ID       `json:"terminal,omitempty"`
	Model    string        `json:"model,omitempty"`
	Serial   string        `json:"serial,omitempty"`
	Firmware string        `json:"fw,omitempty"`
	Codes    []string      `json:"codes,omitempty"` // LOINC
	Rest     protocol.Rest `json:",unknown"`
}

// Birth is the input of exam.instrument.
type Birth struct {
	Device   care.ID  `json:"device"`
	Terminal care.ID  `json:"terminal,omitempty"`
	Model    string   `json:"model,omitempty"`
	Serial   string   `json:"serial,omitempty"`
	Firmware string   `json:"fw,omitempty"`
	Codes    []string `json:"codes,omitempty"`
}

// Check refuses what no instrument says.
func (b Birth) Check() error {
	long := func(s string) bool { return len(s) > maxText }
	if !b.Device.Valid() || len(b.Device) > maxText || long(b.Model) || long(b.Serial) || long(b.Firmware) ||
		len(b.Codes) > maxReadings || slices.ContainsFunc(b.Codes, long) {
		return protocol.Refuse("bad-instrument", "仪器的登记信息不完整")
	}
	return nil
}

func instrumentRef(site protocol.Site, device care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindInstrument, ID: care.ID(site) + "." + device}
}

// instrument writes only when something changed: an instrument announces
// itself at every connection.
func instrument() care.Action {
	return care.Do(care.Action{
		Name: "exam.instrument", Title: "登记仪器", Roles: []care.Role{care.System, care.Operator},
		Purpose: care.ForOperations, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, b Birth) error {
		ref := instrumentRef(d.Site(), b.Device)
		now := Instrument{Site: d.Site(), Device: b.Device, Terminal: b.Terminal, Model: b.Model, Serial: b.Serial, Firmware: b.Firmware, Codes: b.Codes}
		was, _, err := care.Read[Instrument](d, ref)
		switch {
		case errors.Is(err, protocol.ErrNotFound):
		case err != nil:
			return err
		case was.same(&now):
			return nil
		default:
			now.Rest = was.Rest
		}
		_, err = care.Write(d, protocol.Draft{Ref: ref, Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &now)
		return err
	})
}

func (i *Instrument) same(o *Instrument) bool {
	return i.Terminal == o.Terminal && i.Model == o.Model && i.Serial == o.Serial && i.Firmware == o.Firmware && slices.Equal(i.Codes, o.Codes)
}

// offered lists what can be measured at a terminal. Where no instrument ever
// announced itself nobody knows, and the four vital signs are offered.
func offered(r protocol.Reader, terminal care.ID) ([]What, error) {
	found, err := care.Collect[Instrument](r, protocol.Query{Kind: KindInstrument, Index: "site", Match: []string{string(r.Site())}})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return []What{Pressure, Temperature, Pulse, Breath}, nil
	}
	var out []What
	for _, w := range Whats() {
		if slices.ContainsFunc(found, func(f care.Found[Instrument]) bool { return f.Value.serves(terminal, w) }) {
			out = append(out, w)
		}
	}
	return out, nil
}

func (i *Instrument) serves(terminal care.ID, w What) bool {
	if i.Terminal != "" && terminal != "" && i.Terminal != terminal {
		return false
	}
	return slices.ContainsFunc(w.Codes(), func(code string) bool {
		return slices.ContainsFunc(i.Codes, func(c string) bool { return c == code || aliases[c] == code })
	})
}

package county

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The configuration files of cmd/station and cmd/cloud, as those programs read them.

type stationConfig struct {
	Site          Name           `json:"site"`
	Name          string         `json:"name"`
	Dir           string         `json:"dir"`
	Kiosk         Address        `json:"kiosk"`
	Desk          Address        `json:"desk"`
	Ops           Address        `json:"ops"`
	MQTT          Address        `json:"mqtt"`
	County        []Address      `json:"county"`
	TLS           Pair           `json:"tls"`
	Secrets       string         `json:"secrets"`
	CountyKey     string         `json:"countyKey"`
	Devices       []deviceConfig `json:"devices"`
	Terminal      string         `json:"terminal"`
	Theme         string         `json:"theme"`
	Check         string         `json:"check"` // where anybody can check a paper's code
	ScreenWidthPx int            `json:"screenWidthPx"`
	ScreenWidthMM int            `json:"screenWidthMM"`
	Printers      printersConfig `json:"printers"`
	Reader        Address        `json:"reader"`
}

type deviceConfig struct {
	Name     Name   `json:"name"`
	Secret   string `json:"secret"`
	Terminal string `json:"terminal"`
}

type printersConfig struct {
	Slips Address `json:"slips"`
	Pages string  `json:"pages"`
}

type nodeConfig struct {
	Node     Name           `json:"node"`
	Dir      string         `json:"dir"`
	Raft     Address        `json:"raft"`
	Stations Address        `json:"stations"`
	Routes   Address        `json:"routes"`
	Portal   Address        `json:"portal"`
	Ops      Address        `json:"ops"`
	Peers    []peerConfig   `json:"peers"`
	TLS      Pair           `json:"tls"`
	Secrets  string         `json:"secrets"`
	Hospital hospitalConfig `json:"hospital"`
	Sites    []Name         `json:"sites"`
	SMSDir   string         `json:"smsDir"`
	Theme    string         `json:"theme"`
	Check    string         `json:"check"`
	// Demo gives each login of the demonstration its first password. All nodes hold it: whoever leads first begins.
	Demo map[string]string `json:"demo"`
}

type peerConfig struct {
	ID     Name    `json:"id"`
	Raft   Address `json:"raft"`
	Routes Address `json:"routes"`
}

type hospitalConfig struct {
	Addr         Address `json:"addr"`
	Listen       Address `json:"listen"`
	Organisation string  `json:"organisation"` // which of the county's first organisations it is
}

// terminal is the name of the one screen of a sandbox station, as the county's first records register it.
func terminal(site string) string { return site + "-kiosk" }

// A 32-inch panel standing upright.
const (
	panelPx = 1080
	panelMM = 398
)

// writeConfigs mints what every process must hold and writes their configurations. The files of a kept county stay.
func (p *Plan) writeConfigs(dir string, now time.Time) error {
	if _, err := os.Stat(filepath.Join(dir, "trust")); err == nil {
		return nil
	}
	trust := filepath.Join(dir, "trust")
	if err := os.MkdirAll(trust, 0o700); err != nil {
		return fmt.Errorf("write configurations: %w", err)
	}
	a, err := newAuthority(trust, now)
	if err != nil {
		return err
	}
	county, err := randomHex(a.rand, 32)
	if err != nil {
		return err
	}
	public, err := a.mintSecrets("county.json", county)
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.path("county.pub"), []byte(public), 0o600); err != nil {
		return fmt.Errorf("write county's key: %w", err)
	}
	for i := range p.Nodes {
		if err := p.writeNode(dir, a, &p.Nodes[i]); err != nil {
			return err
		}
	}
	for i := range p.Stations {
		if err := p.writeStation(dir, a, &p.Stations[i], county); err != nil {
			return err
		}
	}
	return p.writePeers(dir)
}

func (p *Plan) writeNode(dir string, a *authority, n *Node) error {
	pair, err := a.issue(n.ID, UnitNode)
	if err != nil {
		return err
	}
	c := nodeConfig{Node: n.ID, Dir: filepath.Join(dir, string(n.ID)), Raft: n.Raft, Stations: n.Stations, Routes: n.Routes,
		Portal: n.Portal, Ops: n.Ops, TLS: pair, Secrets: a.path("county.json"),
		Hospital: hospitalConfig{Addr: p.Hospital.Addr, Listen: n.HL7, Organisation: "c1"}, SMSDir: filepath.Join(dir, "sms"), Theme: "xiangyi", Check: p.check(), Demo: map[string]string{}}
	for _, peer := range p.Nodes {
		c.Peers = append(c.Peers, peerConfig{peer.ID, peer.Raft, peer.Routes})
	}
	for _, s := range p.Stations {
		c.Sites = append(c.Sites, s.Site)
	}
	for _, account := range p.Accounts {
		c.Demo[account.Login] = account.Password
	}
	return writeJSON(dir, n.ID, c)
}

func (p *Plan) writeStation(dir string, a *authority, s *Station, county string) error {
	pair, err := a.issue(s.Site, UnitStation)
	if err != nil {
		return err
	}
	if _, err := a.mintSecrets(string(s.Site)+".json", county); err != nil {
		return err
	}
	c := stationConfig{Site: s.Site, Name: s.Title, Dir: filepath.Join(dir, string(s.Site)), Kiosk: s.Kiosk, Desk: s.Desk,
		Ops: s.Ops, MQTT: s.MQTT, County: []Address{s.Line.Near}, TLS: pair, Secrets: a.path(string(s.Site) + ".json"),
		CountyKey: a.path("county.pub"), Terminal: terminal(string(s.Site)), Theme: s.Theme, Check: p.check(), ScreenWidthPx: panelPx, ScreenWidthMM: panelMM,
		Printers: printersConfig{Slips: s.Paper.Slips, Pages: "http://" + string(s.Paper.Pages) + "/ipp/print"}, Reader: s.Reader.Addr}
	for _, t := range s.Tools {
		c.Devices = append(c.Devices, deviceConfig{t.Device, t.Secret, terminal(string(s.Site))})
	}
	return writeJSON(dir, s.Site, c)
}

// check is the portal of the first node, as a phone in the village would reach it.
func (p *Plan) check() string { return "http://" + string(p.Nodes[0].Portal) }

func writeJSON(dir string, name Name, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(configPath(dir, name), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write configuration of %s: %w", name, err)
	}
	return nil
}

func configPath(dir string, name Name) string { return filepath.Join(dir, string(name)+".json") }

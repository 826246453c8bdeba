package county

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Name is the name of a process: "n1", "v01", "hospital", "line-v01".
type Name string

// Address is host:port on loopback.
type Address string

// Plan is where everything of a county listens, and who can sign in. Addresses are chosen once: a process that is
// started again comes back where it was, as the others remember it.
type Plan struct {
	Control  Address   `json:"control"` // of the control page
	Nodes    []Node    `json:"nodes"`
	Stations []Station `json:"stations"`
	Hospital Hospital  `json:"hospital"`
	Accounts []Account `json:"accounts"`
}

// Node is one node of the county's cluster.
type Node struct {
	ID       Name    `json:"id"`
	Raft     Address `json:"raft"`
	Stations Address `json:"stations"` // where stations connect
	Routes   Address `json:"routes"`
	Portal   Address `json:"portal"`
	Ops      Address `json:"ops"`
	HL7      Address `json:"hl7"` // where the hospital sends its messages
}

// Station is one village station with what stands in it.
type Station struct {
	Site   Name         `json:"site"`
	Title  string       `json:"title"`
	Theme  string       `json:"theme"`
	Kiosk  Address      `json:"kiosk"`
	Desk   Address      `json:"desk"`
	Ops    Address      `json:"ops"`
	MQTT   Address      `json:"mqtt"`
	Line   Line         `json:"line"`
	Reader Reader       `json:"reader"`
	Paper  Printers     `json:"paper"`
	Tools  []Instrument `json:"tools"`
}

// Line is the station's telephone line: the station dials Near, Admin steers it.
type Line struct {
	Near  Address `json:"near"`
	Admin Address `json:"admin"`
}

// Reader is the identity card reader.
type Reader struct {
	Addr  Address `json:"addr"`
	Admin Address `json:"admin"`
}

// Printers are the slip printer and the page printer, one stand-in with two doors.
type Printers struct {
	Slips Address `json:"slips"`
	Pages Address `json:"pages"`
	Admin Address `json:"admin"`
}

// Instrument is a simulated instrument.
type Instrument struct {
	Device Name     `json:"device"`
	Title  string   `json:"title"`
	Model  string   `json:"model"`
	Secret string   `json:"secret"`
	Codes  []string `json:"codes"` // LOINC
	Admin  Address  `json:"admin"`
}

// Hospital is the stand-in county hospital.
type Hospital struct {
	Addr  Address `json:"addr"`
	Admin Address `json:"admin"`
}

// Browse is the address of a screen for a person's browser. Every screen has a host name of its own, since browsers keep
// cookies by host and not by port: a kiosk and a desk, open side by side, must not share a session. Browsers take every
// name under localhost for this machine.
func Browse(screen Name, a Address) string {
	_, port, _ := net.SplitHostPort(string(a))
	return "http://" + string(screen) + ".localhost:" + port + "/"
}

// Process is the name of what stands in a station: its line, reader, printers or an instrument.
func (s Station) Process(what Name) Name { return what + "-" + s.Site }

// tool describes the instruments of every station: the codes are LOINC, spelt as the instruments publish them.
var tools = []Instrument{
	{Device: "bp-01", Title: "血压计", Model: "RBP-9000", Codes: []string{"8480-6", "8462-4", "8867-4"}},
	{Device: "tr-01", Title: "体温呼吸仪", Model: "TRM-200", Codes: []string{"8310-5", "9279-1"}},
}

// villages are the stations of the sandbox; each wears another theme.
var villages = []Station{
	{Site: "v01", Title: "青石村卫生站", Theme: "xiangyi"},
	{Site: "v02", Title: "竹溪村卫生站", Theme: "yuezhizhu"},
}

// newPlan gives everybody an address and a secret.
func newPlan(free func() Address, secret func() string) Plan {
	p := Plan{Hospital: Hospital{Addr: free(), Admin: free()}, Accounts: accounts(secret)}
	for _, id := range []Name{"n1", "n2", "n3"} {
		p.Nodes = append(p.Nodes, Node{ID: id, Raft: free(), Stations: free(), Routes: free(), Portal: free(), Ops: free(), HL7: free()})
	}
	for _, s := range villages {
		s.Kiosk, s.Desk, s.Ops, s.MQTT = free(), free(), free(), free()
		s.Line = Line{Near: free(), Admin: free()}
		s.Reader = Reader{Addr: free(), Admin: free()}
		s.Paper = Printers{Slips: free(), Pages: free(), Admin: free()}
		for _, t := range tools {
			t.Admin, t.Secret = free(), secret()
			s.Tools = append(s.Tools, t)
		}
		p.Stations = append(p.Stations, s)
	}
	return p
}

func (p *Plan) save(dir string) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, planFile), b, 0o600); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

const planFile = "plan.json"

// loadPlan reads the plan of an earlier run; ok is false when there is none.
func loadPlan(dir string) (p Plan, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, planFile))
	if errors.Is(err, os.ErrNotExist) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return p, false, fmt.Errorf("read plan: %w", err)
	}
	return p, true, nil
}

// Door is an address for people.
type Door struct{ Title, Part, URL string }

// Addresses lists the screens of the county in the order in which a newcomer opens them.
func (p *Plan) Addresses() []Door {
	out := []Door{{"沙盘控制台", "", "http://" + string(p.Control) + "/"}}
	for _, s := range p.Stations {
		out = append(out, Door{s.Title, "自助机", Browse("kiosk-"+s.Site, s.Kiosk)}, Door{s.Title, "村医工作台", Browse("desk-"+s.Site, s.Desk)})
	}
	for _, n := range p.Nodes {
		out = append(out, Door{"县平台", string(n.ID), Browse("portal-"+n.ID, n.Portal)})
	}
	return out
}

package paper

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"xiangyi/cmd/sandbox/peer/admin"
)

// Options say where the stand-in listens. An empty address leaves that door closed; "127.0.0.1:0" takes a free port.
type Options struct {
	Slip, Page, Admin string           // host:port
	Dir               string           // where printed documents are kept; empty keeps them in memory only
	Now               func() time.Time // nil: the clock of the machine
}

// Paper is the paper in a printer.
type Paper string

// The states of the paper.
const (
	OK  Paper = "ok"
	Low Paper = "low" // prints, and warns
	Out Paper = "out"
)

// Condition is how a printer is; the zero value, and Paper OK, print.
type Condition struct {
	Paper   Paper `json:"paper"`
	Cover   bool  `json:"cover"`   // open
	Jam     bool  `json:"jam"`     // paper, or the knife, is stuck
	Offline bool  `json:"offline"` // at its panel: it listens and prints nothing
	Mute    bool  `json:"mute"`    // slip printer: prints and answers no question
	Off     bool  `json:"off"`     // no power: nobody answers, what was not printed is lost
}

func (c Condition) prints() bool {
	return c.Paper != Out && !c.Cover && !c.Jam && !c.Offline && !c.Off
}

// Printer is both printers with their doors. It is safe for concurrent use.
type Printer struct {
	slips *slipPrinter
	pages *pagePrinter
	admin *admin.Server
}

// Open makes the stand-in ready; it serves until Close.
func Open(o Options) (_ *Printer, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make printer's directory: %w", err)
		}
	}
	p := &Printer{}
	defer func() {
		if err != nil {
			_ = p.Close()
		}
	}()
	keep := keeper(o.Dir)
	if o.Slip != "" {
		if p.slips, err = openSlips(o.Slip, o.Now, keep); err != nil {
			return nil, err
		}
	}
	if o.Page != "" {
		if p.pages, err = openPages(o.Page, o.Now, keep); err != nil {
			return nil, err
		}
	}
	if o.Admin != "" {
		if p.admin, err = admin.Open(o.Admin, p.routes()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Close switches both printers off and waits for them. It may be called twice.
func (p *Printer) Close() error {
	var err error
	if p.admin != nil {
		err = p.admin.Close()
	}
	if p.slips != nil {
		p.slips.close()
	}
	if p.pages != nil {
		p.pages.close()
	}
	return err
}

// SlipAddr is where the slip printer listens, host:port.
func (p *Printer) SlipAddr() string { return p.slips.addr }

// PageURL is the address of the page printer.
func (p *Printer) PageURL() string { return p.pages.uri }

// AdminAddr is where the admin door is, host:port.
func (p *Printer) AdminAddr() string { return p.admin.Addr() }

// Slips gives what came out of the slip printer, in order.
func (p *Printer) Slips() []Slip { return p.slips.printed() }

// Pages gives what came out of the page printer, in order.
func (p *Printer) Pages() []Document { return p.pages.printed() }

// Jobs gives all jobs that the page printer took.
func (p *Printer) Jobs() []Job { return p.pages.all() }

// SetSlip puts the slip printer into a condition; what waited comes out if it now can. It fails only
// when the address cannot be opened again after Off.
func (p *Printer) SetSlip(c Condition) error { return p.slips.set(c) }

// SetPage puts the page printer into a condition; what waited comes out if it now can. It fails only
// when the address cannot be opened again after Off.
func (p *Printer) SetPage(c Condition) error { return p.pages.set(c) }

// LoseNextReply makes the page printer take its next job and break the connection instead of answering.
func (p *Printer) LoseNextReply() { p.pages.loseNext() }

// keeper writes printed documents into a directory. A document that cannot be kept is still printed: the error goes with it.
func keeper(dir string) func(name string, content []byte) (path string, err error) {
	return func(name string, content []byte) (string, error) {
		if dir == "" {
			return "", nil
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return "", fmt.Errorf("keep printed document: %w", err)
		}
		return path, nil
	}
}

func listen(addr, what string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open %s printer: %w", what, err)
	}
	return l, nil
}

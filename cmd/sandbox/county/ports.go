package county

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below the range out of which systems serve outgoing connections: a station that is down for a
// second must find its own port free when it comes back.
const (
	lowest  = 20000
	highest = 32000
)

// ports gives out ports that nobody listens on, each once.
type ports struct {
	next  int
	left  int
	tried map[int]bool
	err   error
}

func newPorts() *ports {
	return &ports{next: lowest + rand.IntN(highest-lowest), left: highest - lowest, tried: map[int]bool{}}
}

var errPorts = errors.New("no free port between 20000 and 32000")

// free gives a loopback address; after err is set it gives nothing more.
func (p *ports) free() Address {
	for ; p.left > 0; p.left-- {
		port := p.next
		if p.next++; p.next >= highest {
			p.next = lowest
		}
		if !p.tried[port] && quiet(port) {
			p.tried[port] = true
			return loopback(port)
		}
	}
	p.err = errPorts
	return ""
}

// prefer gives one certain port if it is free, since people remember it, else any.
func (p *ports) prefer(port int) Address {
	if quiet(port) {
		p.tried[port] = true
		return loopback(port)
	}
	return p.free()
}

func loopback(port int) Address {
	return Address(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// quiet tells whether a port can be listened on.
func quiet(port int) bool {
	l, err := net.Listen("tcp", string(loopback(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// checkFree finds out before anything is started that an address of an earlier plan was taken meanwhile.
func (p *Plan) checkFree() error {
	for _, a := range p.listeners() {
		l, err := net.Listen("tcp", string(a))
		if err != nil {
			return fmt.Errorf("address %s of the kept county is taken: end what uses it, or start without --keep: %w", a, err)
		}
		_ = l.Close()
	}
	return nil
}

func (p *Plan) listeners() []Address {
	out := []Address{p.Control, p.Hospital.Addr, p.Hospital.Admin}
	for _, n := range p.Nodes {
		out = append(out, n.Raft, n.Stations, n.Routes, n.Portal, n.Ops, n.HL7)
	}
	for _, s := range p.Stations {
		out = append(out, s.Kiosk, s.Desk, s.Ops, s.MQTT, s.Line.Near, s.Line.Admin, s.Reader.Addr, s.Reader.Admin,
			s.Paper.Slips, s.Paper.Pages, s.Paper.Admin)
		for _, t := range s.Tools {
			out = append(out, t.Admin)
		}
	}
	return out
}

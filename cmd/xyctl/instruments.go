package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"slices"
	"time"

	"xiangyi/devices/frame"
	"xiangyi/devices/port"
	"xiangyi/devices/profile"
	"xiangyi/devices/protocols"
	"xiangyi/devices/sim"
)

// simulateDevice plays an instrument on a pseudo-terminal, or on TCP, until it
// is interrupted or --for is over.
func simulateDevice(out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("want a protocol; xyctl devices list names them")
	}
	name := args[0]
	instrument, known := protocols.Simulated[name]
	if !known {
		return fmt.Errorf("no simulator of %q", name)
	}
	p, _ := protocols.Named(name)
	f := flag.NewFlagSet("devices simulate", flag.ContinueOnError)
	f.SetOutput(out)
	seed := f.Uint64("seed", 1, "of the faults")
	tcp := f.String("tcp", "", "listen here, host:port, instead of on a pseudo-terminal")
	link := f.String("link", "", "a link to the pseudo-terminal, to be made here")
	last := f.Duration("for", 0, "how long; 0 is until interrupted")
	s := sim.Simulator{Instrument: instrument, Commands: p.Commands, Now: time.Now}
	f.IntVar(&s.Faults.Noise, "noise", 0, "of a thousand frames, how many come behind garbage")
	f.IntVar(&s.Faults.Torn, "torn", 0, "how many stop in the middle")
	f.IntVar(&s.Faults.Drop, "drop", 0, "how many do not come")
	f.BoolVar(&s.Faults.Stuck, "stuck", false, "the values never change")
	f.DurationVar(&s.Faults.Clock, "clock", 0, "how far the instrument's clock is ahead")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	s.Rand = rand.New(rand.NewPCG(*seed, 0))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *last > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *last)
		defer cancel()
	}
	var err error
	if *tcp != "" {
		err = onTCP(ctx, out, *tcp, &s)
	} else {
		err = onTerminal(ctx, out, *link, &s)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func onTerminal(ctx context.Context, out io.Writer, link string, s *sim.Simulator) error {
	pty, err := port.OpenPty()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { pty.Close() })()
	defer pty.Close()
	if link != "" {
		if err := os.Symlink(pty.Path(), link); err != nil {
			return err
		}
		defer os.Remove(link)
	}
	fmt.Fprintln(out, pty.Path())
	return s.Run(ctx, pty)
}

// onTCP serves one connection after the other.
func onTCP(ctx context.Context, out io.Writer, addr string, s *sim.Simulator) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	fmt.Fprintln(out, "tcp:"+l.Addr().String())
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		gone := context.AfterFunc(ctx, func() { conn.Close() })
		_ = s.Run(ctx, conn) // the next one may connect
		gone()
		_ = conn.Close()
	}
}

// listenTime is how long probe hears at each speed.
const listenTime = 2 * time.Second

// probe says which models fit what a port says, best first.
func probe(out io.Writer, args []string) error {
	if len(args) != 1 {
		return errors.New("want the path of a port, or tcp:host:port")
	}
	all, err := profile.All()
	if err != nil {
		return err
	}
	heard := map[port.Mode][]byte{}
	fits := []fit{}
	for _, p := range all {
		modes := p.Modes
		if len(modes) == 0 {
			modes = []port.Mode{{}}
		}
		for _, m := range modes {
			if _, done := heard[m]; !done {
				if heard[m], err = hear(args[0], m, all); err != nil {
					return err
				}
			}
			if f, ok := try(p, m, heard[m]); ok {
				fits = append(fits, f)
			}
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return a.Skipped - b.Skipped })
	for _, f := range fits {
		fmt.Fprintf(out, "%-24s %-14s %d frames, %d bytes not understood   %s %s\n", f.model.Model, f.mode, f.Frames, f.Skipped, f.model.Name, f.model.English)
	}
	if len(fits) == 0 {
		return fmt.Errorf("%w: no instrument that is known speaks at %s", errFalse, args[0])
	}
	return nil
}

// fit is a model that understands something.
type fit struct {
	frame.Counts
	model profile.Profile
	mode  port.Mode
}

func try(p profile.Profile, m port.Mode, b []byte) (fit, bool) {
	protocol, known := protocols.Named(p.Protocol)
	if !known {
		return fit{}, false
	}
	d := protocol.New()
	d.Feed(b)
	d.Quiet()
	return fit{d.Counts, p, m}, d.Counts.Frames > 0
}

// hear greets as the hosts of this speed do, and listens.
func hear(address string, m port.Mode, all []profile.Profile) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), listenTime)
	defer cancel()
	p, err := port.Open(ctx, address, m)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { p.Close() })()
	defer p.Close()
	for _, f := range all {
		protocol, _ := protocols.Named(f.Protocol)
		if !slices.Contains(f.Modes, m) {
			continue
		}
		for _, name := range append(slices.Clone(protocol.Talk.Greet), protocol.Talk.Poll...) {
			if _, err := p.Write(protocol.Commands[name]); err != nil {
				return nil, err
			}
		}
	}
	const most = 64 << 10
	b, _ := io.ReadAll(io.LimitReader(p, most)) // it ends when the time is over
	return b, nil
}

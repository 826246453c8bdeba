package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"xiangyi/devices/frame"
	"xiangyi/devices/profile"
	"xiangyi/devices/protocols"
)

// decode prints what each frame of the bytes says. The error is the first frame
// that could not be read, with its reason and place.
func decode(out io.Writer, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want a protocol and bytes in hexadecimal; xyctl devices list names the protocols")
	}
	p, ok := protocols.Named(args[0])
	if !ok {
		return fmt.Errorf("no protocol %q; xyctl devices list names them", args[0])
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(strings.Join(args[1:], "")), ""))
	if err != nil {
		return fmt.Errorf("bytes: %w", err)
	}
	d := p.New()
	events := append(d.Feed(b), d.Quiet()...)
	var fault *frame.Fault
	for _, e := range events {
		raw, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s\n", raw); err != nil {
			return err
		}
		if fault == nil {
			fault = e.Fault
		}
	}
	switch {
	case fault != nil:
		return fault
	case d.Counts.Frames == 0:
		return &frame.Fault{Reason: "no frame begins in these bytes"}
	}
	return nil
}

func list(out io.Writer, _ []string) error {
	for _, p := range protocols.All {
		names := make([]string, 0, len(p.Commands))
		for name := range p.Commands {
			names = append(names, name)
		}
		slices.Sort(names)
		if _, err := fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-22s %s", p.Name, strings.Join(names, " ")), " ")); err != nil {
			return err
		}
	}
	models, err := profile.All()
	if err != nil {
		return err
	}
	for _, m := range models {
		if _, err := fmt.Fprintf(out, "%-22s model %-22s %s / %s\n", m.Protocol, m.Model, m.Name, m.English); err != nil {
			return err
		}
	}
	return nil
}

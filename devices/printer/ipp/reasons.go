package ipp

import (
	"strings"

	"github.com/OpenPrinting/goipp"

	"xiangyi/devices/printer"
)

// statusOf judges a printer by its reason keywords first: printers are known to name a jam and stay "idle", or to call an
// error a report. State decides only when no keyword says anything.
func statusOf(attrs goipp.Attributes) printer.Status {
	st := printer.Status{Condition: printer.Ready}
	for _, reason := range texts(attrs, "printer-state-reasons") {
		if reason == "none" {
			continue
		}
		st.Reasons = append(st.Reasons, reason)
		if c, ok := conditionOf(reason); ok {
			st.Condition = printer.Worse(st.Condition, c)
		}
	}
	if !st.CanPrint() {
		return st
	}
	state, said := integer(attrs, "printer-state")
	switch {
	case !said:
		st.Condition = printer.Unknown
	case state == printerStopped:
		st.Condition = printer.NeedsService // stopped, and no reason that we know
	case accepts(attrs) == refusesJobs:
		st.Condition = printer.Busy
	}
	return st
}

const printerStopped = 5 // printer-state of RFC 8011

// conditionOf classifies a keyword of RFC 8011 section 5.4.12 or PWG 5100.9. What does not stop a page (toner low, waste
// almost full) is no condition for a villager; the caller keeps it as a reason.
func conditionOf(reason string) (printer.Condition, bool) {
	word := reason
	for _, severity := range []string{"-report", "-warning", "-error"} {
		word = strings.TrimSuffix(word, severity)
	}
	c, ok := keywords[word]
	return c, ok
}

var keywords = map[string]printer.Condition{
	"media-empty": printer.OutOfPaper, "media-needed": printer.OutOfPaper, "input-tray-missing": printer.OutOfPaper,
	"media-low":  printer.NearEnd,
	"media-jam":  printer.Jam,
	"cover-open": printer.CoverOpen, "door-open": printer.CoverOpen, "interlock-open": printer.CoverOpen,
	"toner-empty": printer.NoToner, "marker-supply-empty": printer.NoToner, "developer-empty": printer.NoToner,
	"marker-waste-full": printer.NeedsService, "fuser-over-temp": printer.NeedsService, "fuser-under-temp": printer.NeedsService,
	"opc-life-over": printer.NeedsService, "interpreter-resource-unavailable": printer.NeedsService,
	"output-tray-missing": printer.NeedsService, "output-area-full": printer.NeedsService,
	"shutdown": printer.Offline, "connecting-to-device": printer.Offline, "timed-out": printer.Offline,
	"paused": printer.Busy, "moving-to-paused": printer.Busy, "spool-area-full": printer.Busy,
}

type acceptance int

const (
	acceptsUnsaid acceptance = iota
	acceptsJobs
	refusesJobs
)

func accepts(attrs goipp.Attributes) acceptance {
	for _, a := range attrs {
		if a.Name != "printer-is-accepting-jobs" || len(a.Values) == 0 {
			continue
		}
		if b, ok := a.Values[0].V.(goipp.Boolean); ok && bool(b) {
			return acceptsJobs
		}
		return refusesJobs
	}
	return acceptsUnsaid
}

// texts gives the string values of an attribute, whatever string type they have on the wire.
func texts(attrs goipp.Attributes, name string) []string {
	var out []string
	for _, a := range attrs {
		if a.Name != name {
			continue
		}
		for _, v := range a.Values {
			switch s := v.V.(type) {
			case goipp.String:
				out = append(out, string(s))
			case goipp.TextWithLang:
				out = append(out, s.Text)
			}
		}
	}
	return out
}

func integer(attrs goipp.Attributes, name string) (int, bool) {
	for _, a := range attrs {
		if a.Name == name && len(a.Values) > 0 {
			if n, ok := a.Values[0].V.(goipp.Integer); ok {
				return int(n), true
			}
		}
	}
	return 0, false
}

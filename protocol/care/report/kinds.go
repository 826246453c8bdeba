package report

import (
	"bytes"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// The kinds that the service keeps.
const (
	KindReport  protocol.Kind = "report"
	KindHeld    protocol.Kind = "report-held"    // nobody's yet
	KindHandled protocol.Kind = "report-handled" // a doctor dealt with a critical value
	KindRead    protocol.Kind = "report-read"    // the person opened it
	KindCode    protocol.Kind = "report-code"    // what a code on paper stands for
	KindPrint   protocol.Kind = "print"          // one copy, on paper or as a file
	KindCount   protocol.Kind = "print-count"    // how many copies a site made
)

func kinds() []care.Kind {
	spec := func(k protocol.Kind, c protocol.Class, by ...protocol.Index) protocol.KindSpec {
		return protocol.KindSpec{Kind: k, Class: c, Retention: protocol.RetainClinical, Indexes: by}
	}
	return []care.Kind{
		{KindSpec: spec(KindReport, protocol.ClassHealth,
			protocol.Index{Name: "person", Fields: []string{"person"}, Time: "issued"},
			protocol.Index{Name: "all", Time: "issued"}),
			Merge: mergeReports, Decider: care.CountyDoctor},
		{KindSpec: spec(KindHeld, protocol.ClassHealth,
			protocol.Index{Name: "state", Fields: []string{"state"}, Time: "held"},
			protocol.Index{Name: "wanted", Fields: []string{"wanted", "state"}, Time: "held"}),
			Decider: care.CountyDoctor},
		{KindSpec: spec(KindHandled, protocol.ClassHealth), Merge: mergeFirst, Decider: care.Doctor},
		{KindSpec: spec(KindRead, protocol.ClassPersonal), Merge: mergeFirst, Decider: care.Doctor},
		{KindSpec: spec(KindCode, protocol.ClassPersonal), Merge: mergeFirst, Decider: care.CountyDoctor},
		{KindSpec: spec(KindPrint, protocol.ClassPersonal,
			protocol.Index{Name: "report", Fields: []string{"report"}, Time: "asked"},
			protocol.Index{Name: "all", Time: "asked"}),
			Decider: care.Supervisor},
		{KindSpec: spec(KindCount, protocol.ClassPersonal), Decider: care.Supervisor},
	}
}

// mergeReports lets the higher version stand. Two of the same version that
// differ are the hospital's to explain, so a person decides.
func mergeReports(a, b protocol.Value) (protocol.Value, bool) {
	var x, y Report
	if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil || x.Person != y.Person {
		return nil, false
	}
	switch {
	case x.Version > y.Version:
		return a, true
	case y.Version > x.Version:
		return b, true
	case x.Digest != y.Digest:
		return nil, false
	}
	return lesser(a, b), true
}

// mergeFirst is for marks that say that something happened: that two places
// said so changes nothing.
func mergeFirst(a, b protocol.Value) (protocol.Value, bool) { return lesser(a, b), true }

func lesser(a, b protocol.Value) protocol.Value {
	if bytes.Compare(a, b) <= 0 {
		return a
	}
	return b
}

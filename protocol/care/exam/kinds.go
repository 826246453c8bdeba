package exam

import (
	"bytes"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// The kinds that the service keeps.
const (
	KindObservation protocol.Kind = "observation"
	KindHeld        protocol.Kind = "unassigned"   // a reading of nobody, for the doctor to assign
	KindSession     protocol.Kind = "measuring"    // somebody pressed 开始测量
	KindPlace       protocol.Kind = "measuring-at" // whose turn it is at a terminal
	KindInstrument  protocol.Kind = "instrument"
)

func kinds() []care.Kind {
	return []care.Kind{
		{
			KindSpec: protocol.KindSpec{
				Kind: KindObservation, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
				Indexes: []protocol.Index{
					{Name: "person", Fields: []string{"person"}, Time: "observedAt"},
					{Name: "code", Fields: []string{"person", "values[].code"}, Time: "observedAt"},
					{Name: "site", Fields: []string{"site"}, Time: "observedAt"},
					{Name: "all", Time: "observedAt"},
				},
			},
			Merge: mergeObservations, Decider: care.Doctor,
		},
		{
			KindSpec: protocol.KindSpec{
				Kind: KindHeld, Class: protocol.ClassHealth, Retention: protocol.RetainClinical,
				Indexes: []protocol.Index{{Name: "state", Fields: []string{"site", "state"}, Time: "reading.received"}},
			},
			Decider: care.Doctor,
		},
		{
			KindSpec: protocol.KindSpec{
				Kind: KindSession, Class: protocol.ClassPersonal, Retention: protocol.RetainProcess,
			},
			Decider: care.Doctor,
		},
		{
			KindSpec: protocol.KindSpec{
				Kind: KindPlace, Class: protocol.ClassInternal, Retention: protocol.RetainOperational,
			},
			Decider: care.Operator,
		},
		{
			KindSpec: protocol.KindSpec{
				Kind: KindInstrument, Class: protocol.ClassInternal, Retention: protocol.RetainOperational,
				Indexes: []protocol.Index{{Name: "site", Fields: []string{"site"}}},
			},
			Decider: care.Operator,
		},
	}
}

// mergeObservations lets "entered in error" win: nobody is treated on a
// reading that one of two places withdrew. Of two withdrawals the one stands
// that was moved to a person, else the earlier, and neither's reason is lost:
// both stay in the history.
func mergeObservations(a, b protocol.Value) (protocol.Value, bool) {
	var x, y Observation
	if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil {
		return nil, false
	}
	switch {
	case bytes.Equal(a, b):
		return a, true
	case x.Status != y.Status && x.Status == EnteredInError:
		return a, true
	case x.Status != y.Status && y.Status == EnteredInError:
		return b, true
	case x.Status != EnteredInError || x.Fault == nil || y.Fault == nil:
		return nil, false
	case x.MovedTo != "" && y.MovedTo != "" && x.MovedTo != y.MovedTo:
		return nil, false // filed for two people: only a person can tell whose it was
	}
	if firstFault(&x, &y, a, b) {
		return a, true
	}
	return b, true
}

func firstFault(x, y *Observation, a, b protocol.Value) bool {
	if (x.MovedTo != "") != (y.MovedTo != "") {
		return x.MovedTo != ""
	}
	if !x.Fault.At.Equal(y.Fault.At) {
		return x.Fault.At.Before(y.Fault.At)
	}
	return bytes.Compare(a, b) < 0
}

// current decodes the head to go by: the newest, unless another withdraws the
// reading.
func current(rec *protocol.Record) (Observation, error) {
	var out Observation
	for i := range rec.Heads {
		var o Observation
		if err := protocol.Decode(rec.Heads[i].Value, &o); err != nil {
			return out, err
		}
		if i == 0 || o.Status == EnteredInError && out.Status != EnteredInError {
			out = o
		}
	}
	return out, nil
}

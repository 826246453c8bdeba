package appointment

import (
	"bytes"

	"xiangyi/protocol"
)

// merge applies a rule to two values of one record. The rule sees them in a
// fixed order, so that every site gets the same from either direction; it gives
// the one that stays, changed in place if it likes, or says that a person must
// decide.
func merge[T any](a, b protocol.Value, rule func(x, y *T) (*T, bool)) (protocol.Value, bool) {
	if bytes.Compare(a, b) > 0 {
		a, b = b, a
	}
	var x, y T
	if protocol.Decode(a, &x) != nil || protocol.Decode(b, &y) != nil {
		return nil, false
	}
	stays, ok := rule(&x, &y)
	if !ok {
		return nil, false
	}
	v, err := protocol.Encode(stays)
	return v, err == nil
}

// folded reads a record as its merge rule will have it, so that a conflict that
// nobody settled yet already reads the cautious way. Where the rule cannot
// decide, the newest head is what people see.
func folded[T any](rec *protocol.Record, rule func(a, b protocol.Value) (protocol.Value, bool)) (T, error) {
	v := rec.Heads[0].Value
	for _, h := range rec.Heads[1:] {
		if m, ok := rule(v, h.Value); ok {
			v = m
		}
	}
	var out T
	return out, protocol.Decode(v, &out)
}

package identity

import (
	"bytes"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// mergePerson joins two sets of details: what only one of them has is kept, and
// what is equal; where both say something else a person decides. There are
// rules for what two stations that registered somebody apart always differ in:
// they were registered at the earlier time and place, a card that was seen
// beats a word, and a wish to be left alone beats a wish to be told.
func mergePerson(a, b protocol.Value) (protocol.Value, bool) {
	var p, q care.Person
	var x, y map[string]jsontext.Value
	if protocol.Decode(a, &p) != nil || protocol.Decode(b, &q) != nil || json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return nil, false
	}
	decided := map[string]bool{"home": true, "registered": true, "vouched": true, "notices": true, "keys": true}
	out := map[string]jsontext.Value{}
	for _, side := range []map[string]jsontext.Value{x, y} {
		for name, v := range side {
			was, both := out[name]
			if both && !bytes.Equal(was, v) && !decided[name] {
				return nil, false
			}
			out[name] = v
		}
	}
	raw, err := json.Marshal(out)
	var m care.Person
	if err != nil || protocol.Decode(raw, &m) != nil {
		return nil, false
	}
	m.Home, m.Registered = firstHome(&p, &q)
	m.Vouched = ""
	if p.Vouched != "" && q.Vouched != "" {
		m.Vouched = min(p.Vouched, q.Vouched)
	}
	m.Notices = care.NoticeWishes{SMS: p.Notices.SMS && q.Notices.SMS, Lectures: p.Notices.Lectures && q.Notices.Lectures}
	index(&m)
	v, err := protocol.Encode(&m)
	return v, err == nil
}

func firstHome(p, q *care.Person) (protocol.Site, time.Time) {
	first, other := p, q
	if q.Registered.Before(p.Registered) || q.Registered.Equal(p.Registered) && q.Home < p.Home {
		first, other = q, p
	}
	if first.Home == "" {
		return other.Home, first.Registered.UTC()
	}
	return first.Home, first.Registered.UTC()
}

// mergeConsent lets a withdrawal win: nobody's data are used on a consent that
// they took back somewhere.
func mergeConsent(a, b protocol.Value) (protocol.Value, bool) {
	var c, d care.Consent
	if protocol.Decode(a, &c) != nil || protocol.Decode(b, &d) != nil {
		return nil, false
	}
	if c.Given != d.Given {
		if c.Given {
			return b, true
		}
		return a, true
	}
	return later(a, b, c.At, d.At), true
}

// mergeRelation lets an ending win, the earlier one of two.
func mergeRelation(a, b protocol.Value) (protocol.Value, bool) {
	var r, s Relation
	if protocol.Decode(a, &r) != nil || protocol.Decode(b, &s) != nil {
		return nil, false
	}
	switch {
	case r.Ended.IsZero() && s.Ended.IsZero():
		return later(a, b, r.At, s.At), true
	case s.Ended.IsZero() || !r.Ended.IsZero() && r.Ended.Before(s.Ended):
		return a, true
	case r.Ended.IsZero() || s.Ended.Before(r.Ended):
		return b, true
	}
	return later(a, b, r.At, s.At), true
}

// mergeCredential keeps what was set last, and the last clearing of tries.
func mergeCredential(a, b protocol.Value) (protocol.Value, bool) {
	var c, d Credential
	if protocol.Decode(a, &c) != nil || protocol.Decode(b, &d) != nil {
		return nil, false
	}
	var out Credential
	if protocol.Decode(later(a, b, c.Set, d.Set), &out) != nil {
		return nil, false
	}
	out.Cleared = slices.MaxFunc([]time.Time{c.Cleared.UTC(), d.Cleared.UTC()}, time.Time.Compare)
	v, err := protocol.Encode(&out)
	return v, err == nil
}

// latest merges by the later of a time field: for records that only tell how
// something stood last.
func latest(field string) func(a, b protocol.Value) (protocol.Value, bool) {
	return func(a, b protocol.Value) (protocol.Value, bool) {
		t, ok1 := timeIn(a, field)
		u, ok2 := timeIn(b, field)
		return later(a, b, t, u), ok1 && ok2
	}
}

func timeIn(v protocol.Value, field string) (time.Time, bool) {
	var fields map[string]jsontext.Value
	var t time.Time
	if json.Unmarshal(v, &fields) != nil || json.Unmarshal(fields[field], &t) != nil {
		return t, false
	}
	return t, true
}

// later gives the value of the later time; of equal times the greater bytes,
// so that the order of the two does not matter.
func later(a, b protocol.Value, t, u time.Time) protocol.Value {
	if u.After(t) || u.Equal(t) && bytes.Compare(b, a) > 0 {
		return b
	}
	return a
}

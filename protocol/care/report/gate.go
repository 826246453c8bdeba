package report

import (
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Sight is what may be shown of a report.
type Sight uint8

// What may be shown.
const (
	Hidden    Sight = iota // nothing, not even that it exists
	Open                   // the newest version
	Renewing               // an earlier version; the hospital is at a newer one
	Withdrawn              // that the hospital took it back
)

// reviewed reports whether the hospital let the version go.
func (r *Report) reviewed() bool { return r.Status.issued() && r.Reviewer != "" }

// newest decodes the head of the highest version.
func newest(rec *protocol.Record) (Report, error) {
	var out Report
	for i := range rec.Heads {
		var r Report
		if err := protocol.Decode(rec.Heads[i].Value, &r); err != nil {
			return out, err
		}
		if i == 0 || r.Version > out.Version {
			out = r
		}
	}
	return out, nil
}

// released reports whether people may see a version: it is final, reviewed, and
// a doctor dealt with its critical values.
func released(rd protocol.Reader, id care.ID, r *Report) (bool, error) {
	if !r.reviewed() {
		return false, nil
	}
	if len(r.Critical) == 0 {
		return true, nil
	}
	return care.Exists(rd, handledRef(id, r.Version))
}

// look gives the version that people may see of a report, and how.
func look(rd protocol.Reader, rec *protocol.Record) (Report, Sight, error) {
	r, err := newest(rec)
	if err != nil {
		return r, Hidden, err
	}
	ok, err := released(rd, rec.Ref.ID, &r)
	if err != nil || ok {
		return r, Open, err
	}
	if r.Version == 0 {
		return r, Hidden, nil
	}
	earlier, err := versions(rd, rec.Ref)
	if err != nil {
		return r, Hidden, err
	}
	for _, old := range earlier {
		if old.Version >= r.Version {
			continue
		}
		ok, err := released(rd, rec.Ref.ID, &old)
		if err != nil {
			return r, Hidden, err
		}
		if ok && r.Status == Cancelled {
			return r, Withdrawn, nil
		}
		if ok {
			return old, Renewing, nil
		}
	}
	return r, Hidden, nil
}

// versions lists every version that is here, newest first. Of two revisions
// with one version the later counts, as it does for Get.
func versions(rd protocol.Reader, ref protocol.Ref) ([]Report, error) {
	revs, err := rd.History(ref)
	if err != nil {
		return nil, err
	}
	var out []Report
	for _, rev := range slices.Backward(revs) {
		var r Report
		if err := protocol.Decode(rev.Value, &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Report) int { return int(min(max(b.Version-a.Version, -1), 1)) })
	return slices.CompactFunc(out, func(a, b Report) bool { return a.Version == b.Version && a.Digest == b.Digest }), nil
}

// version finds one version of a report.
func version(rd protocol.Reader, id care.ID, number int64) (Report, error) {
	all, err := versions(rd, Ref(id))
	if err != nil {
		return Report{}, err
	}
	i := slices.IndexFunc(all, func(r Report) bool { return r.Version == number })
	if i < 0 {
		return Report{}, protocol.ErrNotFound
	}
	return all[i], nil
}

// visible reads a report that somebody asked for by name: theirs, and open.
func visible(rd protocol.Reader, a protocol.Actor, id care.ID) (Report, Sight, protocol.Record, error) {
	rec, err := rd.Get(Ref(id))
	if isNotFound(err) {
		return Report{}, Hidden, rec, noReport()
	}
	if err != nil {
		return Report{}, Hidden, rec, err
	}
	r, sight, err := look(rd, &rec)
	if err != nil {
		return r, sight, rec, err
	}
	if err := care.Own(a, r.Person); err != nil {
		return r, sight, rec, err
	}
	if sight == Hidden {
		return r, sight, rec, notReady()
	}
	return r, sight, rec, nil
}

func noReport() error {
	return protocol.Refuse("no-report", "没有找到这份报告").Offer("/report")
}

func notReady() error {
	return protocol.Refuse("not-ready", "这份报告医院还没有审核完，出来后会通知您").Offer("/report")
}

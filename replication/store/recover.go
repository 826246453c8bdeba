package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Alarm says what is wrong with a station's records.
type Alarm struct {
	Code  protocol.Code
	Words string // zh-CN, for the operator's screen
}

// What Open may find.
const (
	alarmTail    protocol.Code = "journal-tail-lost"
	alarmAltered protocol.Code = "journal-altered"
	alarmRecords protocol.Code = "records-lost"
	alarmWitness protocol.Code = "witness-lost"
	alarmForked  protocol.Code = "journal-forked"
)

var alarmWords = map[protocol.Code]string{
	alarmTail:    "本站最近保存的部分记录从磁盘上丢失。号源、药品等由本站保管的资源已暂停发放，等待从县中心补齐。",
	alarmAltered: "本站的记录与校验文件不一致，可能被改动或来自别处的副本。由本站保管的资源已暂停发放，请联系运维人员。",
	alarmRecords: "本站的记录目录是空的，但校验文件表明这里曾有记录。由本站保管的资源已暂停发放，等待从县中心补齐。",
	alarmWitness: "本站的校验文件丢失，无法证明记录完整。由本站保管的资源已暂停发放，等待与县中心核对。",
	alarmForked:  "县中心持有的本站记录与本机不同，可能有另一台设备使用同一站点身份。由本站保管的资源已暂停发放，请联系运维人员。",
}

// Frozen reports whether what is in this station's custody may not be used,
// because it cannot prove that its journal is whole.
func (d *DB) Frozen() bool { return d.state.Load().alarm != "" }

// Alarm says what is wrong, if something is.
func (d *DB) Alarm() (Alarm, bool) {
	code := d.state.Load().alarm
	return Alarm{code, alarmWords[code]}, code != ""
}

// Thaw ends the alarm and lets custody be used again. The host calls it once
// the station has heard everything from the county and digests agree.
func (d *DB) Thaw(ctx context.Context) error {
	_, err := d.submit(ctx, &job{work: func(r *round) (protocol.Change, error) {
		r.more = append(r.more, func(b *Batch) error { return b.SetMeta(metaAlarm, nil) })
		r.after = append(r.after, func() { d.state.Store(&condition{incarnation: d.end.inc}) })
		return protocol.Change{}, nil
	}})
	if err != nil {
		return fmt.Errorf("thaw: %w", err)
	}
	return nil
}

// findIncarnation takes the present one, or mints another when there is none or
// the journal cannot prove its tail.
func (d *DB) findIncarnation() error {
	now := condition{}
	var found protocol.Code
	err := d.core.View(d.now(), protocol.ClockState{}, func(s *Snapshot) error {
		incs, err := s.incarnations()
		if err != nil {
			return err
		}
		if len(incs) > 0 {
			now.incarnation = incs[len(incs)-1]
		}
		b, err := s.Meta(metaAlarm)
		if err != nil {
			return err
		}
		now.alarm = protocol.Code(b)
		found, err = s.judge(d.witness, incs)
		return err
	})
	if err == nil && (now.incarnation == 0 || found != "") {
		if found != "" {
			now.alarm = found
		}
		now.incarnation, err = d.mint(now.alarm)
	}
	d.state.Store(&now)
	return err
}

// judge compares the journal with its witness.
func (s *Snapshot) judge(w *witness, incs []protocol.Incarnation) (protocol.Code, error) {
	switch {
	case w.file == nil:
		return "", nil
	case len(incs) == 0:
		if w.found { // even one that says nothing: the incarnation before it may have said more
			return alarmRecords, nil
		}
		return "", nil
	case !w.found:
		lines, err := s.lines()
		if len(lines) > 0 {
			return alarmWitness, err
		}
		return "", err
	case w.said.incarnation == incs[len(incs)-1]:
		return s.compare(&w.said)
	case slices.Contains(incs, w.said.incarnation):
		return "", nil // minted, and ended before the witness heard of it
	}
	return alarmTail, nil // it speaks of an incarnation after these records
}

// compare looks whether every acknowledged Change is there, unaltered.
func (s *Snapshot) compare(said *testimony) (protocol.Code, error) {
	for lane, end := range said.lanes {
		seq, _, err := s.Tail(s.Site(), said.incarnation, protocol.Lane(lane))
		if err != nil {
			return "", err
		}
		if seq < end.seq {
			s.core.opts.Log.Error("acknowledged changes are missing", "lane", lane, "from", seq+1, "to", end.seq)
			return alarmTail, nil
		}
		at := protocol.Position{Site: s.Site(), Incarnation: said.incarnation, Lane: protocol.Lane(lane), Seq: end.seq}
		hash, err := s.chainAt(at)
		if err != nil {
			return "", err
		}
		if !seal.Equal(hash, end.hash) {
			return alarmAltered, nil
		}
	}
	return "", nil
}

// mint adds a fresh incarnation, with the alarm in the same transaction.
func (d *DB) mint(alarm protocol.Code) (inc protocol.Incarnation, err error) {
	err = d.core.Update(func(b *Batch) error {
		if inc, err = b.mint(d.opts.Rand); err != nil || alarm == "" {
			return err
		}
		return b.SetMeta(metaAlarm, []byte(alarm))
	})
	if err == nil && alarm != "" {
		d.opts.Log.Error("custody is frozen", "alarm", alarm, "incarnation", uint64(inc))
	}
	return inc, err
}

func (b *Batch) mint(random io.Reader) (protocol.Incarnation, error) {
	incs, err := b.Meta(metaIncarnations)
	if err != nil {
		return 0, err
	}
	for {
		var raw [8]byte
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return 0, fmt.Errorf("mint incarnation: %w", err)
		}
		if inc := binary.BigEndian.Uint64(raw[:]); inc != 0 {
			return protocol.Incarnation(inc), b.SetMeta(metaIncarnations, append(incs, raw[:]...))
		}
	}
}

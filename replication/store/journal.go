package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Names of the station's Meta values.
const (
	metaIncarnations = "incarnations" // 8 bytes each, oldest first
	metaHLC          = "hlc"          // the newest reading given out
	metaPosition     = "position"     // downlink
	metaAsOf         = "as-of"        // what came by walks and marks is as of there
	metaCut          = "cut"          // an arrival was stored in part
	metaAlarm        = "alarm"        // code: custody is frozen
	metaExtended     = "extended/"    // scope -> the end by which the county still goes
	metaWaits        = "waits/"       // position: the county has it and did not apply it
	metaParked       = "parked/"      // position -> why an arrived Change could not be applied
)

// observeLimit is how far ahead another site's clock reading may be and still
// be followed.
const observeLimit = time.Minute

// journal is the writing end: where each lane stands, the newest reading of the
// clock, and the end of the feed.
type journal struct {
	site   protocol.Site
	inc    protocol.Incarnation
	lanes  [protocol.Lanes]tail
	next   [protocol.Lanes]protocol.Seq // of the round in the making
	hlc    protocol.HLC
	cursor protocol.Cursor
}

func (d *DB) loadJournal() error {
	d.end = journal{site: d.opts.Site, inc: d.Incarnation()}
	return d.core.View(d.now(), protocol.ClockState{}, func(s *Snapshot) error {
		for lane := range protocol.Lane(protocol.Lanes) {
			seq, hash, err := s.Tail(d.end.site, d.end.inc, lane)
			if err != nil {
				return err
			}
			d.end.lanes[lane], d.end.next[lane] = tail{seq, hash}, seq
		}
		b, err := s.Meta(metaHLC)
		if err == nil && len(b) == 8 {
			d.end.hlc = protocol.HLC(binary.BigEndian.Uint64(b))
		}
		d.end.cursor = s.Last()
		return err
	})
}

// seat gives the position of the next Change of a lane.
func (j *journal) seat(lane protocol.Lane) protocol.Position {
	return protocol.Position{Site: j.site, Incarnation: j.inc, Lane: lane, Seq: j.next[lane] + 1}
}

// Newest is the latest time at which this station did something, by its own clock.
func (d *DB) Newest() (at time.Time, err error) {
	err = d.core.View(d.now(), protocol.ClockState{}, func(s *Snapshot) error {
		b, err := s.Meta(metaHLC)
		if err == nil && len(b) == 8 {
			at = protocol.HLC(binary.BigEndian.Uint64(b)).Time()
		}
		return err
	})
	return at, err
}

// tick takes the next reading: never before one that was given out, whatever
// the wall clock says after a restart.
func (j *journal) tick(now time.Time) protocol.HLC {
	j.hlc = j.hlc.Next(now)
	return j.hlc
}

func (j *journal) append(b *Batch, c *protocol.Change) error {
	j.cursor++
	hash, err := b.Append(c, j.cursor, false)
	if err != nil {
		return err
	}
	j.lanes[c.Lane] = tail{c.Seq, hash}
	return nil
}

func (j *journal) save(b *Batch) error {
	return b.SetMeta(metaHLC, number(uint64(j.hlc)))
}

func (j *journal) testimony() testimony { return testimony{j.inc, j.lanes} }

// Line is one lane of one incarnation of this site, as a sender sees it.
type Line struct {
	Incarnation protocol.Incarnation
	Lane        protocol.Lane
	Tail        protocol.Seq
	Hash        seal.Digest  // chain hash at Tail
	Held        protocol.Seq // A1: the county's receipt covers up to here
}

// Lines lists every lane that has Changes, the oldest incarnation first. Older
// incarnations may still hold Changes that never left; one that forked is left
// out, because what it held is journaled again.
func (d *DB) Lines() (lines []Line, err error) {
	err = d.look(func(s *Snapshot) (err error) { lines, err = s.lines(); return err })
	return lines, err
}

func (s *Snapshot) lines() ([]Line, error) {
	incs, err := s.sending()
	if err != nil {
		return nil, err
	}
	return s.linesOf(incs)
}

// sending lists the incarnations that were not disowned, the oldest first.
func (s *Snapshot) sending() ([]protocol.Incarnation, error) {
	all, err := s.incarnations()
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, inc := range all {
		forked, err := s.Meta(forkedName(inc))
		if err != nil {
			return nil, err
		}
		if forked == nil {
			out = append(out, inc)
		}
	}
	return out, nil
}

func (s *Snapshot) linesOf(incs []protocol.Incarnation) (lines []Line, err error) {
	for _, inc := range incs {
		for lane := range protocol.Lane(protocol.Lanes) {
			l := Line{Incarnation: inc, Lane: lane}
			if l.Tail, l.Hash, err = s.Tail(s.Site(), inc, lane); err != nil {
				return nil, err
			}
			if l.Held, err = s.Received(inc, lane); err != nil {
				return nil, err
			}
			if l.Tail > 0 {
				lines = append(lines, l)
			}
		}
	}
	return lines, nil
}

// Journal gives Changes of a lane of this incarnation, JournalOf of any.
func (d *DB) Journal(lane protocol.Lane, after protocol.Seq, most, maxBytes int) ([]protocol.Change, seal.Digest, error) {
	return d.JournalOf(d.Incarnation(), lane, after, most, maxBytes)
}

// JournalOf gives up to most Changes of a lane after a Seq, with their values,
// of about maxBytes in all but at least one, and the chain hash before the first.
func (d *DB) JournalOf(inc protocol.Incarnation, lane protocol.Lane, after protocol.Seq, most, maxBytes int) (out []protocol.Change, prev seal.Digest, err error) {
	err = d.look(func(s *Snapshot) (err error) {
		from := protocol.Position{Site: s.Site(), Incarnation: inc, Lane: lane, Seq: after}
		if prev, err = s.chainAt(from); err != nil {
			return err
		}
		return s.eachOwn(from, func(row *changeRow) (bool, error) {
			c, err := s.assemble(row, protocol.AllValues)
			if err != nil {
				return false, err
			}
			if maxBytes -= sizeOf(&c); len(out) > 0 && maxBytes < 0 {
				return false, nil
			}
			out = append(out, c)
			return len(out) < most, nil
		})
	})
	return out, prev, err
}

func sizeOf(c *protocol.Change) int {
	n := len(protocol.AppendEnvelope(nil, c))
	for i := range c.Writes {
		n += len(c.Writes[i].Value)
	}
	return n
}

// chainAt is the chain hash of an own lane after p; Seq 0 is the genesis.
func (s *Snapshot) chainAt(p protocol.Position) (seal.Digest, error) {
	if p.Seq == 0 {
		return protocol.Genesis(p.Site, p.Incarnation, p.Lane), nil
	}
	row, err := s.change(p)
	if err == nil && !row.chained {
		err = fmt.Errorf("%s: %w", p, errUnchained)
	}
	return row.chain, err
}

// errUnchained: what stands there came down the line; our journal ended before.
var errUnchained = errors.New("not of this site's journal as it stands")

// eachOwn walks the chained Changes of a lane after p.
func (s *Snapshot) eachOwn(p protocol.Position, visit func(*changeRow) (more bool, err error)) error {
	key := changeKey(p)
	it := s.txn.walk(walk{prefix: key[:len(key)-8], values: true})
	defer it.close()
	for it.seek(append(key, 0)); it.valid(); it.next() {
		b, err := it.value()
		if err != nil {
			return damaged("journal", err)
		}
		row, err := parseChangeRow(b)
		if err != nil {
			return damaged("journal", err)
		}
		if !row.chained { // came back from the county after this disk lost it
			return nil
		}
		if more, err := visit(&row); err != nil || !more {
			return err
		}
	}
	return nil
}

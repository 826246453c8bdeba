package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// The first byte of a key says what the row is. Numbers are big-endian; names
// end with a zero byte, which no valid name contains. DESIGN.md has the table.
const (
	rowChange   = 'c' // position -> envelope without its writes
	rowRevision = 'r' // position n -> write, sealed value
	rowRecord   = 'e' // kind id -> heads
	rowIndex    = 'i' // token time id -> nothing
	rowScope    = 'p' // scope kind id rev -> nothing
	rowDigest   = 'd' // scope -> sum
	rowFeed     = 'f' // cursor -> position
	rowKey      = 'k' // token of an idempotency key -> position
	rowFollow   = 'w' // site scope id -> until
	rowSpec     = 's' // kind -> KindSpec in force
	rowReindex  = 'x' // kind -> job
	rowTail     = 't' // site incarnation lane -> seq, chain hash
	rowReceipt  = 'a' // incarnation lane -> seq held by the county (A1)
	rowHeld     = 'h' // incarnation lane -> seq counted in the digests
	rowMeta     = 'm' // name -> the owner's value
	rowWalk     = 'n' // scope -> how far a walk came
	rowWas      = 'y' // position -> position of the Change that stands for it now
)

func appendName[S ~string](b []byte, s S) []byte { return append(append(b, s...), 0) }

func appendPosition(b []byte, p protocol.Position) []byte {
	b = appendName(b, p.Site)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Incarnation))
	b = append(b, byte(p.Lane))
	return binary.BigEndian.AppendUint64(b, uint64(p.Seq))
}

func appendRev(b []byte, r protocol.Rev) []byte {
	return binary.BigEndian.AppendUint16(appendPosition(b, r.Position), r.N)
}

func changeKey(p protocol.Position) []byte { return appendPosition([]byte{rowChange}, p) }

func wasKey(p protocol.Position) []byte { return appendPosition([]byte{rowWas}, p) }

func revisionKey(r protocol.Rev) []byte { return appendRev([]byte{rowRevision}, r) }

func recordKey(r protocol.Ref) []byte {
	return append(appendName([]byte{rowRecord}, r.Kind), r.ID...)
}

func kindPrefix(kind protocol.Kind) []byte { return appendName([]byte{rowRecord}, kind) }

func scopePrefix(s protocol.Scope) []byte { return appendName([]byte{rowScope}, s) }

func scopeKey(s protocol.Scope, ref protocol.Ref, rev protocol.Rev) []byte {
	b := appendName(scopePrefix(s), ref.Kind)
	return appendRev(appendName(b, ref.ID), rev)
}

func digestKey(s protocol.Scope) []byte { return append([]byte{rowDigest}, s...) }

func feedKey(c protocol.Cursor) []byte {
	return binary.BigEndian.AppendUint64([]byte{rowFeed}, uint64(c))
}

func followPrefix(site protocol.Site) []byte { return appendName([]byte{rowFollow}, site) }

func followKey(f protocol.Follow, id protocol.ID) []byte {
	return append(appendName(followPrefix(f.Site), f.Scope), id...)
}

func specKey(kind protocol.Kind) []byte { return append([]byte{rowSpec}, kind...) }

func reindexKey(kind protocol.Kind) []byte { return append([]byte{rowReindex}, kind...) }

func tailKey(site protocol.Site, inc protocol.Incarnation, lane protocol.Lane) []byte {
	b := appendName([]byte{rowTail}, site)
	return append(binary.BigEndian.AppendUint64(b, uint64(inc)), byte(lane))
}

func markKey(row byte, inc protocol.Incarnation, lane protocol.Lane) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{row}, uint64(inc)), byte(lane))
}

// MetaKey is the row of a Meta value, for whoever reads a raw transaction of
// Core.Badger.
func MetaKey(name string) []byte { return append([]byte{rowMeta}, name...) }

func walkKey(s protocol.Scope) []byte { return append([]byte{rowWalk}, s...) }

func idempotencyKey(index []byte, key string) []byte {
	token := seal.MakeToken(index, []byte("key"), []byte(key))
	return append([]byte{rowKey}, token[:]...)
}

// sortable makes a time comparable as bytes, before 1970 too. Its resolution is
// a microsecond.
func sortable(t time.Time) uint64 { return uint64(t.UnixMicro()) ^ 1<<63 }

// cutName takes a name and its zero byte off a key.
func cutName(b []byte) (string, []byte, error) {
	name, rest, ok := bytes.Cut(b, []byte{0})
	if !ok {
		return "", nil, fmt.Errorf("%w: row key without end of name", ErrDisk)
	}
	return string(name), rest, nil
}

// parsePosition reads what appendPosition wrote, and gives what follows.
func parsePosition(b []byte) (protocol.Position, []byte, error) {
	site, b, err := cutName(b)
	if err != nil || len(b) < 17 {
		return protocol.Position{}, nil, fmt.Errorf("%w: position cut short", ErrDisk)
	}
	return protocol.Position{
		Site:        protocol.Site(site),
		Incarnation: protocol.Incarnation(binary.BigEndian.Uint64(b)),
		Lane:        protocol.Lane(b[8]),
		Seq:         protocol.Seq(binary.BigEndian.Uint64(b[9:])),
	}, b[17:], nil
}

// parseRev reads what appendRev wrote, and gives what follows.
func parseRev(b []byte) (protocol.Rev, []byte, error) {
	p, b, err := parsePosition(b)
	if err != nil || len(b) < 2 {
		return protocol.Rev{}, nil, fmt.Errorf("%w: revision cut short", ErrDisk)
	}
	return protocol.Rev{Position: p, N: binary.BigEndian.Uint16(b)}, b[2:], nil
}

// parseScopeKey reads the record and revision behind a scope's prefix.
func parseScopeKey(b []byte) (protocol.Ref, protocol.Rev, error) {
	kind, b, err := cutName(b)
	if err != nil {
		return protocol.Ref{}, protocol.Rev{}, err
	}
	id, b, err := cutName(b)
	if err != nil {
		return protocol.Ref{}, protocol.Rev{}, err
	}
	rev, _, err := parseRev(b)
	return protocol.Ref{Kind: protocol.Kind(kind), ID: protocol.ID(id)}, rev, err
}

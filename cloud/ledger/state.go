package ledger

import (
	"encoding/binary"
	"fmt"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// The state machine's own rows are Meta values of the Core, in the same
// transaction as what they speak of. Names begin with one letter; numbers are
// big-endian so that rows stand in order.
//
//	A                                 applied: index term command hash
//	M                                 members: index configuration
//	C                                 county: incarnation
//	P                                 progress within the command after A
//	l site 0 inc lane                 lane: seq hash ledger hlc
//	p site 0 inc lane seq             parked Change: frame n reason cursor words
//	f index                           a frame of which something is parked, as it came
//	k index                           how many of its Changes are parked
//	w site 0 inc lane seq  lane seq   the second waits for the first
//	r site 0 inc lane seq             a parked Change to be tried now
//	v cursor n                        violation of custody
//	e site 0 inc lane                 seq: where the site says that the lane ends
//	T, t                              the proof log: tree.go
const (
	rowApplied   = "A"
	rowMembers   = "M"
	rowCounty    = "C"
	rowProgress  = "P"
	rowLane      = "l"
	rowParked    = "p"
	rowFrame     = "f"
	rowKept      = "k"
	rowWaits     = "w"
	rowReady     = "r"
	rowViolation = "v"
	rowEnded     = "e"
)

// errState means that a row of ours cannot be read: the disk gave wrong bytes.
var errState = fmt.Errorf("row of the state machine is damaged: %w", store.ErrDisk)

// applied is how far the state machine has come, and what it came through.
// Nodes of equal Command have equal Hash; Index may run ahead of it over entries
// that are no commands.
type applied struct {
	Index, Term uint64
	Command     uint64      // index of the newest command
	Hash        seal.Digest // over every command and its verdict
}

func (a applied) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, a.Index)
	b = binary.BigEndian.AppendUint64(b, a.Term)
	b = binary.BigEndian.AppendUint64(b, a.Command)
	return append(b, a.Hash[:]...)
}

// after is the state after an entry that is no command.
func (a applied) after(l *raft.Log) applied {
	a.Index, a.Term = l.Index, l.Term
	return a
}

// next is the state after one more command.
func (a applied) next(l *raft.Log, v verdict) applied {
	b := binary.BigEndian.AppendUint64([]byte("xiangyi/state/1\x00"), l.Index)
	command := seal.Sum(l.Data)
	return applied{l.Index, l.Term, l.Index, seal.Sum(a.Hash[:], b, command[:], v.encode())}
}

func readApplied(s *store.Snapshot) (applied, error) {
	b, err := s.Meta(rowApplied)
	if b == nil || err != nil {
		return applied{}, err
	}
	c := &cutter{b: b}
	a := applied{c.u64(), c.u64(), c.u64(), c.digest()}
	return a, c.done()
}

// members is the raft configuration in force, as its log entry had it.
type members struct {
	Index uint64
	Raw   []byte
}

func (m members) encode() []byte {
	return append(binary.BigEndian.AppendUint64(nil, m.Index), m.Raw...)
}

func (m members) configuration() raft.Configuration {
	if m.Raw == nil {
		return raft.Configuration{}
	}
	return raft.DecodeConfiguration(m.Raw)
}

func readMembers(s *store.Snapshot) (members, error) {
	b, err := s.Meta(rowMembers)
	if b == nil || err != nil {
		return members{}, err
	}
	c := &cutter{b: b}
	m := members{Index: c.u64(), Raw: c.rest()}
	if c.bad {
		return members{}, errState
	}
	return m, nil
}

// readCounty is the incarnation of the county's own journal; zero before the
// ledger was founded.
func readCounty(s *store.Snapshot) (protocol.Incarnation, error) {
	b, err := s.Meta(rowCounty)
	if b == nil || err != nil {
		return 0, err
	}
	c := &cutter{b: b}
	return protocol.Incarnation(c.u64()), c.done()
}

// Lane is how far the ledger holds one lane of a site.
type Lane struct {
	Seq    protocol.Seq    // every Change up to here is held
	Hash   seal.Digest     // chain hash there
	Ledger protocol.Cursor // where the newest of them stands
	HLC    protocol.HLC    // of the newest of them
}

func (l Lane) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(l.Seq))
	b = append(b, l.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Ledger))
	return binary.BigEndian.AppendUint64(b, uint64(l.HLC))
}

func decodeLane(b []byte) (Lane, error) {
	c := &cutter{b: b}
	l := Lane{Seq: protocol.Seq(c.u64()), Hash: c.digest(), Ledger: protocol.Cursor(c.u64()), HLC: protocol.HLC(c.u64())}
	return l, c.done()
}

// laneID names a lane.
type laneID struct {
	site protocol.Site
	inc  protocol.Incarnation
	lane protocol.Lane
}

func laneOf(p protocol.Position) laneID { return laneID{p.Site, p.Incarnation, p.Lane} }

func (id laneID) at(seq protocol.Seq) protocol.Position {
	return protocol.Position{Site: id.site, Incarnation: id.inc, Lane: id.lane, Seq: seq}
}

func (id laneID) key() string {
	b := append([]byte(id.site), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(id.inc))
	return string(append(b, byte(id.lane)))
}

// positionKey is a position as part of a row's name.
func positionKey(p protocol.Position) string {
	return string(binary.BigEndian.AppendUint64([]byte(laneOf(p).key()), uint64(p.Seq)))
}

func (c *cutter) laneKey() laneID {
	site := c.name()
	return laneID{protocol.Site(site), protocol.Incarnation(c.u64()), protocol.Lane(c.byte())}
}

func (c *cutter) positionKey() protocol.Position {
	id := c.laneKey()
	return id.at(protocol.Seq(c.u64()))
}

func readLane(s *store.Snapshot, id laneID) (Lane, error) {
	b, err := s.Meta(rowLane + id.key())
	if err != nil {
		return Lane{}, err
	}
	if b == nil {
		return Lane{Hash: protocol.Genesis(id.site, id.inc, id.lane)}, nil
	}
	return decodeLane(b)
}

// done reports whether exactly everything was read.
func (c *cutter) done() error {
	if c.bad || len(c.b) != 0 {
		return errState
	}
	return nil
}

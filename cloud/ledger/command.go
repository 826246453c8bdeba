package ledger

import (
	"encoding/binary"
	"fmt"
	"io"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
	"xiangyi/replication/frame"
	"xiangyi/replication/store"
)

// A command is what enters the log: one byte that says what it is, and bytes.
//
//	1 frame  a station's frame as it came
//	2 batch  n { length, frame of the county }, then sealed under the county's
//	         line key: for each Change the records that it read (store.Reads)
//	3 found  incarnation:u64be of the county
//	4 retry  position of a parked Change
//	5 mend   site, and its own Changes that the ledger held and lost, as they
//	         came (replication.PackAnswer)
//	6 aside  position of a parked Change that is set aside for good
//
// Numbers are unsigned varints unless a width is given. They stay in logs that
// other versions of this program replay, so a meaning never changes: a new one
// takes a new byte.
type commandKind byte

const (
	frameCommand commandKind = 1
	batchCommand commandKind = 2
	foundCommand commandKind = 3
	retryCommand commandKind = 4
	mendCommand  commandKind = 5
	asideCommand commandKind = 6
)

// MaxCommand bounds one entry of the log. The consensus library counts
// entries, never bytes, when it sends them.
const MaxCommand = 384 << 10

// MaxFrame bounds a station's frame. Stations send at most 64 KB at a time.
const MaxFrame = 256 << 10

func command(kind commandKind, b []byte) []byte {
	return append([]byte{byte(kind)}, b...)
}

// proposal is a run of the county's own Changes and what each of them read.
type proposal struct {
	changes []protocol.Change
	reads   []store.Reads
}

// encode packs Changes of one lane that stand together into one frame. prev
// gives the chain hash before the first Change of a lane. The reads are sealed:
// names of records say little, but nothing of a person's record stands open in
// the log.
func (p *proposal) encode(keys seal.Keyring, rand io.Reader, day uint32, prev func(protocol.Lane) seal.Digest) ([]byte, error) {
	hashes := map[protocol.Lane]seal.Digest{}
	var frames []protocol.Frame
	for from := 0; from < len(p.changes); {
		lane, to := p.changes[from].Lane, from
		for to < len(p.changes) && p.changes[to].Lane == lane {
			to++
		}
		hash, ok := hashes[lane]
		if !ok {
			hash = prev(lane)
		}
		f, err := frame.Pack(keys, rand, day, frame.Packing{Dictionary: frame.Oldest}, hash, p.changes[from:to])
		if err != nil {
			return nil, fmt.Errorf("encode batch: %w", err)
		}
		hashes[lane] = f.Last
		frames = append(frames, f)
		from = to
	}
	out := binary.AppendUvarint([]byte{byte(batchCommand)}, uint64(len(frames)))
	for i := range frames {
		raw := protocol.AppendFrame(nil, &frames[i])
		out = append(binary.AppendUvarint(out, uint64(len(raw))), raw...)
	}
	var plain []byte
	for _, reads := range p.reads {
		plain = store.AppendReads(plain, reads)
	}
	sealed, err := seal.Seal(keys.Line(string(County), day), rand, plain, readsContext(&frames[0]))
	if err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	return append(out, sealed...), nil
}

func readsContext(f *protocol.Frame) []byte {
	return append([]byte("xiangyi/reads/1\x00"), f.Last[:]...)
}

// part is one frame of a decoded batch.
type part struct {
	frame   protocol.Frame
	changes []protocol.Change
}

// decodeBatch reads what encode wrote, without its first byte. It never panics.
func decodeBatch(keys seal.Keyring, b []byte) ([]part, []store.Reads, error) {
	c := &cutter{b: b}
	var parts []part
	total := 0
	for range c.count(64) {
		f, err := protocol.DecodeFrame(c.take(c.count(1)))
		if err != nil {
			return nil, nil, fmt.Errorf("batch: %w", err)
		}
		changes, err := frame.Unpack(keys, &f)
		if err != nil {
			return nil, nil, fmt.Errorf("batch: %w", err)
		}
		parts, total = append(parts, part{f, changes}), total+len(changes)
	}
	if c.bad || len(parts) == 0 {
		return nil, nil, fmt.Errorf("batch: %w", errCut)
	}
	first := &parts[0].frame
	plain, err := seal.Open(keys.Line(string(County), first.Day), c.b, readsContext(first))
	if err != nil {
		return nil, nil, fmt.Errorf("batch: open reads: %w", err)
	}
	reads := make([]store.Reads, 0, total)
	for range total {
		var r store.Reads
		if r, plain, err = store.DecodeReads(plain); err != nil {
			return nil, nil, fmt.Errorf("batch: %w", err)
		}
		reads = append(reads, r)
	}
	if len(plain) != 0 {
		return nil, nil, fmt.Errorf("batch: %w", errCut)
	}
	return parts, reads, nil
}

// verdict is what the state machine says of a command: equal on every node,
// part of the state hash, and the answer to whoever proposed it.
type verdict interface{ encode() []byte }

// frameVerdict answers a station's frame. Status 0: the frame is damaged, and
// nothing was done.
type frameVerdict struct {
	status protocol.Status
	lane   Lane
}

func (v frameVerdict) encode() []byte {
	return append([]byte{byte(frameCommand), byte(v.status)}, v.lane.encode()...)
}

// batchVerdict answers a batch: how many of its Changes were applied, and why
// the next one was not.
type batchVerdict struct {
	applied int
	why     batchEnd
}

// batchEnd is why a batch ended.
type batchEnd uint8

const (
	batchWhole    batchEnd = 0 // all were applied
	batchConflict batchEnd = 1 // something that was read has changed: run again
	batchContent  batchEnd = 2 // the next Change cannot be stored
	batchDamaged  batchEnd = 3 // the command cannot be read
)

func (v batchVerdict) encode() []byte {
	return binary.AppendUvarint([]byte{byte(batchCommand), byte(v.why)}, uint64(v.applied))
}

// plainVerdict answers the commands that only say whether they did something.
type plainVerdict struct {
	kind commandKind
	did  bool
}

func (v plainVerdict) encode() []byte {
	if v.did {
		return []byte{byte(v.kind), 1}
	}
	return []byte{byte(v.kind), 0}
}

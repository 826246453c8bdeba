package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Errors of Unpack. A frame that gives one of them was damaged, forged, or
// made by a faulty program: it is the whole frame's fault. A Change inside a
// sound frame that this county cannot take is not an error here.
var (
	ErrSealed = errors.New("frame does not open with the line key")
	ErrChain  = errors.New("frame does not continue the journal that it names")
	// ErrDictionary is a frame under a dictionary that this program does not know.
	ErrDictionary = errors.New("frame is compressed under a dictionary that is not known here")
)

// Packing is how a frame is made.
type Packing struct {
	Dictionary uint32
	Dense      bool
	Grounds    []protocol.Ground
}

// Pack makes one frame of consecutive Changes of one lane, prev being the
// chain hash before the first. Their commitments must be filled in. The other
// side must know the dictionary. A thin line is worth the time of dense packing,
// which without a dictionary is the ordinary one.
func Pack(keys seal.Keyring, rand io.Reader, day uint32, how Packing, prev seal.Digest, changes []protocol.Change) (protocol.Frame, error) {
	if len(changes) == 0 || len(changes) > protocol.MaxFrameCount {
		return protocol.Frame{}, fmt.Errorf("pack %d changes: want 1 to %d", len(changes), protocol.MaxFrameCount)
	}
	d, known := dictionaries[how.Dictionary]
	if !known {
		return protocol.Frame{}, fmt.Errorf("pack: %w: %d", ErrDictionary, how.Dictionary)
	}
	first := changes[0].Position
	f := protocol.Frame{
		Dictionary: how.Dictionary,
		Site:       first.Site, Incarnation: first.Incarnation, Lane: first.Lane, First: first.Seq,
		Count: uint16(len(changes)), Day: day, Grounds: how.Grounds, Prev: prev, Last: prev,
	}
	for i := range changes {
		f.Last = protocol.Chain(f.Last, &changes[i])
	}
	size := 0
	for i := range changes {
		size += Size(&changes[i])
	}
	if size > protocol.MaxFrameBytes {
		return protocol.Frame{}, fmt.Errorf("pack %d bytes: %w", size, protocol.ErrTooLarge)
	}
	body := encodeBody(changes, d.words)
	joined := body.join()
	plain := binary.AppendUvarint(nil, uint64(len(body.raw)))
	packer := d.packer
	if how.Dense {
		packer = d.dense
	}
	plain = packer.EncodeAll(joined, append(plain, body.raw...))
	sealed, err := seal.Seal(keys.Line(string(f.Site), day), rand, plain, f.Head())
	if err != nil {
		return protocol.Frame{}, fmt.Errorf("pack: %w", err)
	}
	f.Body = sealed
	return f, nil
}

// Unpack opens a frame, computes the commitments, and checks that the Changes
// are the ones that the chain hashes name. It never panics on content.
func Unpack(keys seal.Keyring, f *protocol.Frame) ([]protocol.Change, error) {
	packed, err := seal.Open(keys.Line(string(f.Site), f.Day), f.Body, f.Head())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	d, known := dictionaries[f.Dictionary]
	if !known {
		return nil, fmt.Errorf("%w: %d", ErrDictionary, f.Dictionary)
	}
	p := &source{b: packed}
	raw := p.take(int(min(p.uvarint(), protocol.MaxFrameBytes)))
	joined, err := opener.DecodeAll(p.b, nil)
	switch {
	case p.bad:
		return nil, fmt.Errorf("unpack: %w", errBody)
	case err != nil:
		return nil, fmt.Errorf("unpack: %w", err)
	case len(joined)+len(raw) > protocol.MaxFrameBytes:
		return nil, fmt.Errorf("unpack %d bytes: %w", len(joined)+len(raw), protocol.ErrTooLarge)
	}
	changes, err := decodeBody(joined, raw, f, d.words)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	last := f.Prev
	for i := range changes {
		protocol.CommitAll(keys, &changes[i])
		last = protocol.Chain(last, &changes[i])
	}
	if last != f.Last {
		return nil, ErrChain
	}
	return changes, nil
}

// Size is about how many bytes a Change has, values and envelope.
func Size(c *protocol.Change) int {
	n := 64 + len(c.Key) + len(c.Subject)
	for i := range c.Writes {
		n += 48 + len(c.Writes[i].Value)
	}
	return n
}

package frame

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Errors of Unpack. A frame that gives one of them was damaged, forged, or
// made by a faulty program: it is the whole frame's fault. A Change inside a
// sound frame that this county cannot take is not an error here.
var (
	ErrSealed = errors.New("frame does not open with the line key")
	ErrChain  = errors.New("frame does not continue the journal that it names")
)

// The compressors are made and first used while the program starts, so that the
// channels inside them belong to nobody's test clock.
var packer, opener = compressors()

func compressors() (*zstd.Encoder, *zstd.Decoder) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true))
	if err != nil {
		panic(fmt.Sprintf("frame: compression options: %v", err)) // constants of this file
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(protocol.MaxFrameBytes))
	if err != nil {
		panic(fmt.Sprintf("frame: compression options: %v", err))
	}
	e.EncodeAll(nil, nil)
	return e, d
}

// Pack makes one frame of consecutive Changes of one lane, prev being the
// chain hash before the first. Their commitments must be filled in.
func Pack(keys seal.Keyring, rand io.Reader, day uint32, prev seal.Digest, changes []protocol.Change) (protocol.Frame, error) {
	if len(changes) == 0 || len(changes) > protocol.MaxFrameCount {
		return protocol.Frame{}, fmt.Errorf("pack %d changes: want 1 to %d", len(changes), protocol.MaxFrameCount)
	}
	first := changes[0].Position
	f := protocol.Frame{
		Site: first.Site, Incarnation: first.Incarnation, Lane: first.Lane, First: first.Seq,
		Count: uint16(len(changes)), Day: day, Prev: prev, Last: prev,
	}
	for i := range changes {
		f.Last = protocol.Chain(f.Last, &changes[i])
	}
	body := appendBody(nil, changes)
	if len(body) > protocol.MaxFrameBytes {
		return protocol.Frame{}, fmt.Errorf("pack %d bytes: %w", len(body), protocol.ErrTooLarge)
	}
	sealed, err := seal.Seal(keys.Line(string(f.Site), day), rand, packer.EncodeAll(body, nil), f.Head())
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
	body, err := opener.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(body) > protocol.MaxFrameBytes {
		return nil, fmt.Errorf("unpack %d bytes: %w", len(body), protocol.ErrTooLarge)
	}
	changes, err := parseBody(body, f)
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

// Size is about how many bytes a Change takes in a body before compression.
func Size(c *protocol.Change) int {
	n := 64 + len(c.Key) + len(c.Subject)
	for i := range c.Writes {
		n += 48 + len(c.Writes[i].Value)
	}
	return n
}

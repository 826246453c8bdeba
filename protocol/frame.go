package protocol

import (
	"encoding/binary"
	"fmt"

	"xiangyi/protocol/seal"
)

// Frame carries consecutive Changes of one lane up the line. Its head is in
// clear and bound to the body as associated data; its body is compressed, then
// sealed as a whole under the station's line key of the day. The county keeps
// it in its log as it came.
//
//	magic "XYF" version:u8=2 dictionary:u32be
//	site incarnation:u64be lane:u8 first count day
//	n:u8 { lane:u8 seq leaf:8 bytes }
//	prev:32 bytes
//	body: length and bytes
//	last:32 bytes
type Frame struct {
	Dictionary  uint32 // which compression dictionary; 0 none
	Site        Site
	Incarnation Incarnation
	Lane        Lane
	First       Seq
	Count       uint16
	Day         uint32   // days since 1970-01-01 UTC: which line key
	Grounds     []Ground // at most one a lane
	Prev        seal.Digest
	Body        []byte
	Last        seal.Digest
}

// Ground is a Change of another lane on which a frame's Changes rest: the newest
// of its lane among their dependencies. Leaf is the first 8 bytes of the Leaf of
// it, so that two journals under one name are not taken for one lane by lane.
type Ground struct {
	Lane Lane
	Seq  Seq
	Leaf Digest
}

const (
	frameMagic   = "XYF"
	frameVersion = 2
)

// Head is the clear part before the body: the associated data of its seal.
func (f *Frame) Head() []byte {
	b := append([]byte(frameMagic), frameVersion)
	b = binary.BigEndian.AppendUint32(b, f.Dictionary)
	b = appendPosition(b, Position{f.Site, f.Incarnation, f.Lane, f.First})
	b = binary.AppendUvarint(b, uint64(f.Count))
	b = binary.AppendUvarint(b, uint64(f.Day))
	b = append(b, byte(len(f.Grounds)))
	for _, g := range f.Grounds {
		b = binary.AppendUvarint(append(b, byte(g.Lane)), uint64(g.Seq))
		b = binary.BigEndian.AppendUint64(b, uint64(g.Leaf))
	}
	return append(b, f.Prev[:]...)
}

// AppendFrame appends the frame as it travels.
func AppendFrame(b []byte, f *Frame) []byte {
	b = append(b, f.Head()...)
	b = binary.AppendUvarint(b, uint64(len(f.Body)))
	b = append(b, f.Body...)
	return append(b, f.Last[:]...)
}

// DecodeFrame reads what AppendFrame wrote. The body shares b's memory.
func DecodeFrame(b []byte) (Frame, error) {
	r := &reader{b: b}
	if string(r.bytes(3)) != frameMagic || r.byte() != frameVersion {
		return Frame{}, fmt.Errorf("frame: not one of version %d", frameVersion)
	}
	f := Frame{}
	if d := r.bytes(4); d != nil {
		f.Dictionary = binary.BigEndian.Uint32(d)
	}
	p := r.position()
	f.Site, f.Incarnation, f.Lane, f.First = p.Site, p.Incarnation, p.Lane, p.Seq
	f.Count = uint16(r.uvarint())
	f.Day = uint32(r.uvarint())
	for n := r.byte(); n > 0 && r.err == nil; n-- {
		g := Ground{Lane: Lane(r.byte()), Seq: Seq(r.uvarint())}
		if leaf := r.bytes(8); leaf != nil {
			g.Leaf = Digest(binary.BigEndian.Uint64(leaf))
		}
		f.Grounds = append(f.Grounds, g)
	}
	copy(f.Prev[:], r.bytes(32))
	f.Body = r.bytes(r.count(1))
	copy(f.Last[:], r.bytes(32))
	switch {
	case r.err != nil:
		return Frame{}, fmt.Errorf("frame: %w", r.err)
	case len(r.b) != 0:
		return Frame{}, fmt.Errorf("frame: %d bytes left over", len(r.b))
	case !f.Site.Valid() || f.Lane >= Lanes || f.First == 0:
		return Frame{}, fmt.Errorf("frame: head names no place in a journal")
	case len(f.Grounds) >= Lanes:
		return Frame{}, fmt.Errorf("frame: rests on %d lanes", len(f.Grounds))
	case f.Count == 0 || f.Count > MaxFrameCount:
		return Frame{}, fmt.Errorf("frame: %d changes, want 1 to %d", f.Count, MaxFrameCount)
	}
	return f, nil
}

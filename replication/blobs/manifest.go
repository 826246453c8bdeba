package blobs

import (
	"encoding/binary"
	"errors"
	"fmt"

	"xiangyi/protocol/seal"
)

const (
	// ChunkSize is the plaintext length of every chunk but the last: two seconds of a line of 64 kbit/s.
	ChunkSize = 16 << 10
	// MaxLength is the largest blob, 32 MiB: its manifest is 64 KiB.
	MaxLength = 32 << 20

	manifestMagic = "xiangyi/blob/1\x00"
)

// ErrManifest is returned for bytes that are not a manifest, or not one of ours.
var ErrManifest = errors.New("blobs: not a manifest")

// Ref is the name of a blob: the SM3 of its manifest as encoded.
type Ref seal.Digest

// String writes the ref as 64 hexadecimal digits.
func (r Ref) String() string { return seal.Digest(r).String() }

// Manifest says what a blob consists of.
type Manifest struct {
	Length uint64        // bytes in all, at least 1
	Type   string        // media type, such as image/jpeg; at most 127 bytes
	Chunks []seal.Digest // SM3 of each chunk's plaintext, in order
}

// MakeManifest describes data.
func MakeManifest(mediaType string, data []byte) (Manifest, error) {
	m := Manifest{Length: uint64(len(data)), Type: mediaType}
	for i := range chunksOf(m.Length) {
		m.Chunks = append(m.Chunks, seal.Sum(data[i*ChunkSize:i*ChunkSize+m.size(i)]))
	}
	return m, m.check()
}

// Ref is the blob's name.
func (m *Manifest) Ref() Ref { return Ref(seal.Sum(m.Append(nil))) }

// Append appends the manifest as it travels: magic, length:u64be, size of type:u8, type, digests.
func (m *Manifest) Append(b []byte) []byte {
	b = append(b, manifestMagic...)
	b = binary.BigEndian.AppendUint64(b, m.Length)
	b = append(b, byte(len(m.Type)))
	b = append(b, m.Type...)
	for _, d := range m.Chunks {
		b = append(b, d[:]...)
	}
	return b
}

// DecodeManifest reads what Append wrote, to the last byte.
func DecodeManifest(b []byte) (Manifest, error) {
	head := len(manifestMagic) + 9
	if len(b) < head || string(b[:len(manifestMagic)]) != manifestMagic {
		return Manifest{}, ErrManifest
	}
	m := Manifest{Length: binary.BigEndian.Uint64(b[len(manifestMagic):])}
	end := head + int(b[head-1])
	if len(b) < end || (len(b)-end)%seal.DigestSize != 0 {
		return Manifest{}, ErrManifest
	}
	m.Type = string(b[head:end])
	for rest := b[end:]; len(rest) > 0; rest = rest[seal.DigestSize:] {
		m.Chunks = append(m.Chunks, seal.Digest(rest[:seal.DigestSize]))
	}
	return m, m.check()
}

func (m *Manifest) check() error {
	if m.Length == 0 || m.Length > MaxLength || len(m.Type) > 127 || len(m.Chunks) != chunksOf(m.Length) {
		return fmt.Errorf("%w: %d bytes in %d chunks", ErrManifest, m.Length, len(m.Chunks))
	}
	return nil
}

// size is the length of chunk i in bytes.
func (m *Manifest) size(i int) int {
	return int(min(ChunkSize, m.Length-uint64(i)*ChunkSize))
}

func chunksOf(length uint64) int {
	if length > MaxLength {
		return 0
	}
	return int((length + ChunkSize - 1) / ChunkSize)
}

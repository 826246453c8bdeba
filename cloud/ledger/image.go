package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"xiangyi/protocol/seal"
)

// An image is a node's records as they are sent to another node: every row of
// one consistent look, in order, values sealed as they rest.
//
//	"XYLEDGER" version:u8=1
//	rows { key length, key, value length, value }
//	0
//	rows:u64be  SM3 of all bytes before it: 32 bytes
const (
	imageMagic   = "XYLEDGER\x01"
	maxImageKey  = 64 << 10
	maxImageBody = 64 << 20
)

// errImage: what came is not a whole image. The sender sends it again.
var errImage = errors.New("image of the records is damaged or ends early")

// rows gives every row of one look, in order; the slices are valid until emit
// returns.
type rows func(emit func(key, value []byte) error) error

// writeImage writes all rows to w.
func writeImage(w io.Writer, all rows) error {
	sum := seal.NewDigest()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 256<<10)
	_, _ = out.WriteString(imageMagic) // a bufio.Writer keeps its first error for Flush
	var head []byte
	var count uint64
	err := all(func(key, value []byte) error {
		head = binary.AppendUvarint(head[:0], uint64(len(key)))
		head = append(head, key...)
		head = binary.AppendUvarint(head, uint64(len(value)))
		_, _ = out.Write(head)
		_, err := out.Write(value)
		count++
		return err
	})
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	_, _ = out.Write(binary.BigEndian.AppendUint64([]byte{0}, count))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	if _, err := w.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	return nil
}

// imageSize is how many bytes writeImage will write for the same rows. The
// consensus library must announce it before it sends the first byte.
func imageSize(all rows) (int64, error) {
	size := int64(len(imageMagic) + 1 + 8 + seal.DigestSize)
	var head []byte
	err := all(func(key, value []byte) error {
		head = binary.AppendUvarint(head[:0], uint64(len(key)))
		head = binary.AppendUvarint(head, uint64(len(value)))
		size += int64(len(head) + len(key) + len(value))
		return nil
	})
	return size, err
}

// readImage gives the rows of an image to put. They are to be believed only
// when it returns nil.
func readImage(r io.Reader, put func(key, value []byte) error) error {
	in := &imageReader{in: bufio.NewReaderSize(r, 256<<10), sum: seal.NewDigest()}
	if string(in.bytes(len(imageMagic))) != imageMagic {
		return fmt.Errorf("%w: not one of this version", errImage)
	}
	var count uint64
	for {
		n := in.length(maxImageKey)
		if n == 0 && in.err == nil {
			return in.footer(count)
		}
		key := in.bytes(n)
		value := in.bytes(in.length(maxImageBody))
		if in.err != nil {
			return fmt.Errorf("%w: %w", errImage, in.err)
		}
		if err := put(key, value); err != nil {
			return fmt.Errorf("read image: %w", err)
		}
		count++
	}
}

// imageReader sums what it reads. After the first fault it gives nothing.
type imageReader struct {
	in  *bufio.Reader
	sum hash.Hash
	err error
}

func (r *imageReader) footer(count uint64) error {
	told := r.bytes(8)
	if r.err != nil || binary.BigEndian.Uint64(told) != count {
		return fmt.Errorf("%w: another number of rows", errImage)
	}
	got := make([]byte, seal.DigestSize)
	if _, err := io.ReadFull(r.in, got); err != nil {
		return fmt.Errorf("%w: %w", errImage, noEOF(err))
	}
	if string(got) != string(r.sum.Sum(nil)) {
		return fmt.Errorf("%w: another sum", errImage)
	}
	if _, err := r.in.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: bytes after the end", errImage)
	}
	return nil
}

func (r *imageReader) length(most int) int {
	n, err := binary.ReadUvarint(r)
	if err == nil && n > uint64(most) {
		err = fmt.Errorf("a field of %d bytes", n)
	}
	if err != nil {
		r.err = errors.Join(r.err, err)
		return 0
	}
	return int(n)
}

// ReadByte lets binary.ReadUvarint feed the sum too.
func (r *imageReader) ReadByte() (byte, error) {
	if b := r.bytes(1); b != nil {
		return b[0], nil
	}
	return 0, r.err
}

func (r *imageReader) bytes(n int) []byte {
	if r.err != nil {
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.in, b); err != nil {
		r.err = noEOF(err)
		return nil
	}
	r.sum.Write(b)
	return b
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

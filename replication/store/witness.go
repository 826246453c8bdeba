package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// The witness is a small file outside Badger that says how far each lane of the
// journal came. It is synced after the transaction and before anybody hears
// "saved here". Badger can lose an acknowledged tail without an error; a journal
// that opens shorter than its witness shows it.
//
// Two slots of one block each are written in turn, so that a torn write leaves
// the one before, which is at most one commit older and never ahead.
//
//	slot: magic:8 counter:u64be incarnation:u64be
//	      4 lanes { seq:u64be chain:32 } SM3("xiangyi/witness/1" 0 site 0 all before):32
const (
	witnessMagic = "XYWITNS1"
	slotGap      = 4096
	slotBody     = 8 + 8 + 8 + protocol.Lanes*(8+seal.DigestSize)
	slotSize     = slotBody + seal.DigestSize
)

// testimony is what the witness says.
type testimony struct {
	incarnation protocol.Incarnation
	lanes       [protocol.Lanes]tail
}

// tail is the end of a lane.
type tail struct {
	seq  protocol.Seq
	hash seal.Digest
}

// slots is the file of a witness.
type slots interface {
	io.ReaderAt
	io.WriterAt
	sync() error
	Close() error
}

type slotsFile struct{ *os.File }

func (f slotsFile) sync() error { return syncData(f.File) }

type witness struct {
	file    slots // nil: there is no witness
	site    protocol.Site
	counter uint64
	said    testimony
	found   bool // the file held a readable slot
}

// openWitness reads the file, and creates it when there is none. With an empty
// path there is no witness.
func openWitness(path string, site protocol.Site) (*witness, error) {
	if path == "" {
		return &witness{site: site}, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	if err := errors.Join(prepare(f), syncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("open witness: %w: %w", ErrDisk, err), f.Close())
	}
	return readWitness(slotsFile{f}, site), nil
}

// readWitness takes the newest readable slot.
func readWitness(file slots, site protocol.Site) *witness {
	w := &witness{site: site, file: file}
	for _, at := range []int64{0, slotGap} {
		w.read(at)
	}
	return w
}

// prepare gives the file its final size, so that later writes change bytes only.
func prepare(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() >= 2*slotGap {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, 2*slotGap), 0); err != nil {
		return err
	}
	return f.Sync()
}

// read takes a slot if it is whole and newer than what was read before.
func (w *witness) read(at int64) {
	b := make([]byte, slotSize)
	if _, err := w.file.ReadAt(b, at); err != nil || string(b[:8]) != witnessMagic {
		return
	}
	sum := w.sum(b[:slotBody])
	counter := binary.BigEndian.Uint64(b[8:])
	if !seal.Equal(sum, seal.Digest(b[slotBody:])) || w.found && counter <= w.counter {
		return
	}
	w.found, w.counter = true, counter
	w.said.incarnation = protocol.Incarnation(binary.BigEndian.Uint64(b[16:]))
	for i := range w.said.lanes {
		lane := b[24+i*(8+seal.DigestSize):]
		w.said.lanes[i] = tail{protocol.Seq(binary.BigEndian.Uint64(lane)), seal.Digest(lane[8 : 8+seal.DigestSize])}
	}
}

func (w *witness) sum(body []byte) seal.Digest {
	return seal.Sum(appendName([]byte("xiangyi/witness/1\x00"), w.site), body)
}

// write puts a testimony into the older slot and syncs it.
func (w *witness) write(t testimony) error {
	if w.file == nil {
		w.said, w.found = t, true
		return nil
	}
	b := binary.BigEndian.AppendUint64([]byte(witnessMagic), w.counter+1)
	b = binary.BigEndian.AppendUint64(b, uint64(t.incarnation))
	for _, l := range t.lanes {
		b = append(binary.BigEndian.AppendUint64(b, uint64(l.seq)), l.hash[:]...)
	}
	sum := w.sum(b)
	at := int64((w.counter+1)%2) * slotGap
	if _, err := w.file.WriteAt(append(b, sum[:]...), at); err != nil {
		return fmt.Errorf("write witness: %w: %w", ErrDisk, err)
	}
	if err := w.file.sync(); err != nil {
		return fmt.Errorf("sync witness: %w: %w", ErrDisk, err)
	}
	w.counter, w.said, w.found = w.counter+1, t, true
	return nil
}

func (w *witness) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// syncDir makes the creation and removal of files durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

package ledger

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
	"xiangyi/replication/store"
)

// A backup is a node's records, and the signed head of the proof log from right before:
//
//	"XYBACKUP" version:u8=1
//	head length:u32be, head as JSON
//	image (image.go)
//
// Values in it are sealed as they rest: without the county's secrets it opens nothing.
const (
	backupMagic = "XYBACKUP\x01"
	backupEnd   = ".xyb"
	maxHead     = 64 << 10
)

// ErrBackup: what was read is not a whole backup.
var ErrBackup = errors.New("not a whole backup")

// Backup writes the records as they stand between two entries. The node goes on meanwhile.
// room is asked with the number of bytes before the first is written.
func (l *Ledger) Backup(ctx context.Context, w io.Writer, room func(int64) error) (proof.Head, error) {
	head, err := l.Head(ctx)
	if err != nil {
		return head, err
	}
	h, err := l.shelf.take()
	if err != nil {
		return head, err
	}
	_, txn, err := l.machine.pin(h)
	if err != nil {
		h.give()
		return head, err
	}
	image := &sending{holding: h, txn: txn}
	defer func() { _ = image.Close() }() // it only lets go
	rows := func(emit func(key, value []byte) error) error {
		return image.rows(func(key, value []byte) error { return errors.Join(ctx.Err(), emit(key, value)) })
	}
	paper, err := json.Marshal(head)
	if err != nil {
		return head, err
	}
	size, err := imageSize(rows)
	if err == nil {
		err = room(size)
	}
	if err != nil {
		return head, err
	}
	if _, err := w.Write(append(binary.BigEndian.AppendUint32([]byte(backupMagic), uint32(len(paper))), paper...)); err != nil {
		return head, fmt.Errorf("write backup: %w", err)
	}
	return head, writeImage(w, rows)
}

// Backup is a finished one.
type Backup struct {
	Path string     `json:"path"`
	Size int64      `json:"size"` // bytes
	Head proof.Head `json:"head"`
}

// backupSpare is the share of its disk that a backup leaves free: a node whose disk is
// full stands still.
const backupSpare = 0.1

// BackupTo keeps a backup as a file of a folder, under its name only when it is whole and on
// the disk, and then removes all but the newest of this node.
func (l *Ledger) BackupTo(ctx context.Context, dir string, at time.Time, keep int) (b Backup, err error) {
	name := l.opts.Node + "-" + at.UTC().Format("20060102T150405Z") + backupEnd
	b.Path = filepath.Join(dir, name)
	f, err := os.OpenFile(b.Path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	b.Head, err = l.Backup(ctx, f, func(size int64) error {
		b.Size = size
		free, total, err := store.FreeSpace(dir)
		if err == nil && float64(free) < float64(size)+backupSpare*float64(total) {
			err = fmt.Errorf("%d bytes are to be written and %d are free: %w", size, free, protocol.ErrSpace)
		}
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(b.Path+".part", b.Path)
	}
	if err != nil {
		return b, fmt.Errorf("backup: %w", errors.Join(err, os.Remove(b.Path+".part")))
	}
	if err := syncDir(dir); err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	return b, l.dropBackups(dir, keep)
}

// dropBackups removes all of this node's but the newest, and what a crash left behind.
func (l *Ledger) dropBackups(dir string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	var whole []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case !strings.HasPrefix(name, l.opts.Node+"-"):
		case strings.HasSuffix(name, backupEnd):
			whole = append(whole, name)
		case strings.HasSuffix(name, backupEnd+".part"):
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	slices.Sort(whole) // by time
	for _, name := range whole[:max(0, len(whole)-max(keep, 1))] {
		err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
	}
	return err
}

// ProveBackup restores a backup aside, in a new folder of dir that it removes again, and
// audits what it finds: every entry against its leaf and its values' commitments, the log
// against the head that was signed before, and that against the county's key. It gives the
// head, and how many entries there are.
func ProveBackup(in io.Reader, dir string, keys seal.Keyring, rand io.Reader, key seal.PublicKey) (head proof.Head, size uint64, err error) {
	r := bufio.NewReaderSize(in, 256<<10)
	start := make([]byte, len(backupMagic)+4)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:len(backupMagic)]) != backupMagic {
		return head, 0, fmt.Errorf("%w: it does not begin as one", ErrBackup)
	}
	n := binary.BigEndian.Uint32(start[len(backupMagic):])
	if n > maxHead {
		return head, 0, fmt.Errorf("%w: a head of %d bytes", ErrBackup, n)
	}
	paper := make([]byte, n)
	if _, err := io.ReadFull(r, paper); err != nil || json.Unmarshal(paper, &head) != nil {
		return head, 0, fmt.Errorf("%w: its head cannot be read", ErrBackup)
	}
	if err := head.Check(key); err != nil {
		return head, 0, err
	}
	aside, err := os.MkdirTemp(dir, "backup-")
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	records := filepath.Join(aside, "records")
	if err := loadImage(records, r); err != nil {
		return head, 0, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	size, err = auditRecords(records, keys, rand, &head, key)
	return head, size, err
}

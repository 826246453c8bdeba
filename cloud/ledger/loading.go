package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"
)

// loadImage fills a new directory from an image and closes it. When it fails
// the directory is garbage.
func loadImage(dir string, image io.Reader) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("load image: %w", err)
	}
	db, err := badger.Open(loading(dir))
	if err != nil {
		return fmt.Errorf("load image: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	l := &loader{to: db.NewStreamWriter(), buf: newBuffer()}
	defer func() { _ = l.buf.Release() }()
	if err := l.to.Prepare(); err != nil {
		return fmt.Errorf("load image: %w", err)
	}
	if err := readImage(image, l.put); err != nil {
		l.to.Cancel()
		return err
	}
	if err := l.pass(); err != nil {
		l.to.Cancel()
		return err
	}
	if err := l.to.Flush(); err != nil {
		return fmt.Errorf("load image: %w", err)
	}
	return nil
}

// loading is how the database is opened while it fills: tables are written
// directly, so memory stays small. Who opens it later chooses for itself.
func loading(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(nil).WithMetricsEnabled(false).WithDetectConflicts(false).
		WithCompression(options.Snappy).WithMemTableSize(16 << 20).WithValueThreshold(1 << 20).
		WithValueLogFileSize(16 << 20).WithBlockCacheSize(8 << 20)
}

// loader gathers rows, which come in order, and passes them on in pieces.
type loader struct {
	to  *badger.StreamWriter
	buf *z.Buffer
}

const loadPiece = 4 << 20

func newBuffer() *z.Buffer { return z.NewBuffer(loadPiece+1<<20, "ledger image") }

func (l *loader) put(key, value []byte) error {
	badger.KVToBuffer(&pb.KV{Key: key, Value: value, Version: 1, StreamId: 1}, l.buf)
	if l.buf.LenNoPadding() < loadPiece {
		return nil
	}
	return l.pass()
}

func (l *loader) pass() error {
	if l.buf.IsEmpty() {
		return nil
	}
	if err := l.to.Write(l.buf); err != nil {
		return fmt.Errorf("load image: %w", err)
	}
	err := l.buf.Release()
	l.buf = newBuffer()
	return err
}

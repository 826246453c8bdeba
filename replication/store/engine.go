package store

// engine keeps rows in the order of their keys, and changes them in
// transactions that are on the disk when commit returns. Badger is that of every
// program; another keeps its rows in memory, for tests and simulations whose
// disks must fail in ways of their choice.
type engine interface {
	begin(write bool) transaction
	room() (bytes, rows int) // of one transaction
	close() error
}

func openEngine(o CoreOptions) (engine, error) {
	switch {
	case o.Dir != "":
		return openBadger(o)
	case o.Disk != nil:
		return o.Disk, nil
	}
	return NewDisk(), nil
}

// transaction is a look at one moment that sees its own writes. It
// serves one goroutine. Errors are the disk's, or ErrBatch.
type transaction interface {
	get(key []byte) ([]byte, error) // the caller's to keep; nil: there is none
	set(key, val []byte) error      // both are the transaction's from now on
	delete(key []byte) error
	walk(walk) walker
	commit() error
	discard()
}

// walk says which rows to go through, and how.
type walk struct {
	prefix  []byte
	reverse bool
	values  bool // they will be asked for
}

// walker goes through rows in order. What the transaction writes meanwhile may
// or may not be seen. It must be closed before the next one begins.
type walker interface {
	seek(key []byte) // to the key or the next one there is
	valid() bool
	next()
	key() []byte // valid until the next step
	value() ([]byte, error)
	close()
}

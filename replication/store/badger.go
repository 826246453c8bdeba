package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
)

type badgerEngine struct{ db *badger.DB }

func openBadger(o CoreOptions) (engine, error) {
	db, err := badger.Open(badgerOptions(o))
	return badgerEngine{db}, err
}

// Badger is the database below, for whoever copies all of it from one read
// transaction to another machine; nil in memory. Write through Update only.
func (c *Core) Badger() *badger.DB {
	e, _ := c.db.(badgerEngine)
	return e.db
}

func (e badgerEngine) begin(write bool) transaction { return badgerRows{e.db.NewTransaction(write)} }

func (e badgerEngine) room() (bytes, rows int) {
	return int(e.db.MaxBatchSize()), int(e.db.MaxBatchCount())
}

func (e badgerEngine) close() error { return e.db.Close() }

type badgerRows struct{ txn *badger.Txn }

func (r badgerRows) get(key []byte) ([]byte, error) {
	item, err := r.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy([]byte{})
}

func (r badgerRows) set(key, val []byte) error {
	return tooBig(r.txn.SetEntry(badger.NewEntry(key, val)))
}

func (r badgerRows) delete(key []byte) error { return tooBig(r.txn.Delete(key)) }
func (r badgerRows) commit() error           { return r.txn.Commit() }
func (r badgerRows) discard()                { r.txn.Discard() }

func tooBig(err error) error {
	if errors.Is(err, badger.ErrTxnTooBig) {
		return ErrBatch
	}
	return err
}

func (r badgerRows) walk(w walk) walker {
	o := badger.IteratorOptions{Prefix: w.prefix, Reverse: w.reverse}
	if w.values {
		o.PrefetchValues, o.PrefetchSize = true, 64
	}
	return badgerWalker{r.txn.NewIterator(o)}
}

type badgerWalker struct{ it *badger.Iterator }

func (w badgerWalker) seek(key []byte)        { w.it.Seek(key) }
func (w badgerWalker) valid() bool            { return w.it.Valid() }
func (w badgerWalker) next()                  { w.it.Next() }
func (w badgerWalker) key() []byte            { return w.it.Item().Key() }
func (w badgerWalker) value() ([]byte, error) { return w.it.Item().ValueCopy(nil) }
func (w badgerWalker) close()                 { w.it.Close() }

package ledger

import "encoding/binary"

// foundTask gives the county's journal its incarnation, once for ever.
type foundTask struct {
	*turn
	c   cutter
	did bool
}

func (t *foundTask) step() (bool, error) {
	if t.did {
		return true, nil
	}
	inc := t.c.u64()
	old, err := readCounty(t.b.Snapshot)
	if err != nil || old != 0 || inc == 0 || t.c.bad {
		return true, err
	}
	t.did = true
	return true, t.b.SetMeta(rowCounty, binary.BigEndian.AppendUint64(nil, inc))
}

func (t *foundTask) done() int        { return oneIf(t.did) }
func (t *foundTask) verdict() verdict { return plainVerdict{foundCommand, t.did} }

// retryTask makes a parked Change ready to be tried again, after a mended
// program or kind can take it.
type retryTask struct {
	*turn
	c   cutter
	did bool
}

func (t *retryTask) step() (bool, error) {
	if t.did {
		return true, nil
	}
	pos := t.c.positionKey()
	if t.c.done() != nil {
		return true, nil
	}
	row, err := readParked(t.b.Snapshot, pos)
	if err != nil || row == nil {
		return true, err
	}
	t.did = true
	return true, t.makeReady(pos)
}

func (t *retryTask) done() int        { return oneIf(t.did) }
func (t *retryTask) verdict() verdict { return plainVerdict{retryCommand, t.did} }

// asideTask sets a parked Change aside for good. What it says stays where it is.
type asideTask struct {
	*turn
	c   cutter
	did bool
}

func (t *asideTask) step() (bool, error) {
	if t.did {
		return true, nil
	}
	pos := t.c.positionKey()
	if t.c.done() != nil {
		return true, nil
	}
	row, err := readParked(t.b.Snapshot, pos)
	if err != nil || row == nil || row.reason == ReasonAside {
		return true, err
	}
	t.did = true
	row.reason = ReasonAside
	if err := t.b.SetMeta(rowParked+positionKey(pos), row.encode()); err != nil {
		return true, err
	}
	return true, t.release(pos)
}

func (t *asideTask) done() int        { return oneIf(t.did) }
func (t *asideTask) verdict() verdict { return plainVerdict{asideCommand, t.did} }

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// unknownTask is a command of another version: nothing happens, everywhere.
type unknownTask struct{ kind commandKind }

func (t unknownTask) step() (bool, error) { return true, nil }
func (t unknownTask) done() int           { return 0 }
func (t unknownTask) verdict() verdict    { return plainVerdict{t.kind, false} }

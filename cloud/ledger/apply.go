package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"xiangyi/protocol"
	"xiangyi/replication/store"
)

// mostDeps bounds what one Change may wait for: one of each lane is enough,
// since a lane is held in order.
const mostDeps = 16

// fault says what is wrong with a Change whatever the records hold, or "". It
// names the place, never the content.
func fault(c *protocol.Change) string {
	if len(c.Deps) > mostDeps {
		return fmt.Sprintf("depends on %d changes, at most %d", len(c.Deps), mostDeps)
	}
	for _, d := range c.Deps {
		if d.Lane >= protocol.Lanes || d.Seq == 0 || d.Lane == c.Lane && d.Seq >= c.Seq {
			return "depends on a change that cannot come before it"
		}
	}
	for i := range c.Writes {
		if v, err := protocol.Canonical(c.Writes[i].Value); err != nil || !bytes.Equal(v, c.Writes[i].Value) {
			return fmt.Sprintf("write %d: the value is not canonical", i)
		}
	}
	return ""
}

// apply stores a station's Change at the next place of the ledger. words say
// why it cannot be stored; then nothing of it was.
func (t *turn) apply(c *protocol.Change) (words string, err error) {
	at := cursorOf(t.index(), t.n)
	breaches, err := t.breaches(c)
	if err != nil {
		return "", err
	}
	err = t.b.Apply(c, at, true)
	if errors.Is(err, store.ErrContent) {
		return err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	if err := t.tree.add(t.b, c, at); err != nil {
		return "", err
	}
	t.n++
	for _, v := range breaches {
		v.At = at
		if err := t.b.SetMeta(rowViolation+v.key(), v.encode()); err != nil {
			return "", err
		}
	}
	if !c.Was.IsZero() { // what waited for the original has waited for this; nor need it wait itself
		if err := t.release(c.Was); err != nil {
			return "", err
		}
		if row, err := readParked(t.b.Snapshot, c.Was); err != nil {
			return "", err
		} else if row != nil {
			if err := t.makeReady(c.Was); err != nil {
				return "", err
			}
		}
	}
	if err := t.ended(c); err != nil {
		return "", err
	}
	return "", t.release(c.Position)
}

// Breach is how a write went against custody.
type Breach uint8

// The breaches.
const (
	BreachParent    Breach = 1 // it does not build on what the record was
	BreachCustodian Breach = 2 // another site held the record
	BreachFence     Breach = 3 // custody had been taken by force before
)

func (b Breach) String() string {
	switch b {
	case BreachParent:
		return "parent"
	case BreachCustodian:
		return "custodian"
	case BreachFence:
		return "fence"
	}
	return fmt.Sprintf("breach %d", uint8(b))
}

// Violation is a write of a record in custody that its writer was not entitled
// to when it arrived. It is stored like any other, and becomes a further head;
// a follower turns it into somebody's task.
type Violation struct {
	At     protocol.Cursor // place of the Change in the ledger
	Rev    protocol.Rev
	Ref    protocol.Ref
	Breach Breach
}

func (v Violation) key() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(v.At))
	return string(binary.BigEndian.AppendUint16(b, v.Rev.N))
}

func (v Violation) encode() []byte {
	b := append([]byte{byte(v.Breach)}, positionKey(v.Rev.Position)...)
	return appendText(appendText(b, v.Ref.Kind), v.Ref.ID)
}

func decodeViolation(key string, b []byte) (Violation, error) {
	k := &cutter{b: []byte(key)}
	v := Violation{At: protocol.Cursor(k.u64())}
	v.Rev.N = k.u16()
	c := &cutter{b: b}
	v.Breach = Breach(c.byte())
	v.Rev.Position = c.positionKey()
	v.Ref = protocol.Ref{Kind: protocol.Kind(c.text()), ID: protocol.ID(c.text())}
	return v, errors.Join(k.done(), c.done())
}

// breaches looks at the writes of a station's Change before it is applied.
func (t *turn) breaches(c *protocol.Change) ([]Violation, error) {
	var out []Violation
	for i := range c.Writes {
		w := &c.Writes[i]
		spec, ok := t.b.Kind(w.Ref.Kind)
		if !ok || !spec.Custody {
			continue
		}
		breach, err := t.breach(c, w)
		if err != nil {
			return nil, err
		}
		if breach != 0 {
			out = append(out, Violation{Rev: c.Rev(i), Ref: w.Ref, Breach: breach})
		}
	}
	return out, nil
}

// breach compares one write with the record as it is. A further write to the
// same record in the same Change builds on the one before it.
func (t *turn) breach(c *protocol.Change, w *protocol.Write) (Breach, error) {
	if buildsOnItself(c, w) {
		return 0, nil
	}
	record, err := t.b.Get(w.Ref)
	if errors.Is(err, protocol.ErrNotFound) {
		if len(w.Parents) > 0 {
			return BreachParent, nil
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	holder, fence := record.Heads[0].Custodian, record.Heads[0].Fence
	for _, h := range record.Heads {
		if h.Fence > fence {
			holder, fence = h.Custodian, h.Fence
		}
	}
	switch {
	case w.Fence < fence:
		return BreachFence, nil
	case holder != c.Site:
		return BreachCustodian, nil
	}
	for _, h := range record.Heads {
		if !slices.Contains(w.Parents, h.Rev) {
			return BreachParent, nil
		}
	}
	return 0, nil
}

func buildsOnItself(c *protocol.Change, w *protocol.Write) bool {
	return slices.ContainsFunc(w.Parents, func(p protocol.Rev) bool {
		return p.Position == c.Position && int(p.N) < len(c.Writes) && c.Writes[p.N].Ref == w.Ref
	})
}

package care

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
)

// Action is something that people or machines do. Make one with Do.
type Action struct {
	Name    protocol.ActionName
	Roles   []Role
	Purpose protocol.Purpose
	Lane    protocol.Lane
	Place   Place          // zero is Everywhere
	Consent ConsentPurpose // needs this consent of the subject; empty: none
	Assured uint8          // how surely a person must be recognised (protocol.Actor.Assurance); zero: as the role is
	Title   string         // zh-CN, for the audit's readers

	input  reflect.Type
	decode func([]byte) (any, error)
	run    func(*Deed, any) error
}

// Input is the type of what it takes: a struct with json tags.
func (a *Action) Input() reflect.Type { return a.input }

// FromForm turns form values into this action's input.
func (a *Action) FromForm(values map[string][]string) ([]byte, error) {
	return fromForm(a.input, values)
}

// Do makes an action of a function. In is its input, a struct with json tags;
// when it has a method Subject() protocol.ID the Engine checks that a resident
// acts for themself and that consent was given; when it has Check() error the
// Engine calls it before anything is read.
func Do[In any](a Action, run func(d *Deed, in In) error) Action {
	a.input = reflect.TypeFor[In]()
	a.decode = decodeInput[In]
	a.run = func(d *Deed, in any) error { return run(d, in.(In)) }
	return a
}

// Deed is one run of an action: the records, and who does it.
type Deed struct {
	protocol.Tx
	Actor protocol.Actor
}

// Subjected is an input that names whose data it is about.
type Subjected interface{ Subject() protocol.ID }

// Checked is an input that can be wrong in itself.
type Checked interface{ Check() error }

func decodeInput[In any](raw []byte) (any, error) {
	var in In
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &in, json.RejectUnknownMembers(true)); err != nil {
			return nil, protocol.Refuse("bad-input", "填写的内容看不懂，请检查后重试")
		}
	}
	return in, nil
}

func checked(in any) error {
	if c, ok := in.(Checked); ok {
		return c.Check()
	}
	return nil
}

// Own refuses when the actor is a resident and the subject somebody else.
func Own(a protocol.Actor, subject protocol.ID) error {
	if a.Role != Resident || a.ID == subject || a.For == subject && subject != "" {
		return nil
	}
	return protocol.Refuse("not-yours", "这不是您本人的记录")
}

// Own is the same for whoever does this deed.
func (d *Deed) Own(subject protocol.ID) error { return Own(d.Actor, subject) }

// NeedConsent refuses unless the person agreed. For actions whose input names
// a record, not a person; the Engine does it for the others.
func NeedConsent(r protocol.Reader, a protocol.Actor, person protocol.ID, p ConsentPurpose) error {
	if err := Own(a, person); err != nil {
		return err
	}
	return agreed(r, a, person, p)
}

// Read gets a record and decodes its newest head.
func Read[T any](r protocol.Reader, ref protocol.Ref) (T, protocol.Record, error) {
	var v T
	rec, err := r.Get(ref)
	if err != nil {
		return v, rec, fmt.Errorf("read %s: %w", ref.Kind, err)
	}
	return v, rec, protocol.Decode(rec.Head().Value, &v)
}

// Exists reports whether a record is there.
func Exists(r protocol.Reader, ref protocol.Ref) (bool, error) {
	_, err := r.Get(ref)
	if errors.Is(err, protocol.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Write encodes a record and puts it. The draft's Value is filled in.
func Write(tx protocol.Tx, d protocol.Draft, record any) (protocol.Rev, error) {
	v, err := protocol.Encode(record)
	if err != nil {
		return protocol.Rev{}, err
	}
	d.Value = v
	return tx.Put(d)
}

// Found is a decoded record of a scan.
type Found[T any] struct {
	protocol.Record
	Value T
}

// Collect runs a query and decodes what it finds.
func Collect[T any](r protocol.Reader, q protocol.Query) ([]Found[T], error) {
	var out []Found[T]
	for rec, err := range r.Scan(q) {
		if err != nil {
			return nil, fmt.Errorf("scan %s by %s: %w", q.Kind, q.Index, err)
		}
		f := Found[T]{Record: rec}
		if err := protocol.Decode(rec.Head().Value, &f.Value); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

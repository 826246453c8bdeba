package care

import (
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
)

// Request asks for one action or one view.
type Request struct {
	Actor protocol.Actor      `json:"actor"`
	Name  protocol.ActionName `json:"name"`
	Input []byte              `json:"input,omitempty"` // JSON object
	Key   string              `json:"key,omitempty"`   // idempotency key of an action
}

// Answer is how an action went.
type Answer struct {
	Change protocol.Position `json:"change"`
	About  protocol.Ref      `json:"about"` // the record it is about: the first that it wrote
	Repeat bool              `json:"repeat"`
}

// Leader runs requests where writing is possible, when it is not here. In the
// county it is the raft leader; a station has none.
type Leader interface {
	Do(ctx context.Context, r Request) (Answer, error)
	Note(ctx context.Context, o protocol.Order, out protocol.Outcome, code protocol.Code) error
}

// Engine is the only door to the records: role, consent, idempotency key,
// commit. It is safe for concurrent use.
type Engine struct {
	store   protocol.Store
	place   Place
	leader  Leader
	actions map[protocol.ActionName]Action
	views   map[protocol.ActionName]View
}

// NewEngine makes the door of one host. leader may be nil.
func NewEngine(store protocol.Store, place Place, leader Leader, roster []Service) (*Engine, error) {
	if err := Check(roster); err != nil {
		return nil, err
	}
	e := &Engine{store: store, place: place, leader: leader,
		actions: map[protocol.ActionName]Action{}, views: map[protocol.ActionName]View{}}
	for _, s := range roster {
		for _, a := range s.Actions {
			e.actions[a.Name] = a
		}
		for _, v := range s.Views {
			e.views[v.Name] = v
		}
	}
	return e, nil
}

// Action gives an action by name, for hosts that decode forms.
func (e *Engine) Action(name protocol.ActionName) (Action, bool) {
	a, ok := e.actions[name]
	return a, ok
}

// View gives a view by name.
func (e *Engine) View(name protocol.ActionName) (View, bool) {
	v, ok := e.views[name]
	return v, ok
}

// Do runs an action. The answer's Change is durable. A refusal is an error of
// type *protocol.Refusal, and is on record too.
func (e *Engine) Do(ctx context.Context, r Request) (Answer, error) {
	a, ok := e.actions[r.Name]
	if !ok || a.Place != 0 && a.Place&e.place == 0 {
		return Answer{}, protocol.Refuse("no-such-action", "这里不能办理这项业务")
	}
	order := protocol.Order{Actor: r.Actor, Action: a.Name, Purpose: a.Purpose, Key: r.Key, Lane: a.Lane}
	in, malformed := a.decode(r.Input)
	if s, ok := in.(Subjected); ok {
		order.Subject = s.Subject()
	}
	if a.Consent != "" && order.Subject != "" {
		order.Consent = ConsentRef(order.Subject, a.Consent).ID
	}
	ran := false
	change, err := e.store.Do(ctx, order, func(tx protocol.Tx) error {
		ran = true
		if err := mayEnter(r.Actor, a.Roles, a.Assured); err != nil {
			return err
		}
		if malformed != nil {
			return malformed
		}
		consented := func() error { return agreed(tx, r.Actor, order.Subject, a.Consent) }
		if err := mayTouch(r.Actor, order.Subject, in, consented); err != nil {
			return err
		}
		return a.run(&Deed{tx, r.Actor}, in)
	})
	if errors.Is(err, protocol.ErrNotLeader) && e.leader != nil {
		return e.leader.Do(ctx, r)
	}
	if err != nil {
		return Answer{Change: change.Position}, fmt.Errorf("%s: %w", a.Name, err)
	}
	return Answer{change.Position, change.About(), !ran}, nil
}

// mayEnter is the first question at the door: may somebody in this role do it,
// and were they recognised surely enough? Nothing that they sent is looked at
// before.
func mayEnter(actor protocol.Actor, roles []Role, assured uint8) error {
	if !allowed(roles, actor.Role) {
		return protocol.Refuse("role", "您没有办理这项业务的权限")
	}
	if actor.Role != System && actor.Assurance < assured {
		return protocol.Refuse("assurance", "这一步要先用密码或身份证登录").Offer("/identity/signin")
	}
	return nil
}

// mayTouch asks the rest, in this order: is it theirs, did the person agree, is
// every field as it must be? Who has no right to a record does not learn what is
// wrong with a form about it.
func mayTouch(actor protocol.Actor, subject ID, in any, consented func() error) error {
	if subject != "" {
		if err := Own(actor, subject); err != nil {
			return err
		}
	}
	if err := consented(); err != nil {
		return err
	}
	return checked(in)
}

func agreed(r protocol.Reader, actor protocol.Actor, subject ID, need ConsentPurpose) error {
	if subject == "" || need == "" {
		return nil
	}
	ok, err := Consented(r, subject, need)
	if err == nil && !ok {
		page := "/identity/consent/" + string(need)
		switch actor.Role {
		case Resident:
		case CountyDoctor: // the person is not there to be asked
			page = "/identity/emergency?person=" + string(subject)
		default:
			page = "/identity/person/" + string(subject) + "/consent/" + string(need)
		}
		err = protocol.Refuse("no-consent", "办理前需要本人同意，请先阅读并同意告知书").Offer(page)
	}
	return err
}

// Show runs a view, and puts on record that it was seen before it answers. The
// record says whose data it was and how many records, not what they said.
func (e *Engine) Show(ctx context.Context, r Request) (any, error) {
	v, ok := e.views[r.Name]
	if !ok || v.Place != 0 && v.Place&e.place == 0 {
		return nil, protocol.Refuse("no-such-view", "没有这个页面")
	}
	order := protocol.Order{Actor: r.Actor, Action: v.Name, Purpose: v.Purpose, Lane: protocol.Administrative}
	in, malformed := v.decode(r.Input)
	if s, ok := in.(Subjected); ok {
		order.Subject = s.Subject()
	}
	var out any
	look := Look{Actor: r.Actor, subject: order.Subject}
	err := e.store.View(ctx, func(rd protocol.Reader) error {
		look.Reader = rd
		err := mayEnter(r.Actor, v.Roles, v.Assured)
		if err == nil {
			err = malformed
		}
		if err == nil {
			err = mayTouch(r.Actor, order.Subject, in, func() error { return look.agreed(order.Subject, v.Consent) })
		}
		if err != nil {
			return err
		}
		out, err = v.run(&look, in)
		return err
	})
	if refusal, ok := protocol.AsRefusal(err); ok {
		return nil, errors.Join(err, e.note(ctx, order, protocol.Refused, refusal.Code))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name, err)
	}
	if !v.Personal {
		return out, nil
	}
	order.Subject, order.Count = look.subject, look.count
	if look.emergency != "" {
		order.Purpose, order.Consent = ForEmergency, look.emergency
	}
	return out, e.note(ctx, order, protocol.Seen, "")
}

func (e *Engine) note(ctx context.Context, o protocol.Order, out protocol.Outcome, code protocol.Code) error {
	_, err := e.store.Note(ctx, o, out, code)
	if errors.Is(err, protocol.ErrNotLeader) && e.leader != nil {
		return e.leader.Note(ctx, o, out, code)
	}
	return err
}

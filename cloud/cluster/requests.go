package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"xiangyi/cloud/gateway"
	"xiangyi/cloud/ledger"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/replication/store"
)

// Requests between nodes: a page on any node does its deeds at the leader.

// deed is the request "do", note the request "note".
type note struct {
	Order   protocol.Order
	Outcome protocol.Outcome
	Code    protocol.Code
}

// verdict is the answer to both.
type verdict struct {
	Answer  care.Answer
	Refusal *protocol.Refusal
	Fault   string // an error of the store, by name
}

// faults are the errors that keep their meaning between nodes.
var faults = map[string]error{
	"not-leader": protocol.ErrNotLeader, "unknown": protocol.ErrUnknown, "too-large": protocol.ErrTooLarge,
	"no-space": protocol.ErrSpace, "not-found": protocol.ErrNotFound, "not-allowed": protocol.ErrNotAllowed,
}

func verdictOf(a care.Answer, err error) verdict {
	if refusal, ok := protocol.AsRefusal(err); ok {
		return verdict{a, refusal, ""}
	}
	for name, known := range faults {
		if errors.Is(err, known) {
			return verdict{a, nil, name}
		}
	}
	if err != nil {
		return verdict{a, nil, "failed"}
	}
	return verdict{Answer: a}
}

func (v verdict) error() error {
	switch {
	case v.Refusal != nil:
		return v.Refusal
	case v.Fault == "":
		return nil
	}
	if known, ok := faults[v.Fault]; ok {
		return known
	}
	return errors.New("the leader could not do it")
}

// remote asks the leader through the gateway. It implements care.Leader.
type remote struct {
	gate   *gateway.Gateway
	ledger *ledger.Ledger
}

// Do implements care.Leader. It returns when this node has the Change too: the
// next page must show what was just done.
func (r remote) Do(ctx context.Context, q care.Request) (care.Answer, error) {
	v, err := ask(ctx, r.gate, "do", q)
	if err != nil {
		return care.Answer{}, err
	}
	if err := v.error(); err != nil {
		return v.Answer, err
	}
	r.catchUp(ctx, v.Answer.Change)
	return v.Answer, nil
}

// behindMost bounds how long a page waits for this node to hear of what the
// leader did. A page that is still behind then is only not fresh.
const behindMost = 3 * time.Second

func (r remote) catchUp(ctx context.Context, p protocol.Position) {
	ctx, cancel := context.WithTimeout(ctx, behindMost)
	defer cancel()
	for ctx.Err() == nil {
		last := r.ledger.Last()
		err := r.ledger.Snapshot(ctx, func(s *store.Snapshot) error {
			_, err := s.Change(p)
			return err
		})
		if !errors.Is(err, protocol.ErrNotFound) {
			return
		}
		if _, err := r.ledger.Next(ctx, last, 1, nil); err != nil {
			return
		}
	}
}

// Note implements care.Leader.
func (r remote) Note(ctx context.Context, o protocol.Order, out protocol.Outcome, code protocol.Code) error {
	v, err := ask(ctx, r.gate, "note", note{o, out, code})
	if err != nil {
		return err
	}
	return v.error()
}

func ask(ctx context.Context, g *gateway.Gateway, what string, in any) (verdict, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return verdict{}, err
	}
	b, err := g.Ask(ctx, what, raw)
	if err != nil {
		return verdict{}, err
	}
	var v verdict
	if err := json.Unmarshal(b, &v); err != nil {
		return verdict{}, fmt.Errorf("%w: leader's answer: %w", protocol.ErrUnknown, err)
	}
	return v, nil
}

// deeds answers the other nodes while this one leads.
func (n *Node) deeds(ctx context.Context, what string, request []byte) ([]byte, error) {
	switch what {
	case "do":
		var q care.Request
		if err := json.Unmarshal(request, &q); err != nil {
			return nil, fmt.Errorf("request of another node: %w", err)
		}
		a, err := n.local.Do(ctx, q)
		return json.Marshal(verdictOf(a, err))
	case "state":
		return n.told(request)
	case "note":
		var o note
		if err := json.Unmarshal(request, &o); err != nil {
			return nil, fmt.Errorf("request of another node: %w", err)
		}
		_, err := n.ledger.Note(ctx, o.Order, o.Outcome, o.Code)
		return json.Marshal(verdictOf(care.Answer{}, err))
	}
	return nil, fmt.Errorf("request %q of another node: unknown", what)
}

package paper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"xiangyi/cmd/sandbox/peer/admin"
)

// setting is the body of POST /condition.
type setting struct {
	Printer string `json:"printer"`
	Condition
}

func (p *Printer) routes() map[string]admin.Route {
	return map[string]admin.Route{
		"GET /slips": p.slipRoute(func() any { return p.Slips() }),
		"GET /pages": p.pageRoute(func() any { return p.Pages() }),
		"GET /jobs":  p.pageRoute(func() any { return p.Jobs() }),
		"POST /lose-next-reply": p.pageRoute(func() any {
			p.LoseNextReply()
			return nil
		}),
		"POST /condition": p.setCondition,
	}
}

var errAbsent = errors.New("this stand-in has no such printer")

func (p *Printer) slipRoute(f func() any) admin.Route {
	return func(context.Context, json.RawMessage) (any, error) {
		if p.slips == nil {
			return nil, errAbsent
		}
		return f(), nil
	}
}

func (p *Printer) pageRoute(f func() any) admin.Route {
	return func(context.Context, json.RawMessage) (any, error) {
		if p.pages == nil {
			return nil, errAbsent
		}
		return f(), nil
	}
}

func (p *Printer) setCondition(_ context.Context, in json.RawMessage) (any, error) {
	s, err := admin.Read[setting](in)
	if err != nil {
		return nil, err
	}
	if s.Paper != "" && s.Paper != OK && s.Paper != Low && s.Paper != Out {
		return nil, fmt.Errorf("paper is ok, low or out, not %q", s.Paper)
	}
	switch {
	case s.Printer == "slip" && p.slips != nil:
		return nil, p.SetSlip(s.Condition)
	case s.Printer == "page" && p.pages != nil:
		return nil, p.SetPage(s.Condition)
	}
	return nil, errAbsent
}

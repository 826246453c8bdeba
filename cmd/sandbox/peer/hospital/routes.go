package hospital

import (
	"context"
	"encoding/json"
	"time"

	"xiangyi/cmd/sandbox/peer/admin"
)

type slotBody struct {
	Slot SlotID `json:"slot"`
}

type awayBody struct {
	Away   bool  `json:"away"`
	SlowMs int64 `json:"slowMs"`
}

func (h *Hospital) routes() map[string]admin.Route {
	get := func(f func() any) admin.Route {
		return func(context.Context, json.RawMessage) (any, error) { return f(), nil }
	}
	at := func(act func(SlotID) error) admin.Route {
		return func(_ context.Context, in json.RawMessage) (any, error) {
			b, err := admin.Read[slotBody](in)
			if err != nil {
				return nil, err
			}
			return nil, act(b.Slot)
		}
	}
	return map[string]admin.Route{
		"GET /bookings":       get(func() any { return h.Bookings() }),
		"GET /slots":          get(func() any { return h.Slots() }),
		"GET /messages":       get(func() any { return h.Messages() }),
		"GET /outbox":         get(func() any { return h.Outbox() }),
		"POST /lose-next-ack": get(func() any { h.LoseNextAck(); return nil }),
		"POST /sell":          at(h.SellOwn),
		"POST /block":         at(h.Block),
		"POST /unblock":       at(h.Unblock),
		"POST /slots":         h.routeAdd,
		"POST /report":        h.routeReport,
		"POST /away":          h.routeAway,
	}
}

func (h *Hospital) routeAdd(_ context.Context, in json.RawMessage) (any, error) {
	s, err := admin.Read[Slot](in)
	if err != nil {
		return nil, err
	}
	return nil, h.Add(s)
}

func (h *Hospital) routeReport(_ context.Context, in json.RawMessage) (any, error) {
	r, err := admin.Read[Report](in)
	if err != nil {
		return nil, err
	}
	control, err := h.Report(r)
	return map[string]string{"control": control}, err
}

func (h *Hospital) routeAway(_ context.Context, in json.RawMessage) (any, error) {
	b, err := admin.Read[awayBody](in)
	if err != nil {
		return nil, err
	}
	h.Away(b.Away)
	h.Slow(time.Duration(b.SlowMs) * time.Millisecond)
	return nil, nil
}

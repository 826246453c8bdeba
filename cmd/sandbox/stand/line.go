package stand

import (
	"context"
	"encoding/json"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/peer/admin"
	"xiangyi/cmd/sandbox/peer/line"
)

// LineState is what GET /line answers.
type LineState struct {
	Settings line.Settings `json:"settings"`
	Counts   line.Counts   `json:"counts"`
}

// telephone is the line of a station: POST /line sets it, POST /reset breaks what is connected.
func telephone(ctx context.Context, c county.LineConfig) error {
	far := make([]string, len(c.Far))
	for i, a := range c.Far {
		far[i] = string(a)
	}
	l, err := line.Open(string(c.Near), func() []string { return far }, line.Settings{})
	if err != nil {
		return err
	}
	defer l.Close()
	door, err := admin.Open(string(c.Admin), map[string]admin.Route{
		"GET /line": func(context.Context, json.RawMessage) (any, error) {
			return LineState{l.Settings(), l.Counts()}, nil
		},
		"POST /line": func(_ context.Context, in json.RawMessage) (any, error) {
			s, err := admin.Read[line.Settings](in)
			if err == nil {
				l.Set(s)
			}
			return nil, err
		},
		"POST /reset": func(context.Context, json.RawMessage) (any, error) {
			l.Reset()
			return nil, nil
		},
	})
	if err != nil {
		return err
	}
	defer door.Close()
	<-ctx.Done()
	return nil
}

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

type order struct {
	Slot string `json:"slot"`
}

func open(t *testing.T) string {
	t.Helper()
	s, err := Open("127.0.0.1:0", map[string]Route{
		"GET /slots": func(context.Context, json.RawMessage) (any, error) { return []string{"s1"}, nil },
		"POST /take": func(_ context.Context, in json.RawMessage) (any, error) {
			o, err := Read[order](in)
			if err == nil && o.Slot != "s1" {
				err = errors.New("no such slot")
			}
			return nil, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + s.Addr()
}

func TestRoutesAnswerInJSON(t *testing.T) {
	base := open(t)
	for _, c := range []struct {
		method, path, body string
		code               int
		want               string
	}{
		{"GET", "/slots", "", 200, `["s1"]`},
		{"POST", "/take", `{"slot":"s1"}`, 200, `{}`},
		{"POST", "/take", `{"slot":"s2"}`, 409, `{"error":"no such slot"}`},
		{"POST", "/take", `{"slto":"s1"}`, 409, "slto"},
		{"POST", "/take", ``, 409, errNoBody.Error()},
		{"POST", "/take", `{"slot`, 400, "not JSON"},
		{"GET", "/take", "", 405, ""},
	} {
		req, _ := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
		rsp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(rsp.Body)
		rsp.Body.Close()
		if rsp.StatusCode != c.code || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, rsp.StatusCode, body)
		}
	}
}

func TestTheDoorOpensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if s, err := Open(addr, nil); err == nil {
			_ = s.Close()
			t.Errorf("opened at %q", addr)
		}
	}
}

func TestAPageOfAnotherOriginCannotSteer(t *testing.T) {
	req, _ := http.NewRequest("POST", open(t)+"/take", strings.NewReader(`{"slot":"s1"}`))
	req.Header.Set("Origin", "http://elsewhere.example")
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	rsp.Body.Close()
	if rsp.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", rsp.StatusCode)
	}
}

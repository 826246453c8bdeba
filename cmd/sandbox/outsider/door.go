package outsider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// doors is the client of all small JSON doors.
var doors = &http.Client{Timeout: 15 * time.Second}

// Ask gets JSON from a door: Ask[T](ctx, "127.0.0.1:20101", "/status").
func Ask[T any](ctx context.Context, addr, path string) (T, error) {
	return call[T](ctx, http.MethodGet, addr, path, nil)
}

// Tell posts JSON to a door and gives its answer.
func Tell[T any](ctx context.Context, addr, path string, body any) (T, error) {
	b, err := json.Marshal(body)
	if err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return call[T](ctx, http.MethodPost, addr, path, b)
}

// Told is the answer of a door that has nothing to say.
type Told = json.RawMessage

func call[T any](ctx context.Context, method, addr, path string, body []byte) (out T, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("%s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := doors.Do(req)
	if err != nil {
		return out, fmt.Errorf("%s: %w", path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return out, fmt.Errorf("%s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return out, fmt.Errorf("%s answers %d: %s", path, resp.StatusCode, strings.TrimSpace(string(b)))
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fmt.Errorf("%s: read answer: %w", path, err)
	}
	return out, nil
}

// Package admin lets a stand-in of the sandbox be steered from another process: JSON over HTTP, on loopback only. It
// knows nothing of the stand-ins; each brings its own table of routes.
package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Route answers one request: in is the raw JSON body (empty for GET), the result is sent as JSON; nil sends {}.
type Route func(ctx context.Context, in json.RawMessage) (any, error)

// Server is an open admin door.
type Server struct {
	http *http.Server
	l    net.Listener
	done chan struct{}
}

// Open listens at a loopback address ("127.0.0.1:0" takes a free port) and serves routes named "METHOD /path". It refuses
// an address that others could reach, since nobody is asked who they are.
func Open(addr string, routes map[string]Route) (*Server, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("admin address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("admin address %q is not a loopback address", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open admin door: %w", err)
	}
	mux := http.NewServeMux()
	for pattern, route := range routes {
		mux.Handle(pattern, handler(route))
	}
	s := &Server{l: l, done: make(chan struct{}), http: &http.Server{
		// A page of another origin, open in the same browser, must not be able to steer anything.
		Handler:           http.NewCrossOriginProtection().Handler(mux),
		ReadHeaderTimeout: 5 * time.Second,
	}}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l)
	}()
	return s, nil
}

// Addr is where the door is, host:port.
func (s *Server) Addr() string { return s.l.Addr().String() }

// Close ends the door at once. It may be called twice.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

func handler(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in json.RawMessage
		if r.Method != http.MethodGet {
			err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in)
			if err != nil && r.ContentLength != 0 {
				answer(w, http.StatusBadRequest, map[string]string{"error": "body is not JSON: " + err.Error()})
				return
			}
		}
		out, err := route(r.Context(), in)
		if err != nil {
			answer(w, http.StatusConflict, map[string]string{"error": err.Error()})
			return
		}
		if out == nil {
			out = struct{}{}
		}
		answer(w, http.StatusOK, out)
	})
}

func answer(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		code, b = http.StatusInternalServerError, []byte(`{"error":"answer does not encode"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n'))
}

// errNoBody means that a route wanted a body and got none.
var errNoBody = errors.New("a JSON body is needed")

// Read decodes a body into a type, refusing fields that the type does not have: a misspelt field must not pass for a
// default.
func Read[T any](in json.RawMessage) (T, error) {
	var v T
	if len(in) == 0 {
		return v, errNoBody
	}
	d := json.NewDecoder(bytes.NewReader(in))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("read body: %w", err)
	}
	return v, nil
}

package web

import (
	"context"
	"net/http"
	"runtime/debug"
	"time"
)

// csp is what a page may load and do: nothing but what this host serves.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard sets the headers that every answer carries, refuses posts from other
// pages, keeps the session alive or clears up after it, and turns a panic into a
// plain answer.
func (h *Host) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return cross.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", csp)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				h.Log.Error("page panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				http.Error(w, broken, http.StatusInternalServerError)
			}
		}()
		if h.Sessions.touch(w, r) {
			h.Sessions.drop(w)
			h.forgetLook(w, r)
		}
		h.keepLook(w, r)
		next.ServeHTTP(w, r)
	}))
}

const retryPause = 150 * time.Millisecond

// after is time.After that does not outlive its context.
func after(ctx context.Context, d time.Duration) <-chan struct{} {
	done := make(chan struct{})
	t := time.AfterFunc(d, func() { close(done) })
	context.AfterFunc(ctx, func() { t.Stop() })
	return done
}

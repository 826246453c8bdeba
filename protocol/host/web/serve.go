package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Serve gives a function that runs one web server until its context ends.
// What does not end by itself within grace is cut off.
func Serve(l net.Listener, h http.Handler, grace time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		s := &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
			MaxHeaderBytes: 32 << 10, BaseContext: func(net.Listener) context.Context { return ctx },
		}
		stop := context.AfterFunc(ctx, func() {
			last, cancel := context.WithTimeout(context.Background(), grace)
			defer cancel()
			_ = s.Shutdown(last)
			_ = s.Close()
		})
		defer stop()
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return ctx.Err()
	}
}

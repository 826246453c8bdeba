//go:build !unix

package port

import "io"

type none struct{}

func (none) Close() error { return nil }

// acquire holds nothing: these systems open a serial device once.
func acquire(string) (io.Closer, error) { return none{}, nil }

//go:build !linux

package port

import (
	"errors"
	"os"
)

// Pty is a pseudo-terminal; this system has none that is known here.
type Pty struct{ *os.File }

// OpenPty fails.
func OpenPty() (*Pty, error) { return nil, errors.New("pseudo-terminals are known on Linux alone") }

// Path is where the other side is opened.
func (*Pty) Path() string { return "" }

// Baud is the speed that the other side set, in bit/s; 0 when it cannot be told.
func (*Pty) Baud() int { return 0 }

package port

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Pty is a pseudo-terminal: what is written to it is read at its path as from a
// serial device. A simulator holds this side.
type Pty struct {
	*os.File
	path string
	held *os.File // keeps the terminal alive while nobody else has it open
}

// OpenPty makes one. Close takes it away, as one pulls a plug.
func OpenPty() (*Pty, error) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	p := &Pty{File: f}
	if err := p.unlock(); err != nil {
		_ = f.Close() // nobody used it
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	if p.held, err = os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		_ = f.Close() // nobody used it
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	return p, nil
}

// Close implements io.Closer.
func (p *Pty) Close() error {
	_ = p.held.Close() // nothing was written through it
	return p.File.Close()
}

func (p *Pty) unlock() error {
	c, err := p.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) {
		if inner = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); inner != nil {
			return
		}
		var n uint32
		if n, inner = unix.IoctlGetUint32(int(fd), unix.TIOCGPTN); inner != nil {
			return
		}
		p.path = fmt.Sprintf("/dev/pts/%d", n)
		inner = raw(int(fd))
	}); err != nil {
		return err
	}
	return inner
}

// raw keeps the terminal from echoing before somebody opened it.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// Path is where the other side is opened.
func (p *Pty) Path() string { return p.path }

// Baud is the speed that the other side set, in bit/s; 0 when it cannot be told.
func (p *Pty) Baud() int {
	c, err := p.SyscallConn()
	if err != nil {
		return 0
	}
	baud := 0
	if err := c.Control(func(fd uintptr) {
		if t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS2); err == nil {
			baud = int(t.Ospeed)
		}
	}); err != nil {
		return 0
	}
	return baud
}

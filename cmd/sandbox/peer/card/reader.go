package card

import (
	"fmt"
	"net"
	"sync"
	"time"

	"xiangyi/cmd/sandbox/peer/admin"
)

// Options say where the stand-in listens; "127.0.0.1:0" takes a free port.
type Options struct {
	Addr  string        // the reader
	Admin string        // empty leaves that door closed
	Delay time.Duration // before each answer; a real reader needs some 100 ms to read a card
}

// Faults are what goes wrong.
type Faults struct {
	Garbage  int  `json:"garbage"`  // so many answers have garbage in front
	Checksum int  `json:"checksum"` // so many answers have a wrong check byte
	Mute     bool `json:"mute"`     // no answer at all
	Forgets  bool `json:"forgets"`  // a card that was read is not read again before it was lifted
}

// State is how the reader is, for GET /state.
type State struct {
	Card  bool `json:"card"`  // one lies there
	Reads int  `json:"reads"` // how often one was read
}

// Reader is the stand-in. It is safe for concurrent use.
type Reader struct {
	l     net.Listener
	admin *admin.Server
	delay time.Duration
	wg    sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	closed   bool
	data     []byte // of the card that lies there; nil: none
	found    bool
	selected bool
	read     bool
	reads    int
	faults   Faults
}

// Open makes the stand-in ready; it serves until Close.
func Open(o Options) (*Reader, error) {
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("open card reader: %w", err)
	}
	r := &Reader{l: l, delay: o.Delay, conns: map[net.Conn]bool{}}
	if o.Admin != "" {
		if r.admin, err = admin.Open(o.Admin, r.routes()); err != nil {
			_ = l.Close()
			return nil, err
		}
	}
	r.wg.Go(r.accept)
	return r, nil
}

// Addr is where the reader listens, host:port.
func (r *Reader) Addr() string { return r.l.Addr().String() }

// AdminAddr is where the admin door is, host:port.
func (r *Reader) AdminAddr() string { return r.admin.Addr() }

// Close pulls the plug. It may be called twice.
func (r *Reader) Close() error {
	var err error
	if r.admin != nil {
		err = r.admin.Close()
	}
	r.mu.Lock()
	r.closed = true
	_ = r.l.Close()
	for c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
	return err
}

// Place lays a card on the reader, in place of the one that lies there. The error says which field does not fit.
func (r *Reader) Place(c Card) error {
	c, err := c.complete()
	if err != nil {
		return err
	}
	data, err := c.data()
	if err != nil {
		return err
	}
	r.lay(data)
	return nil
}

// Remove takes the card away.
func (r *Reader) Remove() { r.lay(nil) }

func (r *Reader) lay(data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data, r.found, r.selected, r.read = data, false, false, false
}

// Set brings faults about, or ends them.
func (r *Reader) Set(f Faults) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = f
}

// State tells how the reader is.
func (r *Reader) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{r.data != nil, r.reads}
}

func (r *Reader) accept() {
	for {
		conn, err := r.l.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		if r.closed {
			_ = conn.Close()
		} else {
			r.conns[conn] = true
			r.wg.Go(func() { r.serve(conn) })
		}
		r.mu.Unlock()
	}
}

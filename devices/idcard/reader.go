package idcard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Options are the patience of a Reader. The zero value suits 115200 baud and TCP.
type Options struct {
	Every  time.Duration // between two looks for a card; default 300 ms, and readers want no less
	Answer time.Duration // to a short command; default 1 s
	Read   time.Duration // to reading a card; default 5 s: at 9600 baud it takes 1.4 s
}

// Reader is an open card reader. Poll is for one goroutine; Close may be called from any, twice.
type Reader struct {
	conn io.ReadWriteCloser
	o    Options

	in     chan []byte // what the stream brought
	gone   chan struct{}
	cause  error // why gone; read after gone is closed
	closed sync.Once
	wg     sync.WaitGroup

	decoder Decoder
	late    bool // an answer may still come that nobody waits for
	looked  time.Time

	card   Card // that lies on the reader, as far as known
	missed int  // looks in a row that did not find it again
	senses bool
}

// Open takes a connection to a reader over; Close ends both. It sends nothing.
func Open(conn io.ReadWriteCloser, o Options) *Reader {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Every, 300*time.Millisecond)
	def(&o.Answer, time.Second)
	def(&o.Read, 5*time.Second)
	r := &Reader{conn: conn, o: o, in: make(chan []byte, 64), gone: make(chan struct{})}
	r.wg.Go(r.receive)
	return r
}

// receive carries bytes from the stream until it ends.
func (r *Reader) receive() {
	defer close(r.gone)
	chunk := make([]byte, 2048)
	for {
		n, err := r.conn.Read(chunk)
		if n > 0 {
			select {
			case r.in <- append([]byte(nil), chunk[:n]...):
			default: // far more than any answer: noise, and nobody listens
			}
		}
		if err != nil {
			r.cause = err
			return
		}
	}
}

// Close ends the reader and its connection.
func (r *Reader) Close() error {
	var err error
	r.closed.Do(func() { err = r.conn.Close() })
	r.wg.Wait()
	return err
}

// ask sends a command and waits for its answer, which must be one of the statuses that belong to the command and have
// the right length: an answer that comes late to an earlier command must not pass for this one's.
func (r *Reader) ask(ctx context.Context, c Command, wait time.Duration) (Reply, error) {
	if err := r.settle(ctx); err != nil {
		return Reply{}, err
	}
	if _, err := r.conn.Write(c.Bytes()); err != nil {
		return Reply{}, r.lost(err)
	}
	broken := r.decoder.Broken
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			r.late = true
			return Reply{}, ctx.Err()
		case <-timer.C:
			r.late = true
			r.decoder.Reset()
			if r.decoder.Broken > broken {
				return Reply{}, &Fault{Condition: Garbled, Err: errors.New("answer is damaged")}
			}
			return Reply{}, &Fault{Condition: Mute, Err: fmt.Errorf("no answer within %v", wait)}
		case b := <-r.in:
			for _, reply := range r.decoder.Feed(b) {
				if c.fits(reply) {
					return reply, nil
				}
			}
			if r.decoder.Broken > broken {
				r.late = true
				return Reply{}, &Fault{Condition: Garbled, Err: errors.New("answer is damaged")}
			}
		case <-r.gone:
			if len(r.in) == 0 {
				return Reply{}, r.lost(r.cause)
			}
		}
	}
}

// settle throws away what came unasked. After an answer that did not come in time it listens until the line is quiet, so
// that the late answer meets nobody.
func (r *Reader) settle(ctx context.Context) error {
	quiet := time.Duration(0)
	if r.late {
		quiet = r.o.Answer / 4
	}
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case <-r.in:
			timer.Reset(quiet)
			continue
		default:
		}
		if quiet == 0 {
			break
		}
		select {
		case <-r.in:
			timer.Reset(quiet)
			continue
		case <-timer.C:
		case <-r.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
		break
	}
	r.late = false
	r.decoder.Reset()
	return nil
}

func (r *Reader) lost(err error) error {
	return &Fault{Condition: Offline, Err: err}
}

// fits reports whether a reply can be an answer to the command.
func (c Command) fits(r Reply) bool {
	success := r.Status == StatusOK
	switch c {
	case FindCard:
		return r.Status == StatusFound && len(r.Data) >= 4 || r.Status != StatusFound && !success && len(r.Data) == 0
	case SelectCard:
		return success && len(r.Data) >= 8 && len(r.Data) < textSize || !success && len(r.Data) == 0
	case ReadCard:
		return success && len(r.Data) >= 4+textSize || !success && r.Status != StatusFound && len(r.Data) == 0
	}
	return true
}

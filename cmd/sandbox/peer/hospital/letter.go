package hospital

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// LetterState is where a letter to the county stands.
type LetterState string

// The states of a letter.
const (
	Waiting  LetterState = "waiting"  // not acknowledged yet; it is tried until it is
	Accepted LetterState = "accepted" // AA
	Parked   LetterState = "parked"   // AE: the county will not take it as it is
)

// Letter is a message to the county.
type Letter struct {
	Control string      `json:"control"` // MSH-10
	Type    string      `json:"type"`    // "ORU^R01"
	State   LetterState `json:"state"`
	Tries   int         `json:"tries"`
	Why     string      `json:"why"` // of the last try that failed
	Message []byte      `json:"message"`
}

// Outbox gives all letters, in the order in which they were written.
func (h *Hospital) Outbox() []Letter {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Letter, 0, len(h.agenda.Outbox))
	for _, l := range h.agenda.Outbox {
		out = append(out, *l)
	}
	return out
}

// post puts a message into the outbox. The caller holds mu, and saves.
func (h *Hospital) post(control, kind string, m *message) error {
	b, err := m.encode()
	if err != nil {
		return fmt.Errorf("write %s in %s: %w", kind, m.charset, err)
	}
	h.agenda.Outbox = append(h.agenda.Outbox, &Letter{Control: control, Type: kind, State: Waiting, Message: b})
	select {
	case h.mail <- struct{}{}:
	default:
	}
	return nil
}

// ErrParked means that the county refused a letter.
var ErrParked = errors.New("the county refused the letter")

// Wait returns when a letter was accepted, with ErrParked when it was refused, or when the context ends.
func (h *Hospital) Wait(ctx context.Context, control string) error {
	for {
		h.mu.Lock()
		news := h.news
		var letter Letter
		for _, l := range h.agenda.Outbox {
			if l.Control == control {
				letter = *l
			}
		}
		h.mu.Unlock()
		switch letter.State {
		case Accepted:
			return nil
		case Parked:
			return fmt.Errorf("%w: %s", ErrParked, letter.Why)
		case "":
			return fmt.Errorf("no letter %s was written", control)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("letter %s after %d tries (%s): %w", control, letter.Tries, letter.Why, ctx.Err())
		case <-h.ctx.Done():
			return net.ErrClosed
		}
	}
}

// deliver tries what waits, oldest first, until Close. Silence and AR stop the round, since the next letter would meet
// the same; AE parks its letter alone.
func (h *Hospital) deliver() {
	pause := h.o.Retry
	for {
		if h.round() {
			pause = h.o.Retry
			select {
			case <-h.mail:
			case <-h.ctx.Done():
				return
			}
			continue
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, 30*time.Second)
		case <-h.ctx.Done():
			return
		}
	}
}

// round delivers all that waits; it is false when something has to be tried again.
func (h *Hospital) round() bool {
	for {
		letter, ok := h.oldest()
		if !ok {
			return true
		}
		code, why := h.send(letter)
		h.settle(letter.Control, code, why)
		if code != "AA" && code != "AE" {
			return false
		}
	}
}

func (h *Hospital) oldest() (Letter, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.agenda.Outbox {
		if l.State == Waiting {
			return *l, true
		}
	}
	return Letter{}, false
}

// settle writes down how a try ended.
func (h *Hospital) settle(control, code, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.agenda.Outbox {
		if l.Control != control {
			continue
		}
		l.Tries++
		l.Why = why
		switch code {
		case "AA":
			l.State = Accepted
		case "AE":
			l.State = Parked
		}
		if err := h.save(); err != nil { // it will be sent again after a restart, which the county must bear anyway
			l.Why = err.Error()
		}
	}
	close(h.news)
	h.news = make(chan struct{})
}

// send makes one try. code is empty when no answer came.
func (h *Hospital) send(l Letter) (code, why string) {
	addr := ""
	if h.o.County != nil {
		addr = h.o.County()
	}
	if addr == "" {
		return "", "the county's address is not known"
	}
	ctx, cancel := context.WithTimeout(h.ctx, 10*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err.Error()
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := writeFrame(conn, l.Message); err != nil {
		return "", err.Error()
	}
	raw, err := readFrame(bufio.NewReader(conn))
	if err != nil {
		return "", err.Error()
	}
	answer, err := parse(raw)
	if err != nil {
		return "", err.Error()
	}
	msa := answer.find("MSA")
	if msa.get(2, 1) != l.Control {
		return "", "the answer is to another message"
	}
	code = msa.get(1, 1)
	if code == "AA" || code == "CA" {
		return "AA", ""
	}
	e := answer.find("ERR")
	return code, fmt.Sprintf("%s: %s %s %s", code, e.get(3, 1), e.get(3, 2), e.get(8, 1))
}

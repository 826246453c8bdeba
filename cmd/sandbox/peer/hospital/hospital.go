package hospital

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"xiangyi/cmd/sandbox/peer/admin"
)

// Options say where the hospital listens and whom it tells.
type Options struct {
	Addr   string        // MLLP, host:port; "127.0.0.1:0" takes a free port
	Admin  string        // loopback address of the admin door; empty: none
	County func() string // where reports and notices go, asked before every try; nil or empty: they wait
	File   string        // where the hospital remembers, across kills; empty: in memory
	Slots  []Slot        // added to the list if they are not on it
	Adopt  bool          // a slot that the hospital does not know is added when the county names it
	Quiet  bool          // the county is not told of blocked and sold slots
	Now    func() time.Time
	Retry  time.Duration // first pause before a message is sent again, doubled up to 30 s; default 1 s
}

// Heard is a message that the hospital got, without the person that it was about.
type Heard struct {
	At      time.Time `json:"at"`
	Type    string    `json:"type"` // "SRM^S01"
	Control string    `json:"control"`
	Placer  PlacerID  `json:"placer"`
	Answer  string    `json:"answer"` // AA, AE, AR
	Repeat  bool      `json:"repeat"` // same control id as before: nothing was done
	Lost    bool      `json:"lost"`   // acted upon, and never answered
}

// Hospital is an open hospital. It is safe for concurrent use.
type Hospital struct {
	o      Options
	l      net.Listener
	admin  *admin.Server
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mail   chan struct{} // something is in the outbox

	mu      sync.Mutex
	agenda  *agenda
	heard   []Heard
	answers *answers
	conns   map[net.Conn]struct{}
	closed  bool
	lose    bool
	away    bool
	slow    time.Duration
	control int
	run     string        // makes control ids differ from those before a restart
	news    chan struct{} // closed and replaced when a letter changes its state
}

// Open makes the hospital ready; it serves, and delivers its letters, until Close.
func Open(o Options) (_ *Hospital, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retry <= 0 {
		o.Retry = time.Second
	}
	h := &Hospital{o: o, answers: newAnswers(1024), conns: map[net.Conn]struct{}{}, mail: make(chan struct{}, 1)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.news = make(chan struct{})
	h.run = o.Now().UTC().Format("060102150405.000")
	if err := h.remember(); err != nil {
		return nil, err
	}
	if h.l, err = net.Listen("tcp", o.Addr); err != nil {
		return nil, fmt.Errorf("open hospital: %w", err)
	}
	h.wg.Go(h.accept)
	h.wg.Go(h.deliver)
	if o.Admin != "" {
		if h.admin, err = admin.Open(o.Admin, h.routes()); err != nil {
			_ = h.Close()
			return nil, err
		}
	}
	return h, nil
}

// Addr is where the hospital takes messages, host:port.
func (h *Hospital) Addr() string { return h.l.Addr().String() }

// AdminAddr is where the admin door is, host:port.
func (h *Hospital) AdminAddr() string { return h.admin.Addr() }

// Close ends all connections and waits. Letters that are not delivered stay in the file. It may be called twice.
func (h *Hospital) Close() error {
	h.cancel()
	h.mu.Lock()
	h.closed = true
	h.hangUp()
	h.mu.Unlock()
	err := h.l.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	h.wg.Wait()
	if h.admin != nil {
		err = errors.Join(err, h.admin.Close())
	}
	return err
}

// remember reads the file and adds the slots of the options.
func (h *Hospital) remember() error {
	h.agenda = newAgenda()
	if h.o.File != "" {
		b, err := os.ReadFile(h.o.File)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("read hospital's file: %w", err)
		}
		if err == nil {
			if err := json.Unmarshal(b, h.agenda); err != nil {
				return fmt.Errorf("read hospital's file: %w", err)
			}
		}
	}
	for _, s := range h.o.Slots {
		if _, ok := h.agenda.Slots[s.ID]; !ok {
			h.agenda.Slots[s.ID] = &s
		}
	}
	return h.save()
}

// save writes everything down before an answer leaves. The caller holds mu, or is alone.
func (h *Hospital) save() error {
	if h.o.File == "" {
		return nil
	}
	b, err := json.Marshal(h.agenda)
	if err != nil {
		return fmt.Errorf("write hospital's file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(h.o.File), ".hospital-*")
	if err != nil {
		return fmt.Errorf("write hospital's file: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), h.o.File)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write hospital's file: %w", err)
	}
	return nil
}

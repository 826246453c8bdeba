package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"sync"
	"time"
)

// Options describe a monitor. Addr, Site, Device and Secret are required.
type Options struct {
	Addr   string // the broker, host:port
	Site   string
	Device string // also the user name and the client id
	Secret string
	Boot   uint64 // how often the monitor was switched on; larger after every start

	Model, Serial, Firmware string // default: RBP-9000, the device id, 1.2
	Codes                   []string
	Interval                int // seconds between measurements, as announced; default 5

	Now  func() time.Time // the monitor's own clock, right or wrong; nil: the machine's
	Rand *rand.Rand       // for NewPatient; nil: seeded with Boot

	KeepAlive time.Duration // default 45 s, three heartbeats
	Ack       time.Duration // how long to wait for a PUBACK before sending again; default 5 s
	Dial      func(ctx context.Context, addr string) (net.Conn, error)
}

// Monitor is a switched-on monitor. It is safe for concurrent use.
type Monitor struct {
	o     Options
	began time.Time

	mu     sync.Mutex // held while connecting, so that there is one connection
	link   *link
	closed bool

	state sync.Mutex
	ids   uint16
	seq   uint64
	beats uint64
	last  *message
}

var level = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ErrClosed means that the monitor was switched off.
var ErrClosed = errors.New("monitor is switched off")

// Open switches a monitor on: it connects, and announces itself with birth and status. It fails if the broker cannot be
// reached or refuses (*Refused); a monitor that is open reconnects by itself whenever it has something to say.
func Open(o Options) (*Monitor, error) {
	for _, l := range []string{o.Site, o.Device} {
		if !level.MatchString(l) {
			return nil, fmt.Errorf("monitor: %q cannot be a topic level", l)
		}
	}
	o.defaults()
	m := &Monitor{o: o, began: o.Now()}
	ctx, cancel := context.WithTimeout(context.Background(), 3*o.Ack)
	defer cancel()
	if _, err := m.connected(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func (o *Options) defaults() {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&o.Model, "RBP-9000")
	set(&o.Serial, o.Device)
	set(&o.Firmware, "1.2")
	if len(o.Codes) == 0 {
		o.Codes = []string{Systolic, Diastolic, HeartRate, Respiration, Temperature}
	}
	if o.Interval == 0 {
		o.Interval = 5
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(o.Boot, 0x6d6f6e))
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 45 * time.Second
	}
	if o.Ack == 0 {
		o.Ack = 5 * time.Second
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		}
	}
}

// connected gives a living link, opening one if there is none.
func (m *Monitor) connected(ctx context.Context) (*link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if m.link != nil {
		if m.link.alive() {
			return m.link, nil
		}
		m.link.close()
		m.link = nil
	}
	l, err := connect(ctx, m.o, connectPacket(m.o, m.topic("status"), m.offline("lwt")), m.o.Ack)
	if err != nil {
		return nil, err
	}
	for _, announce := range []message{m.birth(), m.online()} {
		if err := l.publish(ctx, announce, false, m.o.Ack); err != nil {
			l.close()
			return nil, fmt.Errorf("announce: %w", err)
		}
	}
	m.link = l
	return l, nil
}

// say publishes a message until it was acknowledged or the context ends.
func (m *Monitor) say(ctx context.Context, msg message) error {
	pause := 200 * time.Millisecond
	for sent := false; ; {
		l, err := m.connected(ctx)
		if err == nil {
			err = l.publish(ctx, msg, sent, m.o.Ack)
			sent = true
		}
		if err == nil || errors.Is(err, ErrClosed) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("publish: %w, last: %w", ctx.Err(), err)
		case <-time.After(pause):
			pause = min(2*pause, 10*time.Second)
		}
	}
}

// Measure publishes what was measured and returns after the broker acknowledged it. It repeats for as long as the
// context lives; when it ends first, the measurement may or may not have arrived, and Replay sends it again.
func (m *Monitor) Measure(ctx context.Context, r Readings) error {
	msg, err := m.vitals(r)
	if err != nil {
		return fmt.Errorf("monitor: encode readings: %w", err)
	}
	return m.say(ctx, msg)
}

// Replay sends the last measurement once more, same boot and seq, as a monitor does that missed an acknowledgement.
func (m *Monitor) Replay(ctx context.Context) error {
	m.state.Lock()
	last := m.last
	m.state.Unlock()
	if last == nil {
		return errors.New("monitor: nothing was measured yet")
	}
	return m.say(ctx, *last)
}

// Raw publishes any payload to any topic with QoS 1, for what no honest monitor would send. It tries once, since a
// broker may rightly end the connection over it.
func (m *Monitor) Raw(ctx context.Context, topic string, payload []byte) error {
	l, err := m.connected(ctx)
	if err != nil {
		return err
	}
	return l.publish(ctx, message{topic: topic, payload: payload, id: m.nextID()}, false, m.o.Ack)
}

// Kill cuts the power: the connection breaks without DISCONNECT, so the broker publishes the will.
func (m *Monitor) Kill() { _ = m.end(nil) }

// Close switches the monitor off in order: it says so, and disconnects. It may be called twice.
func (m *Monitor) Close() error {
	return m.end(func(l *link) error {
		ctx, cancel := context.WithTimeout(context.Background(), m.o.Ack)
		defer cancel()
		bye := message{topic: m.topic("status"), payload: m.offline("off"), retain: true, id: m.nextID()}
		return errors.Join(l.publish(ctx, bye, false, m.o.Ack), l.send(packet{first: typeDisconnect}))
	})
}

func (m *Monitor) end(farewell func(*link) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.link == nil {
		return nil
	}
	var err error
	if farewell != nil && m.link.alive() {
		err = farewell(m.link)
	}
	m.link.close()
	m.link = nil
	return err
}

package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"xiangyi/protocol"
)

// Errors of a link.
var (
	// ErrDown: no line, or nobody there who may answer. Nothing was taken.
	ErrDown = errors.New("no line to the county")
	// ErrNoAnswer: the request may have been taken. Repeat it.
	ErrNoAnswer = errors.New("no answer from the county")
)

// Config of a connection.
type Config struct {
	Site    protocol.Site
	Name    string   // of the connection, for the county's operators
	Servers []string // host:port of the county's nodes, or of a line to them
	TLS     *tls.Config
	After   time.Duration     // how much later than others it dials again: a thin line carries one handshake at a time
	Dialer  nats.CustomDialer // nil: TCP
	Log     *slog.Logger
}

// Link is one connection. It reconnects by itself.
type Link struct {
	site  protocol.Site
	conn  *nats.Conn
	inbox string // where the answers to this connection arrive

	mu      sync.Mutex
	asked   uint64
	waiting map[string]chan *nats.Msg // by the end of the inbox
}

// Dial starts connecting and returns at once; the line may be down for days.
func Dial(c Config) (*Link, error) {
	opts := nats.Options{
		Servers: urls(c.Servers), Name: c.Name, TLSConfig: c.TLS, Secure: c.TLS != nil,
		AllowReconnect: true, MaxReconnect: -1, RetryOnFailedConnect: true,
		CustomReconnectDelayCB: func(tries int) time.Duration { return c.After + backOff(tries) },
		// A request that cannot leave now must fail now: the journal is the
		// buffer, and the only one.
		ReconnectBufSize: -1,
		Timeout:          30 * time.Second, PingInterval: 20 * time.Second, MaxPingsOut: 3,
		CustomDialer:         c.Dialer,
		AsyncErrorCB:         func(_ *nats.Conn, _ *nats.Subscription, err error) { c.Log.Info("line", "err", err) },
		DisconnectedErrCB:    func(_ *nats.Conn, err error) { c.Log.Info("line is down", "name", c.Name, "err", err) },
		ReconnectedCB:        func(*nats.Conn) { c.Log.Info("line is up", "name", c.Name) },
		IgnoreAuthErrorAbort: true,
	}
	if c.TLS != nil && c.TLS.ClientSessionCache == nil { // a line that breaks often cannot afford certificates each time
		opts.TLSConfig = c.TLS.Clone()
		opts.TLSConfig.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	conn, err := opts.Connect()
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	l := &Link{site: c.Site, conn: conn, waiting: map[string]chan *nats.Msg{}}
	l.inbox = Inbox(c.Site) + "." + strconv.FormatUint(rand.Uint64N(36*36*36*36), 36) + "."
	if _, err := conn.Subscribe(l.inbox+"*", l.answered); err != nil {
		conn.Close()
		return nil, fmt.Errorf("link: %w", err)
	}
	return l, nil
}

// answered hands an answer to whoever waits for it. The library's own inboxes
// would cost a thin line sixty bytes with each exchange.
func (l *Link) answered(m *nats.Msg) {
	l.mu.Lock()
	to := l.waiting[m.Subject[len(l.inbox):]]
	l.mu.Unlock()
	if to != nil {
		select {
		case to <- m:
		default: // a second answer says nothing new
		}
	}
}

// request sends and waits for the answer.
func (l *Link) request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	answer := make(chan *nats.Msg, 1)
	l.mu.Lock()
	l.asked++
	end := strconv.FormatUint(l.asked, 36)
	l.waiting[end] = answer
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.waiting, end)
		l.mu.Unlock()
	}()
	if err := l.conn.PublishRequest(subject, l.inbox+end, data); err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
			return nil, nats.ErrNoResponders
		}
		return m.Data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func urls(servers []string) []string {
	var out []string
	for _, s := range servers {
		out = append(out, "nats://"+s)
	}
	return out
}

// backOff is exponential from a tenth of a second to a minute, with full jitter:
// 500 boxes that lost the county at once must not come back at once, and one
// whose line broke for a moment should.
func backOff(tries int) time.Duration {
	most := min(time.Minute, 100*time.Millisecond<<min(max(tries-1, 0), 10))
	return 10*time.Millisecond + rand.N(most)
}

// Inbox is the prefix under which the answers to one station arrive; the county
// lets it hear no other.
func Inbox(site protocol.Site) string { return "i." + string(site) }

// Up reports whether the connection stands.
func (l *Link) Up() bool { return l.conn.IsConnected() }

// Submit sends a frame and gives the county's answer.
func (l *Link) Submit(ctx context.Context, frame []byte) (protocol.Receipt, error) {
	b, err := l.ask(ctx, "u."+string(l.site), frame)
	if err != nil {
		return protocol.Receipt{}, err
	}
	return protocol.DecodeReceipt(b)
}

// Pull asks for what is new.
func (l *Link) Pull(ctx context.Context, request []byte) ([]byte, error) {
	return l.ask(ctx, "d."+string(l.site), request)
}

// Blob asks the county about large bytes.
func (l *Link) Blob(ctx context.Context, request []byte) ([]byte, error) {
	return l.ask(ctx, "b."+string(l.site), request)
}

func (l *Link) ask(ctx context.Context, subject string, data []byte) ([]byte, error) {
	if !l.conn.IsConnected() {
		return nil, ErrDown
	}
	// An answer cannot come over a connection that broke: do not wait for it.
	broken := l.conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	defer l.conn.RemoveStatusListener(broken)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-broken:
			cancel(errBroken)
		case <-ctx.Done():
		}
	}()
	b, err := l.request(ctx, subject, data)
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrReconnectBufExceeded):
		return nil, fmt.Errorf("%w: %w", ErrDown, err)
	case errors.Is(context.Cause(ctx), errBroken):
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, errBroken)
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
}

var errBroken = errors.New("the connection broke")

// Close ends the connection.
func (l *Link) Close() { l.conn.Close() }

package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	Dialer  nats.CustomDialer // nil: TCP
	Log     *slog.Logger
}

// Link is one connection. It reconnects by itself.
type Link struct {
	site protocol.Site
	conn *nats.Conn
}

// Dial starts connecting and returns at once; the line may be down for days.
func Dial(c Config) (*Link, error) {
	opts := nats.Options{
		Servers: urls(c.Servers), Name: c.Name, TLSConfig: c.TLS, Secure: c.TLS != nil,
		AllowReconnect: true, MaxReconnect: -1, RetryOnFailedConnect: true,
		CustomReconnectDelayCB: backOff,
		// A request that cannot leave now must fail now: the journal is the
		// buffer, and the only one.
		ReconnectBufSize: -1,
		Timeout:          30 * time.Second, PingInterval: 20 * time.Second, MaxPingsOut: 3,
		InboxPrefix:          Inbox(c.Site),
		CustomDialer:         c.Dialer,
		AsyncErrorCB:         func(_ *nats.Conn, _ *nats.Subscription, err error) { c.Log.Info("line", "err", err) },
		DisconnectedErrCB:    func(_ *nats.Conn, err error) { c.Log.Info("line is down", "name", c.Name, "err", err) },
		ReconnectedCB:        func(*nats.Conn) { c.Log.Info("line is up", "name", c.Name) },
		IgnoreAuthErrorAbort: true,
	}
	conn, err := opts.Connect()
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return &Link{c.Site, conn}, nil
}

func urls(servers []string) []string {
	var out []string
	for _, s := range servers {
		out = append(out, "nats://"+s)
	}
	return out
}

// backOff is exponential from half a second to a minute, with full jitter: 500
// boxes that lost the county at once must not come back at once.
func backOff(tries int) time.Duration {
	most := min(time.Minute, 500*time.Millisecond<<min(tries, 7))
	return 100*time.Millisecond + rand.N(most)
}

// Inbox is the prefix under which the answers to one station arrive; the county
// lets it hear no other.
func Inbox(site protocol.Site) string { return "_INBOX." + string(site) }

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
	m, err := l.conn.RequestWithContext(ctx, subject, data)
	switch {
	case err == nil:
		return m.Data, nil
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

package gateway

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"xiangyi/protocol"
)

// Config of one node's gateway.
type Config struct {
	Node     string
	Stations string   // address on which stations connect, host:port
	Routes   string   // address on which the other nodes connect
	Peers    []string // the other nodes' Routes addresses
	TLS      *tls.Config
	PeerTLS  *tls.Config // for routes: client and server at once
	Admit    Stations
	Rand     io.Reader
	Log      *slog.Logger
}

// Gateway is a running one.
type Gateway struct {
	Config
	srv  *server.Server
	conn *nats.Conn

	mu      sync.Mutex
	leading []*nats.Subscription
}

// Open starts the server and this node's own connection to it.
func Open(c Config) (*Gateway, error) {
	var token [16]byte
	if _, err := io.ReadFull(c.Rand, token[:]); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g := &Gateway{Config: c}
	secret := hex.EncodeToString(token[:])
	opts, err := c.options(&door{secret, c.Admit, func(why string) { c.Log.Warn("connection refused", "why", why) }})
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if g.srv, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g.srv.SetLogger(logger{c.Log}, false, false)
	g.srv.Start()
	if !g.srv.ReadyForConnections(20 * time.Second) {
		g.srv.Shutdown()
		return nil, fmt.Errorf("gateway: not ready on %s after 20 s (is the port taken?)", c.Stations)
	}
	// nothing is buffered: what cannot be sent now is tried again by whoever asked
	g.conn, err = nats.Connect("", nats.InProcessServer(g.srv), nats.Token(secret), nats.ReconnectBufSize(-1), nats.MaxReconnects(-1))
	if err != nil {
		g.srv.Shutdown()
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return g, nil
}

func (c *Config) options(d *door) (*server.Options, error) {
	host, port, err := split(c.Stations)
	if err != nil {
		return nil, err
	}
	opts := &server.Options{
		ServerName: c.Node, Host: host, Port: port, NoSigs: true, NoLog: true,
		MaxPayload: protocol.MaxFrameBytes, WriteDeadline: 90 * time.Second,
		TLSConfig: c.TLS, TLSTimeout: 30, AuthTimeout: 45, TLSVerify: true,
		PingInterval: 30 * time.Second, MaxPingsOut: 3,
		CustomClientAuthentication: d,
	}
	if c.Routes == "" {
		return opts, nil
	}
	host, port, err = split(c.Routes)
	if err != nil {
		return nil, err
	}
	opts.Cluster = server.ClusterOpts{Name: "county", Host: host, Port: port, TLSConfig: c.PeerTLS, TLSTimeout: 10, NoAdvertise: true}
	for _, p := range c.Peers {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats", Host: p})
	}
	return opts, nil
}

func split(addr string) (string, int, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(text)
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, err
}

// Addr is where stations connect.
func (g *Gateway) Addr() string { return g.srv.Addr().String() }

// Close ends connections and waits.
func (g *Gateway) Close() {
	g.conn.Close()
	g.srv.Shutdown()
	g.srv.WaitForShutdown()
}

// Pulls serves pulls on this node, shared with the others.
func (g *Gateway) Pulls(serve func(ctx context.Context, site protocol.Site, request []byte) ([]byte, error)) error {
	_, err := g.conn.QueueSubscribe("d.*", "nodes", func(m *nats.Msg) {
		// A pull waits until there is news; each has its own goroutine.
		go g.reply(m, longPull, func(ctx context.Context) ([]byte, error) {
			return serve(ctx, protocol.Site(m.Subject[len("d."):]), m.Data)
		})
	})
	return err
}

const (
	longPull = 40 * time.Second
	deedTime = 10 * time.Second
	blobTime = 30 * time.Second // a blob is taken to the other nodes before it is held
)

// Handler answers one request.
type Handler func(ctx context.Context, subject string, request []byte) ([]byte, error)

// Entrance takes a frame in and gives what waits for its answer. Frames enter one
// after the other, as they came, so that several of a lane can be under way.
type Entrance func(site string, frame []byte) (Wait, error)

// Wait gives the answer to what entered.
type Wait func(context.Context) ([]byte, error)

// Lead serves what only the leader may: frames, the stations' blobs and the other
// nodes' deeds.
func (g *Gateway) Lead(frames Entrance, blobs, deeds Handler) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for subject, h := range map[string]nats.MsgHandler{
		"u.*": func(m *nats.Msg) {
			wait, err := frames(m.Subject[2:], m.Data)
			if err != nil {
				wait = func(context.Context) ([]byte, error) { return nil, err }
			}
			go g.reply(m, deedTime, wait)
		},
		"b.*": func(m *nats.Msg) {
			go g.reply(m, blobTime, func(ctx context.Context) ([]byte, error) { return blobs(ctx, m.Subject[2:], m.Data) })
		},
		"n.*": func(m *nats.Msg) {
			go g.reply(m, deedTime, func(ctx context.Context) ([]byte, error) { return deeds(ctx, m.Subject[2:], m.Data) })
		},
	} {
		sub, err := g.conn.Subscribe(subject, h)
		if err != nil {
			return fmt.Errorf("gateway: lead: %w", err)
		}
		g.leading = append(g.leading, sub)
	}
	return g.conn.Flush()
}

// Follow stops serving what only the leader may.
func (g *Gateway) Follow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.leading {
		_ = s.Unsubscribe() // a closed connection has none
	}
	g.leading = nil
}

// reply sends the answer, or nothing when there is none: who asked tries again,
// and a repeat is harmless. A wrong answer would not be.
func (g *Gateway) reply(m *nats.Msg, most time.Duration, answer func(context.Context) ([]byte, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	b, err := answer(ctx)
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			g.Log.Info("request not answered", "subject", m.Subject, "err", err)
		}
		return
	}
	if err := m.Respond(b); err != nil {
		g.Log.Info("answer not sent", "subject", m.Subject, "err", err)
	}
}

// Ask sends a request to the leader, wherever it is.
func (g *Gateway) Ask(ctx context.Context, what string, request []byte) ([]byte, error) {
	m, err := g.conn.RequestWithContext(ctx, "n."+what, request)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, protocol.ErrNotLeader
	case err != nil:
		return nil, fmt.Errorf("%w: %w", protocol.ErrUnknown, err)
	}
	return m.Data, nil
}

// Blobs answers the other nodes' requests about large bytes.
func (g *Gateway) Blobs(answer func(ctx context.Context, request []byte) []byte) error {
	_, err := g.conn.Subscribe("p."+g.Node, func(m *nats.Msg) {
		go g.reply(m, blobTime, func(ctx context.Context) ([]byte, error) { return answer(ctx, m.Data), nil })
	})
	return err
}

// Peer is the line to another node for large bytes.
type Peer struct {
	Gateway *Gateway
	Node    string
}

// Ask sends a request to the node and gives its answer.
func (p Peer) Ask(ctx context.Context, request []byte) ([]byte, error) {
	m, err := p.Gateway.conn.RequestWithContext(ctx, "p."+p.Node, request)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", p.Node, err)
	}
	return m.Data, nil
}

// Connected lists how many stations hold a connection to this node.
func (g *Gateway) Connected() int { return g.srv.NumClients() }

// logger passes the server's own words on.
type logger struct{ *slog.Logger }

func (l logger) Noticef(string, ...any)         {}
func (l logger) Debugf(string, ...any)          {}
func (l logger) Tracef(string, ...any)          {}
func (l logger) Warnf(format string, v ...any)  { l.Warn("gateway: " + fmt.Sprintf(format, v...)) }
func (l logger) Errorf(format string, v ...any) { l.Warn("gateway: " + fmt.Sprintf(format, v...)) }
func (l logger) Fatalf(format string, v ...any) { l.Error("gateway: " + fmt.Sprintf(format, v...)) }

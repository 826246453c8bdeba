package ledger

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

const (
	handshake = 10 * time.Second // a peer that has not shown its certificate by then is cut off
	strangers = 64               // connections that may be in that state at once
)

// stream carries raft's messages between the nodes: mutual TLS 1.3 where each
// side proves to be the peer that the configuration names.
type stream struct {
	net.Listener
	own   advertised
	peers []Peer
	tls   *tls.Config // nil: plain
	log   *slog.Logger

	ready  chan net.Conn
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
}

func listen(o *Options) (*stream, error) {
	l, err := net.Listen("tcp", o.Bind)
	if err != nil {
		return nil, fmt.Errorf("ledger: listen for peers: %w", err)
	}
	s := &stream{Listener: l, peers: o.Peers, log: o.Log, ready: make(chan net.Conn)}
	for _, p := range o.Peers {
		if p.ID == o.Node {
			s.own = advertised(p.Addr)
		}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if o.TLS != nil {
		s.tls = peerTLS(o.TLS, o.Peers)
	}
	s.work.Go(s.admit)
	return s, nil
}

// peerTLS is the given configuration made strict: TLS 1.3, certificates on
// both sides, and a name that is one of the peers'.
func peerTLS(given *tls.Config, peers []Peer) *tls.Config {
	c := given.Clone()
	c.MinVersion = tls.VersionTLS13
	c.ClientAuth = tls.RequireAndVerifyClientCert
	if c.ClientCAs == nil {
		c.ClientCAs = c.RootCAs
	}
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("peer shows no certificate")
		}
		return isPeer(state.PeerCertificates[0], peers)
	}
	return c
}

func isPeer(cert *x509.Certificate, peers []Peer) error {
	for _, p := range peers {
		if cert.VerifyHostname(p.ID) == nil {
			return nil
		}
	}
	return errors.New("certificate names no node of this county")
}

// Dial reaches the node at an address, which must be a peer's, and checks that
// its certificate carries that peer's name.
func (s *stream) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: timeout}
	if s.tls == nil {
		return dialer.DialContext(s.ctx, "tcp", string(address))
	}
	c := s.tls.Clone()
	for _, p := range s.peers {
		if p.Addr == string(address) {
			c.ServerName = p.ID
		}
	}
	if c.ServerName == "" {
		return nil, fmt.Errorf("dial %s: not the address of a peer", address)
	}
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	return (&tls.Dialer{NetDialer: dialer, Config: c}).DialContext(ctx, "tcp", string(address))
}

// Accept gives the next connection whose other end proved to be a peer.
func (s *stream) Accept() (net.Conn, error) {
	select {
	case conn := <-s.ready:
		return conn, nil
	case <-s.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Addr is where peers reach this node, which behind "0.0.0.0" only the
// configuration knows.
func (s *stream) Addr() net.Addr { return s.own }

// advertised is an address as the configuration spells it.
type advertised string

func (advertised) Network() string  { return "tcp" }
func (a advertised) String() string { return string(a) }

// Close stops listening, and drops connections that nobody accepted.
func (s *stream) Close() error {
	s.cancel()
	err := s.Listener.Close()
	s.work.Wait()
	return err
}

// admit takes connections in and lets each prove itself apart, so that a
// stranger who says nothing holds up nobody.
func (s *stream) admit() {
	places := make(chan struct{}, strangers)
	for {
		conn, err := s.Listener.Accept()
		if errors.Is(err, net.ErrClosed) || s.ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("a peer's connection failed", "error", err)
			s.pause(100 * time.Millisecond)
			continue
		}
		select {
		case places <- struct{}{}:
		case <-s.ctx.Done():
			conn.Close()
			return
		}
		s.work.Go(func() {
			s.hand(conn)
			<-places
		})
	}
}

// pause keeps a failing Accept (no descriptors left) from spinning.
func (s *stream) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.ctx.Done():
	}
}

func (s *stream) hand(conn net.Conn) {
	if s.tls != nil {
		secure := tls.Server(conn, s.tls)
		ctx, cancel := context.WithTimeout(s.ctx, handshake)
		err := secure.HandshakeContext(ctx)
		cancel()
		if err != nil {
			s.log.Warn("a connection to the peer port was refused", "from", conn.RemoteAddr().String(), "error", err)
			conn.Close()
			return
		}
		conn = secure
	}
	select {
	case s.ready <- conn:
	case <-s.ctx.Done():
		conn.Close()
	}
}

// addresses resolves a node's name to its configured address, so that a node
// may move without a change of membership.
type addresses []Peer

// ServerAddr implements raft.ServerAddressProvider.
func (a addresses) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	for _, p := range a {
		if p.ID == string(id) {
			return raft.ServerAddress(p.Addr), nil
		}
	}
	return "", fmt.Errorf("node %q is not a peer", id)
}

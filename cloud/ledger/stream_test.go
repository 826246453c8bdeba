package ledger

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"xiangyi/protocol"
)

// office issues certificates.
type office struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, pool: x509.NewCertPool()}
	o.key = newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "county"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &o.key.PublicKey, o.key)
	if err != nil {
		t.Fatal(err)
	}
	if o.cert, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	o.pool.AddCert(o.cert)
	return o
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (o *office) issue(name string) *tls.Config {
	o.t.Helper()
	key := newKey(o.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	raw, err := x509.CreateCertificate(rand.Reader, template, o.cert, &key.PublicKey, o.key)
	if err != nil {
		o.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, RootCAs: o.pool}
}

// ports finds free ones on this machine.
func ports(t *testing.T, n int) (out []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out
}

func TestACountyOverRealConnectionsWithCertificates(t *testing.T) {
	c := newCluster(t, 3, nil)
	ca := newOffice(t)
	for i, addr := range ports(t, 3) {
		c.peers[i].Addr = addr
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 3)
	for _, p := range c.peers {
		o := c.options(p.ID)
		o.Bind, o.TLS = p.Addr, ca.issue(p.ID)
		l, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		c.members[p.ID] = &member{Ledger: l}
		go func() { ran <- l.Run(ctx) }()
	}
	leader := c.leader()
	v := c.village("v01", 7)
	for range 20 {
		v.note(protocol.Clinical, "over the wire")
	}
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 20)), protocol.OK, 20)
	c.settled()
	cancel()
	for id, m := range c.members {
		<-ran
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		delete(c.members, id)
	}
}

func TestAStrangerDoesNotGetIn(t *testing.T) {
	ca, other := newOffice(t), newOffice(t)
	addr := ports(t, 1)[0]
	peers := []Peer{{"n1", addr}, {"n2", "127.0.0.1:1"}}
	s, err := listen(&Options{Node: "n1", Bind: addr, Peers: peers, TLS: ca.issue("n1"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	accepted := make(chan net.Conn)
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	strangers := map[string]*tls.Config{
		"no certificate":        {},
		"another authority":     other.issue("n2"),
		"a station of ours":     ca.issue("v01"),
		"a name that begins so": ca.issue("n2.example"),
		"old protocol":          ca.issue("n2"),
	}
	strangers["old protocol"].MaxVersion = tls.VersionTLS12
	for name, config := range strangers {
		if err := refused(addr, ca, config); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	silent, err := net.Dial("tcp", addr) // says nothing, and holds up nobody
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	friend := ca.issue("n2")
	friend.ServerName = "n1"
	conn, err := tls.Dial("tcp", addr, friend)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := <-accepted
	if in == nil || in.RemoteAddr().String() != conn.LocalAddr().String() {
		t.Error("somebody else was accepted")
	}
}

// refused knocks and waits for the answer: an error, or nil when let in.
func refused(addr string, ca *office, config *tls.Config) error {
	config.ServerName, config.RootCAs = "n1", ca.pool
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	_, err = conn.Read(make([]byte, 1))
	if n, ok := err.(net.Error); ok && n.Timeout() {
		return nil // nobody minded
	}
	return err
}

func TestANodeOnlyTrustsWhoIsWhereItShouldBe(t *testing.T) {
	ca := newOffice(t)
	addr := ports(t, 1)[0]
	impostor := []Peer{{"n1", "127.0.0.1:1"}, {"n2", addr}}
	s, err := listen(&Options{Node: "n2", Bind: addr, Peers: impostor, TLS: ca.issue("n2"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, peers := range map[string][]Peer{
		"another node answers there": {{"n1", "127.0.0.1:1"}, {"n3", addr}, {"n2", "127.0.0.1:2"}},
		"no peer lives there":        {{"n1", "127.0.0.1:1"}},
	} {
		from := &stream{peers: peers, tls: peerTLS(ca.issue("n1"), peers), ctx: t.Context()}
		if conn, err := from.Dial(raft.ServerAddress(addr), time.Second); err == nil {
			conn.Close()
			t.Errorf("%s: trusted", name)
		}
	}
	from := &stream{peers: impostor, tls: peerTLS(ca.issue("n1"), impostor), ctx: t.Context()}
	conn, err := from.Dial(raft.ServerAddress(addr), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestOptionsThatCannotBeRight(t *testing.T) {
	c := newCluster(t, 1, nil)
	good := c.options("n1")
	good.Bind = "127.0.0.1:0"
	for name, spoil := range map[string]func(*Options){
		"not among the peers": func(o *Options) { o.Node = "n9" },
		"a peer twice":        func(o *Options) { o.Peers = append(o.Peers, o.Peers[0]) },
		"no address":          func(o *Options) { o.Bind = "" },
		"no directory":        func(o *Options) { o.Dir = "" },
		"no keys":             func(o *Options) { o.Keys = nil },
	} {
		o := good
		o.Dir = filepath.Join(c.dir, "never")
		spoil(&o)
		if l, err := Open(o); err == nil {
			l.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

package gateway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"xiangyi/cloud/gateway"
	"xiangyi/protocol"
	"xiangyi/replication/link"
)

// root is a county's certificate authority.
type root struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newRoot(t *testing.T) *root {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := &root{t: t, key: key}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	r.cert = r.sign(template, template, key)
	return r
}

func (r *root) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	r.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		r.t.Fatal(err)
	}
	return cert
}

// config is the mutual TLS of somebody with a certificate of this root.
func (r *root) config(name, unit string) *tls.Config {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	cert := r.sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name, OrganizationalUnit: []string{unit}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}, r.cert, key)
	pool := x509.NewCertPool()
	pool.AddCert(r.cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
}

type admitted struct{ revoked atomic.Bool }

func (a *admitted) Admitted(site protocol.Site) bool { return site == "v01" && !a.revoked.Load() }

func open(t *testing.T, r *root, a *admitted) *gateway.Gateway {
	t.Helper()
	g, err := gateway.Open(gateway.Config{Node: "n1", Stations: "127.0.0.1:0", TLS: r.config("n1", "node"), Admit: a, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func dial(t *testing.T, g *gateway.Gateway, site protocol.Site, c *tls.Config) *link.Link {
	t.Helper()
	l, err := link.Dial(link.Config{Site: site, Name: "test", Servers: []string{g.Addr()}, TLS: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// pull asks until there is an answer or the time is up.
func pull(t *testing.T, l *link.Link, most time.Duration) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	for {
		b, err := l.Pull(ctx, []byte("?"))
		if err == nil || ctx.Err() != nil {
			return string(b), err
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestAStationIsKnownByItsCertificateAlone(t *testing.T) {
	r := newRoot(t)
	g := open(t, r, &admitted{})
	if err := g.Pulls(func(_ context.Context, site protocol.Site, b []byte) ([]byte, error) {
		return []byte("hello " + site), nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := pull(t, dial(t, g, "v01", r.config("v01", "station")), 10*time.Second); err != nil || got != "hello v01" {
		t.Fatalf("the station got %q, %v", got, err)
	}
	for what, c := range map[string]*tls.Config{
		"a station that is not admitted": r.config("v02", "station"),
		"a node's certificate":           r.config("v01", "node"),
		"another county's certificate":   newRoot(t).config("v01", "station"),
	} {
		c.RootCAs = r.config("x", "station").RootCAs
		if got, err := pull(t, dial(t, g, "v01", c), time.Second); err == nil {
			t.Errorf("%s got %q", what, got)
		}
	}
}

func TestAStationCannotSpeakForAnother(t *testing.T) {
	r := newRoot(t)
	g := open(t, r, &admitted{})
	heard := make(chan string, 8)
	if err := g.Lead(func(site string, b []byte) (gateway.Wait, error) {
		heard <- site + " " + string(b)
		return func(context.Context) ([]byte, error) { return nil, nil }, nil
	}, func(_ context.Context, site string, b []byte) ([]byte, error) {
		heard <- "blob of " + site + " " + string(b)
		return b, nil
	}, func(context.Context, string, []byte) ([]byte, error) {
		heard <- "deed"
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	c, err := nats.Connect("nats://"+g.Addr(), nats.Secure(r.config("v01", "station")))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, subject := range []string{"u.v02", "b.v02", "p.n1", "n.do", "n.note", "u.v01"} {
		if err := c.Publish(subject, []byte(subject)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != "v01 u.v01" {
			t.Errorf("the leader heard %q from station v01", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the station's own frame was not heard")
	}
	if sub, err := c.SubscribeSync("i.v02.>"); err == nil {
		_ = c.Flush()
		if !sub.IsValid() || c.LastError() == nil {
			t.Error("a station may listen to another's answers")
		}
	}
}

func TestWithoutALeaderARequestFailsAtOnce(t *testing.T) {
	r := newRoot(t)
	g := open(t, r, &admitted{})
	l := dial(t, g, "v01", r.config("v01", "station"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !l.Up() {
		select {
		case <-ctx.Done():
			t.Fatal("no connection")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if _, err := l.Submit(ctx, []byte("frame")); !errors.Is(err, link.ErrDown) {
		t.Errorf("a frame without a leader: %v, want ErrDown", err)
	}
	if _, err := g.Ask(ctx, "do", nil); !errors.Is(err, protocol.ErrNotLeader) {
		t.Errorf("a deed without a leader: %v, want ErrNotLeader", err)
	}
	g.Follow() // never led: nothing to do
}

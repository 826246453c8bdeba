package county

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol/codec/idnumber"
	"xiangyi/protocol/seal"
)

func opened(t *testing.T, dir string, keep bool) (*County, error) {
	t.Helper()
	c, err := Open(Options{Dir: dir, Bin: "/bin", Self: os.Args[0], Keep: keep})
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

func TestAPlanGivesEverybodyAnAddressOfTheirOwn(t *testing.T) {
	c, err := opened(t, t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Address]bool{}
	for _, a := range c.Plan.listeners() {
		if host, _, err := net.SplitHostPort(string(a)); err != nil || host != "127.0.0.1" || seen[a] {
			t.Errorf("address %q: %v, seen before: %t", a, err, seen[a])
		}
		seen[a] = true
	}
	if want := 3 + 3*6 + 2*(11+2); len(seen) != want {
		t.Errorf("%d addresses, want %d", len(seen), want)
	}
	names := map[Name]bool{}
	for _, p := range c.Processes() {
		names[p.spec.Name] = true
	}
	for _, n := range []Name{"n1", "n2", "n3", "v01", "v02", "hospital", "line-v01", "paper-v02", "card-v01", "bp-01-v01", "tr-01-v02"} {
		if !names[n] {
			t.Errorf("no process %s", n)
		}
	}
}

func TestAKeptCountyStaysWhatItWas(t *testing.T) {
	dir := t.TempDir()
	c, err := opened(t, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	first := c.Plan
	secrets := read(t, filepath.Join(dir, "trust", "v01.json"))
	if err := os.WriteFile(filepath.Join(dir, "n1.data"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := opened(t, dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(kept.Plan, first) || !bytes.Equal(secrets, read(t, filepath.Join(dir, "trust", "v01.json"))) {
		t.Fatal("a kept county has other addresses or secrets")
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	fresh, err := opened(t, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "n1.data")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new county did not wipe the old one's data")
	}
	if fresh.Plan.Accounts[0].Password == first.Accounts[0].Password {
		t.Error("a new county has an old password")
	}
}

func TestADirectoryOfSomebodyElseIsNotWiped(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(file, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, dir, false); !errors.Is(err, errForeign) {
		t.Fatalf("open: %v", err)
	}
	if string(read(t, file)) != "years of work" {
		t.Fatal("it is gone")
	}
}

func TestTwoSandboxesDoNotShareADirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := opened(t, dir, false); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, dir, true); !errors.Is(err, errBusy) {
		t.Fatalf("the second one: %v", err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestConfigurationsNameFilesThatOnlyTheirOwnerReads reads what a station and a node are given, as they do.
func TestConfigurationsNameFilesThatOnlyTheirOwnerReads(t *testing.T) {
	dir := t.TempDir()
	c, err := opened(t, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	var s stationConfig
	var n nodeConfig
	for file, into := range map[string]any{"v01.json": &s, "n2.json": &n} {
		if err := json.Unmarshal(read(t, filepath.Join(dir, file)), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.County) != 1 || s.County[0] != c.Plan.Stations[0].Line.Near {
		t.Errorf("the station dials %v, not its line", s.County)
	}
	if len(n.Peers) != 3 || n.Peers[1].Raft != n.Raft || len(n.Sites) != 2 {
		t.Errorf("node: peers %v, sites %v", n.Peers, n.Sites)
	}
	for _, a := range c.Plan.Accounts {
		if n.Demo[a.Login] != a.Password {
			t.Errorf("node does not begin with the password of %s that is printed", a.Login)
		}
	}
	for _, file := range []string{s.Secrets, s.TLS.Key, n.Secrets, n.TLS.Key, configPath(dir, "v01")} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(file), info.Mode())
		}
	}
	checkSecrets(t, s, n)
}

func checkSecrets(t *testing.T, s stationConfig, n nodeConfig) {
	t.Helper()
	var station, county secrets
	for file, into := range map[string]*secrets{s.Secrets: &station, n.Secrets: &county} {
		if err := json.Unmarshal(read(t, file), into); err != nil {
			t.Fatal(err)
		}
	}
	if station.County != county.County || len(station.County) != 64 || station.Site == county.Site {
		t.Error("a station shares the county's secret, and has one of its own")
	}
	key, err := seal.ParsePrivateKey([]byte(county.Key))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(read(t, s.CountyKey)); got != hex.EncodeToString(key.Public().Marshal()) {
		t.Error("the station knows another key of the county")
	}
}

// TestAStationAndANodeKnowEachOther shakes hands over TLS in both directions, and keeps a stranger out.
func TestAStationAndANodeKnowEachOther(t *testing.T) {
	a, err := newAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b, err := newAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	node, station := mutual(t, a, "n1", UnitNode), mutual(t, a, "v01", UnitStation)
	peer, err := shake(t, node, station)
	if err != nil {
		t.Fatal(err)
	}
	if peer.Subject.CommonName != "v01" || strings.Join(peer.Subject.OrganizationalUnit, ",") != "station" {
		t.Errorf("the node sees %v", peer.Subject)
	}
	named := station.Clone()
	named.ServerName = "n1"
	if _, err := shake(t, node, named); err != nil {
		t.Errorf("a node is known by its name: %v", err)
	}
	if _, err := shake(t, station, node); err != nil {
		t.Errorf("nodes are clients of each other too: %v", err)
	}
	if _, err := shake(t, node, mutual(t, b, "v01", UnitStation)); err == nil {
		t.Error("a station of another county was let in")
	}
}

func mutual(t *testing.T, a *authority, name Name, unit Unit) *tls.Config {
	t.Helper()
	p, err := a.issue(name, unit)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(read(t, p.CA)) {
		t.Fatal("no root")
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool, ServerName: "127.0.0.1",
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
}

// shake gives the client's certificate as the server sees it.
func shake(t *testing.T, server, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	near, far := net.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		c := tls.Client(near, client)
		err := c.HandshakeContext(ctx)
		if err == nil {
			_, err = io.ReadAll(c) // the server's verdict on our certificate comes after the handshake
		}
		_ = near.Close()
		done <- err
	}()
	s := tls.Server(far, server)
	err := s.HandshakeContext(ctx)
	state := s.ConnectionState()
	_ = s.Close()
	if err := errors.Join(err, <-done); err != nil {
		return nil, err
	}
	return state.PeerCertificates[0], nil
}

func TestCardsAreOfNobodyAndOnlyTheForgedOneIsWrong(t *testing.T) {
	all := Cards()
	for i, c := range all {
		_, err := idnumber.Parse(c.Number)
		if forged := i == len(all)-1; forged != (err != nil) {
			t.Errorf("%s: %v", c.Name, err)
		}
		if !strings.HasPrefix(c.Number, "990101") || c.Number[6:14] != c.Birth {
			t.Errorf("%s has number %s, born %s", c.Name, c.Number, c.Birth)
		}
	}
}

func TestTheTableNamesEveryScreenAndAccount(t *testing.T) {
	c, err := opened(t, t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.Plan.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Plan.Addresses() {
		if !strings.Contains(b.String(), a.URL) {
			t.Errorf("%s %s is missing", a.Title, a.Part)
		}
	}
	for _, a := range c.Plan.Accounts {
		if !strings.Contains(b.String(), a.Login) || !strings.Contains(b.String(), a.Password) {
			t.Errorf("%s is missing", a.Login)
		}
	}
	for line := range strings.Lines(b.String()) {
		if width(strings.TrimRight(line, "\n")) > 110 {
			t.Errorf("too wide for a terminal: %s", line)
		}
	}
}

package rollout

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/edge/update"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

// scene is a county with one supervised station and an operator at the portal.
type scene struct {
	*testing.T
	ctx     context.Context
	county  *county.County
	bin     string
	home    *update.Home
	key     *seal.PrivateKey
	signer  seal.Certificate
	browser *outsider.Browser
	portal  string
}

func TestAnUpdateFromThePortalToAStationAndBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := &scene{T: t, ctx: ctx}
	s.open()
	s.supervise(s.configure())
	s.signIn()
	program, err := os.ReadFile(filepath.Join(s.bin, "station"))
	if err != nil {
		t.Fatal(err)
	}
	s.publish("1.5.0", program)
	s.publish("1.6.0", []byte("#!/bin/sh\nexit 3\n"))
	s.begin("1.5.0")
	s.until("1.5.0", "已是应有版本")
	if state, err := s.home.State(); err != nil || state.Good != "1.5.0" || state.Previous != "1.4.0" {
		t.Errorf("on the station's disk: %+v, %v", state, err)
	}
	s.begin("1.6.0")
	s.until("1.5.0", "没有成功，已退回原版本")
	if state, err := s.home.State(); err != nil || state.Good != "1.5.0" || state.Failed["1.6.0"].Reason != update.Exited {
		t.Errorf("on the station's disk: %+v, %v", state, err)
	}
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// open builds the programs, and starts the county's nodes.
func (s *scene) open() {
	s.Helper()
	module, err := county.Module(s.ctx)
	s.must(err)
	dir := s.TempDir()
	s.bin = filepath.Join(dir, "bin")
	s.must(county.Build(s.ctx, module, s.bin))
	self, err := os.Executable()
	s.must(err)
	s.county, err = county.Open(county.Options{Dir: filepath.Join(dir, "county"), Bin: s.bin, Self: self})
	s.must(err)
	s.Cleanup(func() {
		if err := s.county.Close(); err != nil {
			s.Error(err)
		}
	})
	for _, n := range s.county.Plan.Nodes {
		s.must(s.county.Process(n.ID).Start())
	}
	for _, n := range s.county.Plan.Nodes {
		s.await(string(n.ID), func() bool { return update.ReadyAt(string(n.Ops))(s.ctx) == nil })
	}
	s.portal = "http://" + string(s.county.Plan.Nodes[0].Portal)
}

// configure writes the configuration of a station that is updated, and the anchor.
func (s *scene) configure() string {
	s.Helper()
	var err error
	s.key, err = seal.NewPrivateKey(rand.Reader)
	s.must(err)
	now := time.Now()
	self, err := seal.Self(s.key, rand.Reader, seal.Holder{Name: "releases", From: now.Add(-time.Hour), To: now.AddDate(0, 1, 0)})
	s.must(err)
	s.signer = self.Cert
	dir := s.TempDir()
	anchors, config := filepath.Join(dir, "anchors.pem"), filepath.Join(dir, "station.json")
	s.must(os.WriteFile(anchors, self.Cert.MarshalPEM(), 0o600))
	raw, err := os.ReadFile(filepath.Join(s.county.Dir, "v01.json"))
	s.must(err)
	var c map[string]any
	s.must(json.Unmarshal(raw, &c))
	s.home = &update.Home{Dir: filepath.Join(dir, "programs")}
	var nodes []county.Address
	for _, n := range s.county.Plan.Nodes {
		nodes = append(nodes, n.Stations)
	}
	c["county"] = nodes // without the stand-in of the line
	c["updates"] = map[string]any{"home": s.home.Dir, "version": "1.4.0", "anchors": anchors, "readySeconds": 60, "goodSeconds": 3, "lookSeconds": 1}
	raw, err = json.Marshal(c)
	s.must(err)
	s.must(os.WriteFile(config, raw, 0o600))
	return config
}

// supervise runs the station as its box does.
func (s *scene) supervise(config string) {
	s.Helper()
	c := exec.Command(filepath.Join(s.bin, "station"), "-supervise", "-config", config)
	c.Stderr = s.Output()
	s.must(c.Start())
	s.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = c.Wait()
	})
}

func (s *scene) signIn() {
	s.Helper()
	var err error
	s.browser, err = outsider.NewBrowser(strings.TrimPrefix(s.portal, "http://"))
	s.must(err)
	s.Cleanup(s.browser.Close)
	password := s.county.Plan.Account("operator").Password
	s.await("the operator is let in", func() bool { return s.enter(password) })
	p, err := s.browser.Open(s.ctx, s.portal+"/identity/password")
	s.must(err)
	if f, err := p.Form("/do/identity.set-password"); err == nil {
		values := map[string]string{}
		for _, field := range f.Fields {
			if field.Type == "password" {
				values[field.Name] = password + "-2"
			}
		}
		p, err = s.browser.Submit(s.ctx, f, values)
		s.must(errors.Join(err, p.OK()))
	}
}

// enter tries to sign in: a county that has just begun may not know its people yet.
func (s *scene) enter(password string) bool {
	p, err := s.browser.Open(s.ctx, s.portal+"/identity/signin")
	if err != nil {
		return false
	}
	f, err := p.Form("/identity/enter")
	if err != nil {
		return false
	}
	p, err = s.browser.Submit(s.ctx, f, map[string]string{"login": "operator", "password": password})
	return err == nil && p.OK() == nil
}

func (s *scene) page() *outsider.Page {
	s.Helper()
	p, err := s.browser.Open(s.ctx, s.portal+"/fleet")
	s.must(err)
	s.must(p.OK())
	return p
}

func (s *scene) publish(v release.Version, program []byte) {
	s.Helper()
	raw, err := release.Pack(program, release.About{Version: v, After: "1.4.0", Target: runtime.GOOS + "/" + runtime.GOARCH}, s.key, s.signer, rand.Reader)
	s.must(err)
	f, err := s.page().Form("/do/fleet.publish")
	s.must(err)
	p, err := s.browser.SubmitFile(s.ctx, f, nil, "package", raw)
	s.must(err)
	if !p.Says(string(v)) || p.OK() != nil {
		s.Fatalf("%s was not published: %s", v, p.Short())
	}
}

func (s *scene) begin(v release.Version) {
	s.Helper()
	f, err := s.page().Form("/do/fleet.start")
	s.must(err)
	p, err := s.browser.Submit(s.ctx, f, map[string]string{"version": string(v), "sites": "v01"})
	s.must(err)
	if !p.Says("进行中") {
		s.Fatalf("the rollout of %s did not begin: %s", v, p.Short())
	}
}

// until waits for what the page says of the station.
func (s *scene) until(runs release.Version, words string) {
	s.Helper()
	s.await(words, func() bool {
		_, rest, _ := strings.Cut(s.page().Text, "v01")
		row, _, _ := strings.Cut(rest, "v02")
		return strings.Contains(row, words) && strings.Contains(row, string(runs))
	})
}

func (s *scene) await(what string, is func() bool) {
	s.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-s.ctx.Done():
			if s.browser != nil {
				p, err := s.browser.Open(context.Background(), s.portal+"/fleet")
				s.Log(p.Text, err)
			}
			s.Fatal(errors.New("it did not come to this: " + what))
		case <-again.C:
		}
	}
}

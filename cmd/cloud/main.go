// Command cloud runs one node of the county's cluster: ledger, gateway, portal
// and, while it leads, the joins with the hospital and the messenger.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"xiangyi/cloud/cluster"
	"xiangyi/cmd/internal/boot"
	"xiangyi/cmd/internal/demo"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// file is the configuration file.
type file struct {
	Node     string `json:"node"`
	Dir      string `json:"dir"`
	Raft     string `json:"raft"`
	Stations string `json:"stations"`
	Routes   string `json:"routes"`
	Portal   string `json:"portal"`
	Ops      string `json:"ops"`
	Peers    []struct {
		ID     string `json:"id"`
		Raft   string `json:"raft"`
		Routes string `json:"routes"`
	} `json:"peers"`
	TLS      boot.TLSFiles `json:"tls"`
	Secrets  string        `json:"secrets"`
	Hospital struct {
		Addr         string  `json:"addr"`
		Listen       string  `json:"listen"`
		Organisation care.ID `json:"organisation"`
	} `json:"hospital"`
	Sites   []protocol.Site `json:"sites"`
	SMSDir  string          `json:"smsDir"`
	Backups struct {
		Dir   string `json:"dir"`
		Hours int    `json:"hours"` // between two; 0: 24
		Keep  int    `json:"keep"`  // 0: 7
	} `json:"backups"`
	Theme string            `json:"theme"`
	Check string            `json:"check"`
	Demo  map[string]string `json:"demo"` // first password of each demonstration login; empty: no demonstration
}

func main() { boot.Main("cloud", run) }

func run(ctx context.Context, path string, log *slog.Logger) error {
	var f file
	if err := boot.Load(path, &f); err != nil {
		return err
	}
	c, err := f.config(log)
	if err != nil {
		return err
	}
	n, err := cluster.Open(c)
	if err != nil {
		return err
	}
	log.Info("node is open", "node", f.Node, "portal", f.Portal)
	if err := n.Run(ctx); ctx.Err() == nil {
		return err // its disk failed, most likely, and closing would wait for it without end
	}
	return n.Close()
}

func (f *file) config(log *slog.Logger) (cluster.Config, error) {
	c := cluster.Config{
		Node: f.Node, Dir: f.Dir, Raft: f.Raft, Stations: f.Stations, Routes: f.Routes, Portal: f.Portal, Ops: f.Ops,
		Hospital: cluster.HospitalConfig(f.Hospital),
		Sites:    f.Sites, SMSDir: f.SMSDir, Theme: f.Theme, Now: time.Now, Rand: rand.Reader, Log: log,
	}
	for _, p := range f.Peers {
		c.Peers = append(c.Peers, cluster.Peer{ID: p.ID, Raft: p.Raft, Routes: p.Routes})
	}
	if b := f.Backups; b.Dir != "" {
		c.Backups = cluster.Backups{Dir: b.Dir, Every: time.Duration(cmp.Or(b.Hours, 24)) * time.Hour, Keep: cmp.Or(b.Keep, 7)}
		if b.Hours < 0 || b.Keep < 0 {
			return c, errors.New("configuration: backups.hours and backups.keep are numbers above zero")
		}
		if err := os.MkdirAll(b.Dir, 0o700); err != nil {
			return c, fmt.Errorf("configuration: backups.dir: %w", err)
		}
	}
	if len(f.Demo) > 0 {
		c.Seed = demo.Requests(f.Sites, f.Demo)
	}
	var err error
	if c.Check, err = boot.Origin(f.Check); err != nil {
		return c, err
	}
	if c.TLS, err = f.TLS.Config(); err != nil {
		return c, err
	}
	c.Secrets, err = boot.Secrets(f.Secrets)
	return c, err
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/cloud/cluster"
	"xiangyi/cmd/internal/cell"
	"xiangyi/cmd/internal/demo"
	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// node runs a county of one node that keeps backups in a folder, and gives its
// operators' address, with the files of its secrets and its public key.
func node(t *testing.T, backups string) (ops, secrets, public string) {
	t.Helper()
	trust, err := cell.NewTrust()
	if err != nil {
		t.Fatal(err)
	}
	own, err := trust.Issue("n1", "node")
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := cell.Free(5)
	if err != nil {
		t.Fatal(err)
	}
	sites := []protocol.Site{"v01"}
	n, err := cluster.Open(cluster.Config{Node: "n1", Dir: t.TempDir(), Raft: addr[0], Stations: addr[1], Routes: addr[2], Portal: addr[3], Ops: addr[4],
		Peers: []cluster.Peer{{ID: "n1", Raft: addr[0], Routes: addr[2]}}, TLS: own, Secrets: seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key},
		Sites: sites, Backups: cluster.Backups{Dir: backups, Every: time.Hour, Keep: 3}, Seed: demo.Requests(sites, map[string]string{"doctor1": "Demo-pass-1"}),
		Theme: "xiangyi", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	secrets, public = filepath.Join(dir, "secrets.json"), filepath.Join(dir, "county.pub")
	text, err := key.MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(map[string]string{"county": hex.EncodeToString(append([]byte{1}, make([]byte, 31)...)),
		"site": hex.EncodeToString(append([]byte{2}, make([]byte, 31)...)), "key": string(text)})
	if err != nil {
		t.Fatal(err)
	}
	mine := key.Public()
	for name, content := range map[string][]byte{secrets: raw, public: []byte(hex.EncodeToString(mine.Marshal()))} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return addr[4], secrets, public
}

// ctl runs xyctl.
func ctl(args ...string) (code int, said map[string]any, text string) {
	var out, complaints bytes.Buffer
	code = run(&out, &complaints, args)
	_ = json.Unmarshal(out.Bytes(), &said) // a complaint is no JSON
	return code, said, out.String() + complaints.String()
}

func TestABackupOfARunningNodeIsProven(t *testing.T) {
	dir := t.TempDir()
	ops, secrets, public := node(t, dir)
	path := ""
	for size := 0.0; size < 10; { // until the county that just began has something to keep
		code, said, text := ctl("backup", "now", "--node", ops)
		if code != 0 {
			t.Fatalf("backup now: %d %s", code, text)
		}
		path, size = said["path"].(string), said["size"].(float64)
	}
	code, said, text := ctl("backup", "prove", "--in", path, "--secrets", secrets, "--key", public, "--aside", t.TempDir())
	if code != 0 || said["ok"] != true || said["size"].(float64) < 10 {
		t.Errorf("prove: %d %s", code, text)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(dir, "torn")
	if err := os.WriteFile(torn, whole[:len(whole)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said, text := ctl("backup", "prove", "--in", torn, "--secrets", secrets, "--key", public); code != 1 || said["ok"] != false || !strings.Contains(text, "whole") {
		t.Errorf("a torn one: %d %s", code, text)
	}
	if code, _, text := ctl("backup", "now", "--node", "127.0.0.1:1"); code == 0 || !strings.Contains(text, "does not answer") {
		t.Errorf("nobody there: %d %s", code, text)
	}
}

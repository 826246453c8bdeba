package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/ledger"
	"xiangyi/cmd/internal/boot"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
)

// backupNow has a node make a backup, and waits for it.
func backupNow(out io.Writer, args []string) error {
	var node string
	if err := options("backup now", args, func(f *flag.FlagSet) { f.StringVar(&node, "node", "", "") }); err != nil {
		return err
	}
	if node == "" {
		return errors.New("--node is missing: the \"ops\" address of a node")
	}
	if !strings.Contains(node, "://") {
		node = "http://" + node
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, strings.TrimSuffix(node, "/")+"/backup", nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(req) // as long as the disk takes
	if err != nil {
		return fmt.Errorf("%s does not answer", node)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, mostStatus))
	if err != nil || r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", node, strings.TrimSpace(string(body)))
	}
	var made ledger.Backup
	if err := json.Unmarshal(body, &made); err != nil {
		return fmt.Errorf("%s: %w", node, err)
	}
	return line(out, map[string]any{"path": made.Path, "bytes": made.Size, "at": made.Head.At, "size": made.Head.Size})
}

// backupProve is the drill: it restores a backup aside, audits all of it, and leaves
// nothing behind.
func backupProve(out io.Writer, args []string) error {
	var file, secrets, keyFile, aside string
	if err := options("backup prove", args, func(f *flag.FlagSet) {
		f.StringVar(&file, "in", "", "")
		f.StringVar(&secrets, "secrets", "", "")
		f.StringVar(&keyFile, "key", "", "")
		f.StringVar(&aside, "aside", "", "")
	}); err != nil {
		return err
	}
	if file == "" || secrets == "" || keyFile == "" {
		return errors.New("--in (the backup), --secrets (the county's) and --key (the county's public key) are needed")
	}
	key, err := boot.PublicKey(keyFile)
	if err != nil {
		return err
	}
	s, err := boot.Secrets(secrets)
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	head, size, err := ledger.ProveBackup(f, aside, seal.Derived(s), rand.Reader, key)
	said := map[string]any{"backup": file, "at": head.At, "size": size, "ok": true}
	var fault *ledger.Fault
	if err == nil || errors.As(err, &fault) || errors.Is(err, proof.ErrHead) || errors.Is(err, ledger.ErrBackup) {
		return judged(out, said, err)
	}
	return err
}

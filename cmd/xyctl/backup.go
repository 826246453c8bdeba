package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"

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
	var made ledger.Backup
	if err := request(context.Background(), http.MethodPost, node, "/backup", &made); err != nil { // as long as the disk takes
		return err
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

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"xiangyi/cloud/ledger"
	"xiangyi/cmd/internal/boot"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
)

// ask gets a paper from a node's operators' door.
func ask(addr, path string, paper any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return request(ctx, http.MethodGet, addr, path, paper)
}

func request(ctx context.Context, method, addr, path string, paper any) error {
	if !strings.Contains(addr, "://") {
		addr = "http://" + addr
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(addr, "/")+path, nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not answer", addr)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, mostStatus))
	if err != nil || r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", addr, strings.TrimSpace(string(body)))
	}
	return json.Unmarshal(body, paper)
}

// auditHead fetches the head of the proof log as it stands, to be kept.
func auditHead(out io.Writer, args []string) error {
	var node, to string
	if err := options("audit head", args, func(f *flag.FlagSet) {
		f.StringVar(&node, "node", "", "")
		f.StringVar(&to, "out", "", "")
	}); err != nil {
		return err
	}
	if node == "" {
		return errors.New("--node is missing: the \"ops\" address of a node")
	}
	var h proof.Head
	if err := ask(node, "/head", &h); err != nil {
		return err
	}
	return put(out, to, h)
}

// auditProve fetches the proof that a Change is in the log.
func auditProve(out io.Writer, args []string) error {
	var node, to, change, since string
	if err := options("audit prove", args, func(f *flag.FlagSet) {
		f.StringVar(&node, "node", "", "")
		f.StringVar(&change, "change", "", "")
		f.StringVar(&since, "since", "", "")
		f.StringVar(&to, "out", "", "")
	}); err != nil {
		return err
	}
	if node == "" || change == "" {
		return errors.New("--node (the \"ops\" address of a node) and --change (a position such as v01.2fwwc1mv0t2pp.1.7) are needed")
	}
	query := url.Values{"change": {change}}
	if since != "" {
		var h proof.Head
		if err := read(since, &h); err != nil {
			return err
		}
		query.Set("since", strconv.FormatUint(h.Size, 10))
	}
	var p proof.Proof
	if err := ask(node, "/proof?"+query.Encode(), &p); err != nil {
		return err
	}
	return put(out, to, p)
}

// auditVerify checks a proof, or all that a node stores, without asking anybody.
func auditVerify(out io.Writer, args []string) error {
	var paper, data, secrets, keyFile, headFile string
	if err := options("audit verify", args, func(f *flag.FlagSet) {
		f.StringVar(&paper, "proof", "", "")
		f.StringVar(&data, "data", "", "")
		f.StringVar(&secrets, "secrets", "", "")
		f.StringVar(&keyFile, "key", "", "")
		f.StringVar(&headFile, "head", "", "")
	}); err != nil {
		return err
	}
	if (paper == "") == (data == "") || keyFile == "" {
		return errors.New("name --key (the county's public key), and either --proof FILE or --data DIR with --secrets FILE")
	}
	key, err := boot.PublicKey(keyFile)
	if err != nil {
		return err
	}
	var head *proof.Head
	if headFile != "" {
		head = &proof.Head{}
		if err := read(headFile, head); err != nil {
			return err
		}
	}
	if data != "" {
		return auditData(out, data, secrets, key, head)
	}
	var p proof.Proof
	if err := read(paper, &p); err != nil {
		return err
	}
	said := map[string]any{"change": p.Entry, "index": p.Index, "size": p.Head.Size, "at": p.Head.At, "ok": true}
	return judged(out, said, p.Check(key, head))
}

// auditData compares every entry that a stopped node stores with its log, and the log
// with a head that somebody kept.
func auditData(out io.Writer, dir, secrets string, key seal.PublicKey, head *proof.Head) error {
	s, err := boot.Secrets(secrets)
	if err != nil {
		return err
	}
	size, err := ledger.AuditDirectory(dir, seal.Derived(s), rand.Reader, head, key)
	said := map[string]any{"data": dir, "size": size, "ok": true}
	var fault *ledger.Fault
	if errors.As(err, &fault) {
		said["index"], said["change"] = fault.Index, fault.Entry
		return judged(out, said, err)
	}
	if errors.Is(err, proof.ErrHead) {
		return judged(out, said, err)
	}
	if err != nil {
		return err
	}
	return judged(out, said, nil)
}

// judged prints true or false, and why.
func judged(out io.Writer, said map[string]any, err error) error {
	if err != nil {
		said["ok"], said["reason"] = false, err.Error()
	}
	if err := line(out, said); err != nil {
		return err
	}
	if err != nil {
		return errFalse
	}
	return nil
}

func read(file string, paper any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, paper); err != nil {
		return fmt.Errorf("%s is no paper of the proof log", file)
	}
	return nil
}

// put writes a paper to a file, or prints it.
func put(out io.Writer, file string, paper any) error {
	b, err := json.Marshal(paper, jsontext.WithIndent(" "))
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if file == "" {
		_, err = out.Write(b)
		return err
	}
	return os.WriteFile(file, b, 0o644)
}

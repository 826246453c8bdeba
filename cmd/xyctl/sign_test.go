package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// desk is a folder in which somebody signs, with our tool and with openssl.
type desk struct {
	*testing.T
	dir string
}

func newDesk(t *testing.T) desk { return desk{t, t.TempDir()} }

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d desk) write(name, content string) string {
	d.Helper()
	if err := os.WriteFile(d.path(name), []byte(content), 0o600); err != nil {
		d.Fatal(err)
	}
	return d.path(name)
}

// xyctl runs our tool; files are named without their folder.
func (d desk) xyctl(want int, args ...string) (said map[string]any, complaint string) {
	d.Helper()
	for i := range args {
		if i > 0 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") && !strings.Contains("--name --organisation --days --at", args[i-1]) {
			args[i] = d.path(args[i])
		}
	}
	var out, complaints bytes.Buffer
	if code := run(&out, &complaints, args); code != want {
		d.Fatalf("xyctl %s: %d, want %d: %s%s", strings.Join(args, " "), code, want, out.String(), complaints.String())
	}
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &said); err != nil {
			d.Fatalf("%s: %v", out.String(), err)
		}
	}
	return said, complaints.String()
}

func (d desk) openssl(args ...string) {
	d.Helper()
	c := exec.Command("openssl", args...)
	c.Dir = d.dir
	if out, err := c.CombinedOutput(); err != nil {
		d.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

var sm2 = []string{"-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"}

// What we sign openssl accepts, and what openssl signs we accept, with the keys and
// certificates of either.
func TestSignaturesOfOpensslAndOursAreTheSame(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil && os.Getenv("REQUIRE_BROWSER") == "" {
		t.Skip("openssl is not on this machine; the gate has it")
	}
	d := newDesk(t)
	d.write("doc", "二甲双胍 0.5 g，每日两次\n")
	d.xyctl(0, "keys", "new", "--name", "区村医", "--key", "ours.key", "--cert", "ours.pem")
	d.openssl("ecparam", "-name", "SM2", "-genkey", "-out", "sec1.key") // behind its parameters
	d.openssl("genpkey", "-algorithm", "SM2", "-out", "pkcs8.key")
	for _, k := range []string{"sec1", "pkcs8"} {
		d.openssl("req", "-new", "-x509", "-sm3", "-key", k+".key", "-out", k+".pem", "-days", "30", "-subj", "/CN="+k, "-sigopt", "distid:1234567812345678")
	}
	for _, k := range []string{"ours", "sec1", "pkcs8"} {
		d.xyctl(0, "sign", "--key", k+".key", "--cert", k+".pem", "--in", "doc", "--out", k+".sig")
		d.openssl("x509", "-in", k+".pem", "-pubkey", "-noout", "-out", k+".pub")
		d.openssl(append([]string{"pkeyutl", "-verify", "-pubin", "-inkey", k + ".pub", "-in", "doc", "-sigfile", k + ".sig"}, sm2...)...)
		d.openssl(append([]string{"pkeyutl", "-sign", "-inkey", k + ".key", "-in", "doc", "-out", k + ".sig2"}, sm2...)...)
		if said, _ := d.xyctl(0, "verify", "--cert", k+".pem", "--in", "doc", "--sig", k+".sig2"); said["ok"] != true {
			t.Errorf("%s: %v", k, said)
		}
	}
	d.openssl("pkcs8", "-topk8", "-in", "pkcs8.key", "-out", "locked.key", "-passout", "pass:demo")
	if _, why := d.xyctl(2, "sign", "--key", "locked.key", "--cert", "pkcs8.pem", "--in", "doc", "--out", "x"); !strings.Contains(why, "encrypted") {
		t.Errorf("a locked key: %s", why)
	}
}

func TestASignatureThatDoesNotHoldSaysWhy(t *testing.T) {
	d := newDesk(t)
	d.write("doc", "第一版")
	d.write("other", "第二版")
	d.write("nothing", "")
	d.xyctl(0, "keys", "new", "--name", "示例县卫生健康局", "--key", "ca.key", "--cert", "ca.pem", "--days", "3650")
	d.xyctl(0, "keys", "new", "--name", "别的机构", "--key", "ca2.key", "--cert", "ca2.pem")
	d.xyctl(0, "keys", "new", "--name", "区村医", "--key", "a.key", "--cert", "a.pem", "--ca", "ca.pem", "--ca-key", "ca.key")
	d.xyctl(0, "keys", "new", "--name", "仇村医", "--key", "b.key", "--cert", "b.pem", "--ca", "ca.pem", "--ca-key", "ca.key")
	d.xyctl(0, "sign", "--key", "a.key", "--cert", "a.pem", "--in", "doc", "--out", "sig")
	said, _ := d.xyctl(0, "verify", "--cert", "a.pem", "--in", "doc", "--sig", "sig", "--roots", "ca.pem")
	if said["ok"] != true || said["trusted"] != "yes" || !strings.Contains(said["subject"].(string), "区村医") {
		t.Errorf("%v", said)
	}
	signature, err := os.ReadFile(d.path("sig"))
	if err != nil {
		t.Fatal(err)
	}
	d.write("long", string(signature)+"\x00")
	d.write("short", string(signature[:len(signature)-1]))
	later := time.Now().AddDate(2, 0, 0).UTC().Format(time.RFC3339)
	for _, tt := range []struct {
		reason string
		args   []string
	}{
		{"does not fit", []string{"--cert", "a.pem", "--in", "other", "--sig", "sig"}},
		{"does not fit", []string{"--cert", "b.pem", "--in", "doc", "--sig", "sig"}},
		{"does not fit", []string{"--cert", "a.pem", "--in", "doc", "--sig", "long"}},
		{"does not fit", []string{"--cert", "a.pem", "--in", "doc", "--sig", "short"}},
		{"does not fit", []string{"--cert", "a.pem", "--in", "doc", "--sig", "nothing"}},
		{"has expired", []string{"--cert", "a.pem", "--in", "doc", "--sig", "sig", "--at", later}},
		{"not valid yet", []string{"--cert", "a.pem", "--in", "doc", "--sig", "sig", "--at", "2020-01-01T00:00:00Z"}},
		{"not of an authority", []string{"--cert", "a.pem", "--in", "doc", "--sig", "sig", "--roots", "ca2.pem"}},
	} {
		said, _ := d.xyctl(1, append([]string{"verify"}, tt.args...)...)
		if reason, _ := said["reason"].(string); said["ok"] != false || !strings.Contains(reason, tt.reason) {
			t.Errorf("%v: %v, want %q", tt.args, said, tt.reason)
		}
	}
	for _, tt := range []struct {
		words string
		args  []string
	}{
		{"another key", []string{"sign", "--key", "b.key", "--cert", "a.pem", "--in", "doc", "--out", "x"}},
		{"binds nobody", []string{"sign", "--key", "a.key", "--cert", "a.pem", "--in", "nothing", "--out", "x"}},
		{"not an SM2 private key", []string{"sign", "--key", "a.pem", "--cert", "a.pem", "--in", "doc", "--out", "x"}},
		{"not an SM2 certificate", []string{"sign", "--key", "a.key", "--cert", "doc", "--in", "doc", "--out", "x"}},
		{"--out is missing", []string{"sign", "--key", "a.key", "--cert", "a.pem", "--in", "doc"}},
		{"no such file", []string{"verify", "--cert", "a.pem", "--in", "gone", "--sig", "sig"}},
		{"file exists", []string{"keys", "new", "--name", "x", "--key", "a.key", "--cert", "new.pem"}},
		{"file already exists", []string{"keys", "new", "--name", "x", "--key", "new.key", "--cert", "a.pem"}},
		{"written over", []string{"sign", "--key", "a.key", "--cert", "a.pem", "--in", "doc", "--out", "doc"}},
		{"written over", []string{"sign", "--key", "a.key", "--cert", "a.pem", "--in", "doc", "--out", "a.key"}},
		{"no such file", []string{"verify", "--cert", "a.pem", "--in", "doc", "--sig", "sig", "--roots", "gone.pem"}},
		{"no such file", []string{"verify", "--cert", "a.pem", "--in", "doc", "--sig", "sig", "--roots", "ca.pem", "--crl", "gone.crl"}},
		{"name --roots", []string{"verify", "--cert", "a.pem", "--in", "doc", "--sig", "sig", "--crl", "sig"}},
		{"may not issue", []string{"keys", "new", "--name", "x", "--key", "n.key", "--cert", "n.pem", "--ca", "a.pem", "--ca-key", "a.key"}},
		{"belong together", []string{"keys", "new", "--name", "x", "--key", "n.key", "--cert", "n.pem", "--ca", "ca.pem"}},
	} {
		if _, why := d.xyctl(2, tt.args...); !strings.Contains(why, tt.words) {
			t.Errorf("%v: %s, want %q", tt.args, why, tt.words)
		}
	}
	if _, err := os.Stat(d.path("new.key")); err == nil {
		t.Error("a key was left behind without its certificate")
	}
}

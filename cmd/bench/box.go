package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"iter"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"xiangyi/cmd/internal/cell"
	"xiangyi/protocol/seal"
)

// box is a station as a process of its own, and its files.
type box struct {
	dir     string
	program string
	file    string
	kiosk   string
	desk    string
	ops     string
	secrets seal.Secrets
	cmd     *exec.Cmd
}

// newBox writes a station's files. The county's addresses lead nowhere: a
// station does not need one.
func newBox(r *run) (*box, error) {
	b := &box{dir: r.dir, program: filepath.Join(r.dir, "station"), file: filepath.Join(r.dir, "station.json")}
	build := exec.CommandContext(r.ctx, "go", "build", "-o", b.program, "xiangyi/cmd/station")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the station: %w", err)
	}
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	b.secrets = seal.Secrets{County: [32]byte{1}, Site: [32]byte{2}, Key: key}
	if err := b.writeSecrets(); err != nil {
		return nil, err
	}
	if err := b.writeCertificate(); err != nil {
		return nil, err
	}
	return b, b.writeConfig()
}

func (b *box) path(name string) string { return filepath.Join(b.dir, name) }

func (b *box) writeSecrets() error {
	key, err := b.secrets.Key.MarshalPEM()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]string{
		"county": hex.EncodeToString(b.secrets.County[:]), "site": hex.EncodeToString(b.secrets.Site[:]), "key": string(key)})
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.path("secrets.json"), raw, 0o600); err != nil {
		return err
	}
	public := b.secrets.Key.Public()
	return os.WriteFile(b.path("county.pub"), []byte(hex.EncodeToString(public.Marshal())), 0o600)
}

func (b *box) writeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "v01", OrganizationalUnit: []string{"station"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(b.path("cert.pem"), cert, 0o600); err != nil {
		return err
	}
	return os.WriteFile(b.path("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}

func (b *box) writeConfig() error {
	addr, err := cell.Free(5)
	if err != nil {
		return err
	}
	b.kiosk, b.desk, b.ops = addr[0], addr[1], addr[2]
	raw, err := json.Marshal(map[string]any{
		"site": "v01", "name": "青石村卫生站", "dir": b.path("data"), "kiosk": b.kiosk, "desk": b.desk, "ops": b.ops, "mqtt": addr[3],
		"county": []string{addr[4]}, "tls": map[string]string{"ca": b.path("cert.pem"), "cert": b.path("cert.pem"), "key": b.path("key.pem")},
		"secrets": b.path("secrets.json"), "countyKey": b.path("county.pub"), "terminal": "v01-kiosk", "theme": "xiangyi",
		"screenWidthPx": 1080, "screenWidthMM": 398})
	if err != nil {
		return err
	}
	return os.WriteFile(b.file, raw, 0o600)
}

// start runs the station, and gives the time from its start to the first page
// that it serves.
func (b *box) start(ctx context.Context) (time.Duration, error) {
	log, err := os.Create(b.path("station.log"))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	b.cmd = exec.CommandContext(ctx, b.program, "-config", b.file)
	b.cmd.Stderr = log
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	b.cmd.Cancel = func() error { return b.cmd.Process.Signal(syscall.SIGTERM) }
	b.cmd.WaitDelay = 10 * time.Second
	began := time.Now()
	if err := b.cmd.Start(); err != nil {
		return 0, err
	}
	for time.Since(began) < 2*time.Minute {
		r, err := http.Get("http://" + b.kiosk + "/")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	said, _ := os.ReadFile(b.path("station.log"))
	return 0, fmt.Errorf("the station does not serve; it said: %s", said)
}

// settle waits until the station has nothing to do: its followers read the
// feed of what was filled in behind their back, once, and a station that runs
// is not in that state.
func (b *box) settle(ctx context.Context) error {
	calm := 0
	for last := b.cpu(); calm < 4; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		now := b.cpu()
		if calm++; now-last > 5 { // of 50 ticks
			calm = 0
		}
		last = now
	}
	return nil
}

// cpu is the process's time so far, in ticks of 10 ms.
func (b *box) cpu() int { return cpuOf(b.cmd.Process.Pid) }

func cpuOf(pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 15 {
		return 0
	}
	user, _ := strconv.Atoi(fields[13])
	system, _ := strconv.Atoi(fields[14])
	return user + system
}

// stop ends the process that start began, and waits.
func (b *box) stop() {
	if b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	_ = b.cmd.Wait() // how it ends does not matter here
	b.cmd = nil
}

var quiet = slog.New(slog.DiscardHandler)

func lines(s string) iter.Seq[string] { return strings.SplitSeq(s, "\n") }

// Package boot is what the programs share to begin: configuration files, keys,
// certificates, logs, and an orderly end.
package boot

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"xiangyi/protocol/seal"
)

// Load reads a configuration file into v. A name that v does not know is an
// error: a misspelt setting must not be silently the default.
func Load(path string, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}

// Origin checks an address under which a host is reached: a scheme and a host,
// nothing after. Empty is none.
func Origin(address string) (string, error) {
	u, err := url.Parse(address)
	if address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.String() != u.Scheme+"://"+u.Host) {
		return "", fmt.Errorf("configuration: %q is no address such as https://health.example", address)
	}
	return address, nil
}

// TLSFiles names the files of a certificate.
type TLSFiles struct {
	CA   string `json:"ca"`
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// Config makes the mutual TLS of a site: its own certificate, and the county's
// root for whoever it talks to.
func (f TLSFiles) Config() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	root, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("root certificate: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("root certificate %s: none in it", f.CA)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}, nil
}

// secretsFile is how secrets stand on disk, readable by their owner alone.
type secretsFile struct {
	County string `json:"county"`
	Site   string `json:"site"`
	Key    string `json:"key"`
}

// Secrets reads a site's secrets. The file must not be readable by others.
func Secrets(path string) (seal.Secrets, error) {
	info, err := os.Stat(path)
	if err != nil {
		return seal.Secrets{}, fmt.Errorf("secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return seal.Secrets{}, fmt.Errorf("secrets %s: others can read it; set its mode to 0600", path)
	}
	var f secretsFile
	if err := Load(path, &f); err != nil {
		return seal.Secrets{}, fmt.Errorf("secrets: %w", err)
	}
	var s seal.Secrets
	for _, part := range []struct {
		text string
		into *[32]byte
	}{{f.County, &s.County}, {f.Site, &s.Site}} {
		b, err := hex.DecodeString(part.text)
		if err != nil || len(b) != 32 {
			return s, fmt.Errorf("secrets %s: want 64 hexadecimal digits", path)
		}
		*part.into = [32]byte(b)
	}
	if s.Key, err = seal.ParsePrivateKey([]byte(f.Key)); err != nil {
		return s, fmt.Errorf("secrets %s: %w", path, err)
	}
	return s, nil
}

// PublicKey reads the hexadecimal point of a public key.
func PublicKey(path string) (seal.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return seal.PublicKey{}, fmt.Errorf("county key: %w", err)
	}
	b, err := hex.DecodeString(string(text))
	if err != nil {
		return seal.PublicKey{}, fmt.Errorf("county key %s: %w", path, err)
	}
	return seal.ParsePublicKey(b)
}

// Main runs a program: -config names its file, -v says more. It ends with the
// context, at an interrupt or at a failure, and with a status that says which.
func Main(name string, run func(ctx context.Context, config string, log *slog.Logger) error) {
	config := flag.String("config", name+".json", "configuration file")
	verbose := flag.Bool("v", false, "say more")
	flag.Parse()
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *config, log)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Error(name+" ends", "err", err)
		os.Exit(1)
	}
}

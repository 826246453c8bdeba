package county

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"xiangyi/protocol/seal"
)

// Unit is what a certificate's holder is: the OU of its subject.
type Unit string

// The units that a county tells apart.
const (
	UnitStation Unit = "station"
	UnitNode    Unit = "node"
)

// life is how long certificates of a sandbox hold: longer than anybody keeps one, shorter than a real one's.
const life = 90 * 24 * time.Hour

// authority signs the certificates of one county.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
	rand io.Reader
}

// newAuthority mints a certification authority and writes its certificate; its key is forgotten with the process.
func newAuthority(dir string, now time.Time) (*authority, error) {
	a := &authority{dir: dir, now: now, rand: rand.Reader}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), a.rand); err != nil {
		return nil, fmt.Errorf("mint authority: %w", err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "sandbox county", OrganizationalUnit: []string{"authority"}},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := a.sign(template, template, &a.key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("mint authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("mint authority: %w", err)
	}
	return a, a.write("ca.pem", "CERTIFICATE", der)
}

func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PublicKey) ([]byte, error) {
	serial, err := rand.Int(a.rand, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	// A clock that is a little behind must not see a certificate from the future.
	template.NotBefore, template.NotAfter = a.now.Add(-time.Hour), a.now.Add(life)
	return x509.CreateCertificate(a.rand, template, parent, key, a.key)
}

// Pair are the files of a certificate and its key.
type Pair struct {
	CA   string `json:"ca"`
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// issue mints a key and a certificate that serves both ends of a connection.
func (a *authority) issue(name Name, unit Unit) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.rand)
	if err != nil {
		return Pair{}, fmt.Errorf("mint certificate of %s: %w", name, err)
	}
	der, err := a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: string(name), OrganizationalUnit: []string{string(unit)}},
		DNSNames:    []string{string(name), "localhost"}, // nodes know each other by name
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, a.cert, &key.PublicKey)
	if err != nil {
		return Pair{}, fmt.Errorf("mint certificate of %s: %w", name, err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("mint certificate of %s: %w", name, err)
	}
	p := Pair{CA: a.path("ca.pem"), Cert: a.path(string(name) + ".pem"), Key: a.path(string(name) + ".key")}
	if err := a.write(string(name)+".key", "PRIVATE KEY", pkcs8); err != nil {
		return Pair{}, err
	}
	return p, a.write(string(name)+".pem", "CERTIFICATE", der)
}

func (a *authority) path(file string) string { return filepath.Join(a.dir, file) }

func (a *authority) write(file, kind string, der []byte) error {
	b := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(a.path(file), b, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// secrets is the file that a site's keyring starts from: seal.Secrets as text.
type secrets struct {
	County string `json:"county"` // 64 hex, the same for the whole county
	Site   string `json:"site"`   // 64 hex
	Key    string `json:"key"`    // PEM of the site's SM2 key
}

// mintSecrets draws a site's own secret and key, and writes them beside the county's. It returns the public key in hex.
func (a *authority) mintSecrets(file, county string) (public string, err error) {
	site, err := randomHex(a.rand, 32)
	if err != nil {
		return "", err
	}
	key, err := seal.NewPrivateKey(a.rand)
	if err != nil {
		return "", err
	}
	text, err := key.MarshalPEM()
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(secrets{County: county, Site: site, Key: string(text)})
	if err != nil {
		return "", fmt.Errorf("write secrets: %w", err)
	}
	if err := os.WriteFile(a.path(file), b, 0o600); err != nil {
		return "", fmt.Errorf("write secrets: %w", err)
	}
	return hex.EncodeToString(key.Public().Marshal()), nil
}

func randomHex(r io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return hex.EncodeToString(b), nil
}

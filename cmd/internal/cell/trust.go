package cell

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"xiangyi/protocol/seal"
)

// Trust is a county's authority for as long as a group or a measurement lives.
type Trust struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	der  []byte
	pool *x509.CertPool
}

// NewTrust founds an authority.
func NewTrust() (*Trust, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &Trust{key: key, pool: x509.NewCertPool()}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cell"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if t.der, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key); err != nil {
		return nil, err
	}
	if t.cert, err = x509.ParseCertificate(t.der); err != nil {
		return nil, err
	}
	t.pool.AddCert(t.cert)
	return t, nil
}

// sign gives a certificate for both ends of a connection.
func (t *Trust) sign(name, unit string) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, OrganizationalUnit: []string{unit}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), DNSNames: []string{name, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, t.cert, &key.PublicKey, t.key)
	return der, key, err
}

// Issue gives what a station or node shows and asks for at both ends of a connection.
func (t *Trust) Issue(name, unit string) (*tls.Config, error) {
	der, key, err := t.sign(name, unit)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: t.pool, ClientCAs: t.pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}, nil
}

// pair names the files of a node's certificate.
type pair struct {
	CA   string `json:"ca"`
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// node writes a node's certificate and key.
func (t *Trust) node(dir, name string) (pair, error) {
	der, key, err := t.sign(name, "node")
	if err != nil {
		return pair{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	p := pair{filepath.Join(dir, "ca.pem"), filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")}
	write := func(file, kind string, b []byte) error {
		return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600)
	}
	return p, errors.Join(write(p.CA, "CERTIFICATE", t.der), write(p.Cert, "CERTIFICATE", der), write(p.Key, "PRIVATE KEY", private))
}

// writeSecrets writes secrets as a node reads them.
func writeSecrets(file string, s seal.Secrets) error {
	key, err := s.Key.MarshalPEM()
	if err != nil {
		return err
	}
	b, err := json.Marshal(map[string]string{"county": hex.EncodeToString(s.County[:]), "site": hex.EncodeToString(s.Site[:]), "key": string(key)})
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

package seal

import (
	"crypto/ecdsa"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Why a certificate is not enough. Each is wrapped with what it is about.
var (
	ErrCertificate    = errors.New("seal: not an SM2 certificate")
	ErrNotYetValid    = errors.New("seal: the certificate is not valid yet")
	ErrExpired        = errors.New("seal: the certificate has expired")
	ErrNotForSigning  = errors.New("seal: the certificate is not for signing")
	ErrUnknownIssuer  = errors.New("seal: the certificate is not of an authority that is trusted here")
	ErrIssuer         = errors.New("seal: the certificate does not carry its issuer's signature")
	ErrRevoked        = errors.New("seal: the certificate was revoked")
	ErrOtherKey       = errors.New("seal: the certificate belongs to another key")
	ErrRevocationList = errors.New("seal: not a revocation list of that authority")
	ErrStaleList      = errors.New("seal: the revocation list says nothing about that time any more")
	ErrNotAuthority   = errors.New("seal: the issuer's certificate may not issue others")
	ErrOutlives       = errors.New("seal: the certificate would outlive its issuer's")
)

// Certificate is an X.509 certificate of an SM2 key.
type Certificate struct {
	cert *smx509.Certificate
	key  PublicKey
}

// mostCertificate bounds what is parsed: a certificate with a picture in it is not
// one of a person.
const mostCertificate = 64 << 10

// ParseCertificate reads the first CERTIFICATE of PEM text, or DER. The error wraps
// ErrCertificate.
func ParseCertificate(raw []byte) (Certificate, error) {
	if len(raw) > mostCertificate {
		return Certificate{}, fmt.Errorf("%w: %d bytes", ErrCertificate, len(raw))
	}
	der := raw
	if block := firstBlock(raw, func(kind string) bool { return kind == "CERTIFICATE" }); block != nil {
		der = block.Bytes
	}
	cert, err := smx509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, fmt.Errorf("%w: malformed", ErrCertificate)
	}
	if len(cert.UnhandledCriticalExtensions) > 0 {
		return Certificate{}, fmt.Errorf("%w: it has a critical extension that is not understood here: %s", ErrCertificate, cert.UnhandledCriticalExtensions[0])
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != sm2.P256() {
		return Certificate{}, fmt.Errorf("%w: its key is of another algorithm", ErrCertificate)
	}
	return Certificate{cert, PublicKey{key}}, nil
}

// ParseCertificates reads all that a PEM text holds, or one in DER. The error wraps
// ErrCertificate.
func ParseCertificates(raw []byte) ([]Certificate, error) {
	var out []Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) > 0 {
		return out, nil
	}
	c, err := ParseCertificate(raw)
	return []Certificate{c}, err
}

// firstBlock is the first PEM block of a kind that is wanted; nil for none.
func firstBlock(text []byte, wanted func(kind string) bool) *pem.Block {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if wanted(block.Type) {
			return block
		}
	}
	return nil
}

// Public is the key that checks what its holder signs.
func (c Certificate) Public() PublicKey { return c.key }

// Subject names the holder as the certificate has it ("CN=…,O=…").
func (c Certificate) Subject() string { return c.cert.Subject.String() }

// Serial is the certificate's number at its issuer, in hexadecimal.
func (c Certificate) Serial() string { return fmt.Sprintf("%X", c.cert.SerialNumber) }

// Digest is SM3 over the certificate as it is.
func (c Certificate) Digest() Digest { return Sum(c.cert.Raw) }

// Valid is from when to when it is good.
func (c Certificate) Valid() (from, to time.Time) { return c.cert.NotBefore, c.cert.NotAfter }

// MarshalPEM writes it as text.
func (c Certificate) MarshalPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

// GoodAt is nil when it may sign documents at a time.
func (c Certificate) GoodAt(at time.Time) error {
	switch {
	case at.Before(c.cert.NotBefore):
		return fmt.Errorf("%w: it begins on %s", ErrNotYetValid, c.cert.NotBefore.UTC().Format(time.DateOnly))
	case at.After(c.cert.NotAfter):
		return fmt.Errorf("%w: it ended on %s", ErrExpired, c.cert.NotAfter.UTC().Format(time.DateOnly))
	case c.cert.KeyUsage != 0 && c.cert.KeyUsage&(smx509.KeyUsageDigitalSignature|smx509.KeyUsageContentCommitment) == 0:
		return ErrNotForSigning
	case len(c.cert.ExtKeyUsage) > 0 && !slices.ContainsFunc(c.cert.ExtKeyUsage, forPeople) && len(c.cert.UnknownExtKeyUsage) == 0:
		return fmt.Errorf("%w: it is for machines", ErrNotForSigning)
	}
	return nil
}

// forPeople tells an extended usage that is not the connections of machines alone.
func forPeople(u smx509.ExtKeyUsage) bool {
	return u != smx509.ExtKeyUsageServerAuth && u != smx509.ExtKeyUsageClientAuth
}

// TrustedAt is nil when one of the roots issued it and was good itself at a time.
// Chains are one step: a county's authority signs for its people directly.
func (c Certificate) TrustedAt(at time.Time, roots ...Certificate) error {
	found := ErrUnknownIssuer
	for _, root := range roots {
		if string(root.cert.RawSubject) != string(c.cert.RawIssuer) {
			continue
		}
		switch {
		case at.Before(root.cert.NotBefore):
			found = fmt.Errorf("of its issuer: %w", ErrNotYetValid)
		case at.After(root.cert.NotAfter):
			found = fmt.Errorf("of its issuer: %w", ErrExpired)
		case !root.mayIssue():
			found = ErrNotAuthority
		case c.cert.CheckSignatureFrom(root.cert) != nil:
			found = ErrIssuer
		default:
			return nil
		}
	}
	return found
}

func (c Certificate) mayIssue() bool {
	return c.cert.BasicConstraintsValid && c.cert.IsCA && (c.cert.KeyUsage == 0 || c.cert.KeyUsage&smx509.KeyUsageCertSign != 0)
}

// Belongs is nil when a private key is the certificate's.
func (c Certificate) Belongs(key *PrivateKey) error {
	if !c.key.Equal(key.Public()) {
		return ErrOtherKey
	}
	return nil
}

// Revocations is what an authority says of certificates that it takes no
// responsibility for any more.
type Revocations struct {
	issuer string
	until  time.Time // when the next one was due; zero: it does not say
	since  map[string]time.Time
}

// ParseRevocations reads a revocation list, PEM or DER, and checks that the
// authority signed it. The error wraps ErrRevocationList.
func ParseRevocations(raw []byte, authority Certificate) (Revocations, error) {
	der := raw
	if block := firstBlock(raw, func(kind string) bool { return kind == "X509 CRL" }); block != nil {
		der = block.Bytes
	}
	list, err := smx509.ParseRevocationList(der)
	if err != nil {
		return Revocations{}, fmt.Errorf("%w: malformed", ErrRevocationList)
	}
	if list.CheckSignatureFrom(authority.cert) != nil {
		return Revocations{}, fmt.Errorf("%w: its signature does not fit", ErrRevocationList)
	}
	for _, e := range list.Extensions {
		if e.Critical {
			return Revocations{}, fmt.Errorf("%w: it has a critical extension that is not understood here: %s", ErrRevocationList, e.Id)
		}
	}
	out := Revocations{string(list.RawIssuer), list.NextUpdate, map[string]time.Time{}}
	for _, e := range list.RevokedCertificateEntries {
		out.since[e.SerialNumber.Text(16)] = e.RevocationTime
	}
	return out, nil
}

// Revoked is ErrRevoked when a certificate was revoked at a time or before, and
// ErrStaleList when the list cannot tell, since the next one was due by then.
func (r Revocations) Revoked(c Certificate, at time.Time) error {
	since, there := r.since[c.cert.SerialNumber.Text(16)]
	switch {
	case r.issuer != string(c.cert.RawIssuer) || there && at.Before(since):
		return nil
	case !there && !r.until.IsZero() && at.After(r.until):
		return fmt.Errorf("%w: the next one was due on %s", ErrStaleList, r.until.UTC().Format(time.DateOnly))
	case !there:
		return nil
	}
	return fmt.Errorf("%w on %s", ErrRevoked, since.UTC().Format(time.DateOnly))
}

// Authority issues certificates.
type Authority struct {
	Key  *PrivateKey
	Cert Certificate
	Rand io.Reader
}

// Holder is whom a certificate is for.
type Holder struct {
	Name         string // CN
	Organisation string // O; may be empty
	From, To     time.Time
}

// Self makes an authority that vouches for itself.
func Self(key *PrivateKey, rand io.Reader, h Holder) (Authority, error) {
	template, err := h.template(rand)
	if err != nil {
		return Authority{}, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign | smx509.KeyUsageDigitalSignature
	cert, err := create(rand, template, template, key.Public(), key)
	return Authority{key, cert, rand}, err
}

// Issue makes a certificate for signing documents.
func (a Authority) Issue(key PublicKey, h Holder) (Certificate, error) {
	switch _, to := a.Cert.Valid(); {
	case !a.Cert.mayIssue():
		return Certificate{}, ErrNotAuthority
	case h.To.After(to):
		return Certificate{}, fmt.Errorf("%w, which ends on %s", ErrOutlives, to.UTC().Format(time.DateOnly))
	}
	template, err := h.template(a.Rand)
	if err != nil {
		return Certificate{}, err
	}
	template.KeyUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment
	return create(a.Rand, template, a.Cert.cert, key, a.Key)
}

// Revocation is a certificate that counts no more since a time.
type Revocation struct {
	Certificate
	Since time.Time
}

// Revoke makes a revocation list, as PEM text. number grows from list to list.
func (a Authority) Revoke(now, next time.Time, number int64, revoked ...Revocation) ([]byte, error) {
	list := &smx509.RevocationList{Number: big.NewInt(number), ThisUpdate: now, NextUpdate: next}
	for _, r := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, smx509.RevocationListEntry{SerialNumber: r.cert.SerialNumber, RevocationTime: r.Since})
	}
	der, err := smx509.CreateRevocationList(a.Rand, list, a.Cert.cert, a.Key.key)
	if err != nil {
		return nil, fmt.Errorf("seal: revocation list: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), nil
}

func (h Holder) template(rand io.Reader) (*smx509.Certificate, error) {
	var serial [16]byte
	if _, err := io.ReadFull(rand, serial[:]); err != nil {
		return nil, fmt.Errorf("seal: certificate: %w", err)
	}
	serial[0] &= 0x7F // a positive number
	name := pkix.Name{CommonName: h.Name}
	if h.Organisation != "" {
		name.Organization = []string{h.Organisation}
	}
	return &smx509.Certificate{SerialNumber: new(big.Int).SetBytes(serial[:]), Subject: name, NotBefore: h.From, NotAfter: h.To,
		SignatureAlgorithm: smx509.SM2WithSM3}, nil
}

func create(rand io.Reader, template, parent *smx509.Certificate, holder PublicKey, signer *PrivateKey) (Certificate, error) {
	der, err := smx509.CreateCertificate(rand, template, parent, holder.key, signer.key)
	if err != nil {
		return Certificate{}, fmt.Errorf("seal: certificate: %w", err)
	}
	return ParseCertificate(der)
}

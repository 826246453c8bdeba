package seal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"
	peerx "github.com/tjfoc/gmsm/x509"
)

var spring = time.Date(2031, 3, 1, 0, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// authority is good for ten years from spring, and a doctor's certificate of it for
// one.
func authority(t testing.TB, name string) (a Authority, doctor Certificate, key *PrivateKey) {
	t.Helper()
	a, err := Self(newKey(t), rand.Reader, Holder{Name: name, Organisation: "示例县", From: spring, To: spring.AddDate(10, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	key = newKey(t)
	doctor, err = a.Issue(key.Public(), Holder{Name: "区村医", Organisation: "青石村卫生站", From: spring, To: spring.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return a, doctor, key
}

func TestACertificateSaysWhoMaySignAndWhen(t *testing.T) {
	a, doctor, key := authority(t, "示例县卫生健康局")
	if err := doctor.Belongs(key); err != nil {
		t.Error(err)
	}
	if err := doctor.Belongs(newKey(t)); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	for _, tt := range []struct {
		at   time.Time
		want error
	}{
		{spring.Add(-time.Second), ErrNotYetValid}, {spring, nil}, {spring.AddDate(1, 0, 0), nil}, {spring.AddDate(1, 0, 0).Add(time.Second), ErrExpired},
	} {
		if err := doctor.GoodAt(tt.at); !errors.Is(err, tt.want) {
			t.Errorf("at %s: %v, want %v", tt.at, err, tt.want)
		}
	}
	other, _, _ := authority(t, "别的机构")
	namesake, _, _ := authority(t, "示例县卫生健康局")
	for _, tt := range []struct {
		name  string
		at    time.Time
		roots []Certificate
		want  error
	}{
		{"its issuer", spring, []Certificate{other.Cert, a.Cert}, nil},
		{"nobody", spring, nil, ErrUnknownIssuer},
		{"another", spring, []Certificate{other.Cert}, ErrUnknownIssuer},
		{"one of the same name", spring, []Certificate{namesake.Cert}, ErrIssuer},
		{"its issuer, too early", spring.Add(-time.Hour), []Certificate{a.Cert}, ErrNotYetValid},
		{"its issuer, too late", spring.AddDate(11, 0, 0), []Certificate{a.Cert}, ErrExpired},
	} {
		if err := doctor.TrustedAt(tt.at, tt.roots...); !errors.Is(err, tt.want) {
			t.Errorf("trusted are %s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if !strings.Contains(doctor.Subject(), "区村医") || doctor.Serial() == "" || doctor.Digest() == a.Cert.Digest() {
		t.Errorf("%s, %s", doctor.Subject(), doctor.Serial())
	}
	again, err := ParseCertificate(doctor.MarshalPEM())
	if err != nil || again.Digest() != doctor.Digest() {
		t.Errorf("written and read again: %v", err)
	}
}

func TestARevokedCertificateCountsUntilItWasRevoked(t *testing.T) {
	a, doctor, _ := authority(t, "示例县卫生健康局")
	june := spring.AddDate(0, 3, 0)
	list, err := a.Revoke(june, june.AddDate(0, 1, 0), 1, Revocation{doctor, june})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRevocations(list, a.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoked(doctor, june.Add(-time.Second)); err != nil {
		t.Errorf("before: %v", err)
	}
	if err := r.Revoked(doctor, june); !errors.Is(err, ErrRevoked) {
		t.Errorf("then: %v", err)
	}
	if err := r.Revoked(a.Cert, june); err != nil {
		t.Errorf("another certificate: %v", err)
	}
	third, err := a.Issue(newKey(t).Public(), Holder{Name: "仇村医", From: spring, To: spring.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoked(third, june.AddDate(0, 1, 0)); err != nil {
		t.Errorf("one that is not on it, while it is fresh: %v", err)
	}
	if err := r.Revoked(third, june.AddDate(0, 1, 1)); !errors.Is(err, ErrStaleList) {
		t.Errorf("one that is not on it, when the next list was due: %v", err)
	}
	other, stranger, _ := authority(t, "别的机构")
	if err := r.Revoked(stranger, june); err != nil {
		t.Errorf("another authority's: %v", err)
	}
	if _, err := ParseRevocations(list, other.Cert); !errors.Is(err, ErrRevocationList) {
		t.Errorf("a list of another authority: %v", err)
	}
	block, _ := pem.Decode(list)
	for at := range block.Bytes {
		bad := append([]byte(nil), block.Bytes...)
		bad[at] ^= 1
		if got, err := ParseRevocations(bad, a.Cert); err == nil && got.Revoked(doctor, june) == nil {
			t.Fatalf("byte %d of the list was changed, and the doctor counts again", at)
		}
	}
}

// Whatever is done to a certificate, it is refused as no certificate, or its issuer
// does not stand by it.
func TestAnAlteredCertificateIsNobodys(t *testing.T) {
	a, doctor, _ := authority(t, "示例县卫生健康局")
	raw := doctor.cert.Raw
	for at := range raw {
		for _, flip := range []byte{0x01, 0x80} {
			bad := append([]byte(nil), raw...)
			bad[at] ^= flip
			c, err := ParseCertificate(bad)
			if err != nil {
				if !errors.Is(err, ErrCertificate) {
					t.Fatalf("byte %d: %v", at, err)
				}
				continue
			}
			if err := c.TrustedAt(spring, a.Cert); err == nil {
				t.Fatalf("byte %d flipped, and its issuer stands by it", at)
			}
		}
	}
	for n := range raw {
		if _, err := ParseCertificate(raw[:n]); !errors.Is(err, ErrCertificate) {
			t.Fatalf("%d of %d bytes: %v", n, len(raw), err)
		}
	}
	if _, err := ParseCertificate(make([]byte, mostCertificate+1)); !errors.Is(err, ErrCertificate) {
		t.Errorf("a huge one: %v", err)
	}
}

// made is a certificate of an authority that Issue would not make.
func made(t *testing.T, a Authority, change func(*smx509.Certificate)) (Certificate, error) {
	t.Helper()
	template, err := Holder{Name: "区村医", From: spring, To: spring.AddDate(1, 0, 0)}.template(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	change(template)
	return create(rand.Reader, template, a.Cert.cert, newKey(t).Public(), a.Key)
}

func TestACertificateForAnotherUseSignsNothing(t *testing.T) {
	a, doctor, key := authority(t, "示例县卫生健康局")
	for name, tt := range map[string]struct {
		change func(*smx509.Certificate)
		want   error
	}{
		"no usage named":       {func(*smx509.Certificate) {}, nil},
		"for letters":          {func(c *smx509.Certificate) { c.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageEmailProtection} }, nil},
		"to encrypt with":      {func(c *smx509.Certificate) { c.KeyUsage = smx509.KeyUsageKeyEncipherment }, ErrNotForSigning},
		"for a server":         {func(c *smx509.Certificate) { c.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageServerAuth} }, ErrNotForSigning},
		"for a station's line": {func(c *smx509.Certificate) { c.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth} }, ErrNotForSigning},
	} {
		c, err := made(t, a, tt.change)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.GoodAt(spring); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	_, err := made(t, a, func(c *smx509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	})
	if !errors.Is(err, ErrCertificate) {
		t.Errorf("a critical extension that nobody here knows: %v", err)
	}
	leaf := Authority{Key: key, Cert: doctor, Rand: rand.Reader}
	if _, err := leaf.Issue(newKey(t).Public(), Holder{Name: "x", From: spring, To: spring.AddDate(0, 1, 0)}); !errors.Is(err, ErrNotAuthority) {
		t.Errorf("a doctor issues: %v", err)
	}
	if _, err := a.Issue(newKey(t).Public(), Holder{Name: "x", From: spring, To: spring.AddDate(10, 0, 1)}); !errors.Is(err, ErrOutlives) {
		t.Errorf("a certificate beyond its authority's end: %v", err)
	}
	forged, err := made(t, Authority{Key: key, Cert: doctor, Rand: rand.Reader}, func(*smx509.Certificate) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := forged.TrustedAt(spring, doctor); !errors.Is(err, ErrNotAuthority) {
		t.Errorf("one that a doctor issued: %v", err)
	}
	both := append(a.Cert.MarshalPEM(), doctor.MarshalPEM()...)
	if all, err := ParseCertificates(both); err != nil || len(all) != 2 || all[1].Digest() != doctor.Digest() {
		t.Errorf("%d certificates of a text of two, %v", len(all), err)
	}
}

func TestACertificateOfAnotherAlgorithmIsRefused(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "P-256"}, NotBefore: spring, NotAfter: spring.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseCertificate(der); !errors.Is(err, ErrCertificate) {
		t.Errorf("a P-256 certificate: %v", err)
	}
}

// The library that the county's partners may use reads ours, and finds the same key.
func TestAnotherLibraryReadsOurCertificates(t *testing.T) {
	a, doctor, _ := authority(t, "示例县卫生健康局")
	peer, err := peerx.ParseCertificate(doctor.cert.Raw)
	if err != nil {
		t.Fatal(err)
	}
	root, err := peerx.ParseCertificate(a.Cert.cert.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := peer.CheckSignatureFrom(root); err != nil {
		t.Errorf("it does not find our authority's signature: %v", err)
	}
	if peer.SerialNumber.Cmp(doctor.cert.SerialNumber) != 0 || peer.Subject.CommonName != "区村医" {
		t.Errorf("it reads %s, %s", peer.Subject.CommonName, peer.SerialNumber)
	}
}

func FuzzParseRevocations(f *testing.F) {
	a, doctor, _ := authority(f, "a")
	list, err := a.Revoke(spring, spring.AddDate(0, 1, 0), 1, Revocation{doctor, spring})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(list)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := ParseRevocations(raw, a.Cert); err == nil && r.Revoked(doctor, spring) == nil {
			t.Error("another list passes for the authority's")
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	text, err := newKey(f).MarshalPEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("-----BEGIN SM2 PARAMETERS-----\nAA==\n-----END SM2 PARAMETERS-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := ParsePrivateKey(raw); err != nil && !errors.Is(err, ErrPrivateKey) {
			t.Error(err)
		}
	})
}

func FuzzParseCertificate(f *testing.F) {
	_, doctor, _ := authority(f, "a")
	f.Add(doctor.cert.Raw)
	f.Add(doctor.MarshalPEM())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := ParseCertificate(raw); err == nil {
			_ = c.GoodAt(spring)
			_ = c.Subject()
		}
	})
}

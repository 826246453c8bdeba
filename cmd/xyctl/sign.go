package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"xiangyi/protocol/seal"
)

// Documents are signed as other tools do it: SM2 with SM3 over the document's bytes,
// the user identifier 1234567812345678, the signature as DER in a file of its own.

// mostDocument bounds what is read into memory to be signed.
const mostDocument = 512 << 20

// errFalse is the answer of verify when a signature or a proof does not hold.
var errFalse = errors.New("it does not hold")

func options(name string, args []string, set func(*flag.FlagSet)) error {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	set(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%q is not understood", f.Arg(0))
	}
	return nil
}

// need refuses to go on without an option.
func need(given map[string]string) error {
	for _, name := range []string{"key", "cert", "in", "out", "sig", "name"} {
		if v, asked := given[name]; asked && v == "" {
			return fmt.Errorf("--%s is missing", name)
		}
	}
	return nil
}

func sign(out io.Writer, args []string) error {
	var keyFile, certFile, in, to string
	if err := options("sign", args, func(f *flag.FlagSet) {
		f.StringVar(&keyFile, "key", "", "")
		f.StringVar(&certFile, "cert", "", "")
		f.StringVar(&in, "in", "", "")
		f.StringVar(&to, "out", "", "")
	}); err != nil {
		return err
	}
	if err := need(map[string]string{"key": keyFile, "cert": certFile, "in": in, "out": to}); err != nil {
		return err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return err
	}
	cert, err := readCertificate(certFile)
	if err != nil {
		return err
	}
	if err := cert.Belongs(key); err != nil {
		return fmt.Errorf("%s and %s: %w: take the certificate that was issued for this key", keyFile, certFile, err)
	}
	if err := cert.GoodAt(time.Now()); err != nil {
		return fmt.Errorf("%s: %w: have it renewed before anything is signed", certFile, err)
	}
	document, err := readDocument(in)
	if err != nil {
		return err
	}
	if err := apart(to, in, keyFile, certFile); err != nil {
		return err
	}
	signature, err := key.Sign(rand.Reader, document)
	if errors.Is(err, seal.ErrEmptyMessage) {
		return fmt.Errorf("%s is empty: a signature over nothing binds nobody", in)
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, signature, 0o644); err != nil {
		return err
	}
	return line(out, map[string]any{"signed": in, "signature": to, "subject": cert.Subject(), "serial": cert.Serial()})
}

// apart refuses to write a signature over what it is made of.
func apart(to string, from ...string) error {
	there, err := os.Stat(to)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, name := range from {
		if is, err := os.Stat(name); err == nil && there != nil && os.SameFile(there, is) {
			return fmt.Errorf("--out %s is %s itself, and would be written over: name another file", to, name)
		}
	}
	return err
}

// verdict is what verify says.
type verdict struct {
	OK      bool      `json:"ok"`
	Subject string    `json:"subject"`
	Serial  string    `json:"serial"`
	From    time.Time `json:"validFrom"`
	To      time.Time `json:"validTo"`
	At      time.Time `json:"at"`      // the time as of which it was looked at
	Trusted string    `json:"trusted"` // yes; unchecked: no roots were named
	Reason  string    `json:"reason,omitempty"`
}

func verify(out io.Writer, args []string) error {
	var certFile, in, sigFile, roots, crl, when string
	if err := options("verify", args, func(f *flag.FlagSet) {
		f.StringVar(&certFile, "cert", "", "")
		f.StringVar(&in, "in", "", "")
		f.StringVar(&sigFile, "sig", "", "")
		f.StringVar(&roots, "roots", "", "")
		f.StringVar(&crl, "crl", "", "")
		f.StringVar(&when, "at", "", "")
	}); err != nil {
		return err
	}
	if err := need(map[string]string{"cert": certFile, "in": in, "sig": sigFile}); err != nil {
		return err
	}
	at := time.Now().UTC().Truncate(time.Second)
	if when != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, when); err != nil {
			return errors.New("--at is a time such as 2031-03-01T08:00:00Z")
		}
	}
	cert, err := readCertificate(certFile)
	if err != nil {
		return err
	}
	document, err := readDocument(in)
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(sigFile)
	if err != nil {
		return err
	}
	who, err := authorities(roots, crl)
	if err != nil {
		return err
	}
	v := verdict{Subject: cert.Subject(), Serial: cert.Serial(), At: at, Trusted: "unchecked"}
	v.From, v.To = cert.Valid()
	err = who.hold(cert, document, signature, at)
	if len(who.roots) > 0 && err == nil {
		v.Trusted = "yes"
	}
	if v.OK = err == nil; !v.OK {
		v.Reason = err.Error()
	}
	if err := line(out, v); err != nil {
		return err
	}
	if !v.OK {
		return errFalse
	}
	return nil
}

// trusted is what a signature is looked at with.
type trusted struct {
	roots []seal.Certificate
	lists []seal.Revocations
}

// authorities reads the certificates of those who are trusted, and what they revoked.
func authorities(roots, crl string) (t trusted, err error) {
	if roots == "" {
		if crl != "" {
			err = errors.New("a revocation list counts with its authority: name --roots")
		}
		return t, err
	}
	raw, err := os.ReadFile(roots)
	if err != nil {
		return t, err
	}
	if t.roots, err = seal.ParseCertificates(raw); err != nil {
		return t, fmt.Errorf("%s: %w", roots, err)
	}
	if crl == "" {
		return t, nil
	}
	if raw, err = os.ReadFile(crl); err != nil {
		return t, err
	}
	for _, root := range t.roots {
		if list, failed := seal.ParseRevocations(raw, root); failed == nil {
			t.lists = append(t.lists, list)
		} else {
			err = failed
		}
	}
	if len(t.lists) == 0 {
		return t, fmt.Errorf("%s: %w", crl, err)
	}
	return t, nil
}

// hold is nil when a signature is the certificate's over the document, and the
// certificate counted at a time.
func (t trusted) hold(cert seal.Certificate, document, signature []byte, at time.Time) error {
	if err := cert.Public().Verify(document, signature); err != nil {
		return err
	}
	if err := cert.GoodAt(at); err != nil || len(t.roots) == 0 {
		return err
	}
	if err := cert.TrustedAt(at, t.roots...); err != nil {
		return err
	}
	for _, list := range t.lists {
		if err := list.Revoked(cert, at); err != nil {
			return err
		}
	}
	return nil
}

// newKeys makes a key and a certificate: of an authority that is named, else one
// that vouches for itself and can issue others.
func newKeys(out io.Writer, args []string) error {
	var name, organisation, keyFile, certFile, ca, caKey string
	var days int
	if err := options("keys new", args, func(f *flag.FlagSet) {
		f.StringVar(&name, "name", "", "")
		f.StringVar(&organisation, "organisation", "", "")
		f.StringVar(&keyFile, "key", "", "")
		f.StringVar(&certFile, "cert", "", "")
		f.StringVar(&ca, "ca", "", "")
		f.StringVar(&caKey, "ca-key", "", "")
		f.IntVar(&days, "days", 365, "")
	}); err != nil {
		return err
	}
	if err := need(map[string]string{"name": name, "key": keyFile, "cert": certFile}); err != nil {
		return err
	}
	if (ca == "") != (caKey == "") || days < 1 || days > 36500 {
		return errors.New("--ca and --ca-key belong together, and --days is 1 to 36500")
	}
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	cert, err := certified(key, seal.Holder{Name: name, Organisation: organisation, From: now, To: now.AddDate(0, 0, days)}, ca, caKey)
	if err != nil {
		return err
	}
	text, err := key.MarshalPEM()
	if err != nil {
		return err
	}
	if _, err := os.Stat(certFile); err == nil {
		return fmt.Errorf("%s: %w", certFile, os.ErrExist) // before a key is left behind without one
	}
	if err := create(keyFile, text); err != nil {
		return err
	}
	if err := create(certFile, cert.MarshalPEM()); err != nil {
		return err
	}
	return line(out, map[string]any{"key": keyFile, "cert": certFile, "subject": cert.Subject(), "serial": cert.Serial()})
}

func certified(key *seal.PrivateKey, h seal.Holder, ca, caKey string) (seal.Certificate, error) {
	if ca == "" {
		self, err := seal.Self(key, rand.Reader, h)
		return self.Cert, err
	}
	a := seal.Authority{Rand: rand.Reader}
	var err error
	if a.Cert, err = readCertificate(ca); err != nil {
		return seal.Certificate{}, err
	}
	if a.Key, err = readKey(caKey); err != nil {
		return seal.Certificate{}, err
	}
	if err := a.Cert.Belongs(a.Key); err != nil {
		return seal.Certificate{}, fmt.Errorf("%s and %s: %w", ca, caKey, err)
	}
	return a.Issue(key.Public(), h)
}

// create writes a file that is not there yet: a key is never written over.
func create(file string, content []byte) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func readKey(file string) (*seal.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

func readCertificate(file string) (seal.Certificate, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return seal.Certificate{}, err
	}
	cert, err := seal.ParseCertificate(raw)
	if err != nil {
		return cert, fmt.Errorf("%s: %w", file, err)
	}
	return cert, nil
}

func readDocument(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > mostDocument {
		return nil, fmt.Errorf("%s has %d bytes, more than %d: sign a list of digests instead", file, info.Size(), mostDocument)
	}
	return os.ReadFile(file)
}

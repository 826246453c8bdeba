package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"xiangyi/protocol/release"
	"xiangyi/replication/blobs"
)

// updatePack makes a signed package of a station's program.
func updatePack(out io.Writer, args []string) error {
	var binary, version, after, target, keyFile, certFile, to string
	if err := options("update pack", args, func(f *flag.FlagSet) {
		f.StringVar(&binary, "binary", "", "")
		f.StringVar(&version, "version", "", "")
		f.StringVar(&after, "after", "", "")
		f.StringVar(&target, "target", runtime.GOOS+"/"+runtime.GOARCH, "")
		f.StringVar(&keyFile, "key", "", "")
		f.StringVar(&certFile, "cert", "", "")
		f.StringVar(&to, "out", "", "")
	}); err != nil {
		return err
	}
	if binary == "" || version == "" {
		return errors.New("--binary and --version are needed")
	}
	if err := need(map[string]string{"key": keyFile, "cert": certFile, "out": to}); err != nil {
		return err
	}
	a := release.About{Version: release.Version(version), After: release.Version(after), Target: target}
	if err := a.Version.Check(); err != nil {
		return err
	}
	if after == "" {
		var err error
		if a.After, err = a.Version.Previous(); err != nil {
			return err
		}
	}
	if err := apart(to, binary, keyFile, certFile); err != nil {
		return err
	}
	raw, err := packed(binary, keyFile, certFile, a)
	if err != nil {
		return err
	}
	if err := create(to, raw); err != nil {
		return err
	}
	return describe(out, to, raw, "signed")
}

func packed(binary, keyFile, certFile string, a release.About) ([]byte, error) {
	program, err := readDocument(binary)
	if err != nil {
		return nil, err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, err
	}
	cert, err := readCertificate(certFile)
	if err != nil {
		return nil, err
	}
	if err := cert.GoodAt(time.Now()); err != nil {
		return nil, fmt.Errorf("%s: %w: have it renewed before anything is signed", certFile, err)
	}
	raw, err := release.Pack(program, a, key, cert, rand.Reader)
	if err == nil && len(raw) > blobs.MaxLength {
		err = fmt.Errorf("%w (the package has %d bytes, %d may travel)", release.ErrLarge, len(raw), blobs.MaxLength)
	}
	return raw, err
}

// updateVerify says whether a station with these anchors would take a package.
func updateVerify(out io.Writer, args []string) error {
	file, anchors, running, target := "", "", "", runtime.GOOS+"/"+runtime.GOARCH
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		file, args = args[0], args[1:]
	}
	if err := options("update verify", args, func(f *flag.FlagSet) {
		f.StringVar(&anchors, "anchors", "", "")
		f.StringVar(&running, "running", "", "")
		f.StringVar(&target, "target", target, "")
	}); err != nil {
		return err
	}
	if file == "" {
		return errors.New("name the package")
	}
	who, err := authorities(anchors, "")
	if err != nil {
		return err
	}
	raw, err := readDocument(file)
	if err != nil {
		return err
	}
	h, _, err := release.Program(raw)
	trusted := "unchecked"
	if err == nil && anchors != "" {
		trusted, err = "yes", h.Trusted(time.Now(), who.roots...)
	}
	if err == nil && running != "" {
		err = h.About.Follows(release.Version(running), target)
	}
	if err != nil {
		if said := line(out, map[string]any{"ok": false, "reason": err.Error()}); said != nil {
			return said
		}
		return errFalse
	}
	return describe(out, file, raw, trusted)
}

func describe(out io.Writer, file string, raw []byte, trusted string) error {
	h, _, err := release.ParseHead(raw)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	return line(out, map[string]any{"ok": true, "package": file, "bytes": info.Size(), "version": h.About.Version, "after": h.About.After,
		"target": h.About.Target, "program": h.About.Size, "digest": h.About.Digest, "signer": h.Signer.Subject(), "trusted": trusted})
}

package ledger

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/proof"
	"xiangyi/protocol/seal"
)

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestABackupIsWholeAndItsDrillProvesIt(t *testing.T) {
	c, leader, _ := full(t)
	dir, keys := t.TempDir(), c.options(leader.opts.Node).Keys
	b, err := leader.BackupTo(t.Context(), dir, time.Unix(1e9, 0), 2)
	if err != nil {
		t.Fatal(err)
	}
	v := c.village("v03", 1)
	v.note(protocol.Clinical, "after the backup")
	c.expect(c.submit(leader, v.frame(protocol.Clinical, 1, 1)), protocol.OK, 1) // the node went on
	whole, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	prove := func(raw []byte, key seal.PublicKey) (proof.Head, uint64, error) {
		head, size, err := ProveBackup(bytes.NewReader(raw), dir, keys, rand.Reader, key)
		for _, name := range files(t, dir) {
			if strings.HasPrefix(name, "backup-") {
				t.Errorf("the drill leaves %s behind", name)
			}
		}
		return head, size, err
	}
	head, size, err := prove(whole, c.public)
	if err != nil || head.Root != b.Head.Root || size < head.Size || size == 0 {
		t.Fatalf("%d entries under a head of %d: %v", size, head.Size, err)
	}
	for cut := 0; cut < len(whole); cut += 1 + len(whole)/40 {
		if _, _, err := prove(whole[:cut], c.public); !errors.Is(err, ErrBackup) {
			t.Errorf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
	for at := len(backupMagic) + 4; at < len(whole); at += 1 + len(whole)/40 {
		bad := bytes.Clone(whole)
		bad[at] ^= 1
		if _, _, err := prove(bad, c.public); err == nil {
			t.Errorf("byte %d of %d was altered, and the drill says that all is well", at, len(whole))
		}
	}
	stranger, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := prove(whole, stranger.Public()); !errors.Is(err, proof.ErrHead) {
		t.Errorf("another county's: %v", err)
	}
	if bytes.Contains(whole, []byte("after the backup")) {
		t.Error("a value stands in it in clear")
	}
}

func TestOldBackupsGoOnlyBehindNewOnes(t *testing.T) {
	_, leader, _ := full(t)
	dir := t.TempDir()
	torn := filepath.Join(dir, leader.opts.Node+"-20000101T000000Z.xyb.part")
	other := filepath.Join(dir, "other-20000101T000000Z.xyb")
	for _, name := range []string{torn, other} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var last Backup
	for day := range 4 {
		var err error
		if last, err = leader.BackupTo(t.Context(), dir, time.Unix(1e9, 0).AddDate(0, 0, day), 2); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, dir); len(got) != 3 || filepath.Join(dir, got[1]) != last.Path {
		t.Errorf("left are %v", got)
	}
	if _, err := leader.BackupTo(t.Context(), filepath.Join(dir, "gone"), time.Now(), 2); err == nil {
		t.Error("a folder that is not there is taken")
	}
}

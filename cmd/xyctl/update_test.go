package main

import (
	"os"
	"strings"
	"testing"
)

func TestAnUpdateIsPackedAndVerified(t *testing.T) {
	d := newDesk(t)
	d.xyctl(0, "keys", "new", "--name", "releases", "--key", "ca.key", "--cert", "ca.pem")
	d.xyctl(0, "keys", "new", "--name", "other", "--key", "ca2.key", "--cert", "ca2.pem")
	d.xyctl(0, "keys", "new", "--name", "maker", "--key", "m.key", "--cert", "m.pem", "--ca", "ca.pem", "--ca-key", "ca.key", "--days", "30")
	d.write("station", strings.Repeat("a program ", 1000))
	pack := func(want int, version, out string, more ...string) (map[string]any, string) {
		t.Helper()
		return d.xyctl(want, append([]string{"update", "pack", "--binary", "station", "--key", "m.key", "--cert", "m.pem", "--out", out,
			"--target=linux/amd64", "--version=" + version}, more...)...)
	}
	if said, _ := pack(0, "1.5.0", "p"); said["version"] != "1.5.0" || said["after"] != "1.4.0" {
		t.Fatalf("packed: %v", said)
	}
	raw, err := os.ReadFile(d.path("p"))
	if err != nil {
		t.Fatal(err)
	}
	d.write("altered", string(raw[:len(raw)-9])+"x"+string(raw[len(raw)-8:]))
	d.write("cut", string(raw[:len(raw)-1]))
	if said, _ := d.xyctl(0, "update", "verify", d.path("p"), "--anchors", "ca.pem", "--running=1.4.1", "--target=linux/amd64"); said["trusted"] != "yes" {
		t.Errorf("verified: %v", said)
	}
	for _, tt := range []struct {
		words string
		args  []string
	}{
		{"altered after it was signed", []string{"altered"}},
		{"fetch it again", []string{"cut"}},
		{"no update package", []string{"station"}},
		{"among the station's anchors", []string{"p", "--anchors", "ca2.pem"}},
		{"stations do not go back", []string{"p", "--running=1.6.0", "--target=linux/amd64"}},
		{"the release between them first", []string{"p", "--running=1.3.0", "--target=linux/amd64"}},
		{"for other machines", []string{"p", "--running=1.4.0", "--target=linux/arm"}},
	} {
		tt.args[0] = d.path(tt.args[0])
		said, _ := d.xyctl(1, append([]string{"update", "verify"}, tt.args...)...)
		if reason, _ := said["reason"].(string); !strings.Contains(reason, tt.words) {
			t.Errorf("%v: %v, want %q", tt.args, said, tt.words)
		}
	}
	for _, tt := range []struct{ words, version, out string }{
		{"no version such as", "new", "q"}, {"--after", "2.0.0", "q"}, {"file exists", "1.5.0", "p"}, {"written over", "1.5.0", "station"},
	} {
		if _, why := pack(2, tt.version, tt.out); !strings.Contains(why, tt.words) {
			t.Errorf("%s: %s, want %q", tt.version, why, tt.words)
		}
	}
}

package main

import (
	"io"
	"strings"
	"testing"
)

func TestTheCommandLineIsUnderstoodOrRefused(t *testing.T) {
	o, err := parse([]string{"--story", "--json", "--dir", "/tmp/x"}, io.Discard)
	if err != nil || !o.story || !o.json || o.dir != "/tmp/x" {
		t.Fatalf("%+v, %v", o, err)
	}
	for _, wrong := range [][]string{{"stroy"}, {"--strory"}, {"--story", "--keep"}, {"--json"}, {"--storm", "--story"}, {"--storm", "--keep"}, {"--seed", "7"}} {
		if _, err := parse(wrong, io.Discard); err == nil {
			t.Errorf("%s was taken", strings.Join(wrong, " "))
		}
	}
}

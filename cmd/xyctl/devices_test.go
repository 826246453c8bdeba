package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestXyctlSaysWhatBytesSay(t *testing.T) {
	for _, c := range []struct {
		args     string
		code     int
		out, err string
	}{
		{"devices decode pulsewave-rbp AA80030F0106001A07150A1E0001040098006EE4", 0, `{"type":"result","readings":[{"code":"systolic","value":260,"unit":"mm[Hg]"}`, ""},
		{"devices decode pulsewave-rbp AA 80 03 04 01 05 00 96 95", 0, `"value":150`, ""},
		{"devices decode nonin-oem3-df2 01800148CB", 2, `{"error":"checksum","offset":0}`, "checksum at byte 0"},
		{"devices decode pulsewave-rbp AA8003040105", 2, `{"error":"cut-short","offset":0}`, "cut-short"},
		{"devices decode pulsewave-rbp 0011", 2, "", "no frame begins"},
		{"devices decode pulsewave-rbp 0g", 2, "", "bytes"},
		{"devices decode morse 00", 2, "", `no protocol "morse"`},
		{"devices decode", 2, "", "want a protocol"},
		{"devices list", 0, "taidoc-51", ""},
		{"devices list", 0, "欧姆龙 HBP-9030 血压计", ""},
		{"devices simulate", 2, "", "want a protocol"},
		{"devices simulate morse", 2, "", `no simulator of "morse"`},
		{"devices simulate omron-hbp9030-f5 --for 1ms --tcp 127.0.0.1:0", 0, "tcp:127.0.0.1:", ""},
		{"devices probe", 2, "", "want the path"},
		{"devices probe /dev/none", 2, "", "open port"},
		{"", 2, "", "xyctl devices decode PROTOCOL HEX"},
	} {
		var out, complaints bytes.Buffer
		if code := run(&out, &complaints, strings.Fields(c.args)); code != c.code {
			t.Errorf("%s: exit %d, want %d", c.args, code, c.code)
		}
		if !strings.Contains(out.String(), c.out) || !strings.Contains(complaints.String(), c.err) {
			t.Errorf("%s says %q and complains %q", c.args, out.String(), complaints.String())
		}
	}
}

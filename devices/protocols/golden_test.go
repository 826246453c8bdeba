package protocols

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"xiangyi/devices/frame"
)

// vector is bytes of a line and what they say. Those recorded or published are facts of instruments; the others were
// built from a layout with their checksums computed.
type vector struct {
	ID, Protocol, Direction, Hex string
	Expect                       map[string]any
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Frames []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Frames
}

func (v *vector) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vector) protocol(t testing.TB) frame.Protocol {
	t.Helper()
	p, ok := Named(v.Protocol)
	if !ok {
		t.Fatalf("no protocol %s", v.Protocol)
	}
	return p
}

// decode feeds bytes in pieces of a size, then lets the line be quiet.
func decode(p frame.Protocol, b []byte, size int) []frame.Event {
	d := p.New()
	var out []frame.Event
	for piece := range slices.Chunk(b, size) {
		out = append(out, d.Feed(piece)...)
	}
	return append(out, d.Quiet()...)
}

// said is an event as JSON has it.
func said(t testing.TB, e frame.Event) map[string]any {
	t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// within reports whether all of want is in got; got may say more.
func within(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for k, v := range w {
			if k == "assert" { // a note of the vectors to whoever writes a decoder
				continue
			}
			ok = ok && within(v, g[k])
		}
		return ok
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !within(w[i], g[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, got)
}

// good are the events that are no faults.
func good(all []frame.Event) []frame.Event {
	return slices.DeleteFunc(slices.Clone(all), func(e frame.Event) bool { return e.Fault != nil })
}

func TestEveryVectorSaysWhatItIsKnownToSay(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			b, p := v.bytes(t), v.protocol(t)
			events := decode(p, b, len(b))
			if v.Expect["error"] != nil && v.Expect["type"] == nil {
				if len(events) == 0 || events[0].Fault == nil || events[0].Fault.Reason != v.Expect["error"] {
					t.Fatalf("it says %+v, want a fault %v", events, v.Expect["error"])
				}
				return
			}
			if !slices.ContainsFunc(good(events), func(e frame.Event) bool { return within(v.Expect, said(t, e)) }) {
				for _, e := range events {
					raw, _ := json.Marshal(e)
					t.Errorf("it says %s", raw)
				}
				want, _ := json.Marshal(v.Expect)
				t.Errorf("want %s", want)
			}
		})
	}
}

func TestPiecesMakeNoDifference(t *testing.T) {
	for _, v := range vectors(t) {
		b, p := v.bytes(t), v.protocol(t)
		if p.Name == "ipp" { // one body is one message
			continue
		}
		whole := decode(p, b, len(b))
		if bytewise := decode(p, b, 1); !reflect.DeepEqual(whole, bytewise) {
			t.Errorf("%s: byte by byte it says %v, whole %v", v.ID, bytewise, whole)
		}
		thrice := decode(p, bytes.Repeat(b, 3), 7)
		if p.Name != "escpos-encode" && len(good(thrice)) != 3*len(good(whole)) {
			t.Errorf("%s: three times in a row it says %d things, once %d", v.ID, len(good(thrice)), len(good(whole)))
		}
	}
}

// checksummed are the protocols of which a frame cannot be read wrongly by one bit.
var checksummed = []string{"nonin-oem3-df2", "pulsewave-rbp", "suntech-nibp", "medlab-nibp2020", "taidoc-51", "lifescan-binary", "lifescan-verio", "astm-e1381", "sdt-idcard", "fingerprint-ef01"}

func TestNoiseBeforeAFrameCostsAtMostTheFirst(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	for _, v := range vectors(t) {
		b, p := v.bytes(t), v.protocol(t)
		if v.Expect["error"] != nil && v.Expect["type"] == nil || p.Name == "ipp" || p.Name == "escpos-encode" || p.Name == "escpos-status" {
			continue
		}
		want := good(decode(p, b, len(b)))
		for range 20 {
			noise := make([]byte, 1+r.IntN(20))
			for i := range noise {
				noise[i] = byte(r.Uint32())
			}
			got := good(decode(p, append(noise, bytes.Repeat(b, 3)...), 5))
			last := got[max(0, len(got)-len(want)):]
			if !slices.EqualFunc(last, want, func(a, b frame.Event) bool { return reflect.DeepEqual(said(t, a), said(t, b)) }) {
				t.Errorf("seed %d, %s behind %X: the last copy says %v", seed, v.ID, noise, last)
			}
			if !slices.Contains(checksummed, p.Name) {
				continue
			}
			for _, e := range got {
				if !slices.ContainsFunc(want, func(w frame.Event) bool { return reflect.DeepEqual(said(t, e), said(t, w)) }) {
					t.Errorf("seed %d, %s behind %X: it also says %v", seed, v.ID, noise, said(t, e))
				}
			}
		}
	}
}

func TestOneWrongBitIsNeverAnotherReading(t *testing.T) {
	for _, v := range vectors(t) {
		if !slices.Contains(checksummed, v.Protocol) {
			continue
		}
		b, p := v.bytes(t), v.protocol(t)
		want := good(decode(p, b, len(b)))
		for i := range len(b) * 8 {
			wrong := bytes.Clone(b)
			wrong[i/8] ^= 1 << (i % 8)
			for _, e := range good(decode(p, wrong, len(wrong))) {
				if e.Readings != nil && !slices.ContainsFunc(want, func(w frame.Event) bool { return reflect.DeepEqual(e.Readings, w.Readings) }) {
					t.Errorf("%s with bit %d turned says %v", v.ID, i, said(t, e))
				}
			}
		}
	}
}

func TestCommandsAreTheBytesThatAreKnown(t *testing.T) {
	for _, v := range vectors(t) {
		name, ok := v.Expect["command"].(string)
		if v.Direction != "host->device" || !ok {
			continue
		}
		if got := v.protocol(t).Commands[name]; !bytes.Equal(got, v.bytes(t)) {
			t.Errorf("%s %s is %X, want %s", v.Protocol, name, got, v.Hex)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(slices.IndexFunc(All, func(p frame.Protocol) bool { return p.Name == v.Protocol }), v.bytes(f))
	}
	f.Fuzz(func(t *testing.T, which int, b []byte) {
		if which < 0 || which >= len(All) {
			return
		}
		d := All[which].New()
		for piece := range slices.Chunk(b, 3) {
			for _, e := range d.Feed(piece) {
				said(t, e)
			}
		}
		d.Quiet()
		if d.Waiting() != 0 {
			t.Errorf("%s: %d bytes wait on a quiet line", All[which].Name, d.Waiting())
		}
	})
}

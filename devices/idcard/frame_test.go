package idcard

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

type vector struct {
	ID, Direction, Hex string
	Expect             struct {
		Type, Command, Status, Name, Sex, EthnicityCode, BirthDate, Address, IDNumber, Issuer, ValidFrom, ValidTo string
	}
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/sdt.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	if err := json.Unmarshal(raw, &out); err != nil || len(out) == 0 {
		t.Fatalf("%d vectors, %v", len(out), err)
	}
	return out
}

func (v *vector) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCommandsAreTheBytesThatReadersKnow(t *testing.T) {
	known := map[string]Command{"find": FindCard, "select": SelectCard, "sam-id": SAMNumber, "reset-sam": ResetSAM}
	seen := 0
	for _, v := range vectors(t) {
		if c, ok := known[v.Expect.Command]; ok {
			seen++
			if !bytes.Equal(c.Bytes(), v.bytes(t)) {
				t.Errorf("%s: % X", v.ID, c.Bytes())
			}
		}
	}
	if seen != len(known) {
		t.Errorf("%d of %d commands have a vector", seen, len(known))
	}
	if got := fmt.Sprintf("%X", ReadCard.Bytes()); got != "AAAAAA96690003300132" {
		t.Errorf("read: %s", got)
	}
	if got := fmt.Sprintf("%X", SAMStatus.Bytes()); got != "AAAAAA9669000311FFED" {
		t.Errorf("status: %s", got)
	}
}

func replies(t testing.TB) []vector {
	var out []vector
	for _, v := range vectors(t) {
		if v.Direction == "device->host" {
			out = append(out, v)
		}
	}
	return out
}

func TestRepliesAreReadWholeInPiecesRepeatedAndBehindGarbage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, v := range replies(t) {
		frame := v.bytes(t)
		check := func(how string, got []Reply, want int) {
			t.Helper()
			if len(got) != want {
				t.Errorf("%s %s: %d replies, want %d", v.ID, how, len(got), want)
			}
			for _, r := range got {
				if fmt.Sprintf("%02X", byte(r.Status)) != v.Expect.Status || len(r.Data) != len(frame)-11 {
					t.Errorf("%s %s: status %02X, %d bytes", v.ID, how, byte(r.Status), len(r.Data))
				}
			}
		}
		check("whole", new(Decoder).Feed(frame), 1)
		check("three times", new(Decoder).Feed(bytes.Repeat(frame, 3)), 3)
		var d Decoder
		var got []Reply
		for _, b := range frame {
			got = append(got, d.Feed([]byte{b})...)
		}
		check("byte by byte", got, 1)
		for range 50 {
			noise := make([]byte, 1+random.IntN(20))
			for i := range noise {
				noise[i] = byte(random.Uint32())
			}
			check(fmt.Sprintf("behind % X", noise), new(Decoder).Feed(append(noise, frame...)), 1)
		}
		// The beginning of a frame that never ends, as of a reader that was unplugged.
		check("behind a preamble", new(Decoder).Feed(append([]byte{0xAA, 0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF}, frame...)), 1)
	}
}

func TestNoFlippedBitBecomesAnotherCard(t *testing.T) {
	for _, v := range replies(t) {
		frame := v.bytes(t)
		for bit := range len(frame) * 8 {
			bad := bytes.Clone(frame)
			bad[bit/8] ^= 1 << (bit % 8)
			if got := new(Decoder).Feed(bad); len(got) != 0 {
				t.Errorf("%s: bit %d flipped gives status %02X with %d bytes", v.ID, bit, byte(got[0].Status), len(got[0].Data))
			}
		}
	}
}

func TestACardIsReadFieldByField(t *testing.T) {
	for _, v := range replies(t) {
		if v.Expect.Type != "card" {
			continue
		}
		data := new(Decoder).Feed(v.bytes(t))[0].Data
		c, err := ParseCard(data)
		if err != nil {
			t.Fatal(err)
		}
		e := v.Expect
		to := map[string]string{"long-term": NoExpiry}[e.ValidTo]
		for name, pair := range map[string][2]string{
			"name": {c.Name, e.Name}, "sex": {c.Sex, e.Sex}, "ethnic": {c.Ethnic, e.EthnicityCode}, "birth": {c.Birth, e.BirthDate},
			"address": {c.Address, e.Address}, "number": {c.Number, e.IDNumber}, "issuer": {c.Issuer, e.Issuer},
			"from": {c.ValidFrom, e.ValidFrom}, "to": {c.ValidTo, to},
		} {
			if pair[0] != pair[1] || pair[0] == "" {
				t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
			}
		}
		if c.Photo != nil {
			t.Error("a photo was made up")
		}
		if len(c.Doubts) != 0 || c.Kind != Resident || len(c.RawName) != 8 {
			t.Errorf("doubts %v, kind %q, raw name of %d bytes", c.Doubts, c.Kind, len(c.RawName))
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, v := range replies(f) {
		f.Add(v.bytes(f), uint8(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		var whole, pieces Decoder
		want := whole.Feed(b)
		var got []Reply
		for rest := b; len(rest) > 0; {
			n := min(int(step)+1, len(rest))
			got = append(got, pieces.Feed(rest[:n])...)
			rest = rest[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("%d replies in pieces, %d at once", len(got), len(want))
		}
		for i, r := range want {
			if r.Status != got[i].Status || !bytes.Equal(r.Data, got[i].Data) {
				t.Fatal("pieces read otherwise than the whole")
			}
			c, err := ParseCard(r.Data)
			if err != nil && !c.IsZero() {
				t.Fatal("a card beside an error")
			}
			if err == nil && (c.Number == "" || strings.ContainsRune(c.Name, 0xFFFD)) {
				t.Fatal("half a card")
			}
		}
	})
}

func FuzzParseText(f *testing.F) {
	f.Add(page(form{name: "阿依古丽·买买提", number: "990101195203090020"}.resident()))
	f.Add(make([]byte, textSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseText(b)
		if err == nil && (c.IsZero() || c.Name == "" && c.Latin == "") {
			t.Fatal("half a card")
		}
		if err != nil && strings.Contains(err.Error(), "9901") {
			t.Fatal("an error quotes the card")
		}
	})
}

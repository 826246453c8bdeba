package hospital

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCharactersWhoseSecondByteIsADelimiterSurvive(t *testing.T) {
	// In GB 18030 these end in 7C, 5E, 7E and 5C: | ^ ~ \.
	const name = "亅乛亊乗"
	m := &message{charset: GB18030, segments: []segment{
		fields("MSH", map[int]string{1: "|", 2: `^~\&`, 3: escape(name), 9: "ADT^A04", 18: string(GB18030)}),
		{"PID", "1", "", "a^^^b", "", join(name, "乙")},
	}}
	raw, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, trail := range []string{"\x81|", "\x81^", "\x81~", "\x81\\"} { // the sample is one
		if !bytes.Contains(raw, []byte(trail)) {
			t.Fatalf("no %q in % X", trail, raw)
		}
	}
	back, err := parse(raw)
	if err != nil || back.charset != GB18030 {
		t.Fatal(err)
	}
	if got := back.find("PID").get(5, 1) + back.find("PID").get(5, 2) + back.find("MSH").get(3, 1); got != name+"乙"+name {
		t.Errorf("read %q", got)
	}
}

func TestAMessageWithoutCharsetIsReadByItsBytes(t *testing.T) {
	for charset, want := range map[Charset]string{UTF8: "王", GB18030: "王"} {
		m := &message{charset: charset, segments: []segment{fields("MSH", map[int]string{1: "|", 2: `^~\&`, 9: "A"}), {"PID", want}}}
		raw, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := parse(raw)
		if err != nil || back.charset != charset || back.find("PID").get(1, 1) != want {
			t.Errorf("%s: %v, %v", charset, back, err)
		}
	}
}

func TestEscapesGoBothWays(t *testing.T) {
	for _, s := range []string{`a|b^c&d~e\f`, "", "王", `\H\`} {
		if got := unescape(escape(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
	if got := unescape(`a\H\b\N\c\`); got != `abc\` {
		t.Errorf("%q", got)
	}
	if got := escape("a\rPID|x"); strings.ContainsAny(got, "\r|") {
		t.Errorf("%q would begin a segment", got)
	}
}

func TestFramesSurviveNoiseAndPieces(t *testing.T) {
	var wire bytes.Buffer
	wire.WriteString("noise\x1c\r")
	_ = writeFrame(&wire, []byte("one\rtwo"))
	_ = writeFrame(&wire, nil)
	_ = writeFrame(&wire, []byte("three\x1c!"))
	r := bufio.NewReader(iotest.OneByteReader(&wire))
	for _, want := range []string{"one\rtwo", "", "three\x1c!"} {
		if got, err := readFrame(r); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if _, err := readFrame(r); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	long := io.MultiReader(strings.NewReader("\x0b"), strings.NewReader(strings.Repeat("x", maxMessage+1)))
	if _, err := readFrame(bufio.NewReader(long)); !errors.Is(err, errTooLong) {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("MSH|^~\\&|a|b|||2030||SRM^S01|c|P|2.5.1||||||GB 18030-2000\rARQ|x\rPID|1||\xd1\xaa"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parse(raw)
		if err != nil {
			return
		}
		h := &Hospital{o: Options{Now: fixedNow, Adopt: true}, agenda: newAgenda(), answers: newAnswers(4)}
		if answer, _, _ := h.reply(m); answer.find("MSA").raw(1) == "" {
			t.Error("no answer")
		}
	})
}

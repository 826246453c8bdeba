package escpos

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
)

// body gives what a slip holds after its opening (reset, Chinese mode).
func body(t *testing.T, s *Slip) []byte {
	t.Helper()
	rest, ok := bytes.CutPrefix(s.Bytes(), []byte{0x1B, 0x40, 0x1C, 0x26})
	if !ok {
		t.Fatalf("slip opens with % X", s.Bytes())
	}
	return rest
}

func TestTextGoesOutAsTheBytesOfGB18030(t *testing.T) {
	for text, want := range map[string]string{ // checked with two independent codecs
		"血压120/80": "D1AAD1B93132302F38300A",
		"𠮷":        "9534B2350A",
		"€":        "A2E30A",
	} {
		if got := strings.ToUpper(hex.EncodeToString(body(t, New(Profile{}).Line(text)))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestAQRCodeIsWrittenAsOtherEncodersWriteIt(t *testing.T) {
	const want = "1D286B0400314132001D286B03003143061D286B03003145311D286B100031503068747470733A2F2F612E622F311D286B0300315130"
	s := New(Profile{})
	if err := s.QR("https://a.b/1", 6, Medium); err != nil {
		t.Fatal(err)
	}
	if got := strings.ToUpper(hex.EncodeToString(body(t, s))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnImpossibleQRCodeLeavesTheSlipAsItWas(t *testing.T) {
	s := New(Profile{})
	for _, content := range []string{"", strings.Repeat("9", maxQR+1), "a\x10\x04\x01"} {
		if err := s.QR(content, 6, Medium); !errors.Is(err, ErrQR) {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
	if len(body(t, s)) != 0 {
		t.Errorf("something was written: % X", body(t, s))
	}
}

func TestACharacterThatThePrinterLacksIsNeverPrintedWrong(t *testing.T) {
	for _, c := range []struct {
		set     Charset
		text    string
		missing string
		bytes   string
	}{
		{GB18030, "𬭎镕喆", "", ""}, // four bytes each or two: the codec's affair
		{GBK, "𠮷€镕", "𠮷€", "A1FEA1FEE946"},
		{GB2312, "镕张喆", "镕喆", "A1FED5C5A1FE"},
		{GB18030, "\ue816张", "\ue816", "A1FED5C5"}, // private: another glyph in every font
	} {
		s := New(Profile{Charset: c.set}).Line(c.text).Line(c.text)
		if got := string(s.Missing()); got != c.missing {
			t.Errorf("%s: missing %q, want %q", c.set, got, c.missing)
		}
		first, _, _ := bytes.Cut(body(t, s), []byte{'\n'})
		if got := strings.ToUpper(hex.EncodeToString(first)); c.bytes != "" && got != c.bytes {
			t.Errorf("%s: %s, want %s", c.set, got, c.bytes)
		}
	}
}

func TestALineWithALackingCharacterIsDrawnWhereAFontIsAtHand(t *testing.T) {
	var drawn []string
	s := New(Profile{Charset: GBK, Draw: func(line string) image.Image {
		drawn = append(drawn, line)
		return image.NewGray(image.Rect(0, 0, 8, 1)) // all black
	}}).Line("姓名").Line("𠮷田")
	if len(drawn) != 1 || drawn[0] != "𠮷田" || len(s.Missing()) != 0 {
		t.Errorf("drew %q, missing %q", drawn, string(s.Missing()))
	}
	if !bytes.Contains(s.Bytes(), []byte{0x1D, 0x76, 0x30, 0, 1, 0, 1, 0, 0xFF}) {
		t.Errorf("no picture in % X", s.Bytes())
	}
}

func TestANameCannotCommandThePrinter(t *testing.T) {
	evil := "王\x1bp\x00\x19\x19某\x10\x04\x01\u0085\ufeff\x7f"
	if got, want := body(t, New(Profile{}).Line(evil)), body(t, New(Profile{}).Line("王p某")); !bytes.Equal(got, want) {
		t.Errorf("% X, want % X", got, want)
	}
}

func TestTextIsBrokenWhereThePaperEnds(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"请于上午九点到内科", []string{"请于上午九", "点到内科"}},
		{"编号 AB12345 内科", []string{"编号", "AB12345 内", "科"}},
		{"ABCDEFGHIJKLM", []string{"ABCDEFGHIJ", "KLM"}},
		{"", []string{""}},
	} {
		if got := wrap(c.text, 10); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAPairStandsAtBothEdgesOrOnTwoLines(t *testing.T) {
	s := New(Profile{Columns: 12}).Pair("科室", "内科").Pair("就诊医生", "主任医师")
	want := New(Profile{Columns: 12}).Line("科室    内科").Line("就诊医生").Align(Right).Line("主任医师").Align(Left)
	if !bytes.Equal(s.Bytes(), want.Bytes()) {
		t.Errorf("% X\nwant % X", s.Bytes(), want.Bytes())
	}
	centred := New(Profile{Columns: 8}).Align(Center).Pair("就诊医生", "主任医师").Bytes()
	if !bytes.HasSuffix(centred, []byte{0x1B, 0x61, byte(Center)}) {
		t.Error("a pair on two lines must leave the alignment as it was")
	}
}

func TestLargeTextBreaksSooner(t *testing.T) {
	s := New(Profile{Columns: 12}).Size(2, 2).Line("一二三四")
	if got := bytes.Count(s.Bytes(), []byte{'\n'}); got != 2 {
		t.Errorf("four double-width characters on 12 columns make %d lines, want 2", got)
	}
	if !bytes.Contains(s.Bytes(), []byte{0x1D, 0x21, 0x11, 0x1C, 0x21, 0x0C}) {
		t.Errorf("double size for Latin and Chinese is missing in % X", s.Bytes())
	}
}

func TestAPictureNeverHoldsTheBytesOfAStatusQuestion(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 16, 1))
	for x := range 16 {
		img.SetGray(x, 0, color.Gray{Y: 255})
	}
	img.SetGray(3, 0, color.Gray{})  // first byte 0x10
	img.SetGray(13, 0, color.Gray{}) // second byte 0x04
	got := body(t, New(Profile{}).Image(img))
	if want := []byte{0x1D, 0x76, 0x30, 0, 2, 0, 1, 0, 0x10, 0x0C}; !bytes.Equal(got, want) {
		t.Errorf("% X, want % X", got, want)
	}
	clear := body(t, New(Profile{}).Image(image.NewNRGBA(image.Rect(0, 0, 8, 1))))
	if clear[len(clear)-1] != 0 {
		t.Error("transparent is white")
	}
}

func TestTheCutComesAfterThePrintHasPassedTheKnife(t *testing.T) {
	if got := body(t, New(Profile{}).Cut()); !bytes.Equal(got, []byte{0x1B, 0x64, 3, 0x1D, 0x56, 0}) {
		t.Errorf("% X", got)
	}
	if got := body(t, New(Profile{Partial: true}).Cut()); !bytes.HasSuffix(got, []byte{0x1D, 0x56, 1}) {
		t.Errorf("% X", got)
	}
}

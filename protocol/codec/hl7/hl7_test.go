package hl7

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiangyi/protocol/codec/gb18030"
)

func decode(t testing.TB, raw string) *Message {
	t.Helper()
	m, err := Decode([]byte(raw))
	if err != nil {
		t.Fatalf("Decode(%q): %v", raw, err)
	}
	return m
}

// A spot check as a Comen NC5 sends it (the person is made up).
const spotCheck = "MSH|^~\\&||KC575235977G|||20260726231332.1106+0800||ORU^R01|20260726231332.11090007|P|2.6\r" +
	"PID|||MRN12123||TEST^PATIENT|||M||||||||||MRN12123\rPV1||I|^^&24|0|||99999\r" +
	"OBR||||2^MON_SPOT_DATA^99COMEN|||20260726231331\r" +
	"OBX||NM|150301^MDC_PRESS_CUFF_SYS^MDC|1.1.9.150301|120|266016^MDC_DIM_MMHG^MDC|90^160||||F|||20260726231331+0800\r" +
	"OBX||NM|188740^MDC_LEN_BODY_ACTUAL^MDC|1.10.1.188740|0|263441^MDC_DIM_CENTI_M^MDC|||||F\r"

func TestASpotCheckIsRead(t *testing.T) {
	m := decode(t, spotCheck)
	if message, event := m.Type(); message != "ORU" || event != "R01" || m.ControlID() != "20260726231332.11090007" || m.Version() != "2.6" {
		t.Errorf("header: %s^%s %s %s", message, event, m.ControlID(), m.Version())
	}
	if got := m.First("PV1").At(3, 1, 3, 2); got != "24" {
		t.Errorf("bed = %q", got)
	}
	obx := m.All("OBX")
	if len(obx) != 2 || obx[0].At(3, 1, 2, 1) != "MDC_PRESS_CUFF_SYS" || obx[0].Text(5) != "120" || obx[0].At(7, 1, 2, 1) != "160" ||
		obx[0].Text(11) != "F" || obx[1].Text(14) != "" {
		t.Errorf("observations: %+v", obx)
	}
	if m.First("ZZZ") != nil || m.First("ZZZ").At(3, 2, 1, 1) != "" || obx[0].At(5, 0, 1, 1) != "" || obx[0].At(3, 1, 9, 1) != "" {
		t.Error("what is not there is not empty")
	}
	if b, err := m.Encode(); err != nil || string(b) != spotCheck {
		t.Errorf("written again as %q, %v", b, err)
	}
}

func TestLineEndsAreTakenAsTheyCome(t *testing.T) {
	want := decode(t, spotCheck)
	for name, raw := range map[string]string{
		"CR LF":         strings.ReplaceAll(spotCheck, "\r", "\r\n"),
		"LF":            strings.ReplaceAll(spotCheck, "\r", "\n"),
		"no last CR":    strings.TrimSuffix(spotCheck, "\r"),
		"empty lines":   "\r\n" + strings.ReplaceAll(spotCheck, "\r", "\r\r\n\n"),
		"a byte order ": "\xef\xbb\xbf" + spotCheck,
	} {
		if got := decode(t, raw); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	m := decode(t, "MSH|^~\\&\rOBX|1|TX|||first line\nsecond line\n|||||F\rNTE|1\n")
	if got := m.First("OBX").Text(5); got != "first line\nsecond line\n" || m.First("NTE").Text(1) != "1" {
		t.Errorf("a text with line feeds of its own: %q", got)
	}
}

// Every character whose second byte in GB 18030 is one of the delimiters, in every place where it could do harm.
func TestDelimitersWithinCharactersDoNotSplit(t *testing.T) {
	for _, trail := range []byte(`|^~\`) {
		var names strings.Builder
		for lead := byte(0x81); lead < 0xfe; lead++ {
			if text, bad := gb18030.Decode([]byte{lead, trail}); bad == 0 {
				names.WriteString(text)
			}
		}
		name := names.String()
		if len(name) < 200 {
			t.Fatalf("only %q has %q behind", name, trail)
		}
		m := New(Header{Sender: Party{Application: name, Facility: "某院"}, Message: "ADT", Event: "A04", ControlID: "1"}, GB18030)
		m.Add(NewSegment("PID", nil, nil, Repeats(Parts("1", name), Parts("2", "", name)), nil, Parts(name, "明")))
		b, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Charset != GB18030 || got.First("MSH").Text(3) != name || got.First("MSH").Text(4) != "某院" ||
			got.First("PID").At(3, 2, 3, 1) != name || got.First("PID").At(5, 1, 2, 1) != "明" {
			t.Errorf("with %q behind: %+v", trail, got)
		}
	}
}

func TestTheCharacterSetIsFound(t *testing.T) {
	const text = "MSH|^~\\&|住院||||||ADT^A04|1|P|2.4||||||%s\rPID|||||測試^瓅明\r"
	in := func(declared string) string { return strings.Replace(text, "%s", declared, 1) }
	gb := func(s string) string { b, _ := gb18030.Encode(s); return string(b) }
	for name, c := range map[string]struct {
		raw  string
		want Charset
	}{
		"declared UTF-8":               {in("UNICODE UTF-8"), UTF8},
		"declared UTF-8, other words":  {in("utf8"), UTF8},
		"declared GB 18030":            {gb(in("GB 18030-2000")), GB18030},
		"declared GBK":                 {gb(in("GBK~ASCII")), GB18030},
		"declared nothing, UTF-8":      {in(""), UTF8},
		"declared nothing, GB 18030":   {gb(in("")), GB18030},
		"declared ASCII, is GB 18030":  {gb(in("ASCII")), GB18030},
		"short header, GB 18030":       {gb("MSH|^~\\&|住院\rPID|||||測試^瓅明\r"), GB18030},
		"no header beyond delimiters":  {"MSH|^~\\&\rPID|||||測試^瓅明\r", UTF8},
		"GB 18030 with ASCII in front": {gb(strings.Replace(in("GB18030"), "住院", "HIS", 1)), GB18030},
	} {
		m, err := Decode([]byte(c.raw))
		if err != nil || m.Charset != c.want || m.First("PID").At(5, 1, 2, 1) != "瓅明" {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}

	m := decode(t, "MSH|^~\\&|caf\xe9||||||ORU^R01|1|P|2.4||||||8859/1\r")
	if m.Charset != Latin1 || m.First("MSH").Text(3) != "café" {
		t.Errorf("8859/1: %+v", m)
	}
	if m, err := DecodeAs([]byte(gb(in("UNICODE UTF-8"))), GB18030); err != nil || m.First("PID").At(5, 1, 1, 1) != "測試" {
		t.Errorf("a sender that does not know its set: %+v, %v", m, err)
	}
}

func TestEachRefusalSaysWhere(t *testing.T) {
	const msh = "MSH|^~\\&|||||||ADT^A04|1|P|2.4"
	for name, c := range map[string]struct {
		raw  string
		want Error
	}{
		"nothing":                     {"", Error{NoHeader, 1, 0}},
		"no MSH":                      {"PID|1\r" + msh, Error{NoHeader, 1, 0}},
		"MSH alone":                   {"MSH", Error{BadDelimiters, 1, 3}},
		"no MSH-2":                    {"MSH||", Error{BadDelimiters, 1, 3}},
		"a letter as delimiter":       {"MSHa^~\\&a", Error{BadDelimiters, 1, 3}},
		"one delimiter twice":         {"MSH|^^\\&|", Error{BadDelimiters, 1, 3}},
		"too many":                    {"MSH|^~\\&#$|", Error{BadDelimiters, 1, 3}},
		"unknown set":                 {msh + "||||||KOI8-R\r", Error{UnknownCharset, 1, 0}},
		"broken UTF-8":                {msh + "||||||UNICODE UTF-8\rPID|\xff", Error{BadText, 0, 54}},
		"broken GB 18030":             {msh + "||||||GB 18030-2000\rPID|\xff", Error{BadText, 0, 54}},
		"header not in its UTF-8":     {"MSH|^~\\&|\xd5\x5c|||||||1|P|2.4||||||UNICODE UTF-8\r", Error{BadText, 1, 0}},
		"short name":                  {msh + "\rPI", Error{BadSegment, 2, 31}},
		"name in lower case":          {msh + "\rpid|1", Error{BadSegment, 2, 31}},
		"no delimiter behind":         {msh + "\rPIDX1", Error{BadSegment, 2, 31}},
		"a second header":             {msh + "\r" + msh, Error{BadSegment, 2, 31}},
		"too many parts":              {msh + "\rPID" + strings.Repeat("|", MaxParts), Error{TooLarge, 2, 31}},
		"too many parts in one field": {msh + "\rPID|" + strings.Repeat("&", MaxParts), Error{TooLarge, 2, 31}},
		"too many segments":           {msh + strings.Repeat("\rZZZ", MaxParts), Error{TooLarge, 262121, 1048507}},
		"too long":                    {msh + strings.Repeat("|", MaxMessage), Error{TooLarge, 0, MaxMessage}},
	} {
		_, err := Decode([]byte(c.raw))
		var got *Error
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%s: %+v, want %+v", name, err, c.want)
			continue
		}
		if !errors.Is(err, &Error{Kind: c.want.Kind}) || errors.Is(err, &Error{Kind: Partial}) || strings.Contains(err.Error(), "1|P") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Read in a time that grows with the square of the length, this would take hours.
func TestManyLineFeedsAreReadInOneGo(t *testing.T) {
	decode(t, "MSH|^~\\&|a"+strings.Repeat("\n", 4<<20)+"x|\rPID|1")
	decode(t, "MSH|^~\\&|a"+strings.Repeat("\r\n", 4<<20)+"PID|1")
}

func TestEscapesAreReadAndWritten(t *testing.T) {
	for sent, want := range map[string]string{
		`a\F\b\S\c\T\d\R\e\E\f`: `a|b^c&d~e\f`,
		`one\.br\two\.sp\three`: "one\ntwo\nthree",
		`\H\high\N\`:            "high",
		`\X0D\`:                 "\r", `\XE6988E\`: "明", `\X41 42\`: `\X41 42\`, `\XFF\`: `\XFF\`, `\X\`: `\X\`,
		`C:\temp\new\F\`: `C:\temp\new|`, `50\`: `50\`, `\`: `\`, `\\`: `\\`, `a\\F\`: `a\|`,
		`\Zlocal\F`: `\Zlocal\F`, `\.in4\x`: `\.in4\x`, `\P\`: `\P\`,
	} {
		if got := unescape(sent, Standard, UTF8); got != want {
			t.Errorf("%s is read as %q, want %q", sent, got, want)
		}
		if back := unescape(escape(want, Standard), Standard, UTF8); back != want {
			t.Errorf("%q is written as %q", want, escape(want, Standard))
		}
	}
	if got := escape("a|b\x0bc\x1cd\re\tf\n#", Standard); got != "a\\F\\b\\X0B\\c\\X1C\\d\\X0D\\e\tf\\.br\\#" {
		t.Errorf("written as %q", got)
	}
	m := decode(t, "MSH|^~\\&#\rNTE|1||a\\P\\b\\XC3F7\\\r")
	if got := m.First("NTE").Text(3); got != "a#b\\XC3F7\\" {
		t.Errorf("with truncation: %q", got)
	}
	m.Add(NewSegment("NTE", Text("1#2")))
	if b, err := m.Encode(); err != nil || !strings.HasPrefix(string(b), "MSH|^~\\&#\r") || !strings.HasSuffix(string(b), "1\\P\\2\r") {
		t.Errorf("with truncation: %q, %v", b, err)
	}
}

func TestBytesInEscapesAreInTheSetOfTheMessage(t *testing.T) {
	m := decode(t, "MSH|^~\\&||||||||1|P|2.4||||||GB18030\rNTE|1||\\XC3F7\\\r")
	if got := m.First("NTE").Text(3); got != "明" {
		t.Errorf("%q", got)
	}
}

func TestABuiltMessageIsReadAsItWasBuilt(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 14, 0, 0, time.FixedZone("", 8*3600))
	m := New(Header{
		Sender: Party{"XIANGYI", "v01"}, Receiver: Party{"HIS", "县医院"}, Time: at, Message: "SRM", Event: "S01",
		Structure: "SRM_S01", ControlID: "v01-17", AcceptAck: Always, ApplicationAck: Never,
	}, UTF8)
	m.Add(NewSegment("PID", Text("1"), nil, Repeats(Parts("990101", "", "", "PI"), nil, Text("2")), nil, Parts("张", "伟|明")))
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = "MSH|^~\\&|XIANGYI|v01|HIS|县医院|20261102091400+0800||SRM^S01^SRM_S01|v01-17|P|2.5.1|||AL|NE||UNICODE UTF-8\r" +
		"PID|1||990101^^^PI~~2||张^伟\\F\\明\r"
	if string(b) != want {
		t.Errorf("written as %q", b)
	}
	if got := decode(t, string(b)); !reflect.DeepEqual(got, m) {
		t.Errorf("read as %+v, built as %+v", got, m)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	latin := New(Header{}, Latin1)
	latin.Add(NewSegment("NTE", Text("a")), NewSegment("NTE", Text("é明")))
	second := New(Header{}, UTF8)
	second.Add(NewSegment("MSH"))
	named := New(Header{}, UTF8)
	named.Add(NewSegment("P|D"))
	broken := New(Header{}, UTF8)
	broken.Add(NewSegment("NTE", Text("a\xff")))
	for name, c := range map[string]struct {
		m    *Message
		want Error
	}{
		"outside the set": {latin, Error{Unencodable, 3, 6}}, "no header": {&Message{Delimiters: Standard}, Error{NoHeader, 1, 0}},
		"two headers": {second, Error{BadSegment, 2, 0}}, "a bad name": {named, Error{BadSegment, 2, 0}},
		"no delimiters": {&Message{Segments: []Segment{{Name: "MSH"}}}, Error{BadDelimiters, 1, 0}},
		"broken text":   {broken, Error{Unencodable, 2, 5}},
	} {
		_, err := c.m.Encode()
		if got, ok := err.(*Error); !ok || *got != c.want {
			t.Errorf("%s: %v, want %v", name, err, &c.want)
		}
	}
}

var anyText = rapid.StringOfN(rapid.RuneFrom([]rune("|^~\\&#FSTREX0Dbr.\r\n\t\x0b\x1cé明瓅誠𬱖 a1")), 1, 12, -1)

func TestEveryTextSurvivesTheJourney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(Header{Message: "ORU", Event: "R01"}, rapid.SampledFrom([]Charset{UTF8, GB18030}).Draw(t, "set"))
		for range rapid.IntRange(1, 3).Draw(t, "segments") {
			field := func(t *rapid.T) Field {
				return Repeats(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Field {
					return Parts(rapid.SliceOfN(anyText, 1, 3).Draw(t, "parts")...)
				}), 1, 3).Draw(t, "repeats")...)
			}
			m.Add(NewSegment("OBX", rapid.SliceOfN(rapid.Custom(field), 1, 4).Draw(t, "fields")...))
		}
		b, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%q is read as %+v (%v), was %+v", b, got, err, m)
		}
	})
}

func TestTimesAreReadWithTheirPrecision(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	for s, want := range map[string]struct {
		at        time.Time
		precision Precision
	}{
		"2026":                      {time.Date(2026, 1, 1, 0, 0, 0, 0, zone), Year},
		"202611":                    {time.Date(2026, 11, 1, 0, 0, 0, 0, zone), Month},
		"19520309":                  {time.Date(1952, 3, 9, 0, 0, 0, 0, zone), Day},
		"2026110209":                {time.Date(2026, 11, 2, 9, 0, 0, 0, zone), Hour},
		"202611020914":              {time.Date(2026, 11, 2, 9, 14, 0, 0, zone), Minute},
		"20261102091405":            {time.Date(2026, 11, 2, 9, 14, 5, 0, zone), Second},
		"20261102091405+0000":       {time.Date(2026, 11, 2, 9, 14, 5, 0, time.UTC), Second},
		"20260726231332.1106-0330":  {time.Date(2026, 7, 27, 2, 43, 32, 110_600_000, time.UTC), Second},
		"202611020914+0800":         {time.Date(2026, 11, 2, 9, 14, 0, 0, zone), Minute},
		"20261102091405.1":          {time.Date(2026, 11, 2, 9, 14, 5, 100_000_000, zone), Second},
		"20261102091405.123456789Z": {},
	} {
		at, precision, err := ParseTime(s, zone)
		if want.precision == 0 {
			if !errors.Is(err, ErrTime) {
				t.Errorf("ParseTime(%q) = %v, %v", s, at, err)
			}
			continue
		}
		if err != nil || !at.Equal(want.at) || precision != want.precision {
			t.Errorf("ParseTime(%q) = %v, %v, %v", s, at, precision, err)
		}
	}
	for _, s := range []string{"", "202", "20261301", "20260230", "2026110225", "20261102091405.", "202611.5", "20261102091405+08", "yesterday", "2026-11-02"} {
		if at, _, err := ParseTime(s, zone); !errors.Is(err, ErrTime) {
			t.Errorf("ParseTime(%q) = %v, %v", s, at, err)
		}
	}
	at := time.Date(2026, 11, 2, 9, 14, 5, 0, zone)
	if FormatTime(at) != "20261102091405+0800" || FormatDate(at) != "20261102" || FormatTime(time.Time{}) != "" || FormatDate(time.Time{}) != "" {
		t.Error(FormatTime(at), FormatDate(at))
	}
}

func FuzzDecode(f *testing.F) {
	gb, _ := gb18030.Encode("MSH|^~\\&|誠||||||ADT^A04|1|P|2.4||||||GB18030\rPID|||瓅\r")
	for _, s := range []string{
		spotCheck, string(gb), "MSH|^~\\&#\rNTE|\\X41\\\\.br\\\\Zq\\\\F", "MSH^|~\\&^a\nPID^1", "MSH|^~\\&\n\n\rOBX|a\nb\n",
		"MSH|^~\\&|caf\xe9||||||ORU^R01|1|P|2.4||||||8859/1\r",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("untyped error %v", err)
			}
			if _, err := Decode(mustEncode(t, Refuse(raw, err, "1", time.Unix(0, 0)))); err != nil {
				t.Fatalf("the refusal cannot be read: %v", err)
			}
			return
		}
		if _, err := Decode(mustEncode(t, Ack(m, Accepted, "1", time.Unix(0, 0)))); err != nil {
			t.Fatalf("the answer cannot be read: %v", err)
		}
		m.SetCharset(UTF8)
		again, err := Decode(mustEncode(t, m))
		if errors.Is(err, &Error{Kind: TooLarge}) {
			return // escaped, it may be longer than what came
		}
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%q is read as %+v, and written and read again as %+v, %v", raw, m, again, err)
		}
	})
}

func mustEncode(t testing.TB, m *Message) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatalf("Encode(%+v): %v", m, err)
	}
	return b
}

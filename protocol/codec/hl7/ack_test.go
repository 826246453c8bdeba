package hl7

import (
	"errors"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol/codec/gb18030"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.FixedZone("", 8*3600))

func TestAnAnswerGoesBackToWhoAsked(t *testing.T) {
	m := decode(t, "MSH|^~\\&|LIS^1|HOSPITAL|XIANGYI|v01|20261102115900||ORU^R01^ORU_R01|77|T|2.5.1||||||UNICODE UTF-8\r")
	got := string(mustEncode(t, Ack(m, Accepted, "a1", noon)))
	const want = "MSH|^~\\&|XIANGYI|v01|LIS^1|HOSPITAL|20261102120000+0800||ACK^R01^ACK|a1|T|2.5.1||||||UNICODE UTF-8\rMSA|AA|77\r"
	if got != want {
		t.Errorf("answer %q", got)
	}
}

func TestAnAnswerIsInTheSetOfTheSender(t *testing.T) {
	for declared, says := range map[string]string{"GBK": "||||||GBK\r", "": "|2.4\r"} {
		raw, _ := gb18030.Encode("MSH|^~\\&|瓅|某院|||||ADT^A08|5|P|2.4||||||" + declared + "\r")
		m, err := Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		b := mustEncode(t, Ack(m, Failed, "a2", noon, Problem{Code: UnknownKey, Segment: "PID", Nth: 1, Field: 3}))
		text, bad := gb18030.Decode(b)
		want := "MSH|^~\\&|||瓅|某院|20261102120000+0800||ACK^A08|a2|P|2.4" + strings.TrimPrefix(says, "|2.4") +
			"MSA|AE|5\rERR|PID^1^3^204&Unknown key identifier&HL70357\r"
		if bad != 0 || text != want {
			t.Errorf("answer %q", text)
		}
	}
}

func TestProblemsAreToldAsTheVersionHasThem(t *testing.T) {
	m := decode(t, "MSH|^~\\&|||||||ADT^A08|5|P|2.5\r")
	got := string(mustEncode(t, Ack(m, Failed, "a", noon,
		Problem{Code: RequiredFieldMissing, Segment: "PID", Nth: 1, Field: 3, Text: "no patient"}, Problem{Code: ApplicationInternal})))
	const want = "ERR||PID^1^3|101^Required field missing^HL70357|E||||no patient\rERR|||207^Application internal error^HL70357|E||||\r"
	if !strings.HasSuffix(got, want) {
		t.Errorf("answer %q", got)
	}
	for version, old := range map[string]bool{"2.1": true, "2.3.1": true, "2.4": true, "2.5": false, "2.5.1": false, "2.9": false, "": false} {
		if before25(version) != old {
			t.Errorf("version %s", version)
		}
	}
	for code := range errorTexts {
		if code.String() == "" {
			t.Errorf("code %d has no text", code)
		}
	}
}

func TestWhoIsAnsweredWhat(t *testing.T) {
	for wishes, want := range map[string][4]bool{ // commit if ok, commit if not, answer if ok, answer if not
		"":         {false, false, true, true},
		"|||AL|NE": {true, true, false, false},
		"|||ER|SU": {false, true, true, false},
		"|||NE|AL": {false, false, true, true},
		"|||NE":    {false, false, false, false},
	} {
		m := decode(t, "MSH|^~\\&|||||||ORU^R01|1|P|2.5"+wishes+"\r")
		got := [4]bool{m.WantsCommit(true), m.WantsCommit(false), m.WantsAnswer(true), m.WantsAnswer(false)}
		if got != want || m.Enhanced() != (wishes != "") {
			t.Errorf("%q: %v, want %v", wishes, got, want)
		}
	}
	if !Accepted.OK() || !CommitAccepted.OK() || Failed.OK() || CommitRejected.OK() {
		t.Error("codes of success")
	}
}

func TestWhatCannotBeReadIsAnsweredAllTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want string
	}{
		"a bad line": {
			"MSH|^~\\&|MON|W1|||||ORU^R01|9|P|2.6\rpid|张", "MSH|^~\\&|||MON|W1|20261102120000+0800||ACK^R01|r|P|2.6\rMSA|AE|9\r" +
				"ERR|||102^Data type error^HL70357|E||||\r"},
		"enhanced mode": {
			"MSH|^~\\&|MON|W1|||||ORU^R01|9|P|2.6|||AL|NE\rpid|1", "MSH|^~\\&|||MON|W1|20261102120000+0800||ACK^R01|r|P|2.6\rMSA|CE|9\r" +
				"ERR|||102^Data type error^HL70357|E||||\r"},
		"no header": {
			"hello", "MSH|^~\\&|||||20261102120000+0800||ACK|r|P|2.5.1||||||UNICODE UTF-8\rMSA|AE|\rERR|||100^Segment sequence error^HL70357|E||||\r"},
	} {
		_, err := Decode([]byte(c.raw))
		if err == nil {
			t.Fatalf("%s is read", name)
		}
		if got := string(mustEncode(t, Refuse([]byte(c.raw), err, "r", noon))); got != c.want {
			t.Errorf("%s: answer %q\nwant %q", name, got, c.want)
		}
	}
	got := string(mustEncode(t, Refuse([]byte("MSH|^~\\&|||||||ORU^R01|9|P|2.6"), errors.New("disk full"), "r", noon)))
	if !strings.Contains(got, "MSA|AR|9\r") || !strings.Contains(got, "207^") || strings.Contains(got, "disk") {
		t.Errorf("our own trouble: %q", got)
	}
	gb, _ := gb18030.Encode("MSH|^~\\&|瓅|某院|||||ORU^R01|9|P|2.6||||||UNICODE UTF-8\r")
	_, err := Decode(gb)
	if m := Refuse(gb, err, "r", noon); m.First("MSA").Text(2) != "9" {
		t.Errorf("a header in another set than it says: %+v", m)
	}
}

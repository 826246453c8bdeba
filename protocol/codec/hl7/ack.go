package hl7

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// AckCode is MSA-1. A codes answer what was done with the message; C codes (enhanced mode) only that it is kept.
type AckCode string

// The codes. The sender of a message answered AE or CE must not send it again unchanged; after AR, CR or silence it tries
// again later.
const (
	Accepted       AckCode = "AA"
	Failed         AckCode = "AE"
	Rejected       AckCode = "AR"
	CommitAccepted AckCode = "CA"
	CommitFailed   AckCode = "CE"
	CommitRejected AckCode = "CR"
)

// OK reports whether the code is one of success.
func (c AckCode) OK() bool { return c == Accepted || c == CommitAccepted }

// Wish is MSH-15 or MSH-16: when the sender wants an answer.
type Wish string

// The wishes of table 0155.
const (
	Always    Wish = "AL"
	Never     Wish = "NE"
	OnError   Wish = "ER"
	OnSuccess Wish = "SU"
)

func (w Wish) wants(ok bool) bool { return w == Always || w == OnError && !ok || w == OnSuccess && ok }

// Enhanced reports whether the sender speaks the enhanced mode, where receipt and result are answered apart.
func (m *Message) Enhanced() bool {
	msh := m.First("MSH")
	return msh.Text(15) != "" || msh.Text(16) != ""
}

// WantsCommit reports whether the sender wants a C code for a message that was kept, or was not.
func (m *Message) WantsCommit(ok bool) bool { return Wish(m.First("MSH").Text(15)).wants(ok) }

// WantsAnswer reports whether the sender wants an A code. In the original mode it always does.
func (m *Message) WantsAnswer(ok bool) bool {
	return !m.Enhanced() || Wish(m.First("MSH").Text(16)).wants(ok)
}

// ErrorCode is ERR-3, table 0357.
type ErrorCode int

// The codes of table 0357.
const (
	SegmentSequence         ErrorCode = 100
	RequiredFieldMissing    ErrorCode = 101
	DataType                ErrorCode = 102
	TableValueNotFound      ErrorCode = 103
	UnsupportedMessage      ErrorCode = 200
	UnsupportedEvent        ErrorCode = 201
	UnsupportedProcessingID ErrorCode = 202
	UnsupportedVersion      ErrorCode = 203
	UnknownKey              ErrorCode = 204
	DuplicateKey            ErrorCode = 205
	RecordLocked            ErrorCode = 206
	ApplicationInternal     ErrorCode = 207
)

var errorTexts = map[ErrorCode]string{
	SegmentSequence: "Segment sequence error", RequiredFieldMissing: "Required field missing", DataType: "Data type error",
	TableValueNotFound: "Table value not found", UnsupportedMessage: "Unsupported message type",
	UnsupportedEvent: "Unsupported event code", UnsupportedProcessingID: "Unsupported processing id",
	UnsupportedVersion: "Unsupported version id", UnknownKey: "Unknown key identifier", DuplicateKey: "Duplicate key identifier",
	RecordLocked: "Application record locked", ApplicationInternal: "Application internal error",
}

// String returns the text of table 0357.
func (c ErrorCode) String() string { return errorTexts[c] }

// Problem is one ERR segment. Text is for people at the other end and must hold no personal data.
type Problem struct {
	Code    ErrorCode
	Segment string // where: name, which of that name (from 1), field (from 1); left out when empty or 0
	Nth     int
	Field   int
	Text    string
}

// Ack returns the answer to m in its character set and version: MSH with the parties exchanged, MSA, and an ERR for each
// problem. id is the answer's own control identifier, at its time.
func Ack(m *Message, code AckCode, id string, at time.Time, problems ...Problem) *Message {
	msh := m.First("MSH")
	_, event := m.Type()
	structure := ""
	if msh.At(9, 1, 3, 1) != "" {
		structure = "ACK"
	}
	a := New(Header{
		Time: at, Message: "ACK", Event: event, Structure: structure, ControlID: id,
		Processing: msh.Text(11), Version: m.Version(),
	}, m.Charset)
	own := a.First("MSH")
	for to, from := range map[int]int{3: 5, 4: 6, 5: 3, 6: 4} { // whole fields: a party may have components
		own.Set(to, msh.Field(from))
	}
	if a.Declared = m.Declared; a.Declared == "" {
		own.Fields = own.Fields[:12] // the sender does not say its set, and may not know the field
	} else {
		own.Set(18, Text(m.Declared))
	}
	a.Add(NewSegment("MSA", Text(string(code)), Text(m.ControlID())))
	for _, p := range problems {
		a.Add(p.segment(m.Version()))
	}
	return a
}

// segment writes ERR as the version has it: from 2.5 on in fields of their own, before in components of ERR-1.
func (p Problem) segment(version string) Segment {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	code := strconv.Itoa(int(p.Code))
	if before25(version) {
		location := Parts(p.Segment, number(p.Nth), number(p.Field), "")
		location[0][3] = Component{code, p.Code.String(), "HL70357"}
		return NewSegment("ERR", location)
	}
	var location Field
	if p.Segment != "" {
		location = Parts(p.Segment, number(p.Nth), number(p.Field))
	}
	return NewSegment("ERR", nil, location, Parts(code, p.Code.String(), "HL70357"), Text("E"), nil, nil, nil, Text(p.Text))
}

func before25(version string) bool {
	for _, old := range []string{"2.1", "2.2", "2.3", "2.4"} {
		if version == old || strings.HasPrefix(version, old+".") {
			return true
		}
	}
	return false
}

// Refuse returns the answer to bytes that Decode refused with err, so that the sender is told and does not send them again: AE,
// or CE in the enhanced mode. What can be made out of MSH is answered to; of the rest nothing is repeated. An err that is not
// an *Error is our own trouble: AR or CR, and the sender tries again.
func Refuse(raw []byte, err error, id string, at time.Time) *Message {
	m := salvage(raw)
	code, problem := Rejected, Problem{Code: ApplicationInternal}
	var refused *Error
	if errors.As(err, &refused) {
		code, problem.Code = Failed, refused.Code()
	}
	if m.Enhanced() {
		code = map[AckCode]AckCode{Failed: CommitFailed, Rejected: CommitRejected}[code]
	}
	return Ack(m, code, id, at, problem)
}

// maxHeader bounds what is looked at of a message that is no message.
const maxHeader = 4 << 10

// salvage reads the MSH of raw as well as it can be read, or returns an empty one.
func salvage(raw []byte) *Message {
	line := trim(raw)
	line = line[:min(len(line), maxHeader)]
	if i := strings.IndexAny(string(line), "\r\n"); i >= 0 {
		line = line[:i]
	}
	for _, c := range []Charset{UTF8, GB18030, Latin1} {
		m, err := decodeAs(line, c, "")
		if err != nil {
			continue
		}
		m.Declared = m.First("MSH").Text(18)
		if named, guess, ok := charsetNamed(m.Declared); !ok || c == Latin1 || !guess && named != c {
			m.Declared = c.String() // what the sender says of its set is wrong: the answer says the truth
		}
		return m
	}
	return New(Header{}, UTF8)
}

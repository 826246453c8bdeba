package hospital

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/hl7"
	"xiangyi/protocol/seal"
)

// fault is why a message can never be taken as it is: AE. Its text tells people
// at the hospital what to do, and holds no personal data.
type fault struct{ hl7.Problem }

func (f *fault) Error() string {
	return fmt.Sprintf("message refused: %d at %s-%d", f.Code, f.Segment, f.Field)
}

// wrong makes a fault of a field; 0 is the segment as a whole.
func wrong(code hl7.ErrorCode, segment string, field int, text string) *fault {
	f := &fault{hl7.Problem{Code: code, Segment: segment, Field: field, Text: text}}
	if segment != "" {
		f.Nth = 1
	}
	return f
}

// deed is one action that a message asks for.
type deed struct {
	name  protocol.ActionName
	input any
	fine  protocol.Code // a refusal with this code says that the matter is not ours: no fault
}

// hear acts on a message and gives the answers: one, or two where the sender
// wants receipt and result apart.
func (in *Inbox) hear(ctx context.Context, raw []byte) []*hl7.Message {
	m, err := hl7.Decode(raw)
	if err != nil {
		in.Log.Warn("hospital's message cannot be read", "err", err)
		return []*hl7.Message{hl7.Refuse(raw, err, in.controlID(), in.Now())}
	}
	kind, event := m.Type()
	code, problems := hl7.Accepted, []hl7.Problem(nil)
	err = in.act(ctx, m, raw)
	var f *fault
	switch {
	case errors.As(err, &f):
		code, problems = hl7.Failed, []hl7.Problem{f.Problem}
	case err != nil:
		code, problems = hl7.Rejected, []hl7.Problem{{Code: hl7.ApplicationInternal, Text: "县里暂时不能保存，请稍后用原消息重发"}}
	}
	log := in.Log.Info
	if err != nil {
		log = in.Log.Warn
	}
	log("hospital's message", "type", kind+"^"+event, "control", m.ControlID(), "answer", string(code), "err", err)
	return in.answers(m, code, problems)
}

// answers puts a verdict into the mode that the sender speaks.
func (in *Inbox) answers(m *hl7.Message, code hl7.AckCode, problems []hl7.Problem) []*hl7.Message {
	var out []*hl7.Message
	if m.WantsCommit(code.OK()) {
		out = append(out, in.answer(m, commits[code], problems))
	}
	if m.WantsAnswer(code.OK()) {
		out = append(out, in.answer(m, code, problems))
	}
	return out
}

var commits = map[hl7.AckCode]hl7.AckCode{
	hl7.Accepted: hl7.CommitAccepted, hl7.Failed: hl7.CommitFailed, hl7.Rejected: hl7.CommitRejected,
}

// answer puts the words into MSA-3 too: ERR has no place for them before 2.5.
func (in *Inbox) answer(m *hl7.Message, code hl7.AckCode, problems []hl7.Problem) *hl7.Message {
	out := hl7.Ack(m, code, in.controlID(), in.Now(), problems...)
	if len(problems) > 0 {
		out.First("MSA").Set(3, hl7.Text(problems[0].Text))
	}
	return out
}

func (in *Inbox) controlID() string {
	d := seal.Sum([]byte("answer"), binaryOf(in.said.Add(1)), binaryOf(uint64(in.Now().UnixNano())))
	return "XY" + d.String()[:18]
}

// act does what a message asks for, all of it committed when it returns nil.
func (in *Inbox) act(ctx context.Context, m *hl7.Message, raw []byte) error {
	ctx, done := context.WithTimeout(ctx, patience)
	defer done()
	deeds, err := in.read(ctx, m)
	if err != nil {
		return err
	}
	for n, d := range deeds {
		if err := in.do(ctx, d, keyOf(fmt.Sprintf("%d:", n), identity(m, raw)...)); err != nil {
			return err
		}
	}
	return nil
}

// read turns a message into deeds.
func (in *Inbox) read(ctx context.Context, m *hl7.Message) ([]deed, error) {
	kind, event := m.Type()
	switch processing := m.First("MSH").Text(11); {
	case m.ControlID() == "":
		return nil, wrong(hl7.RequiredFieldMissing, "MSH", 10, "缺少消息编号 MSH-10")
	case processing != "" && processing != "P":
		return nil, wrong(hl7.UnsupportedProcessingID, "MSH", 11, "这里只收正式消息（MSH-11 为 P），测试消息不保存")
	}
	switch kind + "^" + event {
	case "ORU^R01":
		return in.reports(ctx, m)
	case "SIU^S12", "SIU^S23", "SIU^S24":
		return in.slots(ctx, m, event)
	}
	code := hl7.UnsupportedMessage
	if kind == "ORU" || kind == "SIU" {
		code = hl7.UnsupportedEvent
	}
	return nil, wrong(code, "MSH", 9, "县里不接收这类消息，只收 ORU^R01 和 SIU^S12、S23、S24")
}

// identity is by what a message is known again: sender, control id, and what it
// says. The control id alone would not do, see the package.
func identity(m *hl7.Message, raw []byte) [][]byte {
	msh := m.First("MSH")
	raw = bytes.Trim(raw, "\r\n")
	said := raw[len(raw):]
	if i := bytes.IndexAny(raw, "\r\n"); i >= 0 {
		said = raw[i:]
	}
	kind, event := m.Type()
	return [][]byte{[]byte(msh.Text(3)), []byte(msh.Text(4)), []byte(m.ControlID()), []byte(kind), []byte(event), said}
}

// do runs one deed. What an action refuses for what the message says, or what
// is too large to be stored, will not be otherwise next time.
func (in *Inbox) do(ctx context.Context, d deed, key string) error {
	input, err := protocol.Encode(d.input)
	if err != nil {
		return wrong(hl7.DataType, "", 0, "内容太长，县里存不下，请分成几份发送")
	}
	_, err = in.Engine.Do(ctx, care.Request{Actor: machine, Name: d.name, Input: input, Key: key})
	refusal, refused := protocol.AsRefusal(err)
	switch {
	case refused && refusal.Code == d.fine:
		return nil
	case refused && refusal.Words == "": // of an earlier try, which kept the code alone
		return wrong(hl7.DataType, "", 0, "县里不接受这条消息（"+string(refusal.Code)+"）")
	case refused:
		return wrong(hl7.DataType, "", 0, fmt.Sprintf(refusal.Words, refusal.Args...))
	case errors.Is(err, protocol.ErrTooLarge):
		return wrong(hl7.DataType, "", 0, "内容太长，县里存不下，请分成几份发送")
	}
	return err
}

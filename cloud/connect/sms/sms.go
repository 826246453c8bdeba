package sms

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"xiangyi/cloud/connect"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/delivery"
	"xiangyi/protocol/codec/idnumber"
)

// MessageID names a message for ever: the identifier of its notice.
type MessageID string

// Message is one short message. It prints without number and text.
type Message struct {
	ID    MessageID
	Phone string // 11 digits
	Text  string // with the signature in front, as carriers want it
}

// String keeps personal data out of logs.
func (m Message) String() string { return "message " + string(m.ID) }

// Messenger is a carrier. Its methods are called by one goroutine.
type Messenger interface {
	// Reach makes sure that the carrier can be spoken to.
	Reach(ctx context.Context) error
	// Send hands one message over and gives the carrier's number for it. An
	// error that is *Refused is the carrier's no; connect.ErrLater asks for
	// patience; after any other error nobody knows.
	Send(ctx context.Context, m Message) (foreign string, err error)
	// Query asks whether a message was taken before. A carrier that cannot tell
	// gives connect.ErrCannotAsk.
	Query(ctx context.Context, id MessageID) (foreign string, known bool, err error)
	// Close hangs up. It may be reached again.
	Close()
}

// Refused is a carrier's no to one message.
type Refused struct {
	Code  string
	Words string // zh-CN, for staff
}

func (r *Refused) Error() string { return fmt.Sprintf("carrier refused: %s", r.Code) }

// Config of the connector.
type Config struct {
	Messenger Messenger
	Signature string // "【…】", as it was registered with the carrier
}

// Connector implements connect.Connector.
type Connector struct{ Config }

// New makes the connector.
func New(c Config) *Connector { return &Connector{c} }

// Name implements connect.Connector.
func (c *Connector) Name() string { return "sms" }

// Reach implements connect.Connector.
func (c *Connector) Reach(ctx context.Context) error { return c.Messenger.Reach(ctx) }

// Close implements connect.Connector.
func (c *Connector) Close() { c.Messenger.Close() }

// Wants implements connect.Connector: notices as they are first written. Later
// revisions say that one was read.
func (c *Connector) Wants(change *protocol.Change) []int {
	var out []int
	for i := range change.Writes {
		w := &change.Writes[i]
		var n care.Notice
		if w.Ref.Kind == care.KindNotice && len(w.Parents) == 0 && protocol.Decode(w.Value, &n) == nil && n.SMS {
			out = append(out, i)
		}
	}
	return out
}

// Letter implements connect.Connector. A person who no longer wants messages,
// or who is gone, gets none.
func (c *Connector) Letter(r protocol.Reader, it connect.Item) (connect.Letter, error) {
	n, _, err := care.Read[care.Notice](r, it.Ref)
	if err != nil {
		return nil, err
	}
	twin, err := sentAsTwin(r, it)
	if err != nil || twin {
		return nil, err
	}
	p, _, err := care.Read[care.Person](r, care.ResidentRef(n.Person))
	switch {
	case errors.Is(err, protocol.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !it.Sent && (!p.Notices.SMS || p.Phone == ""):
		return nil, nil
	}
	m := Message{ID: MessageID(it.Ref.ID), Text: c.Signature + n.Text}
	if number, err := idnumber.ParsePhone(p.Phone); err == nil {
		m.Phone = string(number)
	}
	return &letter{c.Messenger, m}, nil
}

// sentAsTwin reports whether another first revision of the same notice went on
// its way.
func sentAsTwin(r protocol.Reader, it connect.Item) (bool, error) {
	all, err := care.Deliveries(r, it.Ref)
	return slices.ContainsFunc(all, func(d care.Delivery) bool {
		return d.To == "sms" && d.Source != it.Rev.String() && d.State != delivery.Overtaken
	}), err
}

type letter struct {
	messenger Messenger
	message   Message
}

// Repeatable implements connect.Letter.
func (l *letter) Repeatable() bool { return false }

// Send implements connect.Letter.
func (l *letter) Send(ctx context.Context) (connect.Answer, error) {
	if l.message.Phone == "" {
		return connect.Answer{Refusal: "手机号码不对，请改正后重送", Code: "phone"}, nil
	}
	foreign, err := l.messenger.Send(ctx, l.message)
	var no *Refused
	if errors.As(err, &no) {
		return connect.Answer{Refusal: no.Words, Code: no.Code}, nil
	}
	return connect.Answer{Foreign: foreign}, err
}

// Ask implements connect.Letter.
func (l *letter) Ask(ctx context.Context) (connect.Answer, bool, error) {
	foreign, known, err := l.messenger.Query(ctx, l.message.ID)
	return connect.Answer{Foreign: foreign}, known, err
}

// Settle implements connect.Letter. The receipt is all.
func (l *letter) Settle(context.Context, connect.Answer) error { return nil }

package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/exam"
)

// Config of an intake.
type Config struct {
	Site   protocol.Site
	Broker string // host:port
	User   string
	Secret string
	// Terminals says at which terminal a device stands; a device that stands
	// nowhere is held for the doctor.
	Terminals map[care.ID]care.ID
	Engine    *care.Engine
	// Aside keeps a message that is no reading, so that it can be looked into.
	// It is called before the message is acknowledged.
	Aside func(device care.ID, reason string, topic string, payload []byte) error
	Now   func() time.Time
	Log   *slog.Logger
}

// Intake is a running subscriber.
type Intake struct {
	Config
	fleet  fleet
	client mqtt.Client
	work   chan mqtt.Message
	fatal  chan error
}

// inFlight bounds the messages that are being committed at once. They share
// fsyncs, since the store groups what waits.
const inFlight = 64

// Run takes messages until the context ends. It returns an error only when the
// station's disk failed.
func (in *Intake) Run(ctx context.Context) error {
	in.work = make(chan mqtt.Message, 256)
	in.fatal = make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{}, inFlight)
	for range inFlight {
		go func() {
			in.worker(ctx)
			done <- struct{}{}
		}()
	}
	in.client = mqtt.NewClient(in.options(ctx))
	in.client.Connect() // retries for ever by itself
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-in.fatal:
	}
	cancel()
	in.client.Disconnect(100)
	for range inFlight {
		<-done
	}
	return err
}

func (in *Intake) options(ctx context.Context) *mqtt.ClientOptions {
	o := mqtt.NewClientOptions().AddBroker("tcp://" + in.Broker).SetClientID("intake").
		SetUsername(in.User).SetPassword(in.Secret).
		SetCleanSession(false). // the broker keeps what comes while the station restarts
		SetAutoAckDisabled(true).
		SetOrderMatters(false).
		SetConnectRetry(true).SetConnectRetryInterval(time.Second).
		SetAutoReconnect(true).SetMaxReconnectInterval(5 * time.Second).
		SetKeepAlive(15 * time.Second)
	// Messages of the kept session can come before the subscription is renewed.
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { in.queue(ctx, m) })
	o.SetOnConnectHandler(func(c mqtt.Client) {
		base := "xiangyi/v1/" + string(in.Site) + "/+/"
		c.SubscribeMultiple(map[string]byte{base + "vitals/+": 1, base + "birth": 1, base + "status": 1, base + "hb": 0},
			func(_ mqtt.Client, m mqtt.Message) { in.queue(ctx, m) })
	})
	return o
}

func (in *Intake) queue(ctx context.Context, m mqtt.Message) {
	select {
	case in.work <- m:
	case <-ctx.Done():
	}
}

func (in *Intake) worker(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-in.work:
			err := in.take(ctx, m)
			switch {
			case err == nil:
				m.Ack()
			case ctx.Err() != nil:
				return // not acknowledged: it comes again
			default:
				// The disk failed: nothing may be acknowledged any more.
				select {
				case in.fatal <- err:
				default:
				}
				return
			}
		}
	}
}

// take deals with one message; nil means that it may be acknowledged.
func (in *Intake) take(ctx context.Context, m mqtt.Message) error {
	t, err := parseTopic(in.Site, m.Topic())
	if err != nil {
		return in.aside(t, m, err)
	}
	if t.what != "vitals" {
		b, err := in.fleet.hear(t, m.Payload(), in.Now())
		switch {
		case err != nil:
			return in.aside(t, m, err)
		case t.what == "birth":
			return in.introduce(ctx, t, m, &b)
		}
		return nil
	}
	if m.Retained() {
		return in.aside(t, m, errors.New("a spot check must not be retained: it would come again at every start"))
	}
	msg, err := parseVitals(t, m.Payload())
	if err != nil {
		return in.aside(t, m, err)
	}
	return in.record(ctx, t, m, msg)
}

// introduce puts on record which instrument stands where and what it measures.
func (in *Intake) introduce(ctx context.Context, t topic, m mqtt.Message, b *beat) error {
	input, err := protocol.Encode(exam.Birth{Device: t.device, Terminal: in.Terminals[t.device], Model: b.Model, Serial: b.Serial, Firmware: b.FW, Codes: b.Codes})
	if err != nil {
		return in.aside(t, m, err)
	}
	_, err = in.Engine.Do(ctx, care.Request{Actor: care.Machine("intake"), Name: "exam.instrument", Input: input})
	if refusal, refused := protocol.AsRefusal(err); refused {
		return in.aside(t, m, errors.New(string(refusal.Code)))
	}
	if errors.Is(err, protocol.ErrSpace) {
		return nil // it tells again at its next connection
	}
	return err
}

// record runs exam.record until it is committed or refused.
func (in *Intake) record(ctx context.Context, t topic, m mqtt.Message, msg exam.Message) error {
	now, device := in.Now(), in.fleet.get(t.device)
	msg.Received, msg.Model, msg.Terminal = now, device.Model, in.Terminals[t.device]
	if device.Clocked {
		ms := device.Offset.Milliseconds()
		msg.OffsetMS = &ms
	}
	input, err := protocol.Encode(msg)
	if err != nil {
		return in.aside(t, m, err)
	}
	q := care.Request{Actor: care.Machine("intake"), Name: exam.Record, Input: input, Key: msg.Key()}
	_, err = in.Engine.Do(ctx, q)
	refusal, refused := protocol.AsRefusal(err)
	switch {
	case refused:
		return in.aside(t, m, errors.New(string(refusal.Code)))
	case errors.Is(err, protocol.ErrSpace):
		// Urgent Changes still have room when others do not; if even that is
		// gone the message stays with the broker until there is room again.
		return in.later(ctx, t, m, msg)
	case err != nil:
		return fmt.Errorf("intake: %w", err)
	}
	in.fleet.update(t.device, now, func(d *Device) { d.Read++; d.Online = true })
	in.client.Publish(strings.Join([]string{"xiangyi/v1", string(in.Site), string(t.device), "ack", fmt.Sprint(msg.Seq)}, "/"), 1, false,
		fmt.Sprintf(`{"boot":%d,"seq":%d,"state":"done"}`, msg.Boot, msg.Seq))
	return nil
}

func (in *Intake) later(ctx context.Context, t topic, m mqtt.Message, msg exam.Message) error {
	timer := time.NewTimer(5 * time.Second)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return in.record(ctx, t, m, msg)
	}
}

// aside keeps what is no reading, with its reason, and lets the broker forget
// it: it would never become one.
func (in *Intake) aside(t topic, m mqtt.Message, why error) error {
	in.Log.Warn("message kept aside", "device", string(t.device), "reason", why.Error(), "bytes", len(m.Payload()))
	if t.device != "" {
		in.fleet.update(t.device, in.Now(), func(d *Device) { d.Refused++ })
	}
	return in.Aside(t.device, why.Error(), m.Topic(), m.Payload())
}

// Devices lists what is known of the instruments, by name.
func (in *Intake) Devices() []Device {
	out := in.fleet.list(in.Now())
	slices.SortFunc(out, func(a, b Device) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return out
}

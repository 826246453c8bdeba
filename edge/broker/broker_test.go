package broker_test

import (
	"log/slog"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"xiangyi/edge/broker"
)

func open(t *testing.T) *broker.Broker {
	t.Helper()
	b, err := broker.Open(broker.Config{
		Site: "v01", Dir: t.TempDir(), Host: "127.0.0.1", Log: slog.New(slog.DiscardHandler),
		Devices: []broker.Device{{Name: "bp-1", Secret: "s1"}, {Name: "bp-2", Secret: "s2"}},
		Intake:  broker.Device{Name: "intake", Secret: "in"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func connect(t *testing.T, b *broker.Broker, name, secret string) (mqtt.Client, error) {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + b.Addr()).SetClientID(name).
		SetUsername(name).SetPassword(secret).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second))
	tok := c.Connect()
	tok.Wait()
	if tok.Error() == nil {
		t.Cleanup(func() { c.Disconnect(10) })
	}
	return c, tok.Error()
}

func TestADevicePublishesUnderItsOwnNameOnly(t *testing.T) {
	b := open(t)
	intake, err := connect(t, b, "intake", "in")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 8)
	if tok := intake.Subscribe("xiangyi/v1/v01/+/vitals/+", 1, func(_ mqtt.Client, m mqtt.Message) { got <- m.Topic() }); !tok.WaitTimeout(5*time.Second) || tok.Error() != nil {
		t.Fatal(tok.Error())
	}
	one, err := connect(t, b, "bp-1", "s1")
	if err != nil {
		t.Fatal(err)
	}
	// Another's name first: were it delivered, it would arrive first.
	for _, topic := range []string{"xiangyi/v1/v01/bp-2/vitals/-", "xiangyi/v1/v01/bp-1/vitals/-"} {
		if tok := one.Publish(topic, 1, false, "{}"); !tok.WaitTimeout(5 * time.Second) {
			t.Fatalf("no acknowledgement for %s", topic)
		}
	}
	select {
	case topic := <-got:
		if topic != "xiangyi/v1/v01/bp-1/vitals/-" {
			t.Errorf("a message under another device's name arrived: %s", topic)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the device's own message did not arrive")
	}
}

func TestAStrangerIsRefusedAndCounted(t *testing.T) {
	b := open(t)
	if _, err := connect(t, b, "bp-1", "wrong"); err == nil {
		t.Error("a wrong secret was accepted")
	}
	if _, err := connect(t, b, "nobody", ""); err == nil {
		t.Error("an unknown device was accepted")
	}
	b.Admit([]broker.Device{{Name: "nobody", Secret: ""}})
	if _, err := connect(t, b, "bp-1", "s1"); err == nil {
		t.Error("a device that lost its place was accepted")
	}
	if n := b.Refused(); n["bp-1"] != 2 || n["nobody"] != 1 {
		t.Errorf("refusals counted as %v", n)
	}
}

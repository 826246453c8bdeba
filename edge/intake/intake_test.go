package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"xiangyi/edge/broker"
	"xiangyi/edge/intake"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/exam"
	"xiangyi/protocol/care/identity"
)

// room is a station's broker and intake on the slow, obvious store, with one
// monitor in it.
type room struct {
	t      *testing.T
	site   *caretest.Site
	broker *broker.Broker
	in     *intake.Intake

	aside chan string
}

func open(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, aside: make(chan string, 64), site: caretest.New(t, identity.Service(), exam.Service()).Station("v01")}
	own := broker.Device{Name: "intake", Secret: "in"}
	var err error
	r.broker, err = broker.Open(broker.Config{Site: "v01", Dir: t.TempDir(), Host: "127.0.0.1", Intake: own, Log: slog.New(slog.DiscardHandler),
		Devices: []broker.Device{{Name: "bp-1", Secret: "s"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.broker.Close)
	r.in = &intake.Intake{Config: intake.Config{Site: "v01", Broker: r.broker.Addr(), User: own.Name, Secret: own.Secret,
		Terminals: map[care.ID]care.ID{"bp-1": "v01-kiosk"}, Engine: r.site.Engine, Aside: r.keep, Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
	return r
}

func (r *room) keep(_ care.ID, reason, _ string, _ []byte) error {
	r.aside <- reason
	return nil
}

// run takes messages until stop.
func (r *room) run() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.in.Run(ctx) }()
	return func() { cancel(); <-done }
}

// monitor publishes as a device does, and waits for the broker's word.
func (r *room) monitor() func(topic, payload string, retained ...bool) {
	r.t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + r.broker.Addr()).SetClientID("bp-1").SetUsername("bp-1").SetPassword("s"))
	if tok := c.Connect(); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
		r.t.Fatal("the monitor cannot connect", tok.Error())
	}
	r.t.Cleanup(func() { c.Disconnect(10) })
	return func(topic, payload string, retained ...bool) {
		r.t.Helper()
		if tok := c.Publish("xiangyi/v1/v01/bp-1/"+topic, 1, len(retained) > 0, payload); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
			r.t.Fatalf("%s: no acknowledgement: %v", topic, tok.Error())
		}
	}
}

const birth = `{"boot":3,"model":"RBP-9000","codes":["8480-6"]}`

func spot(seq int, systolic string) string {
	return fmt.Sprintf(`{"boot":3,"seq":%d,"deviceTime":"2030-01-07T08:00:00+08:00","readings":[{"code":"8480-6","value":%s,"unit":"mm[Hg]"},{"code":"8462-4","value":82,"unit":"mm[Hg]"}]}`, seq, systolic)
}

// changes waits until the site has n Changes of an action.
func (r *room) changes(name protocol.ActionName, n int) []protocol.Change {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	var out []protocol.Change
	for at := protocol.Cursor(0); len(out) < n; {
		items, err := r.site.Next(ctx, at, 100, protocol.AllValues)
		if err != nil {
			r.t.Fatalf("%d of %d %s arrived: %v", len(out), n, name, err)
		}
		for _, it := range items {
			at = it.Cursor
			if it.Change.Action == name {
				out = append(out, it.Change)
			}
		}
	}
	return out
}

func TestWhatCameWhileTheStationWasAwayIsTakenOnce(t *testing.T) {
	r := open(t)
	publish := r.monitor()
	publish("birth", birth, true)
	stop := r.run()
	r.changes("exam.instrument", 1) // it has subscribed: the broker keeps what comes from now on
	stop()
	for seq := 1; seq <= 3; seq++ {
		publish("vitals/-", spot(seq, "128"))
	}
	stop = r.run()
	r.changes(exam.Record, 3)
	publish("vitals/-", spot(2, "128")) // a repeat of the second
	publish("vitals/-", spot(4, "131"))
	got := r.changes(exam.Record, 4)
	stop()
	if got[3].Key != "vitals:bp-1:3:4" {
		t.Errorf("the fourth is %q: the repeat was taken again", got[3].Key)
	}
}

func TestWhatIsNoReadingIsKeptAsideAndHoldsUpNothing(t *testing.T) {
	r := open(t)
	publish := r.monitor()
	publish("birth", birth, true)
	defer r.run()()
	r.changes("exam.instrument", 1)
	bad := []string{`{`, `[]`, `{"boot":1,"seq":0,"readings":[]}`, `{"boot":1,"seq":9,"readings":"many"}`, string(make([]byte, 20<<10))}
	for _, payload := range bad {
		publish("vitals/-", payload)
	}
	publish("vitals/-/more", `{}`)
	publish("vitals/-", spot(10, "1e400")) // a number that is none
	publish("vitals/-", spot(11, "128"))
	for _, c := range r.changes(exam.Record, 2) {
		if len(c.Writes) == 0 {
			t.Errorf("%s was refused as %q", c.Key, c.Code)
		}
	}
	for i := range bad {
		select {
		case <-r.aside:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d bad messages were kept aside", i, len(bad))
		}
	}
}

func TestAnOldWillSaysNothingAboutANewBoot(t *testing.T) {
	r := open(t)
	publish := r.monitor()
	publish("birth", `{"boot":5,"model":"RBP-9000","codes":["8480-6"],"clock":"2030-01-07T08:00:00+08:00"}`, true)
	defer r.run()()
	r.changes("exam.instrument", 1)
	publish("status", `{"online":false,"boot":4,"reason":"lwt"}`, true)
	publish("vitals/-", spot(1, "128"))
	r.changes(exam.Record, 1)
	devices := r.in.Devices()
	if len(devices) != 1 || !devices[0].Online || devices[0].Boot != 5 || devices[0].Model != "RBP-9000" || !devices[0].Clocked {
		t.Errorf("known of the monitor: %+v", devices)
	}
}

package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/cloud/connect"
	"xiangyi/cloud/connect/sms"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/delivery"
)

const phone = "13800005678"

type told struct {
	Person care.ID `json:"person"`
	About  care.ID `json:"about"`
}

// people writes residents, notices as a service does, and the mark that one was
// read.
func people() care.Service {
	act := func(name protocol.ActionName) care.Action {
		return care.Action{Name: name, Roles: []care.Role{care.System}, Purpose: care.ForNotice}
	}
	return care.Service{
		Name:  "people",
		Kinds: []care.Kind{{KindSpec: protocol.KindSpec{Kind: care.KindResident, Class: protocol.ClassPersonal, Retention: protocol.RetainClinical}}},
		Actions: []care.Action{
			care.Do(act("people.set"), func(d *care.Deed, p care.Person) error {
				id := care.ID(p.Household)
				_, err := care.Write(d, protocol.Draft{Ref: care.ResidentRef(id), Subject: id}, &p)
				return err
			}),
			care.Do(act("people.tell"), func(d *care.Deed, in told) error {
				return care.Notify(d, care.Notice{Person: in.Person, About: protocol.Ref{Kind: "visit", ID: in.About},
					Reason: "booked", Text: "您已约好就诊：11月26日上午8:30。"})
			}),
			care.Do(act("people.read"), func(d *care.Deed, in told) error {
				ref := care.NoticeRef(protocol.Ref{Kind: "visit", ID: in.About}, "booked")
				n, _, err := care.Read[care.Notice](d, ref)
				if err != nil {
					return err
				}
				n.Read = d.Now()
				_, err = care.Write(d, protocol.Draft{Ref: ref}, &n)
				return err
			}),
		},
	}
}

type county struct {
	t      *testing.T
	dir    string
	model  *caretest.Model
	engine *care.Engine
	asks   sms.Messenger
}

func story(t *testing.T, tell func(*county)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		roster := []care.Service{people(), delivery.Service()}
		c := &county{t: t, dir: dir, model: caretest.NewModel("county", 1, care.Kinds(roster), time.Now)}
		engine, err := care.NewEngine(c.model, care.InCounty, nil, roster)
		if err != nil {
			t.Fatal(err)
		}
		c.engine, c.asks = engine, sms.Directory(dir)
		c.resident("p1", phone, true)
		tell(c)
	})
}

func (c *county) do(name protocol.ActionName, in any) {
	c.t.Helper()
	raw, err := protocol.Encode(in)
	if err == nil {
		_, err = c.engine.Do(c.t.Context(), care.Request{Actor: care.Machine("test"), Name: name, Input: raw})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) resident(id, number string, wants bool) {
	c.t.Helper()
	c.do("people.set", care.Person{Name: "测试甲", Household: id, Phone: number, Notices: care.NoticeWishes{SMS: wants}})
}

func (c *county) lead() (crash func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	l := &connect.Loop{Connector: sms.New(sms.Config{Messenger: c.asks, Signature: "【乡医】"}), Engine: c.engine, Store: c.model,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	synctest.Wait()
	return func() { cancel(); <-ended }
}

func (c *county) entries() (out []sms.Entry) {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, sms.OutboxFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		var e sms.Entry
		if json.Unmarshal(bytes.TrimSpace(line), &e) == nil {
			out = append(out, e)
		}
	}
	return out
}

// state is the delivery's, of the notice about a visit.
func (c *county) state(about care.ID) (state care.DeliveryState) {
	ref := care.NoticeRef(protocol.Ref{Kind: "visit", ID: about}, "booked")
	_ = c.model.View(c.t.Context(), func(r protocol.Reader) error {
		all, err := care.Deliveries(r, ref)
		for _, d := range all {
			state = d.State
		}
		return err
	})
	return state
}

func TestANoticeIsOneMessageWithoutTheNumber(t *testing.T) {
	story(t, func(c *county) {
		c.do("people.tell", told{"p1", "a1"})
		crash := c.lead()
		c.do("people.tell", told{"p1", "a1"}) // the writer started again
		c.do("people.read", told{"p1", "a1"}) // a later revision
		synctest.Wait()
		crash()
		c.lead()()
		got := c.entries()
		if len(got) != 1 {
			t.Fatalf("%d messages of one notice", len(got))
		}
		if e := got[0]; e.To != "138****5678" || e.Text != "【乡医】您已约好就诊：11月26日上午8:30。" || e.ID != "a1.booked" {
			t.Errorf("the message is %+v", e)
		}
		if raw, _ := os.ReadFile(filepath.Join(c.dir, sms.OutboxFile)); strings.Contains(string(raw), phone) {
			t.Error("the number stands in the file")
		}
		if s := c.state("a1"); s != care.DeliveryAcknowledged {
			t.Errorf("the receipt is %q", s)
		}
	})
}

func TestWhoDoesNotWantMessagesGetsNone(t *testing.T) {
	story(t, func(c *county) {
		c.resident("p2", phone, false)
		c.resident("p3", "", true)
		for i, p := range []care.ID{"p1", "p2", "p3"} {
			c.do("people.tell", told{p, care.ID(fmt.Sprintf("a%d", i+1))})
		}
		c.resident("p1", phone, false) // changed their mind before it left
		crash := c.lead()
		if got := c.entries(); len(got) != 0 {
			t.Errorf("sent %+v", got)
		}
		crash()
	})
}

func TestAWrongNumberIsParkedForAPerson(t *testing.T) {
	story(t, func(c *county) {
		c.resident("p2", "1380000567", true)
		c.do("people.tell", told{"p2", "a1"})
		crash := c.lead()
		if s := c.state("a1"); s != care.DeliveryParked || len(c.entries()) != 0 {
			t.Errorf("the delivery is %q, sent %d", s, len(c.entries()))
		}
		crash()
	})
}

// failing is a messenger that does something once before or after it sends.
type failing struct {
	*sms.Outbox
	before, after func(context.Context) error
	mute          bool
}

func (f *failing) Send(ctx context.Context, m sms.Message) (string, error) {
	if f.before != nil {
		fn := f.before
		f.before = nil
		if err := fn(ctx); err != nil {
			return "", err
		}
	}
	n, err := f.Outbox.Send(ctx, m)
	if f.after != nil && err == nil {
		fn := f.after
		f.after = nil
		err = fn(ctx)
	}
	return n, err
}

func (f *failing) Query(ctx context.Context, id sms.MessageID) (string, bool, error) {
	if f.mute {
		return "", false, connect.ErrCannotAsk
	}
	return f.Outbox.Query(ctx, id)
}

func dies(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestALeaderThatDiesHalfWaySendsNeitherNoneNorTwo(t *testing.T) {
	for name, m := range map[string]*failing{
		"before it was sent": {before: dies},
		"after it was sent":  {after: dies},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(c *county) {
				m.Outbox = sms.Directory(c.dir)
				c.asks = m
				c.do("people.tell", told{"p1", "a1"})
				crash := c.lead()
				crash()
				c.asks = sms.Directory(c.dir) // of another node, that shares the directory
				c.lead()()
				if n, s := len(c.entries()), c.state("a1"); n != 1 || s != care.DeliveryAcknowledged {
					t.Errorf("%d messages, the receipt is %q", n, s)
				}
			})
		})
	}
}

func TestACarrierThatCannotTellLeavesTheDoubtToAPerson(t *testing.T) {
	story(t, func(c *county) {
		c.asks = &failing{Outbox: sms.Directory(c.dir), after: dies, mute: true}
		c.do("people.tell", told{"p1", "a1"})
		c.lead()()
		c.lead()()
		if n, s := len(c.entries()), c.state("a1"); n != 1 || s != care.DeliveryInDoubt {
			t.Errorf("%d messages, the delivery is %q", n, s)
		}
	})
}

func TestACarrierThatAsksForPatienceIsNotDoubted(t *testing.T) {
	story(t, func(c *county) {
		c.asks = &failing{Outbox: sms.Directory(c.dir), mute: true, before: func(context.Context) error { return connect.ErrLater }}
		c.do("people.tell", told{"p1", "a1"})
		crash := c.lead()
		time.Sleep(time.Second)
		synctest.Wait()
		if n, s := len(c.entries()), c.state("a1"); n != 1 || s != care.DeliveryAcknowledged {
			t.Errorf("%d messages, the delivery is %q", n, s)
		}
		crash()
	})
}

func TestTwoStationsThatTellThePersonOfOneThingMakeOneMessage(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := caretest.New(t, people(), delivery.Service())
		stations := []*caretest.Site{w.Station("v01"), w.Station("v02")}
		for _, s := range stations {
			s.Cut()
			s.Do(care.Machine("test"), "people.set", care.Person{Name: "测试甲", Household: "p1", Phone: phone, Notices: care.NoticeWishes{SMS: true}})
			s.Do(care.Machine("test"), "people.tell", told{"p1", "a1"})
		}
		office := w.County()
		c := &county{t: t, dir: dir, model: office.Model, engine: office.Engine, asks: sms.Directory(dir)}
		for _, s := range stations {
			s.Restore()
		}
		w.Settle()
		crash := c.lead()
		crash()
		var all []care.Delivery
		office.Look(func(r protocol.Reader) (err error) {
			all, err = care.Deliveries(r, care.NoticeRef(protocol.Ref{Kind: "visit", ID: "a1"}, "booked"))
			return err
		})
		if len(all) != 1 || all[0].State != care.DeliveryAcknowledged {
			t.Errorf("deliveries of one notice that two places wrote: %+v", all)
		}
	})
}

func TestTheFileSurvivesAPowerCutInTheMiddleOfALine(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	first := sms.Directory(dir)
	for _, id := range []sms.MessageID{"n1", "n2"} {
		if _, err := first.Send(ctx, sms.Message{ID: id, Phone: phone, Text: "甲"}); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, sms.OutboxFile)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(len(whole)-5)); err != nil {
		t.Fatal(err)
	}
	again := sms.Directory(dir)
	for id, want := range map[sms.MessageID]bool{"n1": true, "n2": false} {
		if _, known, err := again.Query(ctx, id); err != nil || known != want {
			t.Errorf("%s: known %v, %v", id, known, err)
		}
	}
	for range 2 {
		for _, id := range []sms.MessageID{"n1", "n2", "n3"} {
			if _, err := again.Send(ctx, sms.Message{ID: id, Phone: phone, Text: "乙"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := &county{t: t, dir: dir}
	var ids []sms.MessageID
	for _, e := range c.entries() {
		ids = append(ids, e.ID)
	}
	if fmt.Sprint(ids) != "[n1 n2 n3]" {
		t.Errorf("the file has %v", ids)
	}
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
		t.Errorf("anybody may read the file: %v", info.Mode())
	}
}

func TestAMessageDoesNotPrintItsNumber(t *testing.T) {
	if s := fmt.Sprintf("%v %s", sms.Message{ID: "n1", Phone: phone, Text: "您已约好"}, sms.Message{ID: "n1", Phone: phone}); strings.Contains(s, phone) || strings.Contains(s, "约好") {
		t.Errorf("prints %s", s)
	}
}

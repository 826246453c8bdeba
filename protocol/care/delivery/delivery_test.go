package delivery

import (
	"slices"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

var (
	connector = care.Machine("hospital")
	operator  = care.Actor{ID: "o01", Role: care.Operator, Terminal: "portal"}
	physician = care.Actor{ID: "d01", Role: care.CountyDoctor, Terminal: "portal"}
	visit     = protocol.Ref{Kind: "appointment", ID: "a1"}
	source    = protocol.Rev{Position: protocol.Position{Site: "v01", Incarnation: 7, Lane: protocol.Administrative, Seq: 3}}
)

func about(s care.DeliveryState) Mark {
	return Mark{To: "hospital", Source: source.String(), About: visit, State: s}
}

func newCounty(t *testing.T) *caretest.Site { return caretest.New(t, Service()).County() }

func said(s *caretest.Site) (out care.Delivery) {
	s.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[care.Delivery](r, care.DeliveryRef("hospital", source))
		return err
	})
	return out
}

func TestAReceiptOutlivesWhatComesLate(t *testing.T) {
	c := newCounty(t)
	c.Do(connector, Record, about(care.DeliverySent))
	again := about(care.DeliverySent)
	again.Queried = true
	c.Do(connector, Record, again)
	yes := about(care.DeliveryAcknowledged)
	yes.Foreign = "H000001"
	c.Do(connector, Record, yes)
	c.Do(connector, Record, about(care.DeliveryParked)) // a leader that was voted out speaks last

	got := said(c)
	if got.State != care.DeliveryAcknowledged || got.Foreign != "H000001" || got.Tries != 2 || !got.Queried {
		t.Errorf("the receipt says %+v", got)
	}
	c.Look(func(r protocol.Reader) error {
		all, err := care.Deliveries(r, visit)
		if len(all) != 1 {
			t.Errorf("%d deliveries of one revision", len(all))
		}
		return err
	})
}

func TestAMarkThatNamesNothingIsRefused(t *testing.T) {
	c := newCounty(t)
	for name, spoil := range map[string]func(*Mark){
		"no revision":    func(m *Mark) { m.Source = "v01" },
		"no far side":    func(m *Mark) { m.To = "" },
		"bad far side":   func(m *Mark) { m.To = "the hospital" },
		"no record":      func(m *Mark) { m.About = protocol.Ref{} },
		"no such state":  func(m *Mark) { m.State = "delivered" },
		"state is empty": func(m *Mark) { m.State = "" },
	} {
		t.Run(name, func(t *testing.T) {
			m := about(care.DeliverySent)
			spoil(&m)
			c.Refused("bad-mark", connector, Record, m)
		})
	}
	c.Refused("role", operator, Record, about(care.DeliveryAcknowledged))
}

func TestOnlyWhatStandsStillCanBeSentAgain(t *testing.T) {
	c := newCounty(t)
	which := Which{care.DeliveryRef("hospital", source).ID}
	c.Refused("no-delivery", operator, Retry, which)
	for state, may := range map[care.DeliveryState]bool{
		care.DeliverySent: false, care.DeliveryPending: false, Overtaken: false, care.DeliveryParked: true, care.DeliveryInDoubt: true,
	} {
		m := about(state)
		m.Reason = "the slot is taken"
		c.Do(connector, Record, m)
		if !may {
			c.Refused("not-parked", operator, Retry, which)
			continue
		}
		c.Refused("role", physician, Retry, which)
		c.Do(operator, Retry, which)
		if got := said(c); got.State != care.DeliveryPending || got.Reason != "" {
			t.Errorf("after %s and a retry: %+v", state, got)
		}
	}
}

func TestPeopleSeeWhatDidNotArriveAndWhoMayDoSomething(t *testing.T) {
	c := newCounty(t)
	empty := caretest.Show[OpenPage](c, operator, "delivery.open", nil)
	if len(empty.Table.Rows) != 0 || empty.Table.Empty == nil {
		t.Fatal("a quiet county has something to show")
	}
	parked := about(care.DeliveryParked)
	parked.Reason = "the slot is taken"
	c.Do(connector, Record, parked)
	message := about(care.DeliveryInDoubt)
	message.To, message.About, message.Source = "sms", protocol.Ref{Kind: care.KindNotice, ID: "n1"}, source.String()
	c.Do(care.Machine("sms"), Record, message)
	done := about(care.DeliveryAcknowledged)
	done.Source = protocol.Rev{Position: source.Position, N: 1}.String()
	c.Do(connector, Record, done)

	for who, buttons := range map[care.Actor]int{operator: 2, physician: 0} {
		table := caretest.Show[OpenPage](c, who, "delivery.open", nil).Table
		if len(table.Rows) != 2 {
			t.Fatalf("%s sees %d rows, want the parked one and the one in doubt", who.Role, len(table.Rows))
		}
		first := table.Rows[0].Cells
		if first[1].Text != "县医院" || first[4].Text != "the slot is taken" || first[2].Note != "a1" {
			t.Errorf("the first row says %+v", first)
		}
		n := 0
		for _, r := range table.Rows {
			n += len(r.Cells[6].Buttons)
		}
		if n != buttons {
			t.Errorf("%s has %d buttons, want %d", who.Role, n, buttons)
		}
	}
	c.ShowRefused("role", care.Actor{ID: "p1", Role: care.Resident}, "delivery.open", nil)
}

func TestTheScreenIsSound(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	missing := words.Missing(screen.English, screens)
	for _, s := range open {
		missing = append(missing, untranslated(words, s.mark.Text)...)
	}
	for _, f := range farSides {
		missing = append(missing, untranslated(words, f.title)...)
	}
	for _, m := range matters {
		missing = append(missing, untranslated(words, m)...)
	}
	for _, c := range caretest.Show[OpenPage](newCounty(t), operator, "delivery.open", nil).Table.Columns {
		missing = append(missing, untranslated(words, c.Label)...)
	}
	slices.Sort(missing)
	for _, m := range slices.Compact(missing) {
		t.Errorf("no English for %q", m)
	}
	if found := screen.Lint(screens); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
}

func untranslated(w *screen.Words, text string) []string {
	shown, _, _ := strings.Cut(text, "||")
	if w.Text(screen.English, text) == shown {
		return []string{text}
	}
	return nil
}

package quarantine

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
	host       = care.Machine("quarantine")
	operator   = care.Actor{ID: "o01", Role: care.Operator, Terminal: "portal"}
	supervisor = care.Actor{ID: "s01", Role: care.Supervisor, Terminal: "portal"}
	scheduler  = care.Actor{ID: "c01", Role: care.Scheduler, Terminal: "portal"}
	poison     = protocol.Position{Site: "v01", Incarnation: 7, Lane: protocol.Clinical, Seq: 3}
	behind     = protocol.Position{Site: "v01", Incarnation: 7, Lane: protocol.Clinical, Seq: 4}
)

func stuck() Note {
	return Note{Position: poison.String(), Cause: CauseContent, Words: "write 0: the value is not canonical", Behind: 1, State: Stuck}
}

func said(s *caretest.Site, p protocol.Position) (out Parked) {
	s.Look(func(r protocol.Reader) (err error) {
		out, _, err = care.Read[Parked](r, Ref(p))
		return err
	})
	return out
}

func buttons(t screen.Table) (n int) {
	for _, r := range t.Rows {
		n += len(r.Cells[6].Buttons)
	}
	return n
}

func TestPeopleSeeWhatIsParkedAndDecide(t *testing.T) {
	c := caretest.New(t, Service()).County()
	page := caretest.Show[OpenPage](c, operator, "quarantine.open", nil)
	if len(page.Parked.Rows)+len(page.Differences.Rows) != 0 {
		t.Fatal("a quiet county has something to show")
	}
	c.Do(host, Noted, stuck())
	c.Do(host, Noted, Note{Position: behind.String(), Cause: CauseWaits, State: Waits})
	page = caretest.Show[OpenPage](c, supervisor, "quarantine.open", nil)
	if rows := page.Parked.Rows; len(rows) != 2 || rows[0].Cells[4].Text != "1" || rows[0].Cells[3].Text != causeWords[CauseContent] ||
		rows[1].Cells[5].Mark.Text != "在等别的记录" || buttons(page.Parked) != 2 {
		t.Errorf("shown: %+v", page.Parked.Rows)
	}
	c.ShowRefused("role", scheduler, "quarantine.open", nil)
	which := Which{Ref(poison).ID}
	c.Refused("role", scheduler, Retry, which)
	c.Refused("not-stuck", operator, Retry, Which{Ref(behind).ID})
	c.Refused("not-found", operator, Retry, Which{"none"})

	c.Do(operator, Retry, which)
	c.Refused("not-stuck", operator, Retry, which) // it is under way
	late := stuck()
	late.From = Stuck
	c.Do(host, Noted, late) // of a look before the wish
	if got := said(c, poison); got.State != Retrying {
		t.Errorf("a wish was overwritten: %s", got.State)
	}
	still := stuck()
	still.From = Retrying
	c.Do(host, Noted, still)

	c.Refused("reason-missing", operator, Drop, SetAside{ID: which.ID})
	if one := caretest.Show[OnePage](c, operator, "quarantine.one", SetAsideForm{ID: which.ID, Why: "x"}); !one.May || one.Why.Value != "x" {
		t.Errorf("the form says %+v", one)
	}
	c.Do(operator, Drop, SetAside{ID: which.ID, Why: "坏掉的仪器写的"})
	done := stuck()
	done.State, done.From, done.Behind = Aside, Dropping, 0
	c.Do(host, Noted, done)
	if got := said(c, poison); got.State != Aside || got.Why != "坏掉的仪器写的" {
		t.Errorf("set aside: %+v", got)
	}
	c.Do(operator, Retry, which) // it may be tried after all
	back := stuck()
	back.State, back.From = Released, Retrying
	c.Do(host, Noted, back)
	if page = caretest.Show[OpenPage](c, operator, "quarantine.open", nil); len(page.Parked.Rows) != 1 {
		t.Errorf("what was taken is still listed: %+v", page.Parked.Rows)
	}
}

func TestANoteThatNamesNothingIsRefused(t *testing.T) {
	c := caretest.New(t, Service()).County()
	for name, spoil := range map[string]func(*Note){
		"no position":       func(n *Note) { n.Position = "v01" },
		"no cause":          func(n *Note) { n.Cause = "" },
		"a wish, no answer": func(n *Note) { n.State = Retrying },
	} {
		t.Run(name, func(t *testing.T) {
			n := stuck()
			spoil(&n)
			c.Refused("bad-note", host, Noted, n)
		})
	}
	c.Refused("role", operator, Noted, stuck())
}

func TestADifferenceOfAStationIsShownInTheCounty(t *testing.T) {
	w := caretest.New(t, Service())
	w.Station("v01").Do(care.Machine("uplink"), Differ, Found{Scopes: 1, Fetched: 1})
	w.Station("v01").Do(care.Machine("uplink"), Differ, Found{Walk: true})
	w.Settle()
	rows := caretest.Show[OpenPage](w.County(), operator, "quarantine.open", nil).Differences.Rows
	var marks []string
	for _, r := range rows {
		marks = append(marks, r.Cells[4].Mark.Text)
	}
	slices.Sort(marks)
	if len(marks) != 2 || marks[0] != "已自动补齐" || rows[0].Cells[1].Text != "v01" {
		t.Errorf("shown: %v", marks)
	}
}

func TestTheScreenIsSound(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	missing := words.Missing(screen.English, screens)
	texts := append([]string{}, laneWords[:]...)
	for _, s := range states {
		texts = append(texts, s.mark.Text)
	}
	for _, c := range causeWords {
		texts = append(texts, c)
	}
	page := caretest.Show[OpenPage](caretest.New(t, Service()).County(), operator, "quarantine.open", nil)
	for _, c := range append(page.Parked.Columns, page.Differences.Columns...) {
		texts = append(texts, c.Label)
	}
	for _, d := range []Difference{{}, {Walk: true}, {Foreign: 1}} {
		texts = append(texts, differenceRow(&d).Cells[4].Mark.Text)
	}
	for _, text := range texts {
		if words.Text(screen.English, text) == text {
			missing = append(missing, text)
		}
	}
	for _, m := range missing {
		t.Errorf("no English for %q", m)
	}
	if found := screen.Lint(screens); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
}

package custody

import (
	"testing"
	"time"

	"xiangyi/protocol"
)

var noon = time.Date(2030, 5, 6, 12, 0, 0, 0, time.UTC)

// place is a site at a time, with a clock that is as good as it says.
type place struct {
	site  protocol.Site
	now   time.Time
	clock protocol.ClockState
}

func (p place) Site() protocol.Site        { return p.site }
func (p place) Now() time.Time             { return p.now }
func (p place) Clock() protocol.ClockState { return p.clock }

func at(site protocol.Site, minutes int) place {
	return place{site: site, now: noon.Add(time.Duration(minutes) * time.Minute)}
}

// doubtful is a place whose clock may be off.
func doubtful(p place, off time.Duration) place { p.clock.Error = off; return p }

func suspect(p place) place { p.clock.Suspect = true; return p }

func TestUseAndDueMeetAtTheCutoffWithNothingBetween(t *testing.T) {
	lent := Term{Holder: "v01", Cutoff: noon}
	for _, tt := range []struct {
		at   place
		term Term
		use  Denial
		due  bool
	}{
		{at("v01", -1), lent, "", false},
		{at("v01", 0), lent, PastCutoff, true},
		{doubtful(at("v01", -1), 59*time.Second), lent, "", false},
		{doubtful(at("v01", -1), time.Minute), lent, PastCutoff, true},
		{doubtful(at("v01", -60), Guard), lent, "", false},
		{doubtful(at("v01", -60), Guard+1), lent, ClockSuspect, false},
		{suspect(at("v01", -60)), lent, ClockSuspect, false},
		{suspect(at("v01", 60)), lent, ClockSuspect, false}, // it cannot know that the time is over
		{at("v02", -1), lent, Elsewhere, false},
		{at(County, -1), lent, Elsewhere, false},
		{at("v01", 59), Term{Holder: "v01"}, "", false}, // no cut-off: until it ends by itself
		{at("v01", 60), Term{Holder: "v01"}, PastCutoff, true},
		{suspect(at(County, 600)), Term{Holder: County}, "", false},
		{at(County, 600), Term{Holder: County}, "", false}, // the county has nobody to give it back to
	} {
		end := noon.Add(time.Hour)
		if got := tt.term.Use(tt.at, end); got != tt.use {
			t.Errorf("use of %+v at %+v: %q, want %q", tt.term, tt.at, got, tt.use)
		}
		if got := tt.term.Due(tt.at, end); got != tt.due {
			t.Errorf("%+v due at %+v: %v, want %v", tt.term, tt.at, got, tt.due)
		}
	}
}

func TestTheCountyTakesBackOnlyWhatItCanKnowNobodyUsed(t *testing.T) {
	lent := Term{Holder: "v01", Cutoff: noon}
	said := func(minutes int) Statement {
		return Statement{Site: "v01", At: noon.Add(time.Duration(minutes) * time.Minute)}
	}
	for _, tt := range []struct {
		at   place
		said Statement
		want Denial
	}{
		{at(County, 4), said(0), BeforeCutoff},
		{at(County, 5), said(0), ""},
		{at(County, 5), said(-1), HolderSilent},
		{at(County, 60*24*365), Statement{}, HolderSilent}, // however long it is away
		{doubtful(at(County, 5), time.Minute), said(0), BeforeCutoff},
		{doubtful(at(County, 6), time.Minute), said(0), ""},
		{suspect(at(County, 600)), said(0), BeforeCutoff},
	} {
		if got := lent.Reclaim(tt.at, noon, tt.said); got != tt.want {
			t.Errorf("at %+v after %v: %q, want %q", tt.at, tt.said.At, got, tt.want)
		}
	}
	back := lent
	back.Return()
	if back.Holder != County || !back.Cutoff.IsZero() || back.Reclaim(at(County, 600), noon, said(0)) != NotLent {
		t.Errorf("given back: %+v", back)
	}
}

func TestForceRaisesTheFenceAndWhatIsBelowItCountsNoMore(t *testing.T) {
	rec := protocol.Record{Ref: protocol.Ref{Kind: "slot", ID: "s"}}
	for fence, custodian := range []protocol.Site{"v01", "v02"} {
		rec.Heads = append(rec.Heads, protocol.Head{Write: protocol.Write{Fence: uint64(fence), Custodian: custodian}})
	}
	term := Term{Holder: "v02", Cutoff: noon}
	d := term.Take(&rec, "lost", nil)
	if d.Fence != 2 || d.Custodian != County || term.Holder != County || term.Taken != "lost" || !term.Cutoff.IsZero() {
		t.Errorf("taken: %+v by %+v", term, d)
	}
	if s := Standing(&rec); len(s.Heads) != 1 || s.Heads[0].Custodian != "v02" || len(rec.Heads) != 2 {
		t.Errorf("standing: %+v", s.Heads)
	}
}

func TestAReserveStaysAndNothingIsLentTooLate(t *testing.T) {
	for _, tt := range [][4]int{{5, 10, 2, 5}, {10, 10, 2, 8}, {3, 2, 2, 0}, {3, 1, 2, 0}, {-4, 9, 0, 0}} {
		if got := Spare(tt[0], tt[1], tt[2]); got != tt[3] {
			t.Errorf("%d wanted of %d, %d kept: %d, want %d", tt[0], tt[1], tt[2], got, tt[3])
		}
	}
	if Lendable(at(County, -5), noon) || !Lendable(at(County, -6), noon) {
		t.Error("lent with a cut-off within the guard, or not before it")
	}
}

func TestOfTwoStatementsTheCautiousOneStays(t *testing.T) {
	early, late := &Statement{At: noon}, &Statement{At: noon.Add(time.Hour)}
	if Earlier(early, late) != early || Earlier(late, early) != early {
		t.Error("a site that was restored is taken at its later word")
	}
}

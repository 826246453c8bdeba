package fleet

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/catalogue"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/release"
	"xiangyi/protocol/seal"
)

var (
	operator   = care.Actor{ID: "o01", Role: care.Operator, Terminal: "portal"}
	supervisor = care.Actor{ID: "s01", Role: care.Supervisor, Terminal: "portal"}
	scheduler  = care.Actor{ID: "c01", Role: care.Scheduler, Terminal: "portal"}
	machine    = care.Machine("update")
)

func published15(t *testing.T, now time.Time, v release.Version) Published {
	t.Helper()
	key, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	maker, err := seal.Self(key, rand.Reader, seal.Holder{Name: "maker", From: now.AddDate(0, 0, -1), To: now.AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := release.Pack([]byte("a program"), release.About{Version: v, After: "1.0.0", Target: "linux/amd64"}, key, maker.Cert, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := release.ParseHead(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Published{Package: care.Blob{Ref: strings.Repeat("ab", 32), Type: "application/octet-stream", Size: int64(len(raw))},
		Head: base64.StdEncoding.EncodeToString(raw[:n])}
}

func wants(s *caretest.Site, site protocol.Site) (out string) {
	s.Look(func(r protocol.Reader) error {
		o, ok, err := OrderFor(r, site)
		if ok {
			out = string(o.Release.Version)
		}
		if o.Paused {
			out += " paused"
		}
		return err
	})
	return out
}

func only(t *testing.T, c *caretest.Site) Which {
	t.Helper()
	var out Which
	c.Look(func(r protocol.Reader) error {
		found, err := care.Collect[Rollout](r, protocol.Query{Kind: KindRollout, Index: "all", Latest: true})
		if err == nil {
			out.Rollout = found[0].Ref.ID
		}
		return err
	})
	return out
}

func TestAReleaseReachesStationsWaveByWave(t *testing.T) {
	w := caretest.New(t, Service(), catalogue.Service())
	c, one, two := w.County(), w.Station("v01"), w.Station("v02")
	c.Refused("no-release", operator, "fleet.start", Plan{Version: "1.5.0", Sites: "v01"})
	c.Do(operator, Publish, published15(t, w.Now(), "1.5.0"))
	c.Refused("same-version", operator, Publish, published15(t, w.Now(), "1.5.0"))
	c.Refused("role", supervisor, "fleet.start", Plan{Version: "1.5.0", Sites: "v01"})
	c.Do(operator, "fleet.start", Plan{Version: "1.5.0", Sites: "v01", Shares: "50，100%"})
	c.Refused("one-at-a-time", operator, "fleet.start", Plan{Version: "1.5.0", Shares: "100"})
	w.Settle()
	if a, b := wants(one, "v01"), wants(two, "v02"); a != "1.5.0" || b != "" {
		t.Errorf("in the first wave v01 wants %q, v02 %q", a, b)
	}
	which := only(t, c)
	c.Do(operator, "fleet.pause", which)
	c.Refused("wrong-state", operator, "fleet.next", which)
	w.Settle()
	if got := wants(one, "v01"); got != "1.5.0 paused" {
		t.Errorf("paused: %q", got)
	}
	c.Do(operator, "fleet.resume", which)
	c.Do(operator, "fleet.next", which)
	c.Do(operator, "fleet.next", which)
	c.Refused("no-more-waves", operator, "fleet.next", which)
	w.Settle()
	if got := wants(two, "v02"); got != "1.5.0" {
		t.Errorf("in the last wave v02 wants %q", got)
	}
	c.Do(operator, "fleet.stop", which)
	c.Refused("wrong-state", operator, "fleet.resume", which)
	c.Refused("not-found", operator, "fleet.stop", Which{"none"})
	w.Settle()
	if a, b := wants(one, "v01"), wants(two, "v02"); a != "" || b != "" {
		t.Errorf("stopped: %q, %q", a, b)
	}
	c.Do(operator, "fleet.start", Plan{Version: "1.5.0", Shares: "100"}) // a person orders it anew
	w.Settle()
	if got := wants(one, "v01"); got != "1.5.0" || only(t, c) == which {
		t.Errorf("a new order: %q", got)
	}
}

func TestARolloutPausesWhenAStationGoesBack(t *testing.T) {
	w := caretest.New(t, Service(), catalogue.Service())
	c, one, two := w.County(), w.Station("v01"), w.Station("v02")
	c.Do(operator, Publish, published15(t, w.Now(), "1.5.0"))
	c.Do(operator, "fleet.start", Plan{Version: "1.5.0", Shares: "100"})
	w.Settle()
	one.Do(machine, Report, Said{Version: "1.4.0", Wanted: "1.5.0", Step: RolledBack, Reason: "没有及时就绪"})
	w.Settle()
	if got := wants(two, "v02"); got != "1.5.0 paused" {
		t.Errorf("after v01 went back v02 wants %q", got)
	}
	cell := caretest.Show[WhoPage](c, supervisor, "fleet.who", nil).Rollouts.Rows[0].Cells[4]
	if cell.Mark.Kind != screen.Bad || cell.Note != "v01" {
		t.Errorf("the page says %+v", cell)
	}
	which := only(t, c)
	c.Do(operator, "fleet.resume", which)
	w.Settle()
	if got := wants(two, "v02"); got != "1.5.0" {
		t.Errorf("resumed: %q", got)
	}
	c.Do(operator, "fleet.pause", which)
	two.Do(machine, Report, Said{Version: "1.4.0", Wanted: "1.5.0", Step: RolledBack})
	w.Settle() // a rollout that rests is let be
	if cell := caretest.Show[WhoPage](c, supervisor, "fleet.who", nil).Rollouts.Rows[0].Cells[4]; cell.Mark.Text != "已暂停" {
		t.Errorf("the page says %+v", cell)
	}
}

func TestThePageShowsWhoRunsWhat(t *testing.T) {
	w := caretest.New(t, Service(), catalogue.Service())
	c, one := w.County(), w.Station("v01")
	c.Do(operator, Publish, published15(t, w.Now(), "1.5.0"))
	c.Do(operator, "fleet.start", Plan{Version: "1.5.0", Shares: "100"})
	state := func(said Said) (string, string) {
		t.Helper()
		one.Do(machine, Report, said)
		w.Settle()
		rows := caretest.Show[WhoPage](c, supervisor, "fleet.who", nil).Stations.Rows
		if len(rows) != 1 || rows[0].Cells[1].Text != string(said.Version) || rows[0].Cells[3].Text != "1.5.0" {
			t.Fatalf("shown: %+v", rows)
		}
		return rows[0].Cells[4].Mark.Text, rows[0].Cells[4].Note
	}
	for _, tt := range []struct {
		said       Said
		mark, note string
	}{
		{Said{Version: "1.4.0", Step: Level}, "等待升级", ""},
		{Said{Version: "1.4.0", Wanted: "1.5.0", Step: Fetching, Percent: 40}, "正在下载", "40%"},
		{Said{Version: "1.4.0", Wanted: "1.5.0", Step: Installed}, "已装好，等空闲时切换", ""},
		{Said{Version: "1.4.0", Wanted: "1.5.0", Step: RolledBack, Reason: "没有及时就绪"}, "没有成功，已退回原版本", "没有及时就绪"},
		{Said{Version: "1.5.0", Wanted: "1.5.0", Step: Trying}, "已切换，正在试运行", ""},
		{Said{Version: "1.5.0", Wanted: "1.5.0", Step: Level}, "已是应有版本", ""},
	} {
		if mark, note := state(tt.said); mark != tt.mark || note != tt.note {
			t.Errorf("%+v is shown as %q, %q", tt.said, mark, note)
		}
	}
	one.Refused("bad-report", machine, Report, Said{Version: "new", Step: Level})
	one.Refused("role", operator, Report, Said{Version: "1.4.0", Step: Level})
	c.ShowRefused("role", scheduler, "fleet.who", nil)
	buttons := func(who care.Actor) int {
		return len(caretest.Show[WhoPage](c, who, "fleet.who", nil).Rollouts.Rows[0].Cells[5].Buttons)
	}
	if buttons(operator) != 2 || buttons(supervisor) != 0 {
		t.Errorf("an operator has %d buttons, a supervisor %d", buttons(operator), buttons(supervisor))
	}
}

func TestAPlanThatSaysNothingIsRefused(t *testing.T) {
	w := caretest.New(t, Service(), catalogue.Service())
	c := w.County()
	for code, p := range map[protocol.Code]Plan{
		"no-waves": {}, "bad-sites": {Sites: "V 01"}, "bad-shares": {Shares: "50 10"}, "no-release": {Version: "../x", Shares: "5"},
	} {
		c.Refused(code, operator, "fleet.start", p)
	}
	in := published15(t, w.Now(), "1.5.0")
	spoilt := in
	spoilt.Head = in.Head[:len(in.Head)-8]
	c.Refused("not-a-package", operator, Publish, spoilt)
	spoilt = in
	spoilt.Package.Ref = ""
	c.Refused("no-package", operator, Publish, spoilt)
	w.Advance(60 * 24 * time.Hour)
	c.Refused("signer", operator, Publish, in)
}

func TestAShareIsTheSameEverywhereAndAboutRight(t *testing.T) {
	r, first, both := Rollout{Waves: []Wave{{Share: 10}, {Share: 50}}, Open: 1}, map[protocol.Site]bool{}, 0
	for i := range 1000 {
		site := protocol.Site(fmt.Sprintf("v%03d", i))
		first[site] = r.turn("r1", site)
	}
	n := 0
	r.Open = 2
	for site, in := range first {
		if in {
			n++
		}
		if r.turn("r1", site) {
			both++
		} else if in {
			t.Errorf("%s was in the first wave and is not in both", site)
		}
	}
	if n < 60 || n > 140 || both < 430 || both > 570 {
		t.Errorf("of 1000 stations %d are in a tenth, %d in a half", n, both)
	}
}

func TestTheScreenIsSound(t *testing.T) {
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	missing := words.Missing(screen.English, screens)
	page := caretest.Show[WhoPage](caretest.New(t, Service(), catalogue.Service()).County(), operator, "fleet.who", nil)
	texts := []string{"开始下一批", "暂停升级", "继续升级", "停止升级", "还没有报告版本"}
	for _, table := range []screen.Table{page.Stations, page.Rollouts, page.Releases} {
		texts = append(texts, table.Caption, table.Empty.Title, table.Empty.Text)
		for _, c := range table.Columns {
			texts = append(texts, c.Label)
		}
	}
	for _, m := range marks {
		texts = append(texts, m.Text)
	}
	texts = append(texts, failedMark.Text)
	for _, m := range stateMarks {
		texts = append(texts, m.Text)
	}
	for _, f := range []screen.Field{page.Version, page.Sites, page.Shares} {
		texts = append(texts, f.Label, f.Hint)
	}
	for _, text := range texts {
		if text != "" && words.Text(screen.English, text) == text {
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

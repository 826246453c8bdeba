package exam

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
)

func pagesSet(t *testing.T) *screen.Set {
	t.Helper()
	words, err := screen.LoadWords(screens)
	if err != nil {
		t.Fatal(err)
	}
	set, err := screen.Load(words, screens)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// render gives a page as its channel shows it. With RENDER_TO set it is also
// left there as a file, to be looked at.
func render(t *testing.T, set *screen.Set, p care.Page, body any, name string, mode screen.Mode, lang screen.Lang) string {
	t.Helper()
	var out bytes.Buffer
	channel, _, _ := strings.Cut(string(p.Channels), ",")
	chrome := screen.Chrome{
		Title: p.Title, Channel: screen.Channel(channel), Lang: lang, Mode: mode, Place: "石桥村卫生站", Path: "/exam", Who: "石**",
		Now: time.Date(2030, 1, 7, 9, 30, 0, 0, care.Zone), Back: p.Back, Metric: screen.Metric{WidthPx: 1080, WidthMM: 398},
	}
	if titled, ok := body.(interface{ PageTitle() string }); ok && titled.PageTitle() != "" {
		chrome.Title = titled.PageTitle()
	}
	if channel != "kiosk" {
		chrome.Metric = screen.Metric{}
	}
	if err := set.Render(&out, p.Template, screen.Page{Chrome: chrome, Body: body}); err != nil {
		t.Errorf("%s: %v", p.Template, err)
	}
	if dir := os.Getenv("RENDER_TO"); dir != "" && name != "" {
		file := filepath.Join(dir, strings.ReplaceAll(p.Template, "/", "-")+name+".html")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func pageAt(t *testing.T, template string) care.Page {
	t.Helper()
	all := pages()
	i := slices.IndexFunc(all, func(p care.Page) bool { return p.Template == template })
	if i < 0 {
		t.Fatalf("no page %s", template)
	}
	return all[i]
}

func TestEveryPageRendersEmpty(t *testing.T) {
	set := pagesSet(t)
	bodies := map[string]any{
		"exam/menu": Menu{}, "exam/measure": Instructions{}, "exam/wait": Wait{}, "exam/result": Result{}, "exam/urgent": Result{},
		"exam/mine": Mine{}, "exam/history": History{}, "exam/readings": Readings{}, "exam/person": PersonPage{}, "exam/enter": EnterPage{},
		"exam/reading": ReadingPage{}, "exam/unassigned": HeldList{}, "exam/assign": AssignPage{},
	}
	for _, p := range pages() {
		body, ok := bodies[p.Template]
		if !ok {
			t.Errorf("%s is not tried", p.Template)
		}
		render(t, set, p, body, "", screen.Mode{}, screen.Chinese)
		delete(bodies, p.Template)
	}
	for left := range bodies {
		t.Errorf("%s has no page", left)
	}
}

func TestThePagesSayWhatHappened(t *testing.T) {
	set := pagesSet(t)
	s := newScene(t)
	for _, v := range [][3]protocol.Decimal{{"152", "94", "78"}, {"148", "92", "80"}, {"139", "88", "76"}} {
		s.took(grandma, pressure(v[0], v[1], v[2])...)
		s.Advance(24 * time.Hour)
	}
	held := s.measure(pressure("120", "80", "70")...).ID
	open := s.start(grandma, Pressure)
	waiting := caretest.Show[Wait](s.station, resident(grandma), Waits, sessionInput{open})
	s.Advance(time.Minute)
	alarming := s.took(grandma, pressure("186", "112", "96")...)
	fever := s.took(grandma, warmthOf("38.20"))
	fine := s.took(grandma, append(pressure("128", "78", "72"), Reading{Code: codeBody, Value: "97.9", Unit: "[degF]"})...)
	wrong := s.took(grandma, pressure("160", "90", "70")...)
	right := s.station.Do(doctor, "exam.move", Move{wrong, uncle, "看错了人"}).About.ID
	gran := resident(grandma)
	see := func(id care.ID) Result {
		return caretest.Show[Result](s.station, gran, "exam.result", observationInput{id})
	}
	reading := func(id care.ID, q string) ReadingPage {
		return caretest.Show[ReadingPage](s.station, doctor, "exam.reading", readingInput{id, q})
	}
	for _, c := range []struct {
		template, name string
		body           any
		zh, en         []string
	}{
		{"exam/menu", "-1", caretest.Show[Menu](s.station, gran, "exam.menu", nil), []string{"血压和脉搏", "我的测量记录"}, []string{"Blood pressure and pulse"}},
		{"exam/measure", "-1", caretest.Show[Instructions](s.station, gran, "exam.instructions", whatInput{What: Pressure}), []string{"休息 5 分钟", `name="person" value="p-grandma"`, "/exam/wait/{about}"}, []string{"Start measuring"}},
		{"exam/wait", "-open", waiting, []string{"正在等仪器的读数", `id="live"`}, []string{"Waiting for the instrument"}},
		{"exam/wait", "-done", caretest.Show[Wait](s.station, gran, Waits, sessionInput{fine}), []string{"您的血压是 128/78，在正常范围。"}, []string{"Blood pressure: 128/78, in the normal range."}},
		{"exam/result", "-fine", see(fine), []string{"128/78", "36.6 ℃", "本站"}, []string{"In the normal range this time"}},
		{"exam/result", "-fever", see(fever), []string{"您的体温是 38.20，比正常高。", "多喝水"}, []string{"Drink water"}},
		{"exam/urgent", "-1", see(alarming), []string{"血压太高，请马上找医生", `action="/call"`, "120"}, []string{"call 120 at once"}},
		{"exam/result", "-gone", see(wrong), []string{"这条记录已作废"}, []string{"This record was withdrawn"}},
		{"exam/mine", "-1", caretest.Show[Mine](s.station, gran, "exam.mine", nil), []string{"128/78", "36.6"}, []string{"Temperature"}},
		{"exam/history", "-1", caretest.Show[History](s.station, gran, "exam.history", whatInput{What: Pressure}), []string{"最近 5 次平均", "186", "最近一次的说明", `href="/exam/result/`}, []string{"Average of the last 5", "About the newest one"}},
		{"exam/readings", "-desk", caretest.Show[Readings](s.station, doctor, "exam.readings", nil), []string{"石大妹", "1 条读数没有对上人", "危急读数", "已作废"}, []string{"Readings without a person: 1"}},
		{"exam/person", "-1", caretest.Show[PersonPage](s.station, doctor, "exam.person", personInput{Person: grandma}), []string{"手工录入读数", "最近几次平均"}, []string{"Type in a reading"}},
		{"exam/enter", "-1", caretest.Show[EnterPage](s.station, doctor, "exam.entering", personInput{Person: grandma}), []string{"收缩压", `name="systolic"`}, []string{"Systolic"}},
		{"exam/unassigned", "-1", caretest.Show[HeldList](s.station, doctor, "exam.unassigned", nil), []string{"已经超过 3 分钟"}, []string{"more than 3 minutes"}},
		{"exam/assign", "-1", caretest.Show[AssignPage](s.station, doctor, "exam.assigning", assignInput{held, "sdm"}), []string{"确认是这位居民"}, []string{"It is this resident"}},
		{"exam/reading", "-moved", reading(wrong, ""), []string{"看错了人", "看那一条"}, []string{"See that one"}},
		{"exam/reading", "-right", reading(right, "tlg"), []string{"原来记在另一位居民名下", "田老根"}, []string{"Was filed for another resident"}},
		{"exam/reading", "-alarm", reading(alarming, ""), []string{"危急读数，等人处理", "记错了人"}, []string{"Filed for the wrong person"}},
		{"exam/reading", "-raw", reading(fine, ""), []string{"97.9 [degF]", "36.6111"}, []string{"As the instrument sent it"}},
	} {
		p := pageAt(t, c.template)
		zh := render(t, set, p, c.body, c.name, screen.Mode{}, screen.Chinese)
		en := render(t, set, p, c.body, c.name+"-en", screen.Mode{Elder: true}, screen.English)
		render(t, set, p, c.body, c.name+"-elder", screen.Mode{Elder: true}, screen.Chinese)
		for _, want := range c.zh {
			if !strings.Contains(zh, want) {
				t.Errorf("%s%s does not say %q", c.template, c.name, want)
			}
		}
		for _, want := range c.en {
			if !strings.Contains(en, want) {
				t.Errorf("%s%s in English does not say %q", c.template, c.name, want)
			}
		}
	}
}

func TestTheMenuOffersWhatStandsAtTheTerminal(t *testing.T) {
	s := newScene(t)
	labels := func() (out []string) {
		for _, tile := range caretest.Show[Menu](s.station, resident(grandma), "exam.menu", nil).Tiles {
			out = append(out, tile.Label)
		}
		return out
	}
	if got := labels(); !slices.Equal(got, []string{"血压和脉搏", "体温", "脉搏", "呼吸", "我的测量记录"}) {
		t.Errorf("before any instrument spoke: %v", got)
	}
	birth := Birth{Device: "bp-01", Terminal: "kiosk-1", Model: "RBP-9000", Codes: []string{codeSystolic, codeDiastolic, codePulse}}
	s.station.Do(intake, "exam.instrument", birth)
	s.station.Do(intake, "exam.instrument", Birth{Device: "ox-01", Terminal: "kiosk-2", Codes: []string{codeOximetry}})
	if got := labels(); !slices.Equal(got, []string{"血压和脉搏", "脉搏", "我的测量记录"}) {
		t.Errorf("with a cuff: %v", got)
	}
	if again := s.station.Do(intake, "exam.instrument", birth); again.About.ID != "" {
		t.Error("an unchanged instrument was written again")
	}
	birth.Codes = append(birth.Codes, codeOximetry)
	s.station.Do(intake, "exam.instrument", birth)
	if got := labels(); !slices.Contains(got, "血氧") {
		t.Errorf("with an oximeter: %v", got)
	}
	s.station.Refused("bad-instrument", intake, "exam.instrument", Birth{Device: "bp 01"})
}

func TestNoScreenOffersMoreThanFits(t *testing.T) {
	m := Menu{Page: 1}
	for _, w := range Whats() {
		m.Tiles = append(m.Tiles, screen.Tile{Label: w.Name()})
	}
	for _, most := range []int{4, 6} {
		seen := 0
		for m.Page = 1; ; m.Page++ {
			shown := m.Shown(most)
			if len(shown.Items) > most {
				t.Errorf("%d choices", len(shown.Items))
			}
			seen += len(shown.Items)
			if shown.Pager.Next == "" {
				break
			}
		}
		if seen != len(m.Tiles) {
			t.Errorf("%d of %d are reached", seen, len(m.Tiles))
		}
	}
}

func TestTheListGoesBackPageByPage(t *testing.T) {
	s := newScene(t)
	for range rowsShown + 5 {
		s.took(grandma, pressure("130", "80", "70")...)
	}
	first := caretest.Show[Readings](s.station, doctor, "exam.readings", readingsInput{})
	if len(first.Rows) != rowsShown || first.Older == "" {
		t.Fatalf("%d rows, older %q", len(first.Rows), first.Older)
	}
	second := caretest.Show[Readings](s.station, doctor, "exam.readings", readingsInput{Before: first.Rows[rowsShown-1].At})
	if len(second.Rows) != 5 || second.Older != "" {
		t.Errorf("%d rows, older %q", len(second.Rows), second.Older)
	}
}

func TestAPageOfOnePersonEndsWhereTheTimeChanges(t *testing.T) {
	s := newScene(t)
	for i := range personRows + 5 {
		s.start(grandma, Pressure)
		s.measure(pressure("130", "80", "70")...)
		if i != 4 { // its reading and the next one share a moment
			s.Advance(time.Hour)
		}
	}
	first := caretest.Show[PersonPage](s.station, doctor, "exam.person", personInput{Person: grandma})
	if len(first.Rows) != personRows-1 || first.Older == "" || len(first.Trends) == 0 {
		t.Fatalf("%d rows, older %q, %d trends", len(first.Rows), first.Older, len(first.Trends))
	}
	second := caretest.Show[PersonPage](s.station, doctor, "exam.person", personInput{grandma, first.Rows[len(first.Rows)-1].At})
	if len(second.Rows) != 6 || second.Older != "" || len(second.Trends) != len(first.Trends) {
		t.Errorf("%d rows, older %q, %d trends", len(second.Rows), second.Older, len(second.Trends))
	}
}

func TestAWaitThatRanOutSaysSo(t *testing.T) {
	s := newScene(t)
	id := s.start(grandma, Temperature)
	s.Advance(SessionLasts + time.Second)
	w := caretest.Show[Wait](s.station, resident(grandma), Waits, sessionInput{id})
	if w.Open || w.Result != nil || w.Again != "/exam/measure/temperature" {
		t.Errorf("%+v", w)
	}
	html := render(t, pagesSet(t), pageAt(t, "exam/wait"), w, "-late", screen.Mode{}, screen.Chinese)
	if !strings.Contains(html, "没有等到读数") || !strings.Contains(html, "再测一次") {
		t.Error("the page leads nowhere")
	}
}

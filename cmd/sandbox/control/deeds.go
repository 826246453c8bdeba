package control

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/line"
	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/cmd/sandbox/stand"
	"xiangyi/protocol/care/screen"
)

// deed is what a button does; said names what the next page says about it.
type deed func(r *http.Request) (said string, err error)

// sayings are what a page says after a deed, by a name that may stand in an address.
var sayings = map[string]screen.Notice{
	"line":     {Kind: screen.Good, Text: "线路已按您说的改了"},
	"power":    {Kind: screen.Good, Text: "电源已按您说的改了"},
	"card":     {Kind: screen.Good, Text: "身份证已放上读卡器，请看自助机"},
	"lifted":   {Kind: screen.Good, Text: "身份证已拿走"},
	"measured": {Kind: screen.Good, Text: "仪器已把读数发给村站"},
	"replayed": {Kind: screen.Good, Text: "仪器把上一条读数又发了一遍；村站只记一次"},
	"paper":    {Kind: screen.Good, Text: "打印机的状态已改"},
	"lose":     {Kind: screen.Good, Text: "医院会办好下一件事，但不回答"},
	"away":     {Kind: screen.Good, Text: "医院的状态已改"},
	"report":   {Kind: screen.Good, Text: "检验报告已排队发往县里"},
	"sold":     {Kind: screen.Good, Text: "医院窗口已卖出或保留了这个号"},
}

func flash(r *http.Request) *screen.Notice {
	if n, ok := sayings[r.URL.Query().Get("said")]; ok {
		return &n
	}
	return nil
}

func (p *Page) deeds() map[string]deed {
	return map[string]deed{
		"power": p.power, "line": p.setLine, "card": p.placeCard, "measure": p.measure, "replay": p.replay,
		"paper": p.setPaper, "hospital": p.setHospital, "report": p.sendReport, "slot": p.sellSlot,
	}
}

// do runs a deed and leads back to the page that it was pressed on.
func (p *Page) do(d deed) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		said, err := d(r)
		p.watch.stale()
		if err != nil {
			p.sorry(w, r, err)
			return
		}
		back := screen.SafeBack(r.PostFormValue("back"))
		http.Redirect(w, r, back+"?said="+url.QueryEscape(said), http.StatusSeeOther)
	})
}

var errForm = errors.New("the form does not say what to do")

func (p *Page) power(r *http.Request) (string, error) {
	x := p.county.Process(county.Name(r.PostFormValue("name")))
	if x == nil {
		return "", errForm
	}
	acts := map[string]func() error{"kill": x.Kill, "start": x.Start, "restart": x.Restart, "pause": x.Pause, "resume": x.Resume}
	act, ok := acts[r.PostFormValue("what")]
	if !ok {
		return "", errForm
	}
	return "power", act()
}

// lineMode is a weather of the line.
type lineMode struct {
	what, label, icon string
	look              screen.Look
	settings          line.Settings
}

var lineModes = []lineMode{
	{"up", "接通", "check", screen.Secondary, line.Settings{}},
	{"cut", "切断", "wifi-off", screen.Danger, line.Settings{Down: true}},
	{"64", "64 kbit/s", "minus", screen.Secondary, line.Settings{Rate: 64_000, Delay: 100 * time.Millisecond}},
	{"256", "256 kbit/s", "minus", screen.Secondary, line.Settings{Rate: 256_000, Delay: 50 * time.Millisecond}},
	{"delay", "慢半秒", "clock", screen.Secondary, line.Settings{Delay: 500 * time.Millisecond}},
	{"stall", "停住不动", "hourglass", screen.Secondary, line.Settings{Stall: true}},
	{"half", "半开", "triangle-alert", screen.Secondary, line.Settings{HalfOpen: true}},
	{"reset", "断一下", "refresh-cw", screen.Secondary, line.Settings{}},
}

// village finds the station that a form or an address names.
func (p *Page) village(site string) (county.Station, error) {
	for _, s := range p.county.Plan.Stations {
		if string(s.Site) == site {
			return s, nil
		}
	}
	return county.Station{}, errMissing
}

func (p *Page) setLine(r *http.Request) (string, error) {
	s, err := p.village(r.PostFormValue("site"))
	if err != nil {
		return "", err
	}
	what := r.PostFormValue("what")
	if what == "reset" {
		return "line", tell(r, s.Line.Admin, "/reset", nil)
	}
	for _, m := range lineModes {
		if m.what == what {
			return "line", tell(r, s.Line.Admin, "/line", m.settings)
		}
	}
	return "", errForm
}

func tell(r *http.Request, door county.Address, path string, body any) error {
	if body == nil {
		body = struct{}{}
	}
	_, err := outsider.Tell[outsider.Told](r.Context(), string(door), path, body)
	return err
}

func (p *Page) placeCard(r *http.Request) (string, error) {
	s, err := p.village(r.PostFormValue("site"))
	if err != nil {
		return "", err
	}
	which := r.PostFormValue("card")
	if which == "" {
		return "lifted", tell(r, s.Reader.Admin, "/remove", nil)
	}
	for _, c := range county.Cards() {
		if c.Number == which {
			return "card", tell(r, s.Reader.Admin, "/place", c)
		}
	}
	return "", errForm
}

// tool finds the instrument that a form names.
func (p *Page) tool(r *http.Request) (county.Instrument, error) {
	s, err := p.village(r.PostFormValue("site"))
	if err != nil {
		return county.Instrument{}, err
	}
	for _, t := range s.Tools {
		if string(t.Device) == r.PostFormValue("device") {
			return t, nil
		}
	}
	return county.Instrument{}, errMissing
}

func (p *Page) measure(r *http.Request) (string, error) {
	t, err := p.tool(r)
	if err != nil {
		return "", err
	}
	m := stand.Measurement{Session: r.PostFormValue("session")}
	if r.PostFormValue("clock") == "wrong" {
		m.Late = int64((2 * time.Hour).Seconds())
	}
	for _, code := range t.Codes {
		if v := strings.TrimSpace(r.PostFormValue(code)); v != "" {
			m.Readings = append(m.Readings, stand.Reading{Code: code, Value: v, Unit: measures[code].Unit})
		}
	}
	return "measured", tell(r, t.Admin, "/measure", m)
}

func (p *Page) replay(r *http.Request) (string, error) {
	t, err := p.tool(r)
	if err != nil {
		return "", err
	}
	return "replayed", tell(r, t.Admin, "/replay", nil)
}

// paperModes are the conditions of a printer that the page offers.
var paperModes = []struct {
	what, label string
	condition   paper.Condition
}{
	{"ok", "正常", paper.Condition{Paper: paper.OK}},
	{"low", "纸快用完", paper.Condition{Paper: paper.Low}},
	{"out", "缺纸", paper.Condition{Paper: paper.Out}},
	{"cover", "盖子开着", paper.Condition{Cover: true}},
	{"off", "断电", paper.Condition{Off: true}},
}

func (p *Page) setPaper(r *http.Request) (string, error) {
	s, err := p.village(r.PostFormValue("site"))
	if err != nil {
		return "", err
	}
	for _, m := range paperModes {
		if m.what == r.PostFormValue("what") {
			return "paper", tell(r, s.Paper.Admin, "/condition", struct {
				Printer string `json:"printer"`
				paper.Condition
			}{r.PostFormValue("printer"), m.condition})
		}
	}
	return "", errForm
}

func (p *Page) setHospital(r *http.Request) (string, error) {
	h := p.county.Plan.Hospital
	away := func(away bool, slow int) error {
		return tell(r, h.Admin, "/away", map[string]any{"away": away, "slowMs": slow})
	}
	switch r.PostFormValue("what") {
	case "lose":
		return "lose", tell(r, h.Admin, "/lose-next-ack", nil)
	case "away":
		return "away", away(true, 0)
	case "slow":
		return "away", away(false, 3000)
	case "back":
		return "away", away(false, 0)
	}
	return "", errForm
}

func (p *Page) sendReport(r *http.Request) (string, error) {
	charset := hospital.UTF8
	if r.PostFormValue("charset") == "gb18030" {
		charset = hospital.GB18030
	}
	for _, c := range county.Cards() {
		if c.Number != r.PostFormValue("card") {
			continue
		}
		report := stand.BloodCount(c, "L"+strconv.FormatInt(time.Now().UnixMilli(), 36), charset)
		if r.PostFormValue("reviewed") != "on" {
			report.Reviewer, report.Status = hospital.Code{}, "P"
		}
		return "report", tell(r, p.county.Plan.Hospital.Admin, "/report", report)
	}
	return "", errForm
}

func (p *Page) sellSlot(r *http.Request) (string, error) {
	path := map[string]string{"sell": "/sell", "block": "/block", "unblock": "/unblock"}[r.PostFormValue("what")]
	slot := r.PostFormValue("slot")
	if path == "" || slot == "" {
		return "", errForm
	}
	if err := tell(r, p.county.Plan.Hospital.Admin, path, map[string]string{"slot": slot}); err != nil {
		return "", fmt.Errorf("slot %s: %w", slot, err)
	}
	return "sold", nil
}

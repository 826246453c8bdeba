package exam

import (
	"slices"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// Result is one observation as people see it.
type Result struct {
	ID        care.ID
	What      What   // of the finding that matters most
	Name      string // zh-CN: 血压
	Figure    string // 128/82
	Unit      string
	Verdict   string // zh-CN, ends the sentence "您的血压是 128/82，…"; empty when nothing was measured
	Mark      screen.Mark
	Figures   []Figure
	At        time.Time
	Device    string
	Receipt   screen.Receipt
	Advice    Advice
	Alarm     *Alarm // not nil: this comes before everything else
	Trends    []screen.Trend
	Again     string // path of another try
	Withdrawn bool
}

// Figure is one quantity of a Result.
type Figure struct {
	Name, Figure, Unit string
	Low, High          string       // what is usual; empty when nothing is
	Mark               *screen.Mark // nil when there is nothing to say
}

// Alarm is what to do now.
type Alarm struct {
	Advice
	Call screen.Button // rings the village doctor
}

// verdicts end the sentence of a result.
var verdicts = map[Flag]string{
	Normal: "在正常范围", Low: "比正常低", High: "比正常高", VeryLow: "太低了", VeryHigh: "太高了", "": "请给村医看一下",
}

func mark(v *Value) *screen.Mark {
	switch {
	case v.Quality == Demo:
		return &screen.Mark{Kind: screen.Info, Text: "演示数据"}
	case v.Quality == Invalid:
		return &screen.Mark{Kind: screen.Warn, Text: "无效"}
	case v.Flag.Alarming():
		return &screen.Mark{Kind: screen.Bad, Text: alarmWord(v.Flag)}
	case v.Quality == Questionable:
		return &screen.Mark{Kind: screen.Warn, Text: "存疑"}
	case v.Flag == Low:
		return &screen.Mark{Kind: screen.Warn, Text: "偏低"}
	case v.Flag == High:
		return &screen.Mark{Kind: screen.Warn, Text: "偏高"}
	case v.Flag == Normal:
		return &screen.Mark{Kind: screen.Good, Text: "正常"}
	}
	return nil
}

func alarmWord(f Flag) string {
	if f == VeryLow {
		return "过低，危急"
	}
	return "过高，危急"
}

// figures lists the values in the order of the menu.
func figures(o *Observation) []Figure {
	var out []Figure
	for i := range o.Values {
		v := &o.Values[i]
		f := Figure{Name: v.Name(), Figure: v.Figure(), Unit: v.Shown(), Mark: mark(v)}
		if v.Range != nil {
			f.Low, f.High = string(v.Range.Low), string(v.Range.High)
		}
		if f.Figure == "" {
			f.Figure = "—"
		}
		out = append(out, f)
	}
	return out
}

// brief is figures for one line: a blood pressure is one figure.
func brief(o *Observation) []Figure {
	all := figures(o)
	figure, unit := figureOf(o, Pressure)
	if !strings.Contains(figure, "/") {
		return all
	}
	out := []Figure{{Name: Pressure.Name(), Figure: figure, Unit: unit}}
	for i := range o.Values {
		if code := o.Values[i].Code; code != codeSystolic && code != codeDiastolic {
			out = append(out, all[i])
		}
	}
	return out
}

// leading picks what the sentence is about: the worst finding, and among equals
// the first of the menu. ok is false when nothing can be believed.
func leading(o *Observation) (w What, flag Flag, quality Quality, ok bool) {
	for _, one := range Whats() {
		worst, found, q := Flag(""), false, OK
		for i := range o.Values {
			v := &o.Values[i]
			if measures[v.Code].What != one || !v.kept() {
				continue
			}
			found = true
			if v.Flag.rank() > worst.rank() {
				worst = v.Flag
			}
			if v.Quality.rank() > q.rank() {
				q = v.Quality
			}
		}
		if found && (!ok || worst.rank() > flag.rank()) {
			w, flag, quality, ok = one, worst, q, true
		}
	}
	return w, flag, quality, ok
}

// figureOf is a thing's value in one text: 128/82.
func figureOf(o *Observation, w What) (figure, unit string) {
	for _, code := range w.Codes() {
		v := o.value(code)
		if v == nil || !v.kept() {
			continue
		}
		if figure != "" {
			figure += "/"
		}
		figure += v.Figure()
		unit = v.Shown()
	}
	return figure, unit
}

// result tells an observation. level is the receipt of the head that it is in.
func result(id care.ID, o *Observation, level protocol.Level) Result {
	r := Result{
		ID: id, At: o.ObservedAt, Device: string(o.Device), Figures: figures(o),
		Receipt: screen.Receipt{Level: screen.Level(level) + 1}, Again: "/exam", Withdrawn: !o.Counts(),
	}
	w, flag, quality, ok := leading(o)
	if !ok {
		r.Advice, r.Mark = failed, screen.Mark{Kind: screen.Warn, Text: "没有测准"}
		return r
	}
	r.What, r.Name, r.Verdict = w, w.Name(), verdicts[flag]
	r.Figure, r.Unit = figureOf(o, w)
	r.Again = "/exam/measure/" + string(w)
	r.Advice = adviceFor(o, w, flag, quality)
	r.Mark = markOf(flag, quality)
	if flag == "" && r.Advice.Title == noted.Title {
		r.Verdict = "记下来了"
	}
	if flag.Alarming() && o.Counts() {
		r.Alarm = alarm(id, o)
	}
	return r
}

func markOf(flag Flag, quality Quality) screen.Mark {
	if m := mark(&Value{Flag: flag, Quality: quality}); m != nil {
		return *m
	}
	return screen.Mark{Kind: screen.Info, Text: "已记录"}
}

func adviceFor(o *Observation, w What, flag Flag, quality Quality) Advice {
	switch {
	case flag.Alarming():
		return urgent[ruleOf(o)]
	case quality == Questionable:
		return doubtful
	case flag == High:
		return high[w]
	case flag == Low:
		return low[w]
	case flag == Normal:
		return fine
	case slices.Contains([]What{Weight, Height}, w):
		return noted
	}
	return unjudged
}

// ruleOf picks the alarm to speak of: a known danger before the general one.
func ruleOf(o *Observation) string {
	for _, rule := range o.Alarms {
		if rule != "RF15" {
			return rule
		}
	}
	return "RF15"
}

func alarm(id care.ID, o *Observation) *Alarm {
	return &Alarm{
		Advice: urgent[ruleOf(o)],
		Call: screen.Button{
			Label: "呼叫村医", Icon: "bell-ring", Look: screen.Danger, Action: screen.CallPath,
			Fields: []screen.Hidden{{Name: screen.FieldBack, Value: "/exam/urgent/" + string(id)}},
		},
	}
}

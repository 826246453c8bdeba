package exam

import (
	"math/big"
	"slices"
	"strconv"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// trendDepth is how far back a chart looks for readings that count, and
// trendEnough how many of good quality it is content with: charts and averages
// show the last seven.
const (
	trendDepth  = 60
	trendEnough = 7
)

// past is an observation of a scan, decoded by the head to go by.
type past struct {
	ID  care.ID
	Obs Observation
	Rec protocol.Record
}

// scan runs a query over observations.
func scan(r protocol.Reader, q protocol.Query) ([]past, error) {
	q.Kind = KindObservation
	var out []past
	for rec, err := range r.Scan(q) {
		if err != nil {
			return nil, err
		}
		o, err := current(&rec)
		if err != nil {
			return nil, err
		}
		out = append(out, past{rec.Ref.ID, o, rec})
	}
	return out, nil
}

// series lists a person's latest readings of a thing that count, oldest first:
// those before a time, or all when it is zero.
func series(r protocol.Reader, person care.ID, w What, before time.Time) ([]past, error) {
	var out []past
	seen := map[care.ID]bool{}
	for _, code := range w.Codes() {
		good := 0
		q := protocol.Query{Kind: KindObservation, Index: "code", Match: []string{string(person), code}, To: before, Latest: true, Limit: trendDepth}
		for rec, err := range r.Scan(q) {
			if err != nil {
				return nil, err
			}
			o, err := current(&rec)
			if err != nil {
				return nil, err
			}
			if !o.Counts() || o.Person != person {
				continue
			}
			if !seen[rec.Ref.ID] {
				seen[rec.Ref.ID] = true
				out = append(out, past{rec.Ref.ID, o, rec})
			}
			if v := valueFor(&o, []string{code}); v != nil && v.Quality == OK {
				good++
			}
			if good == trendEnough {
				break
			}
		}
	}
	sortByTime(out)
	return out, nil
}

// seriesOf picks a thing's readings that count from a list of the newest first,
// which holds all that a person had measured.
func seriesOf(all []past, w What) []past {
	var out []past
	for _, p := range all {
		if p.Obs.Counts() && slices.ContainsFunc(w.Codes(), func(code string) bool { return p.Obs.value(code) != nil }) {
			out = append(out, p)
		}
	}
	sortByTime(out)
	return out
}

func sortByTime(list []past) {
	slices.SortStableFunc(list, func(a, b past) int { return a.Obs.ObservedAt.Compare(b.Obs.ObservedAt) })
}

// trendOf draws a thing. Pressure has two lines, everything else one; what is
// invalid, a demonstration or withdrawn is not drawn.
func trendOf(w What, readings []past) screen.Trend {
	t := screen.Trend{ID: "trend-" + string(w), Title: w.Name()}
	lines := [][]string{w.Codes()}
	if w == Pressure {
		lines = [][]string{{codeSystolic}, {codeDiastolic}}
	}
	for _, codes := range lines {
		s := screen.Series{Name: measures[codes[0]].Name}
		var usual *Range
		for i := range readings {
			v := valueFor(&readings[i].Obs, codes)
			if v == nil {
				continue
			}
			x, _ := v.Value.Float()
			p := screen.Point{At: readings[i].Obs.ObservedAt, Value: x, Text: v.Figure()}
			p.Mark = drawnMark(w, v)
			s.Points = append(s.Points, p)
			usual, t.Unit = v.Range, v.Shown()
		}
		if len(s.Points) > 0 {
			t.Series = append(t.Series, s)
			t.Bands = append(t.Bands, bandOf(codes[0], usual)...)
		}
	}
	return t
}

func valueFor(o *Observation, codes []string) *Value {
	for _, code := range codes {
		if v := o.value(code); v != nil && v.kept() {
			return v
		}
	}
	return nil
}

func bandOf(code string, usual *Range) []screen.Band {
	if usual == nil {
		return nil
	}
	low, ok1 := usual.Low.Float()
	high, ok2 := usual.High.Float()
	if !ok1 || !ok2 {
		return nil
	}
	label, named := bandLabels[code]
	if !named {
		label = "正常范围"
	}
	return []screen.Band{{Label: label, Low: low, High: high}}
}

// bandLabels tells the two stripes of a blood pressure apart.
var bandLabels = map[string]string{codeSystolic: "高压正常范围", codeDiastolic: "低压正常范围"}

// pressureMarks say which of the two figures a mark is about, since they share
// a line of the table.
var pressureMarks = map[string]map[Flag]string{
	codeSystolic:  {Low: "高压偏低", High: "高压偏高", VeryLow: "高压过低，危急", VeryHigh: "高压过高，危急"},
	codeDiastolic: {Low: "低压偏低", High: "低压偏高", VeryLow: "低压过低，危急", VeryHigh: "低压过高，危急"},
}

// drawnMark is the mark of a point; a usual value has none.
func drawnMark(w What, v *Value) *screen.Mark {
	m := mark(v)
	if m == nil || m.Kind == screen.Good {
		return nil
	}
	if text := pressureMarks[v.Code][v.Flag]; w == Pressure && text != "" {
		m.Text = text
	}
	return m
}

// trendsFor draws what a person's reading belongs to, up to that reading.
func trendsFor(r protocol.Reader, o *Observation, w What) ([]screen.Trend, error) {
	readings, err := series(r, o.Person, w, o.ObservedAt.Add(time.Second))
	readings = slices.DeleteFunc(readings, func(p past) bool { return p.Obs.ObservedAt.After(o.ObservedAt) })
	if err != nil || len(readings) < 2 {
		return nil, err
	}
	return []screen.Trend{trendOf(w, readings)}, nil
}

// averageOver is how many readings an average is made of.
const averageOver = trendEnough

// Average is the mean of the last seven readings of a thing, as people read
// it, and how many went in. Only values of good quality count: what is
// questionable, invalid, a demonstration or withdrawn never does.
func average(w What, readings []past) (figure string, n int) {
	lines := [][]string{w.Codes()}
	if w == Pressure {
		lines = [][]string{{codeSystolic}, {codeDiastolic}}
	}
	for _, codes := range lines {
		sum, count := new(big.Rat), 0
		for i := len(readings) - 1; i >= 0 && count < averageOver; i-- {
			v := valueFor(&readings[i].Obs, codes)
			if v == nil || v.Quality != OK {
				continue
			}
			x, _ := number(v.Value)
			sum.Add(sum, x)
			count++
		}
		if count == 0 {
			return "", 0
		}
		if figure != "" {
			figure += "/"
		}
		figure += fixed(sum.Quo(sum, new(big.Rat).SetInt64(int64(count))), measures[codes[0]].Round)
		n = count
	}
	return figure, n
}

func itoa(n int) string { return strconv.Itoa(n) }

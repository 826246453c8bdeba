package screen

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Trend is the last few values of one measurement as a chart and as a table.
// The chart is drawn by the server: it needs no script, prints, and is read
// out by its description.
type Trend struct {
	ID     string // unique on the page; "trend" when empty
	Title  string
	Unit   string
	Bands  []Band // where values should be
	Series []Series
}

// Band is the range aimed at, shown as a green stripe.
type Band struct {
	Label     string
	Low, High float64
}

// Series is one line: 收缩压. Points are in order of time.
type Series struct {
	Name   string
	Points []Point
}

// Point is one reading. Text is what the instrument showed, digit for digit
// (36.60); Value places it.
type Point struct {
	At    time.Time
	Value float64
	Text  string
	Mark  *Mark // 偏高; nil for a usual value
}

// Figure is the reading as printed.
func (p Point) Figure() string {
	if p.Text != "" {
		return p.Text
	}
	return strconv.FormatFloat(p.Value, 'f', -1, 64)
}

// trendPoints is how many readings a chart shows: as many as a person can read
// the printed values of on one line of a kiosk.
const trendPoints = 7

// Shown is the trend with the last readings only.
func (t Trend) Shown() Trend {
	out := t
	out.Series = make([]Series, len(t.Series))
	for i, s := range t.Series {
		s.Points = s.Points[max(len(s.Points)-trendPoints, 0):]
		out.Series[i] = s
	}
	return out
}

// Anchor is the trend's identifier on the page.
func (t Trend) Anchor() string {
	if t.ID == "" {
		return "trend"
	}
	return t.ID
}

// Plot is a trend turned into places, in per cent of the drawing.
type Plot struct {
	Stripes []Stripe
	Lines   []Line
	Days    []Tick
}

// Stripe is a band's rectangle.
type Stripe struct {
	Y, Height string
	Label     string
	LabelY    string
}

// Line is a series: its dots and the segments between them.
type Line struct {
	Name     string
	Square   bool // the second series has square dots, so that it needs no colour
	Dots     []Dot
	Segments []Segment
}

// Dot is one reading.
type Dot struct {
	X, Y   string
	Figure string
	Below  bool // the figure stands below the dot
	Mark   *Mark
}

// Segment joins two dots.
type Segment struct{ X1, Y1, X2, Y2 string }

// Tick is a day below the drawing.
type Tick struct {
	X  string
	At time.Time
}

// The drawing's margins, per cent.
const (
	plotLeft, plotRight = 6.0, 94.0
	plotTop, plotBottom = 12.0, 80.0
)

// Plot works out the drawing. Readings stand at equal distances, each over its
// own date: values that were taken close together stay readable.
func (t Trend) Plot() Plot {
	t = t.Shown()
	low, high := t.span()
	y := func(v float64) float64 { return plotBottom - (v-low)/(high-low)*(plotBottom-plotTop) }
	var p Plot
	for _, b := range t.Bands {
		top, bottom := y(b.High), y(b.Low)
		p.Stripes = append(p.Stripes, Stripe{percent(top), percent(bottom - top), b.Label, percent(top)})
	}
	for i, s := range t.Series {
		line := Line{Name: s.Name, Square: i > 0}
		for j, pt := range s.Points {
			line.Dots = append(line.Dots, Dot{percent(plotX(j, len(s.Points))), percent(y(pt.Value)), pt.Figure(), i > 0, pt.Mark})
			if j > 0 {
				a := line.Dots[j-1]
				line.Segments = append(line.Segments, Segment{a.X, a.Y, line.Dots[j].X, line.Dots[j].Y})
			}
			if i == 0 {
				p.Days = append(p.Days, Tick{line.Dots[j].X, pt.At})
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

func plotX(i, n int) float64 {
	if n < 2 {
		return (plotLeft + plotRight) / 2
	}
	return plotLeft + (plotRight-plotLeft)*float64(i)/float64(n-1)
}

// span is the lowest and highest value to draw; never equal.
func (t Trend) span() (low, high float64) {
	first := true
	take := func(v float64) {
		if first {
			low, high, first = v, v, false
		}
		low, high = min(low, v), max(high, v)
	}
	for _, b := range t.Bands {
		take(b.Low)
		take(b.High)
	}
	for _, s := range t.Series {
		for _, p := range s.Points {
			take(p.Value)
		}
	}
	if high == low {
		return low - 1, high + 1
	}
	return low, high
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// Describe says in a sentence what the drawing shows, in the words that say
// gives: a page's T, or the function t of templates.
func (t Trend) Describe(say func(string, ...any) string) string {
	var out []string
	for i, s := range t.Shown().Series {
		if len(s.Points) == 0 {
			continue
		}
		first, last := s.Points[0].Figure(), s.Points[len(s.Points)-1].Figure()
		line := say("%s：从 %s 到 %s，最近一次 %s", say(s.Name), first, last, last)
		if i < len(t.Bands) {
			b := t.Bands[i]
			line += say("，目标 %s 到 %s", figure(b.Low), figure(b.High))
		}
		out = append(out, line)
	}
	return strings.Join(out, say("；"))
}

func figure(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// TrendRow is one line of the table beside a chart: one moment, every series.
type TrendRow struct {
	At      time.Time
	Figures []string
	Marks   []Mark
}

// Table is the readings as rows, the latest first. Series are joined by the
// moment at which they were taken.
func (t Trend) Table() []TrendRow {
	t = t.Shown()
	var rows []TrendRow
	index := map[int64]int{}
	for i, s := range t.Series {
		for j := len(s.Points) - 1; j >= 0; j-- {
			p := s.Points[j]
			at, ok := index[p.At.UnixNano()]
			if !ok {
				at = len(rows)
				index[p.At.UnixNano()] = at
				rows = append(rows, TrendRow{At: p.At, Figures: make([]string, len(t.Series))})
			}
			rows[at].Figures[i] = p.Figure()
			if p.Mark != nil {
				rows[at].Marks = append(rows[at].Marks, *p.Mark)
			}
		}
	}
	return rows
}

// String keeps readings out of logs: a trend is a person's data.
func (t Trend) String() string { return fmt.Sprintf("trend of %d series", len(t.Series)) }

package pdf

// Column is one column of a table.
type Column struct {
	Label string
	Width float64 // share of the width, compared with the other columns
	Align Align
	Flag  bool // a cell that is not empty shades its row: 偏高, ↑
}

// Table draws rows under labels that are repeated on each page. Cells wrap; a
// row stays whole unless it is higher than a page. Missing cells are empty,
// cells beyond the columns are not shown.
func (d *Doc) Table(columns []Column, rows [][]string) {
	d.add(func(s *sheet) {
		if len(columns) == 0 {
			return
		}
		t := &table{s: s, columns: columns, widths: shares(columns, s.inner())}
		s.room(3 * t.pitch())
		t.head()
		s.again = t.head
		for i, row := range rows {
			t.row(row, i == len(rows)-1)
		}
		s.again = nil
		s.rule(0.7)
		s.y += 5
	})
}

type table struct {
	s       *sheet
	columns []Column
	widths  []float64
}

// cellPad is free above and below the text of a cell, cellSide beside it.
const (
	cellPad  = 3.0
	cellSide = 5.0
)

// shares divides the width by the columns' shares; a column without one has 1.
func shares(columns []Column, width float64) []float64 {
	total, out := 0.0, make([]float64, len(columns))
	for i, c := range columns {
		out[i] = c.Width
		if c.Width <= 0 {
			out[i] = 1
		}
		total += out[i]
	}
	for i := range out {
		out[i] *= width / total
	}
	return out
}

func (t *table) size() float64  { return t.s.size * 0.93 }
func (t *table) pitch() float64 { return t.size()*leading + cellPad }

func (t *table) head() {
	s := t.s
	s.rule(0.7)
	labels := make([]string, len(t.columns))
	for i, c := range t.columns {
		labels[i] = c.Label
	}
	cells := t.wrap(labels)
	t.draw(cells, 0, depth(cells), 236)
	s.rule(0.7)
}

func (t *table) row(row []string, last bool) {
	s := t.s
	cells := t.wrap(row)
	high := depth(cells)
	shade := uint8(255)
	for i, c := range t.columns {
		if c.Flag && i < len(row) && row[i] != "" {
			shade = 243
		}
	}
	s.room(min(float64(high)*t.size()*leading+2*cellPad, s.bottom-s.margin-3*t.pitch()))
	for from := 0; from < high; {
		fits := int((s.bottom - s.y - 2*cellPad) / (t.size() * leading))
		if s.meta.Paper == Slip80 {
			fits = high
		}
		to := min(high, from+max(fits, 1))
		t.draw(cells, from, to, shade)
		if from = to; from < high {
			s.room(s.bottom)
		}
	}
	if !last {
		t.hairline()
	}
}

func (t *table) hairline() {
	s := t.s
	if s.err != nil {
		return
	}
	s.gp.SetStrokeColor(200, 200, 200)
	s.gp.SetLineWidth(0.4)
	s.gp.Line(s.margin, s.y, s.width-s.margin, s.y)
	s.y += 0.4
}

func (t *table) wrap(row []string) [][]string {
	out := make([][]string, len(t.columns))
	for i := range t.columns {
		text := ""
		if i < len(row) {
			text = row[i]
		}
		out[i] = t.s.wrap(text, t.widths[i]-2*cellSide, t.size())
	}
	return out
}

func depth(cells [][]string) int {
	n := 1
	for _, c := range cells {
		n = max(n, len(c))
	}
	return n
}

// draw writes the lines from..to of every cell, on a ground of that grey.
func (t *table) draw(cells [][]string, from, to int, grey uint8) {
	s := t.s
	if s.err != nil {
		return
	}
	high := float64(to-from)*t.size()*leading + 2*cellPad
	if grey < 255 {
		s.gp.SetFillColor(grey, grey, grey)
		s.gp.RectFromUpperLeftWithStyle(s.margin, s.y, s.inner(), high, "F")
		s.gp.SetFillColor(0, 0, 0)
	}
	top, x := s.y, s.margin
	for i, lines := range cells {
		s.y = top + cellPad
		if from < len(lines) {
			s.lines(lines[from:min(to, len(lines))], x+cellSide, t.widths[i]-2*cellSide, t.size(), t.columns[i].Align)
		}
		x += t.widths[i]
	}
	s.y = top + high
}

package pdf

import (
	"fmt"
	"slices"

	"github.com/skip2/go-qrcode"
)

// Heading begins a part. It keeps with at least two lines of what follows.
func (d *Doc) Heading(text string) {
	d.add(func(s *sheet) {
		size := s.size * 1.2
		s.room(size*leading + 2*s.size*leading + 12)
		s.y += 8
		const bar = 3.0 // stands for the bold face that the font does not have
		lines := s.wrap(text, s.inner()-3*bar, size)
		if s.err == nil {
			s.gp.SetFillColor(0, 0, 0)
			s.gp.RectFromUpperLeftWithStyle(s.margin, s.y+size*0.25, bar, float64(len(lines))*size*leading-size*0.5, "F")
		}
		s.lines(lines, s.margin+3*bar, s.inner()-3*bar, size, Left)
		s.y += 4
	})
}

// Text is a paragraph.
func (d *Doc) Text(text string) {
	d.add(func(s *sheet) {
		s.flow(text, s.size)
		s.y += 3
	})
}

// Large is one line that is read from afar: a ticket's number.
func (d *Doc) Large(text string) {
	d.add(func(s *sheet) {
		const size = 34.0
		lines := s.wrap(text, s.inner(), size)
		s.room(float64(len(lines)) * size * leading)
		s.lines(lines, s.margin, s.inner(), size, Centre)
	})
}

// Small is a remark in small letters.
func (d *Doc) Small(text string) {
	d.add(func(s *sheet) { s.flow(text, s.size*0.85) })
}

// Rule is a line over the width.
func (d *Doc) Rule() {
	d.add(func(s *sheet) {
		s.room(9)
		s.y += 4
		s.rule(0.5)
		s.y += 4
	})
}

// Gap leaves millimetres free.
func (d *Doc) Gap(millimetres float64) {
	d.add(func(s *sheet) { s.y += mm(millimetres) })
}

// Break begins a new page; on a slip it is a rule.
func (d *Doc) Break() {
	if d.meta.Paper == Slip80 {
		d.Rule()
		return
	}
	d.add(func(s *sheet) { s.page() })
}

// Facts are names and values, in two columns on A4 and one on a slip.
func (d *Doc) Facts(facts [][2]string) {
	facts = slices.Clone(facts)
	d.add(func(s *sheet) {
		columns := 2
		if s.meta.Paper == Slip80 {
			columns = 1
		}
		for row := range slices.Chunk(facts, columns) {
			s.factRow(row, columns)
		}
		s.y += 3
	})
}

func (s *sheet) factRow(row [][2]string, columns int) {
	const gap = 12.0
	width := (s.inner() - gap*float64(columns-1)) / float64(columns)
	high, keys, values, offsets := 0, make([][]string, len(row)), make([][]string, len(row)), make([]float64, len(row))
	for i, f := range row {
		key := s.clean(f[0]) + "："
		offsets[i] = min(max(s.measure(key, s.size), s.size*5), width*0.5)
		keys[i] = s.wrap(key, offsets[i]+0.01, s.size)
		values[i] = s.wrap(f[1], width-offsets[i], s.size)
		high = max(high, len(keys[i]), len(values[i]))
	}
	if float64(high)*s.size*leading > (s.bottom-s.margin)/2 && s.meta.Paper == A4 {
		// Side by side this would leave the page: one after the other, as text.
		for _, f := range row {
			s.flow(f[0]+"："+f[1], s.size)
		}
		return
	}
	s.room(float64(high) * s.size * leading)
	top := s.y
	for i := range row {
		x := s.margin + float64(i)*(width+gap)
		s.gp.SetTextColor(70, 70, 70)
		s.y = top
		s.lines(keys[i], x, offsets[i], s.size, Left)
		s.gp.SetTextColor(0, 0, 0)
		s.y = top
		s.lines(values[i], x+offsets[i], width-offsets[i], s.size, Left)
	}
	s.y = top + float64(high)*s.size*leading
}

// QR draws text as a code of that many millimetres, with lines to its right on
// A4 and below it on a slip. It is drawn in squares, so it prints sharp at any
// resolution. Text goes into the code as it is: put no personal data in.
func (d *Doc) QR(text string, millimetres float64, lines ...string) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		if d.err == nil {
			d.err = fmt.Errorf("pdf: make code: %w", err)
		}
		return
	}
	modules := code.Bitmap()
	d.add(func(s *sheet) { s.qr(modules, mm(millimetres), lines) })
}

func (s *sheet) qr(modules [][]bool, side float64, lines []string) {
	s.room(side + 4)
	s.y += 2
	top, x := s.y, s.margin
	if s.meta.Paper == Slip80 {
		x = (s.width - side) / 2
	}
	s.squares(modules, x, top, side)
	below := top + side
	if s.meta.Paper == Slip80 {
		s.y = below
		for _, l := range lines {
			s.lines(s.wrap(l, s.inner(), s.size), s.margin, s.inner(), s.size, Centre)
		}
		return
	}
	left := x + side + 10
	s.y = top + side*0.12
	for _, l := range lines {
		s.lines(s.wrap(l, s.width-s.margin-left, s.size), left, s.width-s.margin-left, s.size, Left)
	}
	s.y = max(s.y, below) + 2
}

// squares joins dark modules of a row into one bar: fewer objects, and no hair
// lines between them.
func (s *sheet) squares(modules [][]bool, x, y, side float64) {
	if s.err != nil || len(modules) == 0 {
		return
	}
	m := side / float64(len(modules))
	s.gp.SetFillColor(0, 0, 0)
	for row, line := range modules {
		for from := 0; from < len(line); from++ {
			if !line[from] {
				continue
			}
			to := from
			for to < len(line) && line[to] {
				to++
			}
			s.gp.RectFromUpperLeftWithStyle(x+float64(from)*m, y+float64(row)*m, float64(to-from)*m, m*1.02, "F")
			from = to
		}
	}
}

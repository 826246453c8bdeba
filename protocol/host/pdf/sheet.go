package pdf

import (
	"fmt"
	"slices"

	"github.com/signintech/gopdf"
)

// sheet is the paper while it is written on. All lengths are points. The first
// error stays; what follows it draws nothing.
type sheet struct {
	gp      gopdf.GoPdf
	meta    Meta
	err     error
	pages   int
	width   float64
	height  float64
	margin  float64
	bottom  float64 // where the body ends
	y       float64 // top of what comes next
	size    float64 // of body text
	widths  map[rune]float64
	missing []rune
	again   func() // draws what is repeated after a page break, or nil
}

func newSheet(meta Meta, height float64) (*sheet, error) {
	container, err := fonts()
	if err != nil {
		return nil, err
	}
	s := &sheet{meta: meta, widths: map[rune]float64{}}
	c := config(meta.Paper, height)
	s.width, s.height = c.PageSize.W, c.PageSize.H
	s.margin, s.size = mm(16), 10.5
	s.bottom = s.height - mm(20)
	if meta.Paper == Slip80 {
		s.margin, s.size = mm(4), 9.5
		s.bottom = s.height
	}
	s.gp.Start(c)
	s.gp.SetInfo(gopdf.PdfInfo{Title: meta.Title, Author: meta.Organisation, Creator: "Xiangyi", Producer: "Xiangyi", CreationDate: meta.Created})
	if err := s.gp.AddTTFFontFromFontContainer(family, container); err != nil {
		return nil, fmt.Errorf("pdf: use font: %w", err)
	}
	return s, nil
}

// inner is the width of the body.
func (s *sheet) inner() float64 { return s.width - 2*s.margin }

// page begins a page: watermark below all, then the head.
func (s *sheet) page() {
	if s.err != nil {
		return
	}
	s.gp.AddPage()
	s.pages++
	s.y = s.margin
	s.setSize(s.size)
	s.watermark()
	if s.pages == 1 {
		s.title()
	} else {
		s.running()
	}
}

// room makes sure that h points are left on the page, else it breaks. A block
// higher than a page is left to whoever draws it.
func (s *sheet) room(h float64) {
	if s.meta.Paper == Slip80 || s.y+h <= s.bottom {
		return
	}
	s.page()
	if s.again != nil {
		s.again()
	}
}

func (s *sheet) title() {
	big, small := 17.0, 12.0
	if s.meta.Paper == Slip80 {
		big, small = 13, 10.5
	}
	if s.meta.Organisation != "" {
		s.lines(s.wrap(s.meta.Organisation, s.inner(), small), s.margin, s.inner(), small, Centre)
	}
	s.lines(s.wrap(s.meta.Title, s.inner(), big), s.margin, s.inner(), big, Centre)
	if s.meta.Number != "" {
		s.lines(s.wrap(s.meta.Number, s.inner(), s.size), s.margin, s.inner(), s.size, Centre)
	}
	s.y += 4
	s.rule(1)
	s.y += 6
}

// running is the short head of every page but the first.
func (s *sheet) running() {
	head := s.meta.Organisation + "　" + s.meta.Title
	if s.meta.Number != "" {
		head += "　" + s.meta.Number
	}
	lines := s.wrap(head, s.inner(), 8.5)
	s.lines(lines[:1], s.margin, s.inner(), 8.5, Left)
	s.rule(0.5)
	s.y += 6
}

func (s *sheet) rule(width float64) {
	if s.err != nil {
		return
	}
	s.gp.SetStrokeColor(60, 60, 60)
	s.gp.SetLineWidth(width)
	s.gp.Line(s.margin, s.y, s.width-s.margin, s.y)
	s.y += width
}

// watermark is light grey and lies below the text, so that a laser printer's
// raster does not eat the letters.
func (s *sheet) watermark() {
	if s.meta.Watermark == "" || s.err != nil {
		return
	}
	size := 96.0
	if s.meta.Paper == Slip80 {
		size = 40
	}
	text := s.clean(s.meta.Watermark)
	x, y := s.width/2, s.height/2
	if s.meta.Paper == Slip80 {
		y = mm(45)
	}
	s.gp.SetTextColor(226, 226, 226)
	s.gp.Rotate(35, x, y)
	s.put(text, x-s.measure(text, size)/2, y+size*0.35, size)
	s.gp.RotateReset()
	s.gp.SetTextColor(0, 0, 0)
}

// footnote explains 〓 where it was printed.
func (s *sheet) footnote() {
	if len(s.missing) == 0 {
		return
	}
	s.y += 4
	s.flow("注：〓 表示打印字库中没有的字，原字见电子版。", s.size*0.9)
}

// finish writes the foot of each page, now that their number is known.
func (s *sheet) finish() {
	for n := 1; n <= s.pages && s.err == nil; n++ {
		if s.meta.Paper == Slip80 {
			return
		}
		if err := s.gp.SetPage(n); err != nil {
			s.err = err
			return
		}
		s.foot(n)
	}
}

func (s *sheet) foot(n int) {
	const size = 8.5
	s.y = s.height - mm(16)
	s.rule(0.5)
	s.y += 3
	top := s.y
	count := fmt.Sprintf("第 %d 页/共 %d 页", n, s.pages)
	s.line(count, s.margin, s.inner(), size, Right)
	s.y = top
	left := s.meta.Footer
	if s.meta.Code != "" {
		left = "验证码 " + s.meta.Code + "　" + left
	}
	if left == "" {
		return
	}
	lines := s.wrap(left, s.inner()-s.measure(count, size)-12, size)
	s.lines(lines[:min(len(lines), 2)], s.margin, s.inner(), size, Left)
}

// note remembers a character that the font lacks.
func (s *sheet) note(r rune) {
	if !slices.Contains(s.missing, r) {
		s.missing = append(s.missing, r)
	}
}

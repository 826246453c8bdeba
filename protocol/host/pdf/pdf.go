// Package pdf makes A4 documents and 80 mm slips: headings, facts, tables with
// repeated headers, codes and page numbers, in Chinese, with the font inside.
//
// It knows nothing of reports, bookings or printers: a host hands it texts and
// gets bytes. The same input gives the same bytes, on any machine and day. A
// character that the font lacks prints as 〓 with a footnote and is told by
// Missing; a document never fails because of somebody's name.
package pdf

import (
	"errors"
	"fmt"
	"time"

	"github.com/signintech/gopdf"
)

// Paper is what a document is printed on.
type Paper int

// A4 breaks into pages. Slip80 is one strip of an 80 mm receipt printer, as
// long as its content.
const (
	A4 Paper = iota
	Slip80
)

// Meta is what is said about a document on each of its pages.
type Meta struct {
	Title        string // 检验报告单
	Organisation string // 清溪县人民医院
	Number       string // the document's own number, or ""
	Footer       string // left of the page number, for instance how to check the code
	Code         string // verification code, printed in the footer in wide figures
	Watermark    string // 补打, 副本; "" for an original
	Created      time.Time
	Paper        Paper
}

// Doc is a document being written. Its methods only note what is to be shown;
// Bytes lays it out. A Doc is used by one goroutine.
type Doc struct {
	meta    Meta
	blocks  []func(*sheet)
	err     error
	missing []rune
}

// New begins a document.
func New(meta Meta) *Doc { return &Doc{meta: meta} }

// Bytes lays the document out and gives the PDF file. It may be called again
// and gives the same bytes.
func (d *Doc) Bytes() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	if d.meta.Created.IsZero() {
		return nil, errors.New("pdf: a document needs its time of creation")
	}
	height := 0.0
	if d.meta.Paper == Slip80 {
		// How long a strip is can only be known after it was laid out once.
		trial, err := d.layOut(maxSlip)
		if err != nil {
			return nil, err
		}
		height = trial.y + trial.margin
	}
	s, err := d.layOut(height)
	if err != nil {
		return nil, err
	}
	s.finish()
	if s.err != nil {
		return nil, fmt.Errorf("pdf: lay out: %w", s.err)
	}
	d.missing = s.missing
	b, err := s.gp.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("pdf: write: %w", err)
	}
	return b, nil
}

// Missing lists the characters that were printed as 〓, in the order of their
// appearance, after Bytes. Count them: a station whose residents' names are
// missing needs another font.
func (d *Doc) Missing() []rune { return d.missing }

func (d *Doc) layOut(height float64) (*sheet, error) {
	s, err := newSheet(d.meta, height)
	if err != nil {
		return nil, err
	}
	s.page()
	for _, block := range d.blocks {
		block(s)
	}
	s.footnote()
	if s.err != nil {
		return nil, fmt.Errorf("pdf: lay out: %w", s.err)
	}
	return s, nil
}

func (d *Doc) add(block func(*sheet)) { d.blocks = append(d.blocks, block) }

// config is the page of a paper, in points.
func config(p Paper, height float64) gopdf.Config {
	c := gopdf.Config{Unit: gopdf.UnitPT, PageSize: gopdf.Rect{W: mm(210), H: mm(297)}}
	if p == Slip80 {
		c.PageSize = gopdf.Rect{W: mm(80), H: height}
	}
	return c
}

// maxSlip is the longest strip, in points: four metres hold any list that
// somebody would print, and PDF readers refuse pages of more than five.
const maxSlip = 4000 * 72 / 25.4

func mm(v float64) float64 { return v * 72 / 25.4 }

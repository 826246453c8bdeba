package printing

import (
	"context"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/host/pdf"
)

// reportPaper makes the PDF of one copy of a report.
func (p *Printing) reportPaper(ctx context.Context, j *job) ([]byte, error) {
	input, err := protocol.Encode(map[string]care.ID{"print": j.About.ID})
	if err != nil {
		return nil, err
	}
	shown, err := p.Engine.Show(ctx, care.Request{Actor: self, Name: report.File, Input: input})
	if err != nil {
		return nil, err
	}
	paper, ok := shown.(report.Paper)
	if !ok {
		return nil, fmt.Errorf("%s shows a %T", report.File, shown)
	}
	if j.Copy > 0 {
		paper.Watermark = "补打" // the sheet before it may have come out
	}
	doc := layOut(&paper, p.Address)
	out, err := doc.Bytes()
	p.missing(j, len(doc.Missing()))
	return out, err
}

// layOut puts a report's texts on A4.
func layOut(paper *report.Paper, address string) *pdf.Doc {
	doc := pdf.New(pdf.Meta{
		Title: paper.Title, Organisation: paper.Organisation, Number: paper.Number, Footer: paper.Footer, Code: paper.Code,
		Watermark: paper.Watermark, Created: paper.Created, Paper: pdf.A4,
	})
	doc.Facts(paper.Facts)
	if len(paper.Columns) > 0 {
		var columns []pdf.Column
		for _, c := range paper.Columns {
			column := pdf.Column{Label: c.Label, Width: c.Width, Flag: c.Flag}
			if c.Right {
				column.Align = pdf.Right
			}
			columns = append(columns, column)
		}
		doc.Table(columns, paper.Rows)
	}
	for _, s := range paper.Sections {
		doc.Heading(s[0])
		doc.Text(s[1])
	}
	if paper.QR != "" {
		doc.QR(address+paper.QR, 28, paper.QRLines...)
	}
	return doc
}

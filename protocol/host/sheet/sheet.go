// Package sheet makes the PDF of a document that a service gives as a model,
// and serves it to whoever may have it. What stands on it and who may is the
// service's; how it looks is pdf's.
package sheet

import (
	"fmt"
	"net/http"
	"net/url"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/host/pdf"
	"xiangyi/protocol/host/web"
)

// Report puts a report's texts on A4. address stands before the path in its
// code: where anybody can check it.
func Report(paper *report.Paper, address string) *pdf.Doc {
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

// Mount serves saved reports at the address to which report.save leads.
func Mount(h *web.Host, address string) {
	h.Handle("GET /report/file/{print}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		input, err := protocol.Encode(map[string]string{"print": r.PathValue("print")})
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		shown, err := h.Engine.Show(r.Context(), care.Request{Actor: h.Actor(h.Sessions.Of(r)), Name: report.File, Input: input})
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		paper, ok := shown.(report.Paper)
		if !ok {
			h.Fail(w, r, fmt.Errorf("%s shows a %T", report.File, shown))
			return
		}
		b, err := Report(&paper, address).Bytes()
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(paper.FileName))
		_, _ = w.Write(b) // the reader may have gone
	}))
}

package printing

import (
	"context"
	"fmt"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/host/sheet"
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
	doc := sheet.Report(&paper, p.Address)
	out, err := doc.Bytes()
	p.missing(j, len(doc.Missing()))
	return out, err
}

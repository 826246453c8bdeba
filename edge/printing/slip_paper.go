package printing

import (
	"context"
	"strconv"

	"xiangyi/devices/printer/escpos"
	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/appointment"
)

// slipPaper makes the slip of an appointment as it stands now: a level of
// receipt that was reached while the slip waited for paper is on it.
func (p *Printing) slipPaper(ctx context.Context, j *job) ([]byte, error) {
	var slip appointment.Slip
	err := p.Store.View(ctx, func(r protocol.Reader) (err error) {
		slip, err = appointment.SlipOf(r, j.About.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	s := escpos.New(p.Profile)
	head(s, &slip, j)
	for _, f := range slip.Facts {
		if f[1] != "" {
			s.Pair(f[0], f[1])
		}
	}
	s.Rule().Align(escpos.Center).Bold(true).Line(slip.Level).Bold(false)
	foot(s, &slip, j)
	p.missing(j, len(s.Missing()))
	return s.Bytes(), nil
}

func head(s *escpos.Slip, slip *appointment.Slip, j *job) {
	s.Align(escpos.Center).Bold(true).Size(1, 2).Line(slip.Title).Size(1, 1)
	if j.Copy > 0 {
		s.Line("补打 第 " + strconv.Itoa(j.Copy) + " 次")
	}
	s.Size(2, 2).Line(slip.Number).Size(1, 1).Bold(false)
	if slip.Turn != "" {
		s.Line("当天叫号 " + slip.Turn)
	}
	s.Align(escpos.Left).Rule()
}

func foot(s *escpos.Slip, slip *appointment.Slip, j *job) {
	if slip.QR != "" && s.QR(slip.QR, 5, escpos.Medium) == nil {
		s.Feed(1)
	}
	s.Align(escpos.Left)
	for _, n := range slip.Notes {
		s.Line(n)
	}
	s.Line("打印时间 " + j.now.In(care.Zone).Format("2006-01-02 15:04"))
	s.Cut()
}

// missing counts characters that were printed as 〓, for whoever chooses fonts.
func (p *Printing) missing(j *job, n int) {
	if n > 0 {
		p.Log.Warn("paper lacks characters", "job", string(j.id), "what", string(j.What), "missing", n)
	}
}

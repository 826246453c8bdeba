package hospital

import (
	"cmp"
	"context"
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/hl7"
)

// reports reads ORU^R01: one report for each report number in the message.
// Whether the person is known here is for the report service to see.
func (in *Inbox) reports(ctx context.Context, m *hl7.Message) ([]deed, error) {
	issuer, err := in.issuer(ctx, m)
	if err != nil {
		return nil, err
	}
	groups := groupsOf(m)
	if len(groups) == 0 {
		return nil, wrong(hl7.SegmentSequence, "OBR", 0, "缺少报告段 OBR")
	}
	var all []report.Incoming
	for _, g := range groups {
		one, err := g.report(m, issuer)
		if err != nil {
			return nil, err
		}
		if n := len(all) - 1; n >= 0 && all[n].Number == one.Number && all[n].Document == one.Document && all[n].Person == one.Person {
			join(&all[n], &one)
			continue
		}
		all = append(all, one)
	}
	var out []deed
	for i := range all {
		out = append(out, deed{name: report.Receive, input: &all[i]})
	}
	return out, nil
}

// sender is which hospital speaks.
type sender struct{ id, name string }

// issuer names the hospital as our own records do, if it is configured, else as
// it names itself.
func (in *Inbox) issuer(ctx context.Context, m *hl7.Message) (sender, error) {
	msh := m.First("MSH")
	self := cmp.Or(msh.Text(4), msh.Text(3))
	if in.Organisation == "" {
		if self == "" {
			return sender{}, wrong(hl7.RequiredFieldMissing, "MSH", 4, "缺少发送机构 MSH-4")
		}
		return sender{self, cmp.Or(msh.At(4, 1, 2, 1), self)}, nil
	}
	out := sender{string(in.Organisation), cmp.Or(self, string(in.Organisation))}
	err := in.Store.View(ctx, func(r protocol.Reader) error {
		o, _, err := care.Read[care.Organisation](r, care.OrganisationRef(in.Organisation))
		if err == nil && o.Name != "" {
			out.name = o.Name
		}
		if errors.Is(err, protocol.ErrNotFound) {
			return nil
		}
		return err
	})
	return out, err
}

// report maps one group.
func (g *group) report(m *hl7.Message, from sender) (report.Incoming, error) {
	out := report.Incoming{Name: nameOf(g.pid)}
	if out.Name == "" {
		return out, wrong(hl7.RequiredFieldMissing, "PID", 5, "缺少病人姓名 PID-5")
	}
	if err := g.whose(&out); err != nil {
		return out, err
	}
	c := &out.Content
	c.Source, c.Issuer = from.id, from.name
	c.Number = cmp.Or(g.obr.Text(3), g.orc.Text(3))
	c.Service, c.Title = coded(g.obr, 4)
	c.Category = categoryOf(g.obr.Text(24))
	c.Reviewer = g.obr.At(32, 1, 1, 1)
	c.ReviewerName = g.obr.At(32, 1, 1, 2) + g.obr.At(32, 1, 1, 3)
	switch {
	case c.Number == "":
		return out, g.wrong(hl7.RequiredFieldMissing, 3, "缺少报告编号 OBR-3")
	case c.Title == "":
		return out, g.wrong(hl7.RequiredFieldMissing, 4, "缺少检查项目名称 OBR-4")
	}
	if err := g.state(m, c); err != nil {
		return out, err
	}
	return out, g.content(c)
}

func (g *group) wrong(code hl7.ErrorCode, field int, text string) *fault {
	f := wrong(code, "OBR", field, text)
	f.Nth = g.nth
	return f
}

// state reads how far the report is done and when.
func (g *group) state(m *hl7.Message, c *report.Content) error {
	status, ok := reportStates[g.obr.Text(25)]
	if !ok {
		return g.wrong(hl7.TableValueNotFound, 25, "报告状态 OBR-25 缺少或不认识，应为 F、P、C、X 之一")
	}
	c.Status = status
	for _, t := range []struct {
		at    *time.Time
		s     *hl7.Segment
		field int
	}{{&c.Ordered, g.orc, 9}, {&c.Ordered, g.obr, 6}, {&c.Collected, g.obr, 7}, {&c.Issued, m.First("MSH"), 7}, {&c.Issued, g.obr, 22}} {
		text := t.s.Text(t.field)
		if text == "" || text == hl7.Null {
			continue
		}
		at, _, err := hl7.ParseTime(text, care.Zone)
		if err != nil {
			return wrong(hl7.DataType, t.s.Name, t.field, "时间的格式不对，应为 YYYYMMDDHHMMSS")
		}
		*t.at = at
	}
	if c.Issued.IsZero() {
		return g.wrong(hl7.RequiredFieldMissing, 22, "缺少报告时间 OBR-22")
	}
	c.Version = version(c.Issued, status)
	return nil
}

// version orders the versions of a report, which hospitals do not count: by the
// time of the report, and within one time by how far it is done. Many write
// only the day.
func version(issued time.Time, s report.Status) int64 { return issued.Unix()*8 + rank[s] }

var rank = map[report.Status]int64{report.Preliminary: 1, report.Final: 2, report.Amended: 3, report.Corrected: 4, report.Cancelled: 5}

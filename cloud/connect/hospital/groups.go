package hospital

import (
	"strings"

	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/hl7"
)

// group is one OBR with what belongs to it.
type group struct {
	pid, orc, obr *hl7.Segment
	lines         []line
	notes         []string // NTE behind OBR
	nth           int      // which OBR of the message
}

// line is one OBX with its notes.
type line struct {
	obx   *hl7.Segment
	notes []string
	nth   int
}

func groupsOf(m *hl7.Message) []group {
	var out []group
	var pid, orc *hl7.Segment
	obx := 0
	for i := range m.Segments {
		s := &m.Segments[i]
		last := len(out) - 1
		switch s.Name {
		case "PID":
			pid, orc = s, nil
		case "ORC":
			orc = s
		case "OBR":
			out = append(out, group{pid: pid, orc: orc, obr: s, nth: last + 2})
			orc = nil
		case "OBX":
			obx++
			if last >= 0 {
				out[last].lines = append(out[last].lines, line{obx: s, nth: obx})
			}
		case "NTE":
			if last >= 0 {
				out[last].note(text(s.Field(3)))
			}
		}
	}
	return out
}

// note adds a comment to what stands before it.
func (g *group) note(t string) {
	if n := len(g.lines); n > 0 {
		g.lines[n-1].notes = append(g.lines[n-1].notes, t)
		return
	}
	g.notes = append(g.notes, t)
}

// join adds a further panel of one report. Together they are only as far as
// the panel that is least done, and reviewed when both are; a cancelled panel
// leaves its items as cancelled.
func join(to, one *report.Incoming) {
	withdraw(to, one)
	withdraw(one, to)
	if !strings.Contains(to.Title, one.Title) {
		to.Title += "、" + one.Title
	}
	to.Items = append(to.Items, one.Items...)
	to.Conclusion, to.Comment = lines(to.Conclusion, one.Conclusion), lines(to.Comment, one.Comment)
	if one.Issued.After(to.Issued) {
		to.Issued = one.Issued
	}
	switch {
	case one.Status == report.Cancelled:
	case to.Status == report.Cancelled:
		to.Status, to.Reviewer, to.ReviewerName = one.Status, one.Reviewer, one.ReviewerName
	default:
		if one.Status == report.Preliminary || to.Status != report.Preliminary && rank[one.Status] > rank[to.Status] {
			to.Status = one.Status
		}
		if one.Reviewer == "" {
			to.Reviewer, to.ReviewerName = "", ""
		}
	}
	to.Version = version(to.Issued, to.Status)
}

// withdraw marks the items of a cancelled panel, when the other one stands.
func withdraw(panel, other *report.Incoming) {
	if panel.Status != report.Cancelled || other.Status == report.Cancelled {
		return
	}
	for i := range panel.Items {
		panel.Items[i].Status = report.Cancelled
	}
}

// lines puts texts below each other, without the empty ones.
func lines(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" && t != hl7.Null {
			out = append(out, t)
		}
	}
	return strings.Join(out, "\n")
}

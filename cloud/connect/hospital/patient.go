package hospital

import (
	"strings"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/hl7"
	"xiangyi/protocol/codec/idnumber"
)

// whose reads who the report is about: our own identifier, the resident
// identity number, or both.
func (g *group) whose(out *report.Incoming) error {
	for _, id := range g.pid.Field(3) {
		number, kind := strings.TrimSpace(id.Text(1)), id.Text(5)
		switch {
		case number == "" || number == hl7.Null:
		case kind == "PI" && id.Text(4) == authority:
			out.Person = care.ID(number)
		case kind == "NI" || kind == "NNCHN" || kind == "" && isNumber(number):
			out.Document = care.Document{Type: residentCard, Number: plain(number)}
		}
	}
	if old := strings.TrimSpace(g.pid.Text(19)); out.Document.Number == "" && isNumber(old) { // where it stood before 2.5
		out.Document = care.Document{Type: residentCard, Number: plain(old)}
	}
	switch {
	case out.Person == "" && out.Document.Number == "":
		return wrong(hl7.RequiredFieldMissing, "PID", 3, "缺少居民身份证号 PID-3（类型 NI）")
	case out.Person != "" && !out.Person.Valid(), len(out.Document.Number) > 32:
		return wrong(hl7.DataType, "PID", 3, "病人编号或身份证号的格式不对")
	}
	return nil
}

func isNumber(s string) bool { _, err := idnumber.Parse(s); return err == nil }

// plain is an identity number as this county writes it. One that is wrong stays
// as it came: somebody has to match the report by hand.
func plain(s string) string {
	if n, err := idnumber.Parse(s); err == nil {
		return string(n)
	}
	return strings.ToUpper(s)
}

// nameOf is PID-5: whole in the first component, or family and given name.
func nameOf(pid *hl7.Segment) string {
	n := pid.Field(5).Repeat(1)
	name := strings.TrimSpace(n.Text(1) + n.Text(2))
	if name == hl7.Null {
		return ""
	}
	return name
}

package hospital

import (
	"strings"

	"xiangyi/protocol/care/report"
	"xiangyi/protocol/codec/hl7"
)

// reportStates reads OBR-25 (table 0123).
var reportStates = map[string]report.Status{
	"F": report.Final, "C": report.Corrected, "X": report.Cancelled, "P": report.Preliminary,
	"A": report.Preliminary, "R": report.Preliminary, "S": report.Preliminary, "I": report.Preliminary, "O": report.Preliminary,
	"M": report.Preliminary, // corrected, not final
}

// itemStates reads OBX-11 (table 0085). What is not there is the report's.
var itemStates = map[string]report.Status{
	"": "", "F": report.Final, "U": report.Final, "C": report.Corrected,
	"P": report.Preliminary, "R": report.Preliminary, "S": report.Preliminary, "I": report.Preliminary, "O": report.Preliminary, "B": report.Preliminary,
	"D": report.Cancelled, "X": report.Cancelled, "W": report.Cancelled, "N": report.Cancelled,
}

// flags reads OBX-8 (table 0078), and the arrows that laboratories print.
var flags = map[string]report.Flag{
	"": "", "N": report.Normal, "-": report.Normal, "正常": report.Normal, "S": "",
	"L": report.Low, "↓": report.Low, "LL": report.VeryLow, "↓↓": report.VeryLow, "<": report.VeryLow,
	"H": report.High, "↑": report.High, "HH": report.VeryHigh, "↑↑": report.VeryHigh, ">": report.VeryHigh,
	"A": report.Abnormal, "AA": report.VeryUnlike,
}

// categories reads OBR-24 (table 0074) where it is not the laboratory.
var categories = map[string]report.Category{
	"RAD": report.Imaging, "RX": report.Imaging, "RUS": report.Imaging, "CUS": report.Imaging, "VUS": report.Imaging, "OUS": report.Imaging,
	"CT": report.Imaging, "NMR": report.Imaging, "NMS": report.Imaging, "XRC": report.Imaging, "IMG": report.Imaging, "US": report.Imaging,
	"MR": report.Imaging, "MRI": report.Imaging, "EC": report.Imaging, "EN": report.Imaging, "CTH": report.Imaging,
	"PE": report.Exam, "TJ": report.Exam, "PHY": report.Exam,
}

func categoryOf(section string) report.Category {
	if c, ok := categories[strings.ToUpper(section)]; ok {
		return c
	}
	return report.Lab
}

// content reads the lines of a report. Paragraphs of findings become its
// conclusion; everything else is an item.
func (g *group) content(c *report.Content) error {
	comments := []string{lines(g.notes...)}
	var findings []string
	for i := range g.lines {
		l := &g.lines[i]
		item, err := l.item()
		if err != nil {
			return err
		}
		if note := lines(l.notes...); note != "" && i < len(g.lines)-1 {
			comments = append(comments, item.Name+"："+note)
		} else { // behind the last item, where many put what they say of the whole report
			comments = append(comments, note)
		}
		if kind := l.obx.Text(2); (kind == "TX" || kind == "FT") && (c.Category == report.Imaging || len(item.Value) > longText) {
			findings = append(findings, item.Name+"："+item.Value)
			continue
		}
		c.Items = append(c.Items, item)
	}
	c.Conclusion, c.Comment = lines(findings...), lines(comments...)
	return nil
}

// longText is in bytes; what is longer reads badly in a table.
const longText = 200

func (l *line) item() (report.Item, error) {
	no := func(code hl7.ErrorCode, field int, text string) error {
		f := wrong(code, "OBX", field, text)
		f.Nth = l.nth
		return f
	}
	var out report.Item
	out.Code, out.Name = coded(l.obx, 3)
	if out.Code == "" {
		return out, no(hl7.RequiredFieldMissing, 3, "缺少项目代码 OBX-3")
	}
	if out.Name == "" {
		out.Name = out.Code
	}
	status, ok := itemStates[l.obx.Text(11)]
	if !ok {
		return out, no(hl7.TableValueNotFound, 11, "项目状态 OBX-11 不认识")
	}
	out.Status = status
	out.Value = valueOf(l.obx)
	out.Unit = unitOf(l.obx.Field(6).Repeat(1))
	out.Range = strings.TrimSpace(text(l.obx.Field(7)))
	out.Flag = flagOf(l.obx.Text(8))
	return out, nil
}

// flagOf takes a flag that nobody knows as abnormal, not as none.
func flagOf(s string) report.Flag {
	s = strings.ToUpper(strings.TrimSpace(s))
	if f, ok := flags[s]; ok || s == hl7.Null {
		return f
	}
	return report.Abnormal
}

// coded reads code and name of a field with two codings: LOINC where one is,
// else the hospital's own, which comes first.
func coded(s *hl7.Segment, field int) (code, name string) {
	r := s.Field(field).Repeat(1)
	code, name = r.Text(1), r.Text(2)
	if r.Text(6) == "LN" && r.Text(4) != "" {
		code = r.Text(4)
	}
	if code == "" {
		code = r.Text(4)
	}
	if name == "" {
		name = r.Text(5)
	}
	return strings.TrimSpace(code), strings.TrimSpace(name)
}

// valueOf is OBX-5 as text, digit for digit, by the type in OBX-2.
func valueOf(obx *hl7.Segment) string {
	var out []string
	kind := obx.Text(2)
	for _, r := range obx.Field(5) {
		var v string
		switch kind {
		case "NM", "DT", "TM", "TS", "DTM":
			v = r.Text(1)
		case "SN": // comparator, number, separator, number
			v = r.Text(1) + r.Text(2) + r.Text(3) + r.Text(4)
		case "CE", "CWE", "CNE", "CF":
			if v = r.Text(2); v == "" {
				v = r.Text(1)
			}
		case "ED", "RP":
			v = "附件未传送，请向医院索取"
		default:
			v = whole(r)
		}
		if v = strings.TrimSpace(v); v != "" && v != hl7.Null {
			out = append(out, v)
		}
	}
	if kind == "TX" || kind == "FT" {
		return strings.Join(out, "\n")
	}
	return strings.Join(out, "，")
}

// unitOf is OBX-6. Many write 10^9/L without escaping its ^.
func unitOf(r hl7.Repeat) string {
	unit, second := r.Text(1), r.Text(2)
	switch {
	case unit == hl7.Null:
		return ""
	case strings.HasSuffix(unit, "10") && second != "" && second[0] >= '0' && second[0] <= '9':
		unit += "^" + second
	case unit == "":
		unit = second
	}
	return strings.TrimSpace(unit)
}

// text is a field of words. Delimiters that the sender forgot to escape are put
// back, so that nothing of a sentence is lost.
func text(f hl7.Field) string {
	var out []string
	for _, r := range f {
		out = append(out, whole(r))
	}
	if t := strings.Join(out, "~"); t != hl7.Null {
		return t
	}
	return ""
}

func whole(r hl7.Repeat) string {
	var parts []string
	for _, c := range r {
		parts = append(parts, strings.Join(c, "&"))
	}
	return strings.Join(parts, "^")
}

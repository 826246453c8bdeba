package frame

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// How the cells of a column of leaves are written. A column is of one kind
// where all its cells can be; else each says its own.
const (
	asWord    = iota // a reference
	asInt            // zigzag; of the number alone
	asStep           // zigzag; of the difference to the cell above
	asDecimal        // digits behind the point, zigzag of the number without it
	asMoment         // zigzag of the milliseconds from the Change's time: 2030-03-07T12:55:08.601Z
	asLocal          // zigzag of the minutes from the Change's time in +08:00, of a whole minute: 2030-03-15T10:10:00+08:00
	asMixed          // a kind before each cell
	kinds
)

var china = time.FixedZone("", 8*3600)

const localForm = "2006-01-02T15:04:05-07:00"

// moment is a time in UTC in its shortest form with milliseconds at most.
func moment(text string) (ms int64, ok bool) {
	if len(text) < 20 || len(text) > 24 || text[len(text)-1] != 'Z' {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UnixMilli(), err == nil && momentText(t.UnixMilli()) == text
}

func momentText(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }

func local(text string) (minute int64, ok bool) {
	if len(text) != len("2030-03-15T10:10:00+08:00") || !strings.HasSuffix(text, ":00+08:00") {
		return 0, false
	}
	t, err := time.Parse(localForm, text)
	return t.Unix() / 60, err == nil && localText(t.Unix()/60) == text
}

func localText(minute int64) string { return time.Unix(minute*60, 0).In(china).Format(localForm) }

// decimal takes a number apart into digits and places behind the point; whole
// numbers have none.
func decimal(text string) (n int64, places int, ok bool) {
	before, after, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(before+after, 10, 64)
	return n, len(after), err == nil && len(text) < 18 && decimalText(n, len(after)) == text
}

func decimalText(n int64, places int) string {
	if places <= 0 {
		return strconv.FormatInt(n, 10)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n, 10)
	for len(s) <= places {
		s = "0" + s
	}
	return sign + s[:len(s)-places] + "." + s[len(s)-places:]
}

// kindOf is the densest kind that a leaf can be written in.
func kindOf(l leaf) byte {
	if l.number {
		if _, places, ok := decimal(l.text); ok && places == 0 {
			return asInt
		} else if ok {
			return asDecimal
		}
		return asWord
	}
	if _, ok := moment(l.text); ok {
		return asMoment
	}
	if _, ok := local(l.text); ok {
		return asLocal
	}
	return asWord
}

// cell is a leaf of a column and where it stands.
type cell struct {
	leaf
	at context
}

// column appends a column of leaves: its kind, then the cells.
func (w *wordWriter) column(cells []cell) {
	kind := kindOf(cells[0].leaf)
	for _, c := range cells[1:] {
		if kindOf(c.leaf) != kind {
			kind = asMixed
			break
		}
	}
	if kind == asInt && steady(cells) {
		kind = asStep
	}
	w.columns = append(w.columns, kind)
	above := int64(0)
	for _, c := range cells {
		k := kind
		if kind == asMixed {
			k = kindOf(c.leaf)
			w.columns = append(w.columns, k)
		}
		above = w.cell(k, c, above)
	}
}

// steady tells a column of whole numbers of which the differences are shorter.
func steady(cells []cell) bool {
	var alone, steps int
	above := int64(0)
	for _, c := range cells {
		n, _, _ := decimal(c.text)
		alone += len(binary.AppendVarint(nil, n))
		steps += len(binary.AppendVarint(nil, n-above))
		above = n
	}
	return steps < alone
}

func (w *wordWriter) cell(kind byte, c cell, above int64) int64 {
	n, places, _ := decimal(c.text)
	switch kind {
	case asInt:
		w.columns = binary.AppendVarint(w.columns, n)
	case asStep:
		w.columns = binary.AppendVarint(w.columns, n-above)
	case asDecimal:
		w.columns = binary.AppendVarint(append(w.columns, byte(places)), n)
	case asMoment:
		ms, _ := moment(c.text)
		w.columns = binary.AppendVarint(w.columns, ms-c.at.ms)
	case asLocal:
		minute, _ := local(c.text)
		w.columns = binary.AppendVarint(w.columns, minute-c.at.ms/60000)
	default:
		w.columns = binary.AppendUvarint(w.columns, w.ref(c.text, c.at))
	}
	return n
}

// columnReader takes columns of leaves off a body.
type columnReader struct {
	*source
	*wordReader
}

// column gives the texts of a column whose cells stand there.
func (r *columnReader) column(at []context) []string {
	kind := r.source.byte()
	if kind >= kinds {
		r.source.fail()
	}
	out := make([]string, len(at))
	above := int64(0)
	for i := range out {
		k := kind
		if kind == asMixed {
			k = r.source.byte()
		}
		out[i], above = r.cell(k, at[i], above)
	}
	return out
}

func (r *columnReader) cell(kind byte, at context, above int64) (string, int64) {
	switch kind {
	case asWord:
		return r.text(r.source.uvarint(), at), above
	case asInt:
		n := r.source.varint()
		return r.made(decimalText(n, 0)), n
	case asStep:
		n := above + r.source.varint()
		return r.made(decimalText(n, 0)), n
	case asDecimal:
		places := int(r.source.byte())
		return r.made(decimalText(r.source.varint(), min(places, 18))), above
	case asMoment:
		return r.made(momentText(at.ms + r.source.varint())), above
	case asLocal:
		return r.made(localText(at.ms/60000 + r.source.varint())), above
	}
	r.source.fail()
	return "", above
}

// made counts a text that no word holds.
func (r *columnReader) made(s string) string {
	if r.room -= len(s); r.room < 0 {
		r.source.fail()
	}
	return s
}

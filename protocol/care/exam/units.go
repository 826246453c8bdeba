package exam

import (
	"math/big"
	"strings"

	"xiangyi/protocol"
)

// keptDigits is how exactly a converted value is kept; it is rounded to the
// measure's own digits only where it is shown.
const keptDigits = 4

// number reads a plain decimal: sign, up to nine digits, up to six after the
// point. Exponents and longer texts are no instrument's reading, and a number
// of a gigabyte would be.
func number(d protocol.Decimal) (*big.Rat, bool) {
	whole, part, _ := strings.Cut(strings.TrimPrefix(string(d), "-"), ".")
	if len(whole) == 0 || len(whole) > 9 || len(part) > 6 {
		return nil, false
	}
	for _, c := range whole + part {
		if c < '0' || c > '9' {
			return nil, false
		}
	}
	return new(big.Rat).SetString(string(d))
}

// rational is for the constants of the tables.
func rational(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("exam: constant " + s)
	}
	return r
}

func (c conversion) apply(v *big.Rat) *big.Rat {
	out := new(big.Rat).Add(v, c.Add)
	return out.Mul(out, c.Times)
}

// decimal writes a fraction with at most digits after the point.
func decimal(v *big.Rat, digits int) protocol.Decimal {
	s := v.FloatString(digits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return protocol.Decimal(s)
}

// fixed writes a fraction with exactly digits after the point.
func fixed(v *big.Rat, digits int) string { return v.FloatString(digits) }

// Figure is the value as people read it: the digits that came, or, where it was
// converted, the measure's own. Without a value it is "".
func (v *Value) Figure() string {
	m, known := measures[v.Code]
	if v.Value == "" && v.Raw != nil {
		return string(v.Raw.Value)
	}
	if x, ok := number(v.Value); known && ok && v.converted() {
		return fixed(x, m.Round)
	}
	return string(v.Value)
}

// converted reports whether the kept value is not the one that came.
func (v *Value) converted() bool { return v.Raw != nil && v.Raw.Value != v.Value }

// Shown is the unit as people read it, a zh-CN key.
func (v *Value) Shown() string {
	if m, known := measures[v.Code]; known && v.Value != "" {
		return m.Shown
	}
	if v.Raw != nil {
		return v.Raw.Unit
	}
	return ""
}

// Name is the quantity in zh-CN, or the code that the instrument sent.
func (v *Value) Name() string {
	if m, known := measures[v.Code]; known {
		return m.Name
	}
	return v.Code
}

package gb18030

// The user-defined characters: 1,894 places of two bytes that GBK and GB 18030 leave to their users, and that stand for
// U+E000 to U+E765. Older identity cards and the fonts of public security systems keep rare family names there. The library
// does not know them.

// area is a block of user-defined places: rows of lead bytes from first to last, in each the trail bytes from low to high
// without 0x7f.
type area struct {
	first, last, low, high byte
	from                   rune
}

var areas = [3]area{
	{0xaa, 0xaf, 0xa1, 0xfe, 0xe000},
	{0xf8, 0xfe, 0xa1, 0xfe, 0xe234},
	{0xa1, 0xa7, 0x40, 0xa0, 0xe4c6},
}

// columns is how many characters a row holds.
func (a area) columns() rune {
	n := rune(a.high-a.low) + 1
	if a.low < 0x7f {
		n--
	}
	return n
}

// takenPlace is the one place of the areas that is read as something else everywhere: A3 A0 is a wide space.
const takenPlace = 0xe5e5

// userDefined returns the two bytes of a user-defined character.
func userDefined(r rune) ([]byte, bool) {
	if r == takenPlace {
		return nil, false
	}
	for _, a := range areas {
		n := r - a.from
		if n < 0 || n >= rune(a.last-a.first+1)*a.columns() {
			continue
		}
		trail := a.low + byte(n%a.columns())
		if a.low < 0x7f && trail >= 0x7f {
			trail++
		}
		return []byte{a.first + byte(n/a.columns()), trail}, true
	}
	return nil, false
}

// userDefinedRune is the inverse of userDefined.
func userDefinedRune(lead, trail byte) (rune, bool) {
	for _, a := range areas {
		if lead < a.first || lead > a.last || trail < a.low || trail > a.high || trail == 0x7f {
			continue
		}
		column := rune(trail - a.low)
		if a.low < 0x7f && trail > 0x7f {
			column--
		}
		r := a.from + rune(lead-a.first)*a.columns() + column
		return r, r != takenPlace
	}
	return 0, false
}

func isPrivate(r rune) bool { return r >= 0xe000 && r <= 0xf8ff }

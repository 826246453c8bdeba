package card

import (
	"errors"
	"fmt"
	"unicode/utf16"
)

// Card is what is printed on an invented card. Name and Number are required.
type Card struct {
	Name    string `json:"name"`
	Number  string `json:"number"`  // 18 characters
	Sex     string `json:"sex"`     // 1 or 男, 2 or 女; default by the number
	Ethnic  string `json:"ethnic"`  // two digits; default 01
	Birth   string `json:"birth"`   // yyyymmdd or yyyy-mm-dd; default by the number
	Address string `json:"address"` // default an invented one
	Issuer  string `json:"issuer"`
	From    string `json:"from"` // as Birth
	To      string `json:"to"`   // as Birth; default 长期
	Photo   []byte `json:"photo,omitempty"`
}

const (
	textBytes  = 256
	photoBytes = 1024
)

var errNumber = errors.New("the number has not 18 characters")

// complete fills in what follows from the number.
func (c Card) complete() (Card, error) {
	if len(c.Number) != 18 {
		return c, errNumber
	}
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&c.Sex, map[bool]string{true: "1", false: "2"}[(c.Number[16]-'0')%2 == 1])
	set(&c.Ethnic, "01")
	set(&c.Birth, c.Number[6:14])
	set(&c.Address, "云岭县清溪镇石桥村7号")
	set(&c.Issuer, "云岭县公安局")
	set(&c.From, "20200101")
	set(&c.To, "长期")
	switch c.Sex {
	case "男":
		c.Sex = "1"
	case "女":
		c.Sex = "2"
	}
	for _, day := range []*string{&c.Birth, &c.From, &c.To} {
		*day = compact(*day)
	}
	if c.Name == "" {
		return c, errors.New("a card needs a name")
	}
	return c, nil
}

// compact turns 1952-03-09 into 19520309.
func compact(day string) string {
	if len(day) == 10 && day[4] == '-' && day[7] == '-' {
		return day[:4] + day[5:7] + day[8:]
	}
	return day
}

// data gives the answer to a reading: lengths, text, photo.
func (c Card) data() ([]byte, error) {
	text := make([]byte, textBytes)
	at := 0
	for _, f := range []struct {
		name, value string
		size        int
	}{
		{"name", c.Name, 30}, {"sex", c.Sex, 2}, {"ethnic", c.Ethnic, 4}, {"birth", c.Birth, 16}, {"address", c.Address, 70},
		{"number", c.Number, 36}, {"issuer", c.Issuer, 30}, {"from", c.From, 16}, {"to", c.To, 16}, {"rest", "", 36},
	} {
		units := utf16.Encode([]rune(f.value))
		if 2*len(units) > f.size {
			return nil, fmt.Errorf("%s has %d characters, the card holds %d", f.name, len(units), f.size/2)
		}
		for i := range f.size / 2 {
			u := uint16(' ')
			if i < len(units) {
				u = units[i]
			}
			text[at], text[at+1] = byte(u), byte(u>>8)
			at += 2
		}
	}
	if len(c.Photo) > photoBytes {
		return nil, fmt.Errorf("the photo has %d bytes, the card holds %d", len(c.Photo), photoBytes)
	}
	photo := make([]byte, photoBytes)
	copy(photo, c.Photo)
	out := []byte{textBytes >> 8, 0, photoBytes >> 8, 0}
	return append(append(out, text...), photo...), nil
}

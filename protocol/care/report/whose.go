package report

import (
	"errors"
	"strings"
	"unicode"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Reasons why a report is held.
const (
	heldUnknown = "unknown"         // nobody is registered under this document
	heldName    = "name-differs"    // the registered name is another
	heldOther   = "other-person"    // an earlier version was somebody else's
	heldDiffers = "version-differs" // this version is here already, and says something else
)

// whose finds the person of a report; why says what speaks against filing it.
func whose(d *care.Deed, in *Incoming) (person care.ID, why string, err error) {
	person = in.Person
	if in.Document.Number != "" {
		byDocument := d.PersonID(documentType(in.Document.Type), strings.ToUpper(in.Document.Number))
		if person != "" && person != byDocument {
			return person, heldOther, nil
		}
		person = byDocument
	}
	p, _, err := care.Read[care.Person](d, care.ResidentRef(person))
	switch {
	case errors.Is(err, protocol.ErrNotFound):
		return person, heldUnknown, nil
	case err != nil:
		return person, "", err
	case !sameName(p.Name, in.Name):
		return person, heldName, nil
	}
	return person, "", nil
}

func documentType(t string) string {
	if t == "" {
		return "01"
	}
	return t
}

// sameName compares names as two systems write them: spaces, the point inside
// foreign names and full-width letters do not matter.
func sameName(a, b string) bool { return plainName(a) == plainName(b) }

func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), strings.ContainsRune("·•・‧.．", r):
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		}
		return unicode.ToUpper(r)
	}, s)
}

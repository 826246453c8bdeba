package care

import (
	"time"

	"xiangyi/protocol"
)

// Kinds of records about people. The identity service owns them; others read.
const (
	KindResident protocol.Kind = "resident"
	KindStaff    protocol.Kind = "staff"
)

// Person is somebody who is cared for. ID: Reader.PersonID of the document,
// or a minted one for somebody without any.
type Person struct {
	Name       string        `json:"name"`
	Document   Document      `json:"document,omitzero"`
	Sex        string        `json:"sex"`                 // GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated
	Birth      string        `json:"birth"`               // yyyy-mm-dd
	Ethnic     string        `json:"ethnic,omitempty"`    // GB/T 3304
	Phone      string        `json:"phone,omitempty"`     //
	Address    string        `json:"address,omitempty"`   //
	Household  string        `json:"household,omitempty"` // household number of the village
	Group      string        `json:"group,omitempty"`     // village group
	Home       protocol.Site `json:"home,omitempty"`      // the station that looks after them
	Vouched    ID            `json:"vouched,omitempty"`   // staff who registered them without a card
	Notices    NoticeWishes  `json:"notices,omitzero"`
	Keys       []string      `json:"keys,omitempty"`  // search keys of the name (pinyin)
	Last4      string        `json:"last4,omitempty"` // of the document
	Registered time.Time     `json:"registered"`
	Rest       protocol.Rest `json:",unknown"`
}

// Document identifies a person to the state. Type: CV02.01.101.
type Document struct {
	Type   string `json:"type"` // 01 resident identity card
	Number string `json:"number"`
}

// NoticeWishes is what reaches a person (D6.2.1).
type NoticeWishes struct {
	SMS      bool `json:"sms,omitzero"`
	Lectures bool `json:"lectures,omitzero"`
}

// ResidentRef names a resident.
func ResidentRef(person ID) protocol.Ref { return protocol.Ref{Kind: KindResident, ID: person} }

// Age in whole years at a day; -1 when the birth date is unknown.
func (p *Person) Age(at time.Time) int {
	b, err := time.Parse(time.DateOnly, p.Birth)
	if err != nil {
		return -1
	}
	at = at.In(Zone)
	years := at.Year() - b.Year()
	if at.Month() < b.Month() || at.Month() == b.Month() && at.Day() < b.Day() {
		years--
	}
	return years
}

// StaffMember is somebody who works here. ID: their staff number.
type StaffMember struct {
	Name         string        `json:"name"`
	Roles        []Role        `json:"roles"`
	Organisation ID            `json:"organisation"`         // where they work
	Department   ID            `json:"department,omitempty"` // of a county doctor
	Title        string        `json:"title,omitempty"`      // GB/T 8561, e.g. 231 chief physician
	Expertise    string        `json:"expertise,omitempty"`
	Profile      string        `json:"profile,omitempty"`
	Since        int           `json:"since,omitzero"` // year of first practice
	Keys         []string      `json:"keys,omitempty"` // search keys of the name (pinyin)
	Login        string        `json:"login,omitempty"`
	Suspended    bool          `json:"suspended,omitzero"`
	Rest         protocol.Rest `json:",unknown"`
}

// StaffRef names a member of staff.
func StaffRef(id ID) protocol.Ref { return protocol.Ref{Kind: KindStaff, ID: id} }

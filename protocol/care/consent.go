package care

import (
	"errors"
	"time"

	"xiangyi/protocol"
)

// ConsentPurpose is what somebody agrees to. Each is asked separately.
type ConsentPurpose string

// The purposes that people are asked about.
const (
	ConsentBasic  ConsentPurpose = "basic"  // identity, bookings and care records at the stations and the county
	ConsentHealth ConsentPurpose = "health" // sensitive: measurements and reports
	ConsentNotice ConsentPurpose = "notice" // messages by SMS
)

// KindConsent is the kind of consent records: one per person and purpose, its
// history telling when it was given and withdrawn. The form itself is text
// kept by the identity service, by version.
const KindConsent protocol.Kind = "consent"

// Consent is the content of a consent record.
type Consent struct {
	Person  ID             `json:"person"`
	Purpose ConsentPurpose `json:"purpose"`
	Version string         `json:"version"` // of the form that was shown
	Given   bool           `json:"given"`
	At      time.Time      `json:"at"`
	Channel string         `json:"channel"`          // where it was asked
	Witness ID             `json:"witness,omitzero"` // staff who asked, when not the person at the screen
	Rest    protocol.Rest  `json:",unknown"`
}

// ConsentRef names the record of one person and purpose.
func ConsentRef(person ID, p ConsentPurpose) protocol.Ref {
	return protocol.Ref{Kind: KindConsent, ID: person + "." + ID(p)}
}

// Consented reports whether a consent stands, and its record. With several
// heads the withdrawal wins: the cautious reading.
func Consented(r protocol.Reader, person ID, p ConsentPurpose) (bool, error) {
	rec, err := r.Get(ConsentRef(person, p))
	if errors.Is(err, protocol.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, h := range rec.Heads {
		var c Consent
		if err := protocol.Decode(h.Value, &c); err != nil {
			return false, err
		}
		if !c.Given {
			return false, nil
		}
	}
	return true, nil
}

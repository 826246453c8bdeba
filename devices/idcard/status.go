package idcard

import "fmt"

// Status is the third status byte of a reply (SW3).
type Status byte

// The statuses that decide something; others read as a fault of the reader.
const (
	StatusOK           Status = 0x90
	StatusFound        Status = 0x9F
	StatusAbsent       Status = 0x91 // the item is not on the card
	StatusNoCard       Status = 0x80
	StatusSelectFailed Status = 0x81
	StatusReadFailed   Status = 0x41
	StatusCardType     Status = 0x40
	StatusChecksum     Status = 0x10
	StatusCardAuth     Status = 0x31 // the card could not authenticate the SAM
	StatusSAMAuth      Status = 0x32 // the SAM could not authenticate the card
	StatusSelfTest     Status = 0x60
	StatusUnauthorised Status = 0x66 // the SAM is not authorised
)

// Condition is the one thing about reader and card that a person must know.
type Condition string

// The conditions.
const (
	Offline      Condition = "offline"       // the connection is gone
	Mute         Condition = "mute"          // connected, and gives no answer
	Garbled      Condition = "garbled"       // answers with damaged or unfitting bytes
	Unclear      Condition = "unclear"       // the card was moved, or did not read well
	Counterfeit  Condition = "counterfeit"   // the SAM could not authenticate the card
	WrongCard    Condition = "wrong-card"    // a card of another kind
	NeedsService Condition = "needs-service" // the reader says that it is defective
)

// Words say to a person what is wrong and what to do.
type Words struct{ ZH, EN string }

var words = map[Condition]Words{
	Offline:      {"读卡器没有接好，请检查连线，或请村医帮忙", "The card reader is not connected; check the cable or ask for help"},
	Mute:         {"读卡器没有反应，请请村医帮忙", "The card reader does not answer; please ask for help"},
	Garbled:      {"读卡器的信号不好，请把身份证拿开再放一次", "The card reader's signal is poor; lift the card and lay it down again"},
	Unclear:      {"身份证没有读清楚，请拿开再放一次，放平不要动", "The card did not read well; lift it, lay it flat and keep it still"},
	Counterfeit:  {"这张身份证没有通过验证，请村医帮忙核对", "This card did not pass the check; please ask the doctor to look at it"},
	WrongCard:    {"请放居民身份证，不是银行卡或社保卡", "Please use an identity card, not a bank or insurance card"},
	NeedsService: {"读卡器出了故障，请联系维护人员", "The card reader has a fault; please call maintenance"},
}

// Words returns what to show for a condition.
func (c Condition) Words() Words {
	if w, ok := words[c]; ok {
		return w
	}
	return words[NeedsService]
}

// Fault is a reader or card that could not be read. It never holds anything of the card.
type Fault struct {
	Condition Condition
	Status    Status // of the reader, 0 when it gave none
	Err       error  // the technical cause, may be nil
}

// Error gives condition, status and cause, for logs.
func (f *Fault) Error() string {
	text := "card reader " + string(f.Condition)
	if f.Status != 0 {
		text += fmt.Sprintf(", status %02X", byte(f.Status))
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// Unwrap gives the technical cause.
func (f *Fault) Unwrap() error { return f.Err }

// Words returns what to show to the person at the reader.
func (f *Fault) Words() Words { return f.Condition.Words() }

// refused is the fault behind a status that is no success.
func refused(s Status) *Fault {
	f := &Fault{Condition: NeedsService, Status: s}
	switch s {
	case StatusSelectFailed, StatusReadFailed, StatusNoCard, StatusAbsent, 0x33, 0x37, 0x3F, 0x47:
		f.Condition = Unclear
	case StatusCardAuth, StatusSAMAuth:
		f.Condition = Counterfeit
	case StatusCardType:
		f.Condition = WrongCard
	case StatusChecksum, 0x11, 0x21, 0x24:
		f.Condition = Garbled // it did not understand us
	}
	return f
}

package identity

import (
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Credential is what a password or PIN is checked against. Its name is made of
// the login or the person, so that a login can be given out once only.
type Credential struct {
	Holder  care.ID       `json:"holder"` // person, or member of staff
	Staff   bool          `json:"staff,omitzero"`
	Hash    string        `json:"hash"` // argon2id in PHC form; empty: taken away
	Set     time.Time     `json:"set"`
	By      care.ID       `json:"by"`               // who set it
	First   bool          `json:"first,omitzero"`   // set by somebody else: to be changed by the holder
	Cleared time.Time     `json:"cleared,omitzero"` // wrong tries before this do not count
	Rest    protocol.Rest `json:",unknown"`
}

// Attempts counts wrong tries at one site. Each site writes its own, so that
// counts made apart never conflict.
type Attempts struct {
	Credential care.ID       `json:"credential"`
	Site       protocol.Site `json:"site"`
	Wrong      int           `json:"wrong,omitzero"`
	Last       time.Time     `json:"last"`
	Locked     time.Time     `json:"locked,omitzero"` // until when
	Rest       protocol.Rest `json:",unknown"`
}

// SignIn tells the last time that somebody was recognised. ID: the holder's.
type SignIn struct {
	Holder   care.ID         `json:"holder"`
	Staff    bool            `json:"staff,omitzero"`
	Role     care.Role       `json:"role"`
	Method   protocol.Method `json:"method"`
	Terminal care.ID         `json:"terminal,omitempty"`
	By       care.ID         `json:"by,omitempty"` // guardian, or the doctor who vouched
	At       time.Time       `json:"at"`
	Rest     protocol.Rest   `json:",unknown"`
}

// KioskState is how far an opening of a terminal has come.
type KioskState string

// The states.
const (
	KioskRequested KioskState = "requested"
	KioskOpen      KioskState = "open"
	KioskClosed    KioskState = "closed"
)

// KioskSession is the village doctor's wish that a terminal serve somebody
// whom they know. ID: the terminal, which serves one person at a time.
type KioskSession struct {
	Terminal care.ID       `json:"terminal"`
	Person   care.ID       `json:"person"`
	By       care.ID       `json:"by"`
	State    KioskState    `json:"state"`
	Asked    time.Time     `json:"asked"`
	At       time.Time     `json:"at"` // of the last step
	Rest     protocol.Rest `json:",unknown"`
}

// BellState is how far a call for the doctor has come.
type BellState string

// The states.
const (
	BellRinging   BellState = "ringing"
	BellAnswered  BellState = "answered"  // on the way
	BellAssisting BellState = "assisting" // the doctor took over: 村医正在协助
	BellClosed    BellState = "closed"
)

// Bell is the call of one terminal. ID: the terminal, which has one bell; its
// history tells who rang and how long it took.
type Bell struct {
	Terminal care.ID       `json:"terminal"`
	Site     protocol.Site `json:"site"`
	Person   care.ID       `json:"person,omitempty"` // signed in there, if somebody was
	Path     string        `json:"path"`             // the page on which they rang
	State    BellState     `json:"state"`
	Rung     time.Time     `json:"rung"`
	By       care.ID       `json:"by,omitempty"` // the doctor who answered
	At       time.Time     `json:"at"`           // of the last step
	Rest     protocol.Rest `json:",unknown"`
}

// Relation says that a guardian may act for a child. ID: guardian.ward.
type Relation struct {
	Guardian care.ID       `json:"guardian"`
	Ward     care.ID       `json:"ward"`
	Relation string        `json:"relation"` // GB/T 4761, what the guardian is to the ward: 51 father
	Basis    string        `json:"basis"`    // what was seen: household register, birth certificate
	Verified care.ID       `json:"verified"` // staff who saw it
	At       time.Time     `json:"at"`
	Ended    time.Time     `json:"ended,omitzero"`
	Rest     protocol.Rest `json:",unknown"`
}

func staffCredential(login string) protocol.Ref {
	return protocol.Ref{Kind: KindCredential, ID: care.ID("staff-" + login)}
}

func residentCredential(person care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindCredential, ID: "resident-" + person}
}

func attemptsRef(credential care.ID, site protocol.Site) protocol.Ref {
	return protocol.Ref{Kind: KindAttempts, ID: credential + "." + care.ID(site)}
}

func signInRef(holder care.ID) protocol.Ref { return protocol.Ref{Kind: KindSignIn, ID: holder} }

func kioskRef(terminal care.ID) protocol.Ref { return protocol.Ref{Kind: KindKiosk, ID: terminal} }

func bellRef(terminal care.ID) protocol.Ref { return protocol.Ref{Kind: KindBell, ID: terminal} }

func relationRef(guardian, ward care.ID) protocol.Ref {
	return protocol.Ref{Kind: KindRelation, ID: guardian + "." + ward}
}

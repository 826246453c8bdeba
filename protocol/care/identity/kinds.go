package identity

import (
	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Kinds of this service, beside care.KindResident, care.KindStaff and
// care.KindConsent.
const (
	KindCredential  protocol.Kind = "credential"    // a hash that a password is checked against
	KindAttempts    protocol.Kind = "attempts"      // wrong passwords at one site
	KindSignIn      protocol.Kind = "sign-in"       // the last time that somebody was recognised
	KindKiosk       protocol.Kind = "kiosk-session" // the doctor opens a terminal for somebody
	KindBell        protocol.Kind = "call"          // a terminal rings for the doctor
	KindConsentForm protocol.Kind = "consent-form"  // what people are shown before they agree
	KindRelation    protocol.Kind = "relation"      // a guardian of a child
	KindLookup      protocol.Kind = "lookup"        // somebody of another station was asked for
)

func kinds() []care.Kind {
	return []care.Kind{
		{KindSpec: residentSpec, Merge: mergePerson, Decider: care.Doctor},
		{KindSpec: staffSpec, Decider: care.Security},
		{KindSpec: plain(care.KindConsent, protocol.ClassPersonal, protocol.RetainClinical, byField("person", "person", "at")),
			Merge: mergeConsent, Decider: care.Doctor},
		{KindSpec: plain(KindConsentForm, protocol.ClassPublic, protocol.RetainClinical), Decider: care.Supervisor},
		{KindSpec: plain(KindRelation, protocol.ClassPersonal, protocol.RetainClinical,
			byField("guardian", "guardian", ""), byField("ward", "ward", "")), Merge: mergeRelation, Decider: care.Doctor},
		{KindSpec: plain(KindCredential, protocol.ClassSensitive, protocol.RetainOperational), Merge: mergeCredential, Decider: care.Security},
		{KindSpec: plain(KindAttempts, protocol.ClassInternal, protocol.RetainOperational), Merge: latest("last")},
		{KindSpec: plain(KindSignIn, protocol.ClassPersonal, protocol.RetainOperational), Merge: latest("at")},
		{KindSpec: plain(KindLookup, protocol.ClassPersonal, protocol.RetainAudit, protocol.Index{Name: "all", Time: "at"})},
		{KindSpec: plain(KindKiosk, protocol.ClassPersonal, protocol.RetainOperational), Merge: latest("at")},
		{KindSpec: plain(KindBell, protocol.ClassPersonal, protocol.RetainOperational, byField("site", "site", "rung")), Merge: latest("at")},
	}
}

// residentSpec: the keys are every beginning of every way to read the name,
// folded by codec/pinyin, so the index itself makes no prefixes.
var residentSpec = plain(care.KindResident, protocol.ClassPersonal, protocol.RetainClinical,
	byField("keys", "keys[]", ""), byField("household", "household", ""), byField("last4", "last4", ""),
	byField("phone", "phone", ""), byField("group", "group", ""),
	byField("home", "home", "registered"), protocol.Index{Name: "recent", Time: "registered"})

// staffSpec: kept as long as the clinical records that name these people.
var staffSpec = plain(care.KindStaff, protocol.ClassInternal, protocol.RetainClinical,
	protocol.Index{Name: "all"}, byField("department", "department", ""),
	byField("organisation", "organisation", ""), byField("keys", "keys[]", ""))

func plain(k protocol.Kind, c protocol.Class, keep protocol.Retention, by ...protocol.Index) protocol.KindSpec {
	return protocol.KindSpec{Kind: k, Class: c, Retention: keep, Indexes: by}
}

func byField(name, path, at string) protocol.Index {
	return protocol.Index{Name: name, Fields: []string{path}, Time: at}
}

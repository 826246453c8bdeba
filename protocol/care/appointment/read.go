package appointment

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/custody"
)

// County is the site that holds every slot at first, and answers requests.
const County = custody.County

var (
	catalogue = []protocol.Scope{protocol.CatalogueScope}

	planners = care.Roles(care.Scheduler, care.Operator, care.System)
	everyone = care.Roles(care.Visitor, care.Resident, care.Staff, care.System)
	// bookers may book for a person: the person, and staff who speak with them.
	bookers = care.Roles(care.Resident, care.Doctor, care.CountyDoctor, care.Scheduler)
	// callers run a queue.
	callers = care.Roles(care.Doctor, care.CountyDoctor, care.Scheduler)
	// readers of one appointment: those who book, and those who answer for it.
	readers = care.Roles(bookers, care.Supervisor)
)

// find is care.Read for a record that somebody named in an address or a form:
// one that is not there is a refusal with a way on.
func find[T any](r protocol.Reader, ref protocol.Ref, code protocol.Code, words, next string) (T, protocol.Record, error) {
	var none T
	missing := protocol.Refuse(code, words).Offer(next)
	if !ref.ID.Valid() {
		return none, protocol.Record{}, missing
	}
	v, rec, err := care.Read[T](r, ref)
	if errors.Is(err, protocol.ErrNotFound) {
		return none, rec, missing
	}
	return v, rec, err
}

// optional is care.Read for a record that may not be there yet.
func optional[T any](r protocol.Reader, ref protocol.Ref) (T, bool, error) {
	v, _, err := care.Read[T](r, ref)
	if errors.Is(err, protocol.ErrNotFound) {
		var none T
		return none, false, nil
	}
	return v, err == nil, err
}

// whom is the person that a deed is for: the one named, else the resident who
// stands here, else the one that they act for. The Engine saw to it that a
// resident names nobody else, and to the consent of whoever is named; whom sees
// to the consent of who is not.
func whom(r protocol.Reader, a protocol.Actor, named care.ID) (care.ID, error) {
	person := named
	if person == "" && a.Role == care.Resident {
		person = self(a)
	}
	if person == "" {
		return "", protocol.Refuse("person-missing", "请先选定就诊的人").OnField("person")
	}
	return person, care.NeedConsent(r, a, person, care.ConsentBasic)
}

// self is the person whose affairs a resident sees: their own, or those of the
// one that they act for.
func self(a protocol.Actor) care.ID {
	if a.For != "" {
		return a.For
	}
	return a.ID
}

// nobody is the input of an action or view that needs none.
type nobody struct{}

// day is the date of a time in China.
func day(t time.Time) string { return t.In(care.Zone).Format(time.DateOnly) }

// midnight is the start of a time's day in China.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(care.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, care.Zone)
}

// onDay is a time of day ("08:30") on a date, in China.
func onDay(date, clock string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04", date+" "+clock, care.Zone)
}

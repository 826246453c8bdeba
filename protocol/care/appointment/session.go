package appointment

import (
	"fmt"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// KindSession is the kind of sessions: one doctor, one half day, one place.
const KindSession protocol.Kind = "session"

// SessionState is whether a session sees people.
type SessionState string

// The states of a session.
const (
	SessionOpen    SessionState = "open"
	SessionStopped SessionState = "stopped" // 停诊
	SessionEnded   SessionState = "ended"   // the day is over, the queue is closed
)

// Session is one doctor's half day at one organisation. ID: doctor, date, half
// and organisation ("d01.20301126.am.c1").
type Session struct {
	Doctor     care.ID       `json:"doctor"`            // who sees people now
	Instead    care.ID       `json:"instead,omitempty"` // whom the doctor stands in for
	Department care.ID       `json:"department"`
	Org        care.ID       `json:"org"`
	Date       string        `json:"date"` // yyyy-mm-dd
	Half       string        `json:"half"` // am, pm
	From       time.Time     `json:"from"`
	To         time.Time     `json:"to"`
	Minutes    int           `json:"minutes"`
	Fee        Fen           `json:"fee"`
	Turns      int           `json:"turns"` // how many slots were made: the last turn given out
	State      SessionState  `json:"state"`
	Reason     string        `json:"reason,omitempty"` // why it was stopped, as people are told
	Rest       protocol.Rest `json:",unknown"`
}

// SessionID is the identifier of a session.
func SessionID(doctor care.ID, from time.Time, org care.ID) care.ID {
	at := from.In(care.Zone)
	return care.ID(fmt.Sprintf("%s.%s.%s.%s", doctor, at.Format("20060102"), half(at.Format("15:04")), org))
}

// SessionRef names a session.
func SessionRef(id care.ID) protocol.Ref { return protocol.Ref{Kind: KindSession, ID: id} }

func readSession(r protocol.Reader, id care.ID) (Session, error) {
	s, _, err := find[Session](r, SessionRef(id), "no-session", "没有找到这次出诊，请重新选择", "/appointment/departments")
	return s, err
}

func writeSession(d *care.Deed, id care.ID, s *Session) error {
	_, err := care.Write(d, protocol.Draft{Ref: SessionRef(id), Scopes: campus(s.Org)}, s)
	return err
}

// campus is the scope of an organisation's schedule.
func campus(org care.ID) []protocol.Scope { return []protocol.Scope{care.CampusScope(org)} }

// sessionsBy lists sessions of an index from now on, or of a span of time.
func sessionsBy(r protocol.Reader, index, match string, from, to time.Time) ([]care.Found[Session], error) {
	q := protocol.Query{Kind: KindSession, Index: index, From: from, To: to}
	if match != "" {
		q.Match = []string{match}
	}
	return care.Collect[Session](r, q)
}

// mergeSession joins what two places changed in one session. Sessions are
// written in the county only; the rule is for a county that was restored. A
// stop wins: nobody is sent to a closed door.
func mergeSession(a, b protocol.Value) (protocol.Value, bool) {
	rank := map[SessionState]int{SessionOpen: 0, SessionEnded: 1, SessionStopped: 2}
	return merge(a, b, func(x, y *Session) (*Session, bool) {
		if rank[y.State] > rank[x.State] {
			x, y = y, x
		}
		x.Turns = max(x.Turns, y.Turns)
		return x, x.State != y.State || x.Doctor == y.Doctor
	})
}

package appointment

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/codec/mask"
)

// Boards lists the sessions of today that have a queue.
type Boards struct{ List List[SessionRow] }

// Frame leads back to where the person came from.
func (p Boards) Frame(c *screen.Chrome) { c.Back = way{}.start(c) }

var boards = care.Show(care.View{
	Name: "appointment.boards", Roles: everyone, Purpose: care.ForCare,
}, func(l *care.Look, in Paged) (Boards, error) {
	all, err := todays(l)
	out := Boards{List[SessionRow]{At: in.Page, Path: "/appointment/boards"}}
	for _, s := range all {
		row, err := sessionRow(l, &s, "/appointment/board/"+string(s.Ref.ID))
		if err != nil {
			return out, err
		}
		out.List.Items = append(out.List.Items, row)
	}
	return out, err
})

// todays lists the sessions of today that see people.
func todays(r protocol.Reader) ([]care.Found[Session], error) {
	from := midnight(r.Now())
	all, err := sessionsBy(r, "all", "", from, from.AddDate(0, 0, 1))
	var out []care.Found[Session]
	for _, s := range all {
		if s.Value.State == SessionOpen {
			out = append(out, s)
		}
	}
	return out, err
}

// BoardPage is the queue as the waiting room sees it.
type BoardPage struct {
	Board   screen.Board
	Session SessionRow
}

// PageTitle says whose queue it is.
func (p BoardPage) PageTitle() string { return p.Session.Department }

// shownNext is how many of those who wait are named on the board.
const shownNext = 3

var board = care.Show(care.View{
	Name: "appointment.board", Roles: everyone, Purpose: care.ForCare,
}, func(l *care.Look, in BySession) (BoardPage, error) {
	session, q, row, err := queueOf(l, in.Session)
	if err != nil {
		return BoardPage{}, err
	}
	b := screen.Board{Title: "候诊叫号"}
	for _, p := range q.in(InRoom) {
		call, err := boardCall(l, p, row.Department)
		if err != nil {
			return BoardPage{}, err
		}
		b.Now = append(b.Now, call)
	}
	waiting := q.Waiting()
	for _, p := range waiting[:min(len(waiting), shownNext)] {
		call, err := boardCall(l, p, "")
		if err != nil {
			return BoardPage{}, err
		}
		b.Next = append(b.Next, call)
	}
	for _, p := range q.in(Passed) {
		if q.Calls-p.PassedAt <= keptFor {
			b.Missed = append(b.Missed, turn(p.Turn))
		}
	}
	b.Waiting = len(waiting)
	b.From, b.To = wait(len(waiting), session.Minutes)
	return BoardPage{b, row}, nil
})

// boardCall is a number with a name that only its owner recognises. The person
// may not be known here: then the number alone.
func boardCall(r protocol.Reader, p Place, room string) (screen.BoardCall, error) {
	out := screen.BoardCall{Number: turn(p.Turn), Room: room}
	a, there, err := optional[Appointment](r, AppointmentRef(p.Appointment))
	if err != nil || !there {
		return out, err
	}
	person, there, err := optional[care.Person](r, care.ResidentRef(a.Person))
	if there {
		out.Name = mask.Call(person.Name)
	}
	return out, err
}

func queueOf(r protocol.Reader, id care.ID) (Session, Queue, SessionRow, error) {
	session, rec, err := find[Session](r, SessionRef(id), "no-session", "没有找到这次出诊，请重新选择", "/appointment/boards")
	if err != nil {
		return session, Queue{}, SessionRow{}, err
	}
	q, err := readQueue(r, id)
	if err != nil {
		return session, q, SessionRow{}, err
	}
	row, err := sessionRow(r, &care.Found[Session]{Record: rec, Value: session}, "")
	return session, q, row, err
}

// QueuePage is the queue as staff run it.
type QueuePage struct {
	ID       care.ID
	Session  SessionRow
	State    SessionState
	Current  *QueueRow
	Waiting  []QueueRow
	Passed   []QueueRow
	Expected []QueueRow // booked, not here yet
	Over     bool       // may be ended
}

// QueueRow is one person in it, with their name: staff call them.
type QueueRow struct {
	Visit   care.ID
	Turn    string
	Name    string
	Start   time.Time
	Times   int
	Kept    bool // passed over, and the place is still kept
	Late    bool
	Remote  bool // checked in at a station, perhaps still on the way
	Flagged bool // answers point to an emergency
}

// PageTitle says whose queue it is.
func (p QueuePage) PageTitle() string { return p.Session.Department + " · " + p.Session.Doctor }

var queuePage = care.Show(care.View{
	Name: "appointment.queue", Roles: callers, Purpose: care.ForCare, Personal: true,
}, func(l *care.Look, in BySession) (QueuePage, error) {
	session, q, row, err := queueOf(l, in.Session)
	if err != nil {
		return QueuePage{}, err
	}
	out := QueuePage{ID: in.Session, Session: row, State: session.State, Over: session.State == SessionOpen && !l.Now().Before(session.To)}
	rows := func(places []Place) (rows []QueueRow) {
		for _, p := range places {
			r, e := queueRow(l, p, &q)
			err = errors.Join(err, e)
			rows = append(rows, r)
		}
		return rows
	}
	if current := rows(q.in(InRoom)); len(current) > 0 {
		out.Current = &current[0]
	}
	out.Waiting, out.Passed = rows(q.Waiting()), rows(q.in(Passed))
	if err != nil {
		return out, err
	}
	booked, err := bookedIn(l, in.Session)
	for _, a := range booked {
		if a.Value.State == Booked {
			r, e := queueRow(l, Place{Appointment: a.Ref.ID, Turn: a.Value.Turn, Site: l.Site()}, &q)
			err = errors.Join(err, e)
			out.Expected = append(out.Expected, r)
		}
	}
	l.Saw("", len(out.Waiting)+len(out.Passed)+len(out.Expected))
	return out, err
})

func queueRow(l *care.Look, p Place, q *Queue) (QueueRow, error) {
	out := QueueRow{Visit: p.Appointment, Turn: turn(p.Turn), Times: p.Times, Late: p.Late > 0, Remote: p.Site != l.Site(),
		Kept: p.State == Passed && q.Calls-p.PassedAt <= keptFor}
	a, there, err := optional[Appointment](l, AppointmentRef(p.Appointment))
	if err != nil || !there {
		return out, err
	}
	out.Start = a.Start
	person, _, err := optional[care.Person](l, care.ResidentRef(a.Person))
	if err != nil {
		return out, err
	}
	out.Name = person.Name
	given, _, err := readPrevisit(l, p.Appointment)
	out.Flagged = len(given.flags()) > 0
	return out, err
}

package identity

import (
	"errors"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
)

// Ring is somebody who presses 呼叫村医.
type Ring struct {
	Path string `json:"path,omitzero"` // of the page that they stand on
}

// ring calls the doctor to the actor's terminal. Pressing again is the same
// call. Nobody needs to be signed in to ask for help.
func ring() care.Action {
	return care.Do(care.Action{
		Name: "identity.call", Title: "呼叫村医", Roles: care.Roles(care.Visitor, care.Resident),
		Purpose: care.ForCare, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in Ring) error {
		terminal := d.Actor.Terminal
		if !terminal.Valid() {
			return protocol.Refuse("no-terminal", "这里不能呼叫村医，请直接到村医桌前")
		}
		b, err := bellAt(d, terminal)
		if err != nil {
			return err
		}
		if b.pending(d.Now()) && b.State != BellRinging {
			return nil // the doctor is on the way, or here
		}
		if !b.pending(d.Now()) {
			b = Bell{Terminal: terminal, Site: d.Site(), Rung: d.Now(), Rest: b.Rest}
		}
		b.State, b.Person, b.Path = BellRinging, "", pathOnly(in.Path)
		if d.Actor.Role == care.Resident {
			b.Person = d.Actor.ID
		}
		return putBell(d, b)
	})
}

// pathOnly keeps a path of this host: a call leads the desk nowhere else.
func pathOnly(p string) string {
	if len(p) == 0 || len(p) > 200 || p[0] != '/' || len(p) > 1 && (p[1] == '/' || p[1] == '\\') {
		return "/"
	}
	return p
}

// step makes the three actions of the doctor on a call.
func step(name protocol.ActionName, title string, to BellState, from ...BellState) care.Action {
	return care.Do(care.Action{
		Name: name, Title: title, Roles: []care.Role{care.Doctor},
		Purpose: care.ForCare, Lane: protocol.Administrative, Place: care.AtStation,
	}, func(d *care.Deed, in AtTerminal) error {
		b, err := bellAt(d, in.Terminal)
		if err != nil {
			return err
		}
		for _, s := range from {
			if b.State == s {
				b.State, b.By = to, d.Actor.ID
				return putBell(d, b)
			}
		}
		return protocol.Refuse("call-over", "这个呼叫已经有人处理，或者已经结束").Offer("/identity/calls")
	})
}

func answer() care.Action {
	return step("identity.answer", "应答呼叫", BellAnswered, BellRinging)
}

// takeOver: the doctor works at the person's session; the kiosk says so.
func takeOver() care.Action {
	return step("identity.take-over", "接手协助", BellAssisting, BellRinging, BellAnswered, BellAssisting)
}

func closeCall() care.Action {
	return step("identity.close-call", "结束呼叫", BellClosed, BellRinging, BellAnswered, BellAssisting)
}

// ringsFor is how long a kiosk goes on saying that it rings: the next person
// before it must not wait for an answer to the last one.
const ringsFor = 15 * time.Minute

// pending tells whether the terminal still waits for the doctor or has them.
func (b *Bell) pending(now time.Time) bool {
	age := now.Sub(b.At)
	return b.State != "" && b.State != BellClosed && age >= 0 && age <= ringsFor
}

func bellAt(r protocol.Reader, terminal care.ID) (Bell, error) {
	b, _, err := care.Read[Bell](r, bellRef(terminal))
	if errors.Is(err, protocol.ErrNotFound) {
		err = nil
	}
	return b, err
}

func putBell(d *care.Deed, b Bell) error {
	b.At = d.Now()
	_, err := care.Write(d, protocol.Draft{Ref: bellRef(b.Terminal), Scopes: []protocol.Scope{protocol.SiteScope(d.Site())}}, &b)
	return err
}

// TerminalState is what a kiosk's host shows beside a page.
type TerminalState struct {
	Call   BellState // empty: nobody was called
	Since  time.Time // of its last step
	Wanted bool      // the doctor asks this terminal to open for somebody
	Person care.ID   // for whom; only with Wanted
	Open   bool      // the doctor opened it, and has not closed it again
}

// terminal is looked at by the host of a kiosk, before each page and when these
// records change.
func terminal() care.View {
	return care.Show(care.View{
		Name: "identity.terminal", Roles: []care.Role{care.System}, Purpose: care.ForIdentity,
	}, func(l *care.Look, in AtTerminal) (TerminalState, error) {
		var out TerminalState
		if !in.Terminal.Valid() {
			return out, nil
		}
		b, err := bellAt(l, in.Terminal)
		if err != nil {
			return out, err
		}
		if b.pending(l.Now()) {
			out.Call, out.Since = b.State, b.At
		}
		k, err := kioskAt(l, in.Terminal)
		if err == nil && k.waits(l) {
			out.Wanted, out.Person = true, k.Person
		}
		out.Open = k.serves(l.Now())
		return out, err
	})
}

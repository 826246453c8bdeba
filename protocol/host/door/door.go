// Package door is the sign-in of every channel: it answers the forms that a
// host answers itself (phone and PIN, login and password, acting for a child,
// 呼叫村医) and turns who was recognised into a session. Who may come in is
// identity's business.
package door

import (
	"net/http"
	"net/url"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
)

// Door signs people in on one host.
type Door struct {
	Host  *web.Host
	Staff bool // desk and portal; else a kiosk
}

// Mount adds the addresses.
func (d *Door) Mount() {
	d.Host.Handle("POST "+identity.EnterPath, http.HandlerFunc(d.enter))
	if d.Staff {
		return
	}
	d.Host.Handle("POST "+identity.ActForPath, http.HandlerFunc(d.actFor))
	d.Host.Handle("POST "+screen.CallPath, http.HandlerFunc(d.call))
}

// enter is the answer to phone and PIN, or to login and password.
func (d *Door) enter(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	var s identity.Session
	var err error
	if d.Staff {
		s, err = identity.ByPassword(r.Context(), d.Host.Engine, d.Host.Terminal,
			r.PostFormValue("login"), r.PostFormValue("password"), care.Role(r.PostFormValue("role")))
	} else {
		s, err = identity.ByPIN(r.Context(), d.Host.Engine, d.Host.Terminal, r.PostFormValue("phone"), r.PostFormValue("pin"))
	}
	if err != nil {
		d.Host.Refuse(w, r, err)
		return
	}
	d.Admit(w, r, s, r.PostFormValue("back"))
}

// Admit begins the session and leads to where the person wanted to go, by way
// of what must be done first.
func (d *Door) Admit(w http.ResponseWriter, r *http.Request, s identity.Session, back string) {
	if err := d.Host.Sessions.Begin(w, Session(s)); err != nil {
		d.Host.Refuse(w, r, err)
		return
	}
	back = screen.SafeBack(back)
	switch {
	case s.First:
		back = "/identity/password?back=" + url.QueryEscape(back)
	case !s.Consent:
		back = "/identity/consent?back=" + url.QueryEscape(back)
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// Session turns identity's session into the host's.
func Session(s identity.Session) web.Session {
	return web.Session{Actor: s.Actor, Name: s.Who, Elder: s.Elder, Idle: s.Policy.Idle(), Most: s.Policy.Lifetime}
}

// actFor turns a guardian's session to a child, or back.
func (d *Door) actFor(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	who := d.Host.Sessions.Of(r)
	s, err := identity.ActFor(r.Context(), d.Host.Engine, d.Host.Actor(who), protocol.ID(r.PostFormValue("ward")))
	if err != nil {
		d.Host.Refuse(w, r, err)
		return
	}
	d.Admit(w, r, s, r.PostFormValue("back"))
}

// call rings the desk. Nobody has to be signed in to ask for help.
func (d *Door) call(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	back := screen.SafeBack(r.PostFormValue(screen.FieldBack))
	who := d.Host.Sessions.Of(r)
	input, err := protocol.Encode(identity.Ring{Path: back})
	if err == nil {
		_, err = d.Host.Engine.Do(r.Context(), care.Request{Actor: d.Host.Actor(who), Name: "identity.call", Input: input})
	}
	if err != nil {
		d.Host.Refuse(w, r, err)
		return
	}
	http.Redirect(w, r, "/identity/calling?back="+url.QueryEscape(back), http.StatusSeeOther)
}

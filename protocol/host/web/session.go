package web

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// Session is somebody who was recognised. It travels in a cookie, sealed under
// a key of the host, so that a restart of the station or a change of the
// county's node asks nobody to sign in again.
type Session struct {
	ID    string         `json:"id"`
	Actor protocol.Actor `json:"actor"`
	Name  string         `json:"name"` // masked, for the screen
	Elder bool           `json:"elder,omitempty"`
	Since time.Time      `json:"since"`
	Last  time.Time      `json:"last"`
	Idle  time.Duration  `json:"idle"` // without a request: over
	Most  time.Duration  `json:"most"` // since sign-in: over
}

// IsVisitor reports whether nobody is signed in.
func (s Session) IsVisitor() bool { return s.Actor.ID == "" }

// Sessions seals and opens sessions, and remembers which ended early.
type Sessions struct {
	Cookie string // name; one for each channel of a host
	Key    seal.Key
	Rand   io.Reader
	Now    func() time.Time
	Secure bool // behind TLS

	mu    sync.Mutex
	ended map[string]time.Time // session: when it may be forgotten
	floor time.Time            // sessions that began before are over
}

// Begin signs somebody in on this browser. The identifier is always a new one,
// so a cookie planted before sign-in is worth nothing after it.
func (s *Sessions) Begin(w http.ResponseWriter, who Session) error {
	who.ID, who.Since, who.Last = s.nonce(), s.begun(), s.Now()
	return s.set(w, who)
}

// begun is now, or where the floor is when the clock was set back below it: who
// comes in after somebody was sent out is not sent out with them.
func (s *Sessions) begun() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); !now.Before(s.floor) {
		return now
	}
	return s.floor
}

func (s *Sessions) set(w http.ResponseWriter, who Session) error {
	raw, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	sealed, err := seal.Seal(s.Key, s.Rand, raw, []byte(s.Cookie))
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	http.SetCookie(w, &http.Cookie{Name: s.Cookie, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/",
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	return nil
}

// Of gives who makes a request: a visitor when there is no session, or it is
// over, or it cannot be opened.
func (s *Sessions) Of(r *http.Request) Session {
	c, err := r.Cookie(s.Cookie)
	if err != nil {
		return Session{}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return Session{}
	}
	raw, err := seal.Open(s.Key, sealed, []byte(s.Cookie))
	if err != nil {
		return Session{}
	}
	var who Session
	now := s.Now()
	switch {
	case json.Unmarshal(raw, &who) != nil, now.Sub(who.Last) > who.Idle, now.Sub(who.Since) > who.Most, s.Over(who):
		return Session{}
	}
	return who
}

// Over reports whether a session was ended before its time.
func (s *Sessions) Over(who Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ended := s.ended[who.ID]
	return ended || who.Since.Before(s.floor)
}

// EndBefore ends every session that began before a time: the card is gone, or
// the next person came. One screen, one person.
func (s *Sessions) EndBefore(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case t.After(s.floor):
		s.floor = t
	case t.Before(s.floor): // the clock was set back: sessions begin at the floor
		s.floor = s.floor.Add(1)
	}
}

// touch moves the idle limit, at most every few seconds. It reports whether the
// request still carries a session that is over.
func (s *Sessions) touch(w http.ResponseWriter, r *http.Request) (over bool) {
	who := s.Of(r)
	if who.IsVisitor() {
		_, err := r.Cookie(s.Cookie)
		return err == nil
	}
	if s.Now().Sub(who.Last) >= 5*time.Second {
		who.Last = s.Now()
		_ = s.set(w, who) // a session that is not prolonged ends: safe
	}
	return false
}

// drop takes the cookie from the browser.
func (s *Sessions) drop(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.Cookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// End signs out: the cookie goes, and a copy of it is worth nothing.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) {
	who := s.Of(r)
	s.drop(w)
	if who.IsVisitor() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if s.ended == nil {
		s.ended = map[string]time.Time{}
	}
	for id, until := range s.ended {
		if now.After(until) {
			delete(s.ended, id)
		}
	}
	s.ended[who.ID] = now.Add(who.Most)
}

func (s *Sessions) nonce() string {
	var b [15]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		panic("web: no randomness: " + err.Error()) // the system's source does not fail
	}
	return base32.StdEncoding.EncodeToString(b[:])
}

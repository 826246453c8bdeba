package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// look stores language and mode in a cookie of the browser. They are the
// person's at a shared screen: with their session they go, see guard.
func (h *Host) look(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	mode, lang := lookOf(r)
	if who := h.Sessions.Of(r); who.Elder && !hasLook(r) {
		mode.Elder = true
	}
	mode, lang = screen.Switch(mode, lang, r.PostFormValue)
	h.setLook(w, url.QueryEscape(string(lang)+" "+mode.Classes()))
	http.Redirect(w, r, screen.SafeBack(r.PostFormValue(screen.FieldBack)), http.StatusSeeOther)
}

const lookCookie = "xiangyi-look"

// A kiosk forgets the look of a visitor who went without a word; nobody stays
// signed in for longer without a touch.
const (
	lookAtKiosk = 3 * time.Minute
	lookAtDesk  = 24 * time.Hour
)

func (h *Host) setLook(w http.ResponseWriter, value string) {
	keep := lookAtDesk
	if h.Channel == care.Kiosk {
		keep = lookAtKiosk
	}
	http.SetCookie(w, &http.Cookie{Name: lookCookie, Value: value, Path: "/", MaxAge: int(keep / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// keepLook starts the time of a look over.
func (h *Host) keepLook(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(lookCookie); err == nil && h.Channel == care.Kiosk && r.URL.Path != screen.LookPath && r.URL.Path != screen.LeavePath {
		h.setLook(w, c.Value)
	}
}

// forgetLook takes a look from the browser, and from this request too.
func (h *Host) forgetLook(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: lookCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	all := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range all {
		if c.Name != lookCookie {
			r.AddCookie(c)
		}
	}
}

func hasLook(r *http.Request) bool { _, err := r.Cookie(lookCookie); return err == nil }

func lookOf(r *http.Request) (screen.Mode, screen.Lang) {
	c, err := r.Cookie(lookCookie)
	if err != nil {
		return screen.Mode{}, screen.Chinese
	}
	text, err := url.QueryUnescape(c.Value)
	if err != nil {
		return screen.Mode{}, screen.Chinese
	}
	lang, mode, _ := strings.Cut(text, " ")
	return screen.ParseMode(mode), screen.ParseLang(lang)
}

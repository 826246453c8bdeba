package week

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"xiangyi/protocol/care"
	"xiangyi/protocol/care/identity"
	"xiangyi/protocol/care/roster"
	"xiangyi/protocol/care/screen"
)

// screenOf gives the handler of a screen: another one after a restart.
type screenOf func(*world) (care.Channel, http.Handler)

func theKiosk(w *world) (care.Channel, http.Handler) { return care.Kiosk, w.kiosk }
func theDesk(w *world) (care.Channel, http.Handler)  { return care.Desk, w.desk }

// inside is a way to a screen that needs no line. It notes what the screen showed
// and what it said was done.
type inside struct {
	*world
	role care.Role
	at   screenOf
}

// RoundTrip implements http.RoundTripper.
func (i *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	var body []byte
	if r.Body == nil {
		r.Body = http.NoBody
	} else {
		body, _ = io.ReadAll(r.Body) // memory
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.RequestURI = r.URL.RequestURI()
	channel, h := i.at(i.world)
	h.ServeHTTP(w, r)
	out := w.Result()
	out.Request = r
	i.note(channel, r, string(body), out)
	return out, nil
}

// deeds are the addresses that do an action without its name.
var deeds = map[string]string{screen.CallPath: "identity.call", identity.ActForPath: "identity.act-for"}

func (i *inside) note(channel care.Channel, r *http.Request, body string, out *http.Response) {
	if r.Method == http.MethodGet && out.StatusCode == http.StatusOK {
		if _, pattern := pagesOf[channel].Handler(r); pattern != "" {
			i.opened[string(i.role)+" "+pattern] = true
			i.addresses[pattern] = r.URL.RequestURI()
		}
	}
	action, named := strings.CutPrefix(r.URL.Path, "/do/")
	if deed, ok := deeds[r.URL.Path]; ok {
		action, named = deed, true
	}
	turned := strings.HasPrefix(out.Header.Get("Location"), "/identity/signin")
	if key := action + body; r.Method == http.MethodPost && named && out.StatusCode == http.StatusSeeOther && !turned && !i.posted[key] {
		i.posted[key] = !strings.HasPrefix(r.URL.Path, screen.CallPath) && r.URL.Path != identity.ActForPath // those have no key
		i.told[action]++
		if id, booked := strings.CutPrefix(out.Header.Get("Location"), "/appointment/done/"); booked && action == "appointment.book" {
			i.booked[care.ID(id)] = true
		}
	}
}

// pagesOf finds the page of an address, by channel.
var pagesOf = func() map[care.Channel]*http.ServeMux {
	out := map[care.Channel]*http.ServeMux{care.Kiosk: http.NewServeMux(), care.Desk: http.NewServeMux()}
	for _, s := range roster.Services() {
		for _, p := range s.Pages {
			for channel, mux := range out {
				if p.Channels.Has(channel) {
					mux.Handle("GET "+exact(p.Path), http.NotFoundHandler())
				}
			}
		}
	}
	return out
}()

// exact keeps the home page from standing for all others.
func exact(path string) string {
	if path == "/" {
		return "/{$}"
	}
	return path
}

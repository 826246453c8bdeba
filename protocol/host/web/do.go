package web

import (
	"context"
	"encoding/base32"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/seal"
)

const maxForm = 64 << 10

// do runs the action that a form names.
func (h *Host) do(w http.ResponseWriter, r *http.Request) {
	who := h.Sessions.Of(r)
	name := protocol.ActionName(r.PathValue("action"))
	if err := h.readForm(w, r, who, name); err != nil {
		h.Refuse(w, r, err)
		return
	}
	answer, err := h.act(r, who, name)
	if err == nil {
		http.Redirect(w, r, h.next(r, answer), http.StatusSeeOther)
		return
	}
	refusal, refused := protocol.AsRefusal(err)
	switch {
	case refused && refusal.Code == "role" && who.IsVisitor() && h.SignIn != "":
		http.Redirect(w, r, h.SignIn+"?back="+url.QueryEscape(screen.SafeBack(r.PostForm.Get(fromField))), http.StatusSeeOther)
	case refused:
		h.again(w, r, who, refusal)
	default:
		h.Log.Error("action failed", "action", r.PathValue("action"), "err", err)
		h.trouble(w, r)
	}
}

// Refuse answers a post of the host's own that failed, as do answers others.
func (h *Host) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if refusal, refused := protocol.AsRefusal(err); refused {
		h.again(w, r, h.Sessions.Of(r), refusal)
		return
	}
	h.Log.Error("request failed", "path", r.URL.Path, "err", err)
	h.trouble(w, r)
}

// act decodes and runs. An outcome that nobody knows is asked for again with
// the same key until the request's time is up.
func (h *Host) act(r *http.Request, who Session, name protocol.ActionName) (care.Answer, error) {
	action, ok := h.Engine.Action(name)
	if !ok {
		return care.Answer{}, protocol.Refuse("no-such-action", "这里不能办理这项业务")
	}
	h.salt(r.PostForm)
	input, err := action.FromForm(r.PostForm)
	if err != nil {
		return care.Answer{}, err
	}
	q := care.Request{Actor: h.Actor(who), Name: name, Input: input, Key: formKey(r.PostForm.Get("key"), name, input)}
	return h.Do(r.Context(), q)
}

// salt puts the host's randomness into a form that sets a password, over
// whatever the browser sent. It comes from the form's own key, so that a double
// click hashes to the same and is one deed.
func (h *Host) salt(form url.Values) {
	if !form.Has("secret.text") {
		return
	}
	nonce := form.Get("key")
	if nonce == "" {
		nonce = h.Sessions.nonce()
	}
	d := seal.Sum([]byte("salt"), []byte(nonce))
	form.Set("secret.salt", d.String()[:32])
}

// Do runs a request, and repeats it while its outcome is unknown or the leader
// is being chosen. Its key makes that harmless.
func (h *Host) Do(ctx context.Context, q care.Request) (care.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, h.Wait)
	defer cancel()
	for {
		a, err := h.Engine.Do(ctx, q)
		if q.Key == "" || !errors.Is(err, protocol.ErrUnknown) && !errors.Is(err, protocol.ErrNotLeader) {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, err
		case <-after(ctx, retryPause):
		}
	}
}

// formKey is the same for the same button pressed twice, and another one when
// what was filled in changed.
func formKey(nonce string, name protocol.ActionName, input []byte) string {
	if nonce == "" {
		return ""
	}
	d := seal.Sum([]byte(nonce), []byte{0}, []byte(name), []byte{0}, input)
	return strings.ToLower(base32.StdEncoding.EncodeToString(d[:10])) // it travels with every Change
}

// next is where a form leads: its own "next", in which {about} stands for the
// record that the action made, else the page it came from.
func (h *Host) next(r *http.Request, a care.Answer) string {
	next := r.PostForm.Get("next")
	if next == "" {
		next = r.PostForm.Get(fromField)
	}
	next = strings.ReplaceAll(next, "{about}", url.PathEscape(string(a.About.ID)))
	return screen.SafeBack(strings.ReplaceAll(next, "{change}", url.PathEscape(a.Change.String())))
}

// again shows the page that held the form, with the reason on top and beside
// the field, and what was typed still there.
func (h *Host) again(w http.ResponseWriter, r *http.Request, who Session, refusal *protocol.Refusal) {
	if refusal.Words == "" {
		refusal = &protocol.Refusal{Code: refusal.Code, Words: "这一步刚才已经试过，没有办成。请返回重新选择。"}
	}
	from, err := url.Parse(screen.SafeBack(r.PostForm.Get(fromField)))
	if err != nil || refusal.Next != "" {
		h.refuse(w, r, refusal)
		return
	}
	page := r.Clone(r.Context())
	page.Method, page.URL, page.RequestURI = http.MethodGet, from, from.RequestURI()
	_, pattern := h.mux.Handler(page)
	p, ok := h.pages[strings.TrimSuffix(strings.TrimPrefix(pattern, "GET "), "{$}")]
	if !ok {
		h.refuse(w, r, refusal)
		return
	}
	setPathValues(page, p.Path)
	given, at := given(r.PostForm), h.Store.Last()
	body, err := h.showFilled(page, who, p, given)
	if err != nil {
		h.refuse(w, r, refusal)
		return
	}
	h.render(w, page, statusOf(refusal), p, who, at, body, given, screen.FieldError{Field: refusal.Field, Text: h.say(r, refusal)})
}

// given is what somebody typed, for the page to show again: never a secret, and
// not the host's own fields.
func given(form url.Values) map[string]string {
	out := map[string]string{}
	for name, v := range form {
		switch {
		case len(v) == 0, name == "key", name == fromField, name == "next", name == "pin", strings.Contains(name, "secret"), strings.Contains(name, "password"):
		default:
			out[name] = v[0]
		}
	}
	return out
}

// showFilled runs a page's view with what was typed, where the view takes it;
// the address wins. What cannot be typed into the view is left out.
func (h *Host) showFilled(page *http.Request, who Session, p servedPage, given map[string]string) (any, error) {
	filled := values(p.Path, page)
	for name, v := range given {
		if !filled.Has(name) {
			filled.Set(name, v)
		}
	}
	body, err := h.show(page, who, p, filled)
	if err != nil {
		return h.show(page, who, p, values(p.Path, page))
	}
	return body, nil
}

// setPathValues fills the path's inputs, as the mux would have.
func setPathValues(r *http.Request, pattern string) {
	parts := strings.Split(r.URL.Path, "/")
	for i, p := range strings.Split(pattern, "/") {
		if strings.HasPrefix(p, "{") && i < len(parts) {
			r.SetPathValue(strings.Trim(p, "{}"), parts[i])
		}
	}
}

// leave ends the session, by the person or by the idle timer, and leaves
// nothing of it on the screen: mode and language go back too.
func (h *Host) leave(w http.ResponseWriter, r *http.Request) {
	who := h.Sessions.Of(r)
	h.Sessions.End(w, r)
	if h.Left != nil && !who.IsVisitor() {
		h.Left(who)
	}
	h.forgetLook(w, r)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/screen"
)

// page shows one page of a service.
func (h *Host) page(p servedPage) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, at := h.Sessions.Of(r), h.Store.Last()
		body, err := h.show(r, who, p, values(p.Path, r))
		if err != nil {
			h.fail(w, r, who, err)
			return
		}
		h.render(w, r, http.StatusOK, p, who, at, body, nil)
	})
}

func (h *Host) show(r *http.Request, who Session, p servedPage, form url.Values) (any, error) {
	input, err := p.view.FromForm(form)
	if err != nil {
		return nil, err
	}
	return h.Engine.Show(r.Context(), care.Request{Actor: h.Actor(who), Name: p.View, Input: input})
}

// values are the query's, and the path's, which win.
func values(pattern string, r *http.Request) url.Values {
	v := r.URL.Query()
	for _, part := range strings.Split(pattern, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
			v.Set(name, r.PathValue(name))
		}
	}
	return v
}

// Titled is a page's content that knows a better title than the roster.
type Titled interface{ PageTitle() string }

// Framed is a page's content that fills in parts of its frame: whose record
// lies open, the way back.
type Framed interface{ Frame(*screen.Chrome) }

// render sends a page whose body was read no earlier than the feed stood at.
func (h *Host) render(w http.ResponseWriter, r *http.Request, status int, p servedPage, who Session, at protocol.Cursor, body any, given map[string]string, errs ...screen.FieldError) {
	c := h.chrome(r, who)
	c.Title, c.Back, c.Errors, c.Given = p.Title, p.Back, errs, given
	if c.Back == "" && p.Path != "/" && h.Channel == care.Kiosk {
		c.Back = "/"
	}
	if t, ok := body.(Titled); ok && t.PageTitle() != "" {
		c.Title = t.PageTitle()
	}
	if f, ok := body.(Framed); ok {
		f.Frame(&c)
	}
	if len(p.Live) > 0 {
		c.Live = livePath(r.URL.RequestURI(), at)
	}
	h.write(w, r, status, p.Template, screen.Page{Chrome: c, Body: body})
}

// write renders into a buffer, gives every form its key and its way back, and
// sends. Nothing of a page that failed half-way leaves.
func (h *Host) write(w http.ResponseWriter, r *http.Request, status int, template string, p screen.Page) {
	var b bytes.Buffer
	if err := h.Screens.Render(&b, template, p); err != nil {
		h.Log.Error("page cannot be rendered", "template", template, "err", err)
		http.Error(w, broken, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(h.keyForms(b.Bytes(), p.Path))
	}
}

const broken = "页面暂时打不开，请按“呼叫村医”，或稍后再试。 / This page cannot be shown right now. Please ask for help."

// fromField names a form's own page.
const fromField = "_from"

// ownFields are the host's in every form: no action takes an input of that name.
var ownFields = []string{"key", "next", fromField}

var postForm = regexp.MustCompile(`<form[^>]*method="post"[^>]*>`)

// keyForms puts an idempotency key and the form's own page into every form, so
// that a double click is one deed and a refusal finds its way back. No template
// can forget it.
func (h *Host) keyForms(page []byte, path string) []byte {
	back := screen.SafeBack(path)
	return postForm.ReplaceAllFunc(page, func(tag []byte) []byte {
		hidden := fmt.Sprintf(`<input type="hidden" name="key" value="%s"><input type="hidden" name="%s" value="%s">`,
			h.Sessions.nonce(), fromField, htmlEscape(back))
		return append(tag[:len(tag):len(tag)], hidden...)
	})
}

func htmlEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&#34;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// Fail answers a GET of the host's own that cannot be shown.
func (h *Host) Fail(w http.ResponseWriter, r *http.Request, err error) {
	h.fail(w, r, h.Sessions.Of(r), err)
}

// fail answers a GET that cannot be shown.
func (h *Host) fail(w http.ResponseWriter, r *http.Request, who Session, err error) {
	refusal, refused := protocol.AsRefusal(err)
	switch {
	case refused && who.IsVisitor() && h.SignIn != "" && refusal.Code == "role":
		http.Redirect(w, r, h.SignIn+"?back="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	case refused:
		h.refuse(w, r, refusal)
	case errors.Is(err, protocol.ErrNotFound):
		h.missing(w, r)
	case r.Context().Err() != nil:
		return
	default:
		h.Log.Error("page failed", "path", r.URL.Path, "err", err)
		h.trouble(w, r)
	}
}

// Sorry is the content of a page that says no.
type Sorry struct {
	Text string
	Code protocol.Code
	Next string
}

// say puts a refusal into the reader's words.
func (h *Host) say(r *http.Request, refusal *protocol.Refusal) string {
	_, lang := lookOf(r)
	return h.Words.Text(lang, refusal.Words, refusal.Args...)
}

func (h *Host) refuse(w http.ResponseWriter, r *http.Request, refusal *protocol.Refusal) {
	next := refusal.Next
	if refusal.Code == "no-consent" && !strings.Contains(next, "?") {
		next += "?ask=1&back=" + url.QueryEscape(r.URL.RequestURI())
	}
	h.Answer(w, r, statusOf(refusal), "web/sorry", Sorry{h.say(r, refusal), refusal.Code, next},
		func(c *screen.Chrome) { c.Title, c.Back = "现在办不了", "/" })
}

var (
	gone  = protocol.Refuse("not-found", "没有找到这一页，可能已经换了地方")
	later = protocol.Refuse("trouble", "这一步没有办成。请稍等再试，或请村医帮忙。")
)

func (h *Host) missing(w http.ResponseWriter, r *http.Request) {
	h.Answer(w, r, http.StatusNotFound, "web/sorry", Sorry{Text: h.say(r, gone), Code: gone.Code},
		func(c *screen.Chrome) { c.Title, c.Back = "没有找到", "/" })
}

func (h *Host) trouble(w http.ResponseWriter, r *http.Request) {
	h.Answer(w, r, http.StatusServiceUnavailable, "web/sorry", Sorry{Text: h.say(r, later), Code: later.Code},
		func(c *screen.Chrome) { c.Title, c.Back = "请稍等", "/" })
}

// statusOf is the one table from refusals to HTTP.
func statusOf(r *protocol.Refusal) int {
	switch r.Code {
	case "role", "assurance", "not-yours", "no-consent":
		return http.StatusForbidden
	case "no-such-action", "no-such-view", "not-found":
		return http.StatusNotFound
	case "bad-input":
		return http.StatusUnprocessableEntity
	}
	if r.Field != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusConflict
}

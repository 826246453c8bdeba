package web_test

import (
	"bufio"
	"crypto/rand"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/care/caretest"
	"xiangyi/protocol/care/screen"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/seal"
)

// A small service: notes that a resident writes about themself.

type note struct {
	Text string `json:"text"`
}

type write struct {
	Text string `json:"text"`
}

func (w write) Check() error {
	if w.Text == "" {
		return protocol.Refuse("empty", "请写点什么").OnField("text")
	}
	return nil
}

type list struct{ Notes []string }

type drawing struct {
	Photo care.Blob `json:"photo"`
}

func (d drawing) Check() error { return d.Photo.Check("photo") }

func notebook(runs *atomic.Int64) care.Service {
	kind := protocol.KindSpec{Kind: "note", Class: protocol.ClassHealth, Retention: protocol.RetainClinical, Indexes: []protocol.Index{{Name: "all"}}}
	return care.Service{
		Name: "notebook", Title: "本子", Kinds: []care.Kind{{KindSpec: kind}},
		Actions: []care.Action{
			care.Do(care.Action{Name: "notebook.write", Roles: []care.Role{care.Resident}, Purpose: care.ForCare}, func(d *care.Deed, in write) error {
				runs.Add(1)
				_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: d.NewID()}, Subject: d.Actor.ID}, &note{in.Text})
				return err
			}),
			care.Do(care.Action{Name: "notebook.draw", Roles: []care.Role{care.Resident}, Purpose: care.ForCare}, func(d *care.Deed, in drawing) error {
				runs.Add(1)
				_, err := care.Write(d, protocol.Draft{Ref: protocol.Ref{Kind: "note", ID: d.NewID()}, Subject: d.Actor.ID}, &note{in.Photo.Ref})
				return err
			}),
			care.Do(care.Action{Name: "notebook.explode", Roles: []care.Role{care.Resident}, Purpose: care.ForCare}, func(d *care.Deed, in struct{}) error {
				panic("a fault of ours")
			}),
		},
		Views: []care.View{care.Show(care.View{Name: "notebook.photo", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
			func(l *care.Look, in struct {
				Ref string `json:"ref"`
			}) (care.Blob, error) {
				l.Saw(l.Actor.ID, 1)
				return care.Blob{Ref: in.Ref}, nil
			}), care.Show(care.View{Name: "notebook.all", Roles: []care.Role{care.Resident}, Purpose: care.ForCare, Personal: true},
			func(l *care.Look, in struct{}) (list, error) {
				found, err := care.Collect[note](l, protocol.Query{Kind: "note", Index: "all"})
				var out list
				for _, f := range found {
					out.Notes = append(out.Notes, f.Value.Text)
				}
				l.Saw(l.Actor.ID, len(found))
				return out, err
			})},
		Pages: []care.Page{{Path: "/notebook", Channels: "kiosk", View: "notebook.all", Template: "notebook/all", Title: "本子", Live: []protocol.Kind{"note"},
			Entry: &care.Entry{Icon: "pencil", Label: "本子", Roles: []care.Role{care.Resident}}},
			{Path: "/notebook/photo/{ref}", Channels: "kiosk", View: "notebook.photo", Title: "照片"}},
		Screens: templates,
	}
}

var templates = fstest.MapFS{"screens/notebook.html": {Data: []byte(`{{define "notebook/all"}}<div id="live">{{template "notebook/all-live" .}}</div>
<form method="post" action="/do/notebook.write"><label for="f-text">写</label><input id="f-text" name="text"><button>写</button></form>{{end}}
{{define "notebook/all-live"}}<ul>{{range .Body.Notes}}<li>{{.}}</li>{{end}}</ul>{{if .Body.Notes}}<form method="post" action="/do/notebook.write"><button name="text" value="again">又</button></form>{{end}}{{end}}`)}}

// desk is a running host with a browser in front of it.
type desk struct {
	t      *testing.T
	server *httptest.Server
	client *http.Client
	site   *caretest.Site
	host   *web.Host
	now    atomic.Int64
	runs   atomic.Int64
	shelf  shelf
}

var start = time.Date(2030, 1, 7, 8, 0, 0, 0, care.Zone)

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t}
	d.now.Store(start.UnixNano())
	clock := func() time.Time { return time.Unix(0, d.now.Load()) }
	roster := []care.Service{notebook(&d.runs)}
	d.site = caretest.New(t, roster...).County()
	look, err := web.LoadLook([]fs.FS{templates}, []screen.Theme{screen.Xiangyi()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sessions := &web.Sessions{Cookie: "s", Key: seal.Key{1}, Rand: rand.Reader, Now: clock}
	d.host, err = web.New(web.Config{
		Channel: care.Kiosk, Engine: d.site.Engine, Store: d.site.Model, Roster: roster, Screens: look.Screens, Words: look.Words, Static: look.Static,
		Blobs: &d.shelf, Sessions: sessions, SignIn: "/signin", Wait: time.Second, Now: clock, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Frame: func(_ *http.Request, _ web.Session, c *screen.Chrome) { c.Theme = screen.Xiangyi() },
	})
	if err != nil {
		t.Fatal(err)
	}
	d.host.Handle("GET /signin", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "who are you?") }))
	d.host.Handle("POST /enter", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Begin(w, web.Session{Actor: care.Actor{ID: "p1", Role: care.Resident}, Name: "张*", Idle: time.Minute, Most: time.Hour})
		if err != nil {
			t.Error(err)
		}
	}))
	d.server = httptest.NewServer(d.host)
	t.Cleanup(func() { d.host.Close(); d.server.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return d
}

func (d *desk) advance(by time.Duration) { d.now.Add(int64(by)) }

func (d *desk) get(path string) (int, string, http.Header) {
	d.t.Helper()
	r, err := d.client.Get(d.server.URL + path)
	if err != nil {
		d.t.Fatal(err)
	}
	return read(d.t, r)
}

func (d *desk) post(path string, form url.Values) (int, string, http.Header) {
	d.t.Helper()
	r, err := d.client.PostForm(d.server.URL+path, form)
	if err != nil {
		d.t.Fatal(err)
	}
	return read(d.t, r)
}

func read(t *testing.T, r *http.Response) (int, string, http.Header) {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header
}

var keyField = regexp.MustCompile(`action="/do/notebook.write"><input type="hidden" name="key" value="([A-Z2-7]+)"><input type="hidden" name="_from" value="([^"]*)">`)

// form reads the hidden fields that the host put into the page's form.
func (d *desk) form() url.Values {
	d.t.Helper()
	_, body, _ := d.get("/notebook")
	m := keyField.FindStringSubmatch(body)
	if m == nil {
		d.t.Fatalf("the form has no key:\n%s", body)
	}
	return url.Values{"key": {m[1]}, "_from": {m[2]}}
}

func TestAVisitorIsAskedWhoTheyAreAndComesBack(t *testing.T) {
	d := open(t)
	code, _, head := d.get("/notebook")
	if code != http.StatusSeeOther || head.Get("Location") != "/signin?back=%2Fnotebook" {
		t.Fatalf("got %d to %q", code, head.Get("Location"))
	}
}

func TestPressingTwiceIsOneDeed(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	form := d.form()
	form.Set("text", "hello")
	for range 3 {
		if code, body, _ := d.post("/do/notebook.write", form); code != http.StatusSeeOther {
			t.Fatalf("got %d: %s", code, body)
		}
	}
	if n := d.runs.Load(); n != 1 {
		t.Errorf("the action ran %d times for one button", n)
	}
	form.Set("text", "something else")
	d.post("/do/notebook.write", form)
	if n := d.runs.Load(); n != 2 {
		t.Errorf("what was filled in changed, and the action ran %d times in all", n)
	}
}

func TestARefusalShowsThePageAgainWithItsReason(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	code, body, _ := d.post("/do/notebook.write", d.form())
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "请写点什么") || !strings.Contains(body, `href="#f-text"`) || !strings.Contains(body, "错误：") {
		t.Fatalf("got %d:\n%s", code, body)
	}
	if n := d.runs.Load(); n != 0 {
		t.Errorf("the action ran %d times on an empty form", n)
	}
}

func TestASessionEndsByItselfAndByLeaving(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	if code, _, _ := d.get("/notebook"); code != http.StatusOK {
		t.Fatalf("signed in, got %d", code)
	}
	d.advance(50 * time.Second)
	d.get("/notebook") // a touch
	d.advance(50 * time.Second)
	if code, _, _ := d.get("/notebook"); code != http.StatusOK {
		t.Error("a touch did not prolong the session")
	}
	d.advance(61 * time.Second)
	if code, _, _ := d.get("/notebook"); code != http.StatusSeeOther {
		t.Errorf("a minute without a touch, got %d", code)
	}
	d.post("/enter", nil)
	copied := d.client.Jar.Cookies(must(url.Parse(d.server.URL)))
	_, _, head := d.post("/leave", nil)
	if !strings.Contains(head.Get("Clear-Site-Data"), "storage") {
		t.Error("leaving does not clear the browser")
	}
	d.client.Jar.SetCookies(must(url.Parse(d.server.URL)), copied)
	if code, _, _ := d.get("/notebook"); code != http.StatusSeeOther {
		t.Error("a copy of the cookie opens the page after leaving")
	}
}

// One screen, one person, though the clock was set back between them.
func TestWhoComesAfterTheClockWasSetBackIsLetIn(t *testing.T) {
	now := start
	s := &web.Sessions{Cookie: "s", Key: seal.Key{1}, Rand: rand.Reader, Now: func() time.Time { return now }}
	enter := func() web.Session {
		t.Helper()
		w := httptest.NewRecorder()
		if err := s.Begin(w, web.Session{Actor: care.Actor{ID: "p1", Role: care.Resident}, Idle: time.Hour, Most: time.Hour}); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
		return s.Of(r)
	}
	s.EndBefore(now)
	now = now.Add(-4 * time.Minute)
	for _, who := range []string{"the next person", "the one after"} {
		in := enter()
		if in.IsVisitor() {
			t.Fatalf("%s is not let in", who)
		}
		now = now.Add(time.Second)
		s.EndBefore(now)
		if !s.Over(in) {
			t.Errorf("the session of %s did not end", who)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAnotherPageCannotPostForThePerson(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	r, err := http.NewRequest(http.MethodPost, d.server.URL+"/do/notebook.write", strings.NewReader("text=stolen"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, _ := read(t, answer); code != http.StatusForbidden || d.runs.Load() != 0 {
		t.Errorf("got %d, and the action ran %d times", code, d.runs.Load())
	}
}

func TestAFaultIsAPlainAnswerAndTheHostGoesOn(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	form := d.form()
	if code, body, _ := d.post("/do/notebook.explode", form); code != http.StatusInternalServerError || !strings.Contains(body, "呼叫村医") {
		t.Errorf("got %d: %s", code, body)
	}
	huge := url.Values{"text": {strings.Repeat("x", 100<<10)}}
	if code, _, _ := d.post("/do/notebook.write", huge); code < 400 || code >= 500 {
		t.Errorf("a form of 100 KB: got %d", code)
	}
	if code, _, _ := d.get("/nowhere"); code != http.StatusNotFound {
		t.Errorf("a page that is not there: got %d", code)
	}
	if code, _, head := d.get("/"); code != http.StatusOK || !strings.HasPrefix(head.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the first page after all that: %d", code)
	}
}

func TestSwitchesGoBackToThePageAndNowhereElse(t *testing.T) {
	d := open(t)
	for back, want := range map[string]string{"/notebook?x=1": "/notebook?x=1", "//evil.example/": "/", `/\evil.example`: "/", "https://evil.example": "/"} {
		code, _, head := d.post("/look", url.Values{"elder": {"on"}, "back": {back}})
		if code != http.StatusSeeOther || head.Get("Location") != want {
			t.Errorf("back to %q: %d to %q, want %q", back, code, head.Get("Location"), want)
		}
	}
	if _, body, _ := d.get("/"); !strings.Contains(body, `class="kiosk elder"`) {
		t.Error("the simple mode did not stay")
	}
}

func TestTheLookGoesWithTheSession(t *testing.T) {
	d := open(t)
	d.post("/look", url.Values{"lang": {"en"}, "back": {"/"}})
	if _, body, _ := d.get("/"); !strings.Contains(body, `<html lang="en"`) {
		t.Fatal("a visitor's language did not stay")
	}
	d.post("/enter", nil)
	if _, body, _ := d.get("/notebook"); !strings.Contains(body, `<html lang="en"`) {
		t.Error("signing in put the language back")
	}
	d.now.Add(int64(time.Hour))
	for range 2 {
		if _, body, _ := d.get("/"); strings.Contains(body, `<html lang="en"`) {
			t.Error("the next person finds the last one's language")
		}
	}
	d.post("/look", url.Values{"elder": {"on"}, "back": {"/"}})
	if _, body, _ := d.get("/"); !strings.Contains(body, `class="kiosk elder"`) {
		t.Error("the next person's mode did not stay")
	}
}

// stream is the address at which an open page listens.
func (d *desk) stream(path string) string {
	d.t.Helper()
	_, body, _ := d.get(path)
	m := regexp.MustCompile(`hx-sse:connect="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		d.t.Fatalf("%s does not listen: %s", path, body)
	}
	return m[1]
}

// news is the first message of a stream; its lines are checked.
func (d *desk) news(stream string, meanwhile func()) string {
	d.t.Helper()
	r, err := d.client.Get(d.server.URL + stream)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	if !lines.Scan() || lines.Text() != "retry: 3000" {
		d.t.Fatalf("the stream begins with %q", lines.Text())
	}
	meanwhile()
	var event string
	for lines.Scan() {
		if lines.Text() == "" && event != "" {
			break
		}
		if !strings.HasPrefix(lines.Text(), "data: ") && lines.Text() != "" && !strings.HasPrefix(lines.Text(), ":") {
			d.t.Fatalf("a line that is no data line: %q", lines.Text())
		}
		event += strings.TrimPrefix(lines.Text(), "data: ")
	}
	return event
}

func (d *desk) note(text string) {
	d.t.Helper()
	form := d.form()
	form.Set("text", text)
	d.post("/do/notebook.write", form)
}

func TestAnOpenPageShowsWhatWasWritten(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	event := d.news(d.stream("/notebook"), func() { d.note("<b>\ndata: fresh") })
	if !strings.Contains(event, `hx-target="#live"`) || !strings.Contains(event, "&lt;b&gt;") || strings.Contains(event, "<b>") {
		t.Errorf("the event is %q", event)
	}
}

func TestAnOpenPageShowsWhatWasWrittenBeforeItListened(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	stream := d.stream("/notebook")
	d.note("in between")
	if event := d.news(stream, func() {}); !strings.Contains(event, "in between") {
		t.Errorf("the event is %q", event)
	}
}

func TestAFormOfAnOpenPageHasItsKeyAgain(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	event := d.news(d.stream("/notebook"), func() { d.note("one") })
	if !strings.Contains(event, `name="key"`) || !strings.Contains(event, `name="_from" value="/notebook"`) {
		t.Errorf("the event is %q", event)
	}
}

func TestAnActionTakesNoFieldOfTheHosts(t *testing.T) {
	type input struct {
		Next string `json:"next"`
	}
	bad := care.Service{Name: "bad", Actions: []care.Action{care.Do(care.Action{Name: "bad.move"}, func(*care.Deed, input) error { return nil })}}
	if _, err := web.New(web.Config{Roster: []care.Service{bad}}); err == nil || !strings.Contains(err.Error(), "bad.move") {
		t.Errorf("its forms would say where they lead, and nobody noticed: %v", err)
	}
}

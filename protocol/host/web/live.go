package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiangyi/protocol"
	"xiangyi/protocol/care/screen"
)

const (
	keepAlive = 15 * time.Second
	// calm is the shortest time between two pictures of one page: a person
	// cannot read faster, and a busy county must not be rendered for nobody.
	calm = 250 * time.Millisecond
)

// Event is a picture for one element of a page that stands open.
type Event struct {
	ID       string // of the element
	Template string // a part, rendered with Body
	Body     any
}

// livePath is where the stream of a page is that was read at a cursor.
func livePath(uri string, at protocol.Cursor) string {
	return "/live/" + strconv.FormatUint(uint64(at), 10) + uri
}

// streamed is the request for the page itself, and where its stream goes on.
func streamed(stream *http.Request) (*http.Request, protocol.Cursor) {
	page := stream.Clone(stream.Context())
	since, path, _ := strings.Cut(strings.TrimPrefix(stream.URL.Path, "/live/"), "/")
	page.URL.Path = "/" + path
	at, _ := strconv.ParseUint(since, 10, 64) // else from the beginning: too much news is better than too little
	return page, protocol.Cursor(at)
}

// live is the event stream of one page: it runs the page's view again when a
// record of a kind that the page named was written since the page was read, and
// sends the region when it looks different. p is nil for pages that name none.
func (h *Host) live(p *servedPage) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		s := &stream{host: h, page: p, w: w, out: http.NewResponseController(w)}
		s.request, s.since = streamed(r)
		if err := s.send("retry: 3000\n\n"); err != nil {
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		s.run(ctx)
	})
}

type stream struct {
	host    *Host
	page    *servedPage
	request *http.Request   // for the page
	since   protocol.Cursor // when it was read
	w       io.Writer
	out     *http.ResponseController
	last    []byte // what was sent, nil before
}

// run sends until the reader or the host goes away; an error is the reader's
// going.
func (s *stream) run(ctx context.Context) {
	h := s.host
	var events <-chan Event
	if h.Events != nil {
		events = h.Events(ctx, s.request, h.Sessions.Of(s.request))
	}
	changed := make(chan struct{}, 1)
	if s.page != nil {
		go h.watch(ctx, min(s.since, h.Store.Last()), s.page.Live, changed)
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-h.stop:
			return
		case <-after(ctx, keepAlive):
			err = s.send(": still here\n\n")
		case e := <-events:
			err = s.event(e)
		case <-changed:
			err = s.repaint()
		}
		if err != nil {
			return
		}
	}
}

func (s *stream) send(text string) error {
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.out.Flush()
}

func (s *stream) repaint() error {
	now := s.host.picture(s.request, *s.page)
	if now == nil || bytes.Equal(now, s.last) {
		return nil
	}
	s.last = now
	return s.message(s.host.keyForms(now, s.request.URL.RequestURI()))
}

func (s *stream) event(e Event) error {
	c := s.host.chrome(s.request, s.host.Sessions.Of(s.request))
	var b bytes.Buffer
	if err := s.host.Screens.RenderLive(&b, e.ID, e.Template, screen.Page{Chrome: c, Body: e.Body}); err != nil {
		s.host.Log.Error("event cannot be rendered", "template", e.Template, "err", err)
		return nil
	}
	return s.message(b.Bytes())
}

// watch says that something was written which the page shows, after a cursor.
func (h *Host) watch(ctx context.Context, cursor protocol.Cursor, kinds []protocol.Kind, changed chan<- struct{}) {
	for {
		items, err := h.Store.Next(ctx, cursor, 512, nil)
		if err != nil {
			return
		}
		hit := false
		for _, it := range items {
			cursor = it.Cursor
			hit = hit || slices.ContainsFunc(it.Change.Writes, func(w protocol.Write) bool { return slices.Contains(kinds, w.Ref.Kind) })
		}
		if !hit {
			continue
		}
		cursor = h.Store.Last() // the picture is yet to be taken, and shows all of that
		select {
		case changed <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return
		case <-after(ctx, calm):
		}
	}
}

// picture is the live region as it looks now, or nil when it cannot be shown
// (the session ended: the page's own timer deals with that).
func (h *Host) picture(r *http.Request, p servedPage) []byte {
	who := h.Sessions.Of(r)
	body, err := h.show(r, who, p, values(p.Path, r))
	if err != nil {
		return nil
	}
	c := h.chrome(r, who)
	c.Now = time.Time{} // the clock alone is no news
	var b bytes.Buffer
	if err := h.Screens.RenderLive(&b, "live", p.Template+"-live", screen.Page{Chrome: c, Body: body}); err != nil {
		h.Log.Error("live region cannot be rendered", "template", p.Template, "err", err)
		return nil
	}
	return b.Bytes()
}

// message writes one message; every line of it is a data line, so that no text
// can end it early.
func (s *stream) message(data []byte) error {
	var b bytes.Buffer
	for line := range bytes.SplitSeq(bytes.ReplaceAll(data, []byte("\r"), nil), []byte("\n")) {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	return s.send(b.String() + "\n")
}

package control

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"xiangyi/protocol/care/screen"
)

// beat is the time between two looks at the county while a page stands open.
const beat = time.Second

// live sends the regions of an open page that look different from the last time.
func (p *Page) live(show func(*http.Request) (shown, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		w.Header().Set("Content-Type", "text/event-stream")
		if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil || out.Flush() != nil {
			return
		}
		page := r.Clone(r.Context())
		page.URL.Path = strings.TrimPrefix(r.URL.Path, "/live")
		last := map[string]string{}
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			news, err := p.picture(page, show, last)
			if err != nil {
				p.log.Error("live region cannot be rendered", "err", err)
				return
			}
			if err := event(w, news); err != nil || out.Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			case <-p.stop:
				return
			}
		}
	})
}

// picture renders the regions and gives those that changed; the first time it gives all, since the page may be old.
func (p *Page) picture(r *http.Request, show func(*http.Request) (shown, error), last map[string]string) ([]byte, error) {
	s, err := show(r)
	if err != nil {
		return nil, err
	}
	c := p.chrome(r)
	c.Now = time.Time{}
	var news bytes.Buffer
	for _, g := range s.regions {
		var b bytes.Buffer
		if err := p.set.RenderLive(&b, g.id, g.template, screen.Page{Chrome: c, Body: g.body}); err != nil {
			return nil, err
		}
		if text := b.String(); text != last[g.id] {
			last[g.id] = text
			news.WriteString(text)
		}
	}
	return news.Bytes(), nil
}

// event writes one message, or a comment that keeps the stream alive.
func event(w http.ResponseWriter, data []byte) error {
	if len(data) == 0 {
		_, err := fmt.Fprint(w, ":\n\n")
		return err
	}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if _, err := fmt.Fprintf(w, "data: %s\n", line); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "\n")
	return err
}

// Package gallery is one page of every kind that the look has, filled with a
// plainly invented station. Tests render it in every mode, theme and language
// and a browser measures it; people open it to see what a part looks like. No
// program imports it.
package gallery

import (
	"embed"
	"fmt"
	"io/fs"
	"time"

	"xiangyi/protocol/care/screen"
)

//go:embed screens/*.html
var templates embed.FS

//go:embed words/en.json
var words embed.FS

// Templates are the gallery's own bodies.
func Templates() fs.FS { return templates }

// Words is the gallery's own table.
func Words() fs.FS { return words }

// Set loads the look with the gallery.
func Set() (*screen.Set, *screen.Words, error) {
	w, err := screen.LoadWords(words)
	if err != nil {
		return nil, nil, err
	}
	s, err := screen.Load(w, templates)
	return s, w, err
}

// Now is the moment at which every gallery page was made.
var Now = time.Date(2026, 11, 3, 10, 42, 0, 0, screen.China)

// Sample is one page. Filled is its model; Template also has to bear a zero one.
type Sample struct {
	Name     string // file-name safe
	Template string
	Page     screen.Page
}

// Look puts a sample into a language, a mode and a theme.
func (s Sample) Look(lang screen.Lang, mode screen.Mode, theme screen.Theme) screen.Page {
	p := s.Page
	p.Lang, p.Mode, p.Theme = lang, mode, theme
	if m, ok := p.Body.(Model); ok && len(m.Tiles.Items) > mode.Choices() {
		at := func(page int) string { return fmt.Sprintf("%s?page=%d", p.Path, page) }
		m.Tiles.Items, m.Tiles.Pager = screen.Window(m.Tiles.Items, mode.Choices(), 1, at)
		p.Body = m
	}
	return p
}

// Portrait is a 32-inch panel standing upright, Landscape a 21.5-inch one.
var (
	Portrait  = screen.Metric{WidthPx: 1080, WidthMM: 398, HeightMM: 708, BottomMM: 800}
	Landscape = screen.Metric{WidthPx: 1920, WidthMM: 476, HeightMM: 268, BottomMM: 900}
)

// Samples are all pages, in the order of people meeting them.
func Samples() []Sample {
	return append(kioskSamples(), officeSamples()...)
}

func kiosk(title, lead string) screen.Chrome {
	return screen.Chrome{
		Title: title, Lead: lead, Channel: screen.Kiosk, Metric: Portrait, Place: "清溪村卫生站",
		Path: "/page", Who: "王*明", Back: "/", Now: Now, IdleLogout: true,
		Freshness: screen.Freshness{AsOf: Now, Sync: screen.Sync{State: screen.SyncWaiting, Left: 37}},
	}
}

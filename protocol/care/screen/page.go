package screen

import (
	"html/template"
	"time"
)

// Chrome is what surrounds a body. A host fills it once for a request; every
// text in it may be a Chinese key and is translated when it is shown.
type Chrome struct {
	Title   string // the page's h1 and <title>
	Lead    string // one sentence below the title, or ""
	Channel Channel
	Lang    Lang
	Theme   Theme
	Metric  Metric // the kiosk's panel; zero on desk and portal
	Mode    Mode

	Place string // the station's or office's name, as it is spoken
	Path  string // this page's own path, to which the switches come back
	Who   string // who is signed in, already masked (王*明); "" for nobody
	Back  string // path of the page before, or "" for none
	Home  string // path of the first page, "/" when empty
	Now   time.Time

	Freshness  Freshness
	Nav        []NavItem
	Errors     []FieldError      // shown above the body, focused; <title> says 错误
	Given      map[string]string // what was filled in when Errors came back, but for secrets
	Flash      *Notice
	Person     *Person // whose record lies open, on desk and portal
	Call       CallState
	IdleLogout bool   // the idle timer runs on this page
	Live       string // address of this page's event stream, or ""
	Shortcuts  []Shortcut
}

// NavItem is one entry of the desk's or portal's navigation.
type NavItem struct {
	Label   string
	Href    string
	Icon    string
	Key     string // keyboard shortcut, shown and bound
	Current bool
	Count   int // waiting things; 0 shows none
}

// FieldError is one thing to mend in a form. Field is the field's Name.
type FieldError struct {
	Field string
	Text  string
}

// Shortcut is a key that goes somewhere without standing on a button.
type Shortcut struct {
	Key   string // as KeyboardEvent.key names it: "n", "F2", "/"
	Label string
	Href  string
}

// CallState is how far a call for the village doctor has come.
type CallState string

// Without a call the state is empty.
const (
	Ringing  CallState = "ringing"
	Answered CallState = "answered"
)

// Page is everything that one page is made of. Templates get it as their dot.
type Page struct {
	Chrome
	Body any // the service's own struct for this page

	words *Words        // set by Render
	main  template.HTML // the body, rendered before the frame
}

// T is zh in the page's language, with args put in as fmt.Sprintf does.
func (p Page) T(zh string, args ...any) string {
	return p.words.Text(p.Lang, zh, args...)
}

// Is tells whether the page speaks lang.
func (p Page) Is(lang Lang) bool { return p.lang() == lang }

func (p Page) lang() Lang {
	if p.Lang == "" {
		return Chinese
	}
	return p.Lang
}

// Asset is the address of an embedded file: /static/app.3f2a9c81.css.
func (p Page) Asset(name string) string { return AssetPrefix + AssetName(name) }

// Main is the body as the frame shows it.
func (p Page) Main() template.HTML { return p.main }

// Fill gives a field the error that the page holds for it, and what was filled
// in before.
func (p Page) Fill(f Field) Field {
	if given := p.Given[f.Name]; given != "" && f.Value == "" && f.Type != "password" {
		f.Value = given
	}
	for _, e := range p.Errors {
		if e.Field == f.Name && f.Error == "" {
			f.Error = e.Text
		}
	}
	return f
}

// HomePath is Home, or the root.
func (p Page) HomePath() string {
	if p.Home == "" {
		return "/"
	}
	return p.Home
}

// BackTo is where a switch returns to.
func (p Page) BackTo() string { return SafeBack(p.Path) }

// ThemeSheet is the address of the page's generated theme stylesheet.
func (p Page) ThemeSheet() string { return AssetPrefix + p.Theme.orDefault().File() }

// MetricSheet is the address of the panel's generated stylesheet, or "".
func (p Page) MetricSheet() string {
	if p.Metric.WidthPx == 0 {
		return ""
	}
	return AssetPrefix + p.Metric.File()
}

// Skin is the page's theme, the default one if none was named.
func (p Page) Skin() Theme { return p.Theme.orDefault() }

// IdleWarn is after how many seconds without a touch the countdown starts.
func (p Page) IdleWarn() int {
	if p.Mode.Elder {
		return 120
	}
	return 60
}

// IdleGrace is how many seconds the countdown lasts.
func (p Page) IdleGrace() int {
	if p.Mode.Elder {
		return 30
	}
	return 20
}

// Package screen is the look that every page of every channel shares: the
// frame of a page, its parts (tiles, fields, tables, receipts, charts), its
// styles, icons, script and words. A service brings a template and a struct;
// screen gives it a place in a whole page and writes the bytes.
//
// It knows nothing of HTTP, of sessions or of any service. Time, the reader's
// language and mode, and the addresses of switches are handed in with each
// Page; generated stylesheets and assets are handed out as bytes for a host to
// serve under AssetPrefix.
//
// How a page is made:
//
//	words, err := screen.LoadWords(appointment.Words, report.Words)
//	set, err   := screen.Load(words, appointment.Screens, report.Screens)
//	err         = set.Render(w, "appointment/departments", screen.Page{Chrome: chrome, Body: model})
//
// A body template is executed with the whole Page as its dot: its own struct is
// .Body, its words are {{.T "预约挂号"}} or, anywhere, {{t "预约挂号"}}.
package screen

// Lang is the language of a page, a BCP 47 tag as it stands in <html lang>.
type Lang string

// The languages that ship. Chinese is the language of the keys, so it is
// always complete; English is held complete by Words.Missing.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// ParseLang reads a language from a cookie or form; anything unknown is Chinese.
func ParseLang(s string) Lang {
	if Lang(s) == English {
		return English
	}
	return Chinese
}

// Channel is the kind of screen a page is for; it picks the frame.
type Channel string

// The channels that have a frame.
const (
	Kiosk  Channel = "kiosk"  // the station's touch screen: large, one thing a page
	Desk   Channel = "desk"   // the village doctor: dense, keyboard first
	Portal Channel = "portal" // county staff
)

// Mode is how a person wants to be shown things. Each switch stands alone.
type Mode struct {
	Elder    bool // 长辈版: larger, fewer choices on a page, slower timers
	Contrast bool // 高对比: at least 12:1
	Reach    bool // 低位模式: everything that can be touched below the reach line
}

// Choices is how many choices one page offers in this mode: six, or four for
// elders. Window cuts a longer list to it.
func (m Mode) Choices() int {
	if m.Elder {
		return 4
	}
	return 6
}

// Classes is the mode as class names, also the form in which a cookie keeps it:
// "elder contrast reach", or empty.
func (m Mode) Classes() string {
	out := ""
	for _, s := range []struct {
		on   bool
		name string
	}{{m.Elder, "elder"}, {m.Contrast, "contrast"}, {m.Reach, "reach"}} {
		if !s.on {
			continue
		}
		if out != "" {
			out += " "
		}
		out += s.name
	}
	return out
}

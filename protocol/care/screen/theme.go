package screen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Theme is the look of a host terminal: colours, letters, icons and mark. It
// is configuration; app.css and the templates hold none of it, so a page in
// another theme differs in nothing else.
type Theme struct {
	Name    string            // file-name safe: "xiangyi"
	Title   string            // the product's name as people see it, a Chinese key
	Logo    string            // asset name of the mark, square SVG
	IconSet string            // asset name of the icon sprite
	Colours map[string]string // CSS colours by Roles; every role must be there
	Bright  map[string]string // the same in high contrast: text at least 12:1
	Fonts   string            // CSS font-family list
	FontURL string            // a TTF that the host serves for panels without a Chinese font, or ""
	Radius  string            // corner of cards and buttons, a CSS length
	Stroke  string            // width of icon lines, of 24
}

// Roles are the names of a theme's colours, as custom properties without the
// dashes. A theme that lacks one is refused by Check.
var Roles = []string{
	"paper",      // the page
	"card",       // raised surfaces
	"ink",        // text
	"ink-soft",   // second text, still 7:1
	"line",       // borders of things that work, 3:1
	"hair",       // borders that only part
	"bar",        // top bar
	"bar-ink",    // text on it
	"bar-soft",   // second text on it
	"brand",      // the main button
	"brand-ink",  // text on it
	"brand-deep", // the main button pressed, links
	"brand-soft", // a tint behind chosen things
	"good",       // text of good news
	"good-soft",  // behind it
	"warn",       // text of things to look at
	"warn-soft",  // behind it
	"bad",        // text of trouble
	"bad-soft",   // behind it
	"calm",       // text of waiting without worry
	"calm-soft",  // behind it
	"help",       // the call button
	"help-ink",   // text on it
	"focus-in",   // inner focus ring
	"focus-out",  // outer focus ring
	"shade",      // shadows
}

const systemFonts = `"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif`

// Themes are the themes that ship, the default first.
func Themes() []Theme { return []Theme{Xiangyi(), Yuezhizhu()} }

// ThemeNamed finds a shipped theme; the default when the name is unknown.
func ThemeNamed(name string) Theme {
	for _, t := range Themes() {
		if t.Name == name {
			return t
		}
	}
	return Xiangyi()
}

func (t Theme) orDefault() Theme {
	if t.Name == "" {
		return Xiangyi()
	}
	return t
}

// Check says what a configured theme lacks.
func (t Theme) Check() error {
	if t.Name == "" || strings.ContainsAny(t.Name, "/\\. ") {
		return fmt.Errorf("screen: theme name %q cannot name a file", t.Name)
	}
	for _, role := range Roles {
		if t.Colours[role] == "" {
			return fmt.Errorf("screen: theme %s has no colour %q", t.Name, role)
		}
		if t.Bright[role] == "" {
			return fmt.Errorf("screen: theme %s has no high-contrast colour %q", t.Name, role)
		}
	}
	for _, name := range []string{t.Logo, t.IconSet} {
		if _, ok := assetNames[name]; !ok {
			return fmt.Errorf("screen: theme %s names no embedded file %q", t.Name, name)
		}
	}
	return nil
}

// ThemeCSS is the theme's stylesheet: custom properties, in high contrast and
// on paper too, and the font face when the host serves one.
func ThemeCSS(t Theme) []byte {
	t = t.orDefault()
	var b strings.Builder
	fonts := t.Fonts
	if t.FontURL != "" {
		fmt.Fprintf(&b, "@font-face{font-family:\"Xiangyi Sans\";font-display:swap;src:local(\"Noto Sans CJK SC\"),local(\"Noto Sans SC\"),url(%q)}\n", t.FontURL)
		fonts = `"Xiangyi Sans",` + fonts
	}
	b.WriteString(":root{\n")
	writeColours(&b, t.Colours)
	fmt.Fprintf(&b, "--fonts:%s;\n--radius:%s;\n--stroke:%s;\n}\n", fonts, t.Radius, t.Stroke)
	b.WriteString(":root.contrast{\n")
	writeColours(&b, t.Bright)
	b.WriteString("}\n@media print{:root,:root.contrast{\n")
	writeColours(&b, paperColours(t.Colours))
	b.WriteString("}}\n")
	return []byte(b.String())
}

func writeColours(b *strings.Builder, colours map[string]string) {
	for _, role := range slices.Sorted(maps.Keys(colours)) {
		fmt.Fprintf(b, "--%s:%s;\n", role, colours[role])
	}
}

// paperColours are black on white for every role: laser printers of a station
// are black and white, and tints print as dirt.
func paperColours(of map[string]string) map[string]string {
	out := map[string]string{}
	for role := range of {
		switch {
		case strings.HasSuffix(role, "-soft") && role != "ink-soft" && role != "bar-soft",
			role == "paper", role == "card", role == "bar", role == "brand-ink", role == "help-ink", role == "shade":
			out[role] = "#fff"
		case role == "line", role == "hair":
			out[role] = "#888"
		default:
			out[role] = "#000"
		}
	}
	return out
}

// File is the name of the theme's stylesheet in Static.
func (t Theme) File() string {
	t = t.orDefault()
	return hashName("theme-"+t.Name+".css", ThemeCSS(t))
}

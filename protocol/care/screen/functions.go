package screen

import (
	"html/template"
	"time"
)

// functions are what every template may call besides the methods of its dot.
//
//	t "预约挂号"            the words in the page's language
//	icon "calendar-plus"   an icon of the theme's set; decoration, unseen by readers
//	submit "提交"          a primary Button for the form around it
//	link "返回" "/visits"   a secondary Button that leads there
//	mark "good" "已完成"    a Mark
//	clock, day, stamp      times, as the methods of Page
func (s *Set) functions(b binding) template.FuncMap {
	c := Chrome{Lang: b.lang}
	translate := func(zh string, args ...any) string { return s.words.Text(b.lang, zh, args...) }
	return template.FuncMap{
		"t":        translate,
		"icon":     iconFrom(b.icons),
		"submit":   func(label string) Button { return Button{Label: label, Look: Primary} },
		"link":     func(label, href string) Button { return Button{Label: label, Href: href} },
		"mark":     func(k Kind, text string) Mark { return Mark{Kind: k, Text: text} },
		"clock":    c.Clock,
		"day":      c.Day,
		"date":     c.Date,
		"when":     c.When,
		"time":     c.Time,
		"stamp":    c.Stamp,
		"span":     func(d time.Duration) string { return span(translate, d) },
		"describe": func(t Trend) string { return t.Describe(translate) },
		"monthday": monthDay,
		"add":      func(a, b int) int { return a + b },
	}
}

// monthDay is the short day below a chart, the same in every language: 11/3.
func monthDay(t time.Time) string { return t.In(China).Format("1/2") }

// iconFrom draws from one sprite. The name is escaped because it may come from
// a service's catalogue, which staff edit.
func iconFrom(sprite string) func(string) template.HTML {
	base := template.HTMLEscapeString(AssetPrefix + AssetName(sprite))
	return func(name string) template.HTML {
		if name == "" {
			return ""
		}
		return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false" width="24" height="24"><use href="` +
			base + `#` + template.HTMLEscapeString(name) + `"></use></svg>`)
	}
}

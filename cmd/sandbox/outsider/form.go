package outsider

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Form is a form of a page as a browser would send it.
type Form struct {
	Action string // as it is written: "/do/appointment.book"
	Method string
	Fields []Field
	Text   string // what stands in it
	page   *url.URL
}

// Field is something that a form sends.
type Field struct {
	Name    string
	Value   string   // what is sent when nobody touches it
	Sent    bool     // a radio button that is not chosen, or a button that is not pressed, is not
	Type    string   // hidden, text, radio, checkbox, select, textarea, submit, …
	Options []string // of a select
	Label   string   // what stands on a button or beside a radio button
}

func newForm(page *url.URL, n *html.Node) *Form {
	f := &Form{Action: attr(n, "action"), Method: http.MethodGet, Text: text(n), page: page}
	if f.Action == "" {
		f.Action = page.Path
	}
	if strings.EqualFold(attr(n, "method"), "post") {
		f.Method = http.MethodPost
	}
	for d := range n.Descendants() {
		if _, off := attrOf(d, "disabled"); !off && attr(d, "name") != "" {
			if field, ok := newField(d); ok {
				f.Fields = append(f.Fields, field)
			}
		}
	}
	return f
}

func newField(n *html.Node) (Field, bool) {
	f := Field{Name: attr(n, "name"), Value: attr(n, "value"), Sent: true}
	switch n.DataAtom {
	case atom.Input:
		f.Type = strings.ToLower(attr(n, "type"))
		if f.Type == "radio" || f.Type == "checkbox" {
			_, f.Sent = attrOf(n, "checked")
			if _, has := attrOf(n, "value"); !has {
				f.Value = "on"
			}
			if n.Parent != nil && n.Parent.DataAtom == atom.Label {
				f.Label = text(n.Parent)
			}
		}
		f.Sent = f.Sent && f.Type != "submit"
	case atom.Button:
		f.Type, f.Sent, f.Label = "submit", false, text(n)
	case atom.Textarea:
		f.Type, f.Value = "textarea", strings.TrimPrefix(raw(n), "\n")
	case atom.Select:
		f.Type = "select"
		f.Value, f.Options = chosen(n)
	default:
		return f, false
	}
	return f, true
}

func raw(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

// chosen gives the selected option of a select, or its first, and all of them.
func chosen(n *html.Node) (value string, all []string) {
	selected := false
	for o := range n.Descendants() {
		if o.DataAtom != atom.Option {
			continue
		}
		v, has := attrOf(o, "value")
		if !has {
			v = text(o)
		}
		all = append(all, v)
		_, is := attrOf(o, "selected")
		if len(all) == 1 || is && !selected {
			value, selected = v, is
		}
	}
	return value, all
}

// Get gives the value that a field would send.
func (f *Form) Get(name string) string {
	for _, x := range f.Fields {
		if x.Name == name && x.Sent {
			return x.Value
		}
	}
	return ""
}

// Choices lists the values of a radio button, a set of buttons or a select.
func (f *Form) Choices(name string) []string {
	var out []string
	for _, x := range f.Fields {
		if x.Name == name {
			out = append(out, x.Options...)
			if x.Type != "select" {
				out = append(out, x.Value)
			}
		}
	}
	return out
}

func (f *Form) offers(name, value string) bool { return slices.Contains(f.Choices(name), value) }

// fill makes what is posted: the form's own values, with those of values instead.
func (f *Form) fill(values map[string]string) (url.Values, error) {
	out, known := url.Values{}, map[string]bool{}
	for _, x := range f.Fields {
		_, replaced := values[x.Name]
		known[x.Name] = true
		if x.Sent && !replaced {
			out.Add(x.Name, x.Value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !known[name] {
			return nil, fmt.Errorf("form %s has no field %s; it has %v", f.Action, name, slices.Sorted(maps.Keys(known)))
		}
		out.Set(name, values[name])
	}
	return out, nil
}

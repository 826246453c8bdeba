package outsider

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is what a browser shows. A page that is no HTML has its bytes and nothing else.
type Page struct {
	URL    *url.URL // after redirects
	Status int
	Type   string // media type, without parameters
	Body   []byte
	Title  string
	Text   string // what is read on the page, white space folded; of the main part where the page has one
	Links  []Link
	Forms  []*Form
}

// Link is a way to another page.
type Link struct {
	Href string // as it is written
	Text string
	Rel  string
}

func read(resp *http.Response, body []byte) (*Page, error) {
	p := &Page{URL: resp.Request.URL, Status: resp.StatusCode, Body: body}
	p.Type, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if p.Type != "text/html" {
		return p, nil
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", p.URL.Path, err)
	}
	if t := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Title }); t != nil {
		p.Title = text(t)
	}
	main := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Main })
	if main == nil {
		main = root
	}
	p.Text = text(main)
	p.collect(root)
	return p, nil
}

// collect lists links and forms in the order of the page.
func (p *Page) collect(n *html.Node) {
	for n := range n.Descendants() {
		switch n.DataAtom {
		case atom.A:
			if href := attr(n, "href"); href != "" {
				p.Links = append(p.Links, Link{href, text(n), attr(n, "rel")})
			}
		case atom.Form:
			p.Forms = append(p.Forms, newForm(p.URL, n))
		}
	}
}

// Form finds the first form that leads to an action.
func (p *Page) Form(action string) (*Form, error) {
	for _, f := range p.Forms {
		if f.Action == action {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s has no form %s; it says: %s", p.URL.Path, action, p.Short())
}

// FormWith finds the first form that leads to an action and has a field of that value, hidden or to choose.
func (p *Page) FormWith(action, field, value string) (*Form, error) {
	for _, f := range p.Forms {
		if f.Action == action && f.offers(field, value) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s has no form %s with %s=%s; it says: %s", p.URL.Path, action, field, value, p.Short())
}

// Link finds the first link whose address begins with a prefix.
func (p *Page) Link(prefix string) (Link, error) {
	for _, l := range p.Links {
		if strings.HasPrefix(l.Href, prefix) {
			return l, nil
		}
	}
	return Link{}, fmt.Errorf("%s has no link to %s…; it says: %s", p.URL.Path, prefix, p.Short())
}

// LinksTo lists the links whose address begins with a prefix, each address once.
func (p *Page) LinksTo(prefix string) []Link {
	var out []Link
	seen := map[string]bool{}
	for _, l := range p.Links {
		if strings.HasPrefix(l.Href, prefix) && !seen[l.Href] {
			seen[l.Href] = true
			out = append(out, l)
		}
	}
	return out
}

// Next is where the list goes on, or "".
func (p *Page) Next() string {
	for _, l := range p.Links {
		if l.Rel == "next" {
			return l.Href
		}
	}
	return ""
}

// Says reports whether the page holds a text.
func (p *Page) Says(words string) bool { return strings.Contains(p.Text, words) }

// Short is the beginning of the page's text, for error messages.
func (p *Page) Short() string {
	r := []rune(p.Text)
	if len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return p.Text
}

// OK is an error when the page is not one that was asked for.
func (p *Page) OK() error {
	if p.Status != http.StatusOK {
		return fmt.Errorf("%s answers %d: %s", p.URL.Path, p.Status, p.Short())
	}
	return nil
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if is(d) {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	v, _ := attrOf(n, key)
	return v
}

func attrOf(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// text is what a person reads: no scripts, no styles, nothing hidden.
func text(n *html.Node) string {
	var b strings.Builder
	gather(&b, n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func gather(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(n.Data)
		return
	case html.ElementNode:
		if _, hidden := attrOf(n, "hidden"); hidden || n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Template {
			return
		}
	}
	block := n.Type == html.ElementNode && !inline[n.DataAtom]
	if block {
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		gather(b, c)
	}
	if block {
		b.WriteByte(' ')
	}
}

// inline elements do not part the words around them.
var inline = map[atom.Atom]bool{atom.A: true, atom.B: true, atom.Em: true, atom.Span: true, atom.Strong: true, atom.I: true,
	atom.Small: true, atom.Kbd: true, atom.Time: true, atom.Code: true, atom.Abbr: true}

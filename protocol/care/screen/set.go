package screen

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed templates/*.html
var baseTemplates embed.FS

// Set is every template of a program, checked and ready. It may be used from
// several goroutines.
type Set struct {
	words *Words
	root  *template.Template // never executed: clones are made of it
	names []string

	mu    sync.Mutex
	bound map[binding]*template.Template
}

// binding is what the functions of a template depend on. There are as many
// clones of the templates as pairs of language and icon set in use.
type binding struct {
	lang  Lang
	icons string
}

// Load parses the base templates and those of each folder, at any depth. A
// file holds only {{define "service/page"}} blocks. A template that does not
// parse, that names another which is not there, that two files define, or whose
// markup html/template cannot make safe is an error here, not on a page.
func Load(words *Words, folders ...fs.FS) (*Set, error) {
	s := &Set{words: words, bound: map[binding]*template.Template{}}
	s.root = template.New("").Funcs(s.functions(binding{Chinese, Xiangyi().IconSet}))
	owners := map[string]string{}
	for _, f := range append([]fs.FS{baseTemplates}, folders...) {
		err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".html") {
				return err
			}
			return s.parse(f, name, owners)
		})
		if err != nil {
			return nil, fmt.Errorf("screen: load templates: %w", err)
		}
	}
	s.names = slices.Sorted(maps.Keys(owners))
	return s, s.check()
}

func (s *Set) parse(f fs.FS, file string, owners map[string]string) error {
	b, err := fs.ReadFile(f, file)
	if err != nil {
		return err
	}
	one, err := template.New(file).Funcs(s.functions(binding{Chinese, ""})).Parse(string(b))
	if err != nil {
		return err
	}
	for _, t := range one.Templates() {
		if t.Name() == file {
			if strings.TrimSpace(t.Tree.Root.String()) != "" {
				return fmt.Errorf("%s: text outside of a define", file)
			}
			continue
		}
		if was, ok := owners[t.Name()]; ok {
			return fmt.Errorf("%s defines %q, which %s defines already", file, t.Name(), was)
		}
		owners[t.Name()] = file
		if _, err := s.root.AddParseTree(t.Name(), t.Tree); err != nil {
			return err
		}
	}
	return nil
}

// check makes html/template escape every template, which it would otherwise do
// when the first person opens the page. Data are missing here, so errors of
// execution are expected and ignored; errors of markup are not.
func (s *Set) check() error {
	t, err := s.bind(Page{})
	if err != nil {
		return err
	}
	for _, name := range s.names {
		var bad *template.Error
		err := t.ExecuteTemplate(io.Discard, name, Page{})
		if errors.As(err, &bad) {
			return fmt.Errorf("screen: template %s: %w", name, err)
		}
	}
	return nil
}

// Names lists the templates, sorted.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Has tells whether a template is there.
func (s *Set) Has(name string) bool {
	_, ok := slices.BinarySearch(s.names, name)
	return ok
}

// Render writes the whole page: the template name inside the frame of the
// page's channel. Nothing is written when a template fails.
func (s *Set) Render(w io.Writer, name string, p Page) error {
	var body, page bytes.Buffer
	if err := s.execute(&body, name, &p); err != nil {
		return err
	}
	// The body was escaped as text between tags, which is where the frame puts it.
	p.main = template.HTML(body.String())
	if err := s.execute(&page, "screen/page", &p); err != nil {
		return err
	}
	return write(w, name, page.Bytes())
}

// RenderPart writes one template without a frame.
func (s *Set) RenderPart(w io.Writer, name string, p Page) error {
	var part bytes.Buffer
	if err := s.execute(&part, name, &p); err != nil {
		return err
	}
	return write(w, name, part.Bytes())
}

// RenderLive writes one template as the content of the element with that id:
// what the page's event stream sends as an unnamed message. The host writes
// each of its lines as a data: line. Only what differs is touched: a reader is
// not told the same twice, and a finger keeps what it is about to press.
func (s *Set) RenderLive(w io.Writer, id, name string, p Page) error {
	var part bytes.Buffer
	if err := s.execute(&part, name, &p); err != nil {
		return err
	}
	out := fmt.Sprintf("<hx-partial hx-target=\"#%s\" hx-swap=\"innerMorph\">%s</hx-partial>",
		template.HTMLEscapeString(id), strings.ReplaceAll(part.String(), "\r", ""))
	return write(w, name, []byte(out))
}

func write(w io.Writer, name string, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("screen: write %s: %w", name, err)
	}
	return nil
}

func (s *Set) execute(w io.Writer, name string, p *Page) error {
	p.words = s.words
	p.Lang = p.lang()
	t, err := s.bind(*p)
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, name, *p); err != nil {
		return fmt.Errorf("screen: render %s: %w", name, err)
	}
	return nil
}

// bind gives the templates for the page's language and icons.
func (s *Set) bind(p Page) (*template.Template, error) {
	key := binding{p.lang(), p.Skin().IconSet}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.bound[key]; t != nil {
		return t, nil
	}
	t, err := s.root.Clone()
	if err != nil {
		return nil, fmt.Errorf("screen: clone templates: %w", err)
	}
	t.Funcs(s.functions(key))
	s.bound[key] = t
	return t, nil
}

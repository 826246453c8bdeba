package outsider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxPage bounds a page, in bytes.
const maxPage = 8 << 20

// Browser keeps cookies and follows redirects, and runs no script. One person uses it, one page at a time.
type Browser struct {
	base   *url.URL
	client *http.Client
}

// NewBrowser opens a browser at a host:port.
func NewBrowser(addr string) (*Browser, error) {
	// Connections of its own: what a killed server leaves behind must not meet another browser.
	return NewBrowserBy(addr, &http.Transport{DisableCompression: true, IdleConnTimeout: 30 * time.Second})
}

// NewBrowserBy is NewBrowser by a way of the caller's own.
func NewBrowserBy(addr string, way http.RoundTripper) (*Browser, error) {
	base, err := url.Parse("http://" + addr + "/")
	if err != nil {
		return nil, fmt.Errorf("open browser: %w", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("open browser: %w", err)
	}
	return &Browser{base: base, client: &http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: way}}, nil
}

// Close ends the browser's connections.
func (b *Browser) Close() { b.client.CloseIdleConnections() }

// Open goes to an address, absolute or as a page writes it.
func (b *Browser) Open(ctx context.Context, address string) (*Page, error) {
	u, err := b.base.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	return b.send(req)
}

// All opens a list and every page that it goes on to, and gives the links on all of them that begin with a prefix.
func (b *Browser) All(ctx context.Context, address, prefix string) ([]Link, error) {
	var out []Link
	for pages := 0; address != "" && pages < maxPages; pages++ {
		p, err := b.Open(ctx, address)
		if err == nil {
			err = p.OK()
		}
		if err != nil {
			return out, err
		}
		out = append(out, p.LinksTo(prefix)...)
		address = p.Next()
	}
	return out, nil
}

// maxPages bounds a list that leads in a circle.
const maxPages = 50

// Submit sends a form as the button of a browser would. values replace what the form holds already, and only for fields
// that the form has: a misspelt field is an error.
func (b *Browser) Submit(ctx context.Context, f *Form, values map[string]string) (*Page, error) {
	v, err := f.fill(values)
	if err != nil {
		return nil, err
	}
	u, err := f.page.Parse(f.Action)
	if err != nil {
		return nil, fmt.Errorf("submit %s: %w", f.Action, err)
	}
	if f.Method == http.MethodGet {
		u.RawQuery = v.Encode()
		return b.Open(ctx, u.String())
	}
	return b.post(ctx, f, u, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

func (b *Browser) post(ctx context.Context, f *Form, to *url.URL, contentType string, body io.Reader) (*Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), body)
	if err != nil {
		return nil, fmt.Errorf("submit %s: %w", f.Action, err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Origin", f.page.Scheme+"://"+f.page.Host)
	return b.send(req)
}

// SubmitFile is Submit with a file in a field of that type.
func (b *Browser) SubmitFile(ctx context.Context, f *Form, values map[string]string, field string, file []byte) (*Page, error) {
	v, err := f.fill(values)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(f.Fields, func(x Field) bool { return x.Name == field && x.Type == "file" }) {
		return nil, fmt.Errorf("submit %s: no file field %s", f.Action, field)
	}
	v.Del(field)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, all := range v {
		for _, one := range all {
			if err := m.WriteField(name, one); err != nil {
				return nil, fmt.Errorf("submit %s: %w", f.Action, err)
			}
		}
	}
	part, err := m.CreateFormFile(field, "photo.jpg")
	if err == nil {
		_, err = part.Write(file)
	}
	if err := errors.Join(err, m.Close()); err != nil {
		return nil, fmt.Errorf("submit %s: %w", f.Action, err)
	}
	u, err := f.page.Parse(f.Action)
	if err != nil {
		return nil, fmt.Errorf("submit %s: %w", f.Action, err)
	}
	return b.post(ctx, f, u, m.FormDataContentType(), &body)
}

// Bytes gets what is no page: a picture, a file.
func (b *Browser) Bytes(ctx context.Context, address string) (status int, contentType string, data []byte, err error) {
	u, err := b.base.Parse(address)
	if err != nil {
		return 0, "", nil, fmt.Errorf("get %s: %w", address, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, "", nil, fmt.Errorf("get %s: %w", address, err)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, "", nil, fmt.Errorf("get %s: %w", address, err)
	}
	defer resp.Body.Close()
	data, err = io.ReadAll(io.LimitReader(resp.Body, maxPage))
	return resp.StatusCode, resp.Header.Get("Content-Type"), data, err
}

func (b *Browser) send(req *http.Request) (*Page, error) {
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read answer: %w", req.Method, req.URL.Path, err)
	}
	return read(resp, body)
}

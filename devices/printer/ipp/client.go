// Package ipp prints documents on network printers by IPP 1.1 (RFC 8010, RFC 8011) and follows them until they are on
// paper. It is the home of the IPP codec goipp.
//
// It does not know what a document says, renders nothing, and never repeats a request: after an answer was lost, Find
// asks the printer by the job's name before the caller sends again.
package ipp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/OpenPrinting/goipp"

	"xiangyi/devices/printer"
)

// Options describe one printer. Only URL is required.
type Options struct {
	URL     string        // ipp://host[:631]/path, ipps://…, or http(s)://…
	User    string        // requesting-user-name; default "xiangyi"
	Timeout time.Duration // for one request; default 30 s, a long PDF over a slow building network
	HTTP    *http.Client  // nil: a client of its own, which follows no redirect and keeps no connection
}

// Client is one printer. It is safe for concurrent use; many printers take one job at a time and say Busy otherwise.
type Client struct {
	o    Options
	uri  string // as the printer is named in requests
	post string // where requests go
	last atomic.Uint32
}

// New describes a printer; it does not connect.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("ipp: printer address %q is not a URL", o.URL)
	}
	c := &Client{o: o}
	if err := c.address(*u); err != nil {
		return nil, err
	}
	if c.o.User == "" {
		c.o.User = "xiangyi"
	}
	if c.o.Timeout <= 0 {
		c.o.Timeout = 30 * time.Second
	}
	if c.o.HTTP == nil {
		c.o.HTTP = ownHTTP()
	}
	return c, nil
}

// ownHTTP makes a client for printers. A connection kept idle is one that the printer may have closed meanwhile: the next
// document would be lost on it, and nobody could say how much of it arrived.
func ownHTTP() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *Client) address(u url.URL) error {
	web, name := u, u
	switch u.Scheme {
	case "ipp", "http":
		web.Scheme, name.Scheme = "http", "ipp"
	case "ipps", "https":
		web.Scheme, name.Scheme = "https", "ipps"
	default:
		return fmt.Errorf("ipp: printer address has scheme %q, want ipp or ipps", u.Scheme)
	}
	if u.Port() == "" && (u.Scheme == "ipp" || u.Scheme == "ipps") {
		web.Host = u.Host + ":631"
	}
	c.post, c.uri = web.String(), name.String()
	return nil
}

// request opens a message with what must come first in every one, in this order.
func (c *Client) request(op goipp.Op) *goipp.Message {
	m := goipp.NewRequest(goipp.MakeVersion(1, 1), op, c.last.Add(1))
	m.Operation.Add(goipp.MakeAttr("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttr("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	m.Operation.Add(goipp.MakeAttr("printer-uri", goipp.TagURI, goipp.String(c.uri)))
	m.Operation.Add(goipp.MakeAttr("requesting-user-name", goipp.TagName, goipp.String(c.o.User)))
	return m
}

// maxAnswer bounds an answer: a full Get-Printer-Attributes of a large printer is about 60 KB.
const maxAnswer = 1 << 20

// errRefused means that the printer answered, and the answer is no.
var errRefused = errors.New("printer refused")

// do sends a message with a document behind it and reads the answer. A fault says Sent if a document may have arrived.
func (c *Client) do(ctx context.Context, m *goipp.Message, document []byte) (*goipp.Message, error) {
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, fault(printer.Unknown, printer.NotSent, fmt.Errorf("encode request: %w", err))
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	body := &counted{Reader: io.MultiReader(bytes.NewReader(head), bytes.NewReader(document))}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.post, body)
	if err != nil {
		return nil, fault(printer.Unknown, printer.NotSent, err)
	}
	req.ContentLength = int64(len(head) + len(document))
	req.Header.Set("Content-Type", goipp.ContentType)
	req.Header.Set("Accept", goipp.ContentType)
	rsp, err := c.o.HTTP.Do(req)
	if err != nil {
		return nil, c.lost(body, document, err)
	}
	defer rsp.Body.Close()
	if rsp.StatusCode != http.StatusOK {
		outcome := printer.NotSent
		if rsp.StatusCode >= 500 {
			outcome = maybe(document) // it may have failed after taking the document
		}
		return nil, fault(printer.NeedsService, outcome, fmt.Errorf("printer answered HTTP %s", rsp.Status))
	}
	answer := new(goipp.Message)
	if err := answer.Decode(bufio.NewReader(io.LimitReader(rsp.Body, maxAnswer))); err != nil {
		return nil, c.lost(body, document, fmt.Errorf("read answer: %w", err))
	}
	if answer.RequestID != m.RequestID {
		return nil, fault(printer.Unknown, maybe(document), fmt.Errorf("answer to request %d has number %d", m.RequestID, answer.RequestID))
	}
	return answer, judge(m, answer)
}

// maybe is the outcome of a request of which nobody knows how far it got.
func maybe(document []byte) printer.Outcome {
	if len(document) == 0 {
		return printer.NotSent
	}
	return printer.Sent
}

// lost is the fault of a request without a readable answer.
func (c *Client) lost(body *counted, document []byte, err error) error {
	if body.n.Load() == 0 { // never connected
		condition := printer.Offline
		if errors.Is(err, context.Canceled) {
			condition = printer.Unknown // the caller gave up
		}
		return fault(condition, printer.NotSent, err)
	}
	return fault(printer.Unknown, maybe(document), err)
}

// judge reads the status code of an answer; below 0x0100 it is a success.
func judge(m, answer *goipp.Message) error {
	status := goipp.Status(answer.Code)
	if status < 0x0100 {
		return nil
	}
	condition := printer.NeedsService
	switch status {
	case goipp.StatusErrorBusy, goipp.StatusErrorTooManyJobs, goipp.StatusErrorTemporary, goipp.StatusErrorNotAcceptingJobs, goipp.StatusErrorServiceUnavailable:
		condition = printer.Busy
	}
	return fault(condition, printer.NotSent, fmt.Errorf("%w %v: %v", errRefused, goipp.Op(m.Code), status))
}

func fault(c printer.Condition, o printer.Outcome, err error) *printer.Fault {
	return &printer.Fault{Condition: c, Outcome: o, Err: err}
}

// counted knows whether anything was read from it, that is, whether a connection stood.
type counted struct {
	io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

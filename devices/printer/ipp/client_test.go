package ipp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/OpenPrinting/goipp"

	"xiangyi/devices/printer"
)

// serve starts a printer that answers each request as told, and returns a client of it.
func serve(t *testing.T, answer func(m *goipp.Message, document []byte) *goipp.Message) *Client {
	t.Helper()
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in := bytes.NewReader(body)
		m := new(goipp.Message)
		if err := m.Decode(in); err != nil {
			t.Errorf("request does not decode: %v", err)
		}
		document, _ := io.ReadAll(in)
		w.Header().Set("Content-Type", goipp.ContentType)
		_ = answer(m, document).Encode(w)
	})
}

func serveRaw(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(Options{URL: strings.Replace(srv.URL, "http://", "ipp://", 1) + "/ipp/print"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reply(m *goipp.Message, s goipp.Status) *goipp.Message {
	r := goipp.NewResponse(m.Version, s, m.RequestID)
	r.Operation.Add(goipp.MakeAttr("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	r.Operation.Add(goipp.MakeAttr("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	return r
}

func TestTheRequestOpensAsRFC8011Asks(t *testing.T) {
	c, err := New(Options{URL: "ipp://192.0.2.7/ipp/print"})
	if err != nil {
		t.Fatal(err)
	}
	if c.post != "http://192.0.2.7:631/ipp/print" || c.uri != "ipp://192.0.2.7/ipp/print" {
		t.Errorf("posts to %s as %s", c.post, c.uri)
	}
	var names []string
	for _, a := range c.request(goipp.OpPrintJob).Operation {
		names = append(names, a.Name)
	}
	if got := strings.Join(names, " "); got != "attributes-charset attributes-natural-language printer-uri requesting-user-name" {
		t.Errorf("order %s", got)
	}
	for _, bad := range []string{"", "192.0.2.7", "ftp://192.0.2.7/x", "ipp:///print"} {
		if _, err := New(Options{URL: bad}); err == nil {
			t.Errorf("%q was taken as an address", bad)
		}
	}
}

func TestADocumentArrivesWholeWithItsNameAndCopies(t *testing.T) {
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 3, 255}, 5000)...)
	var got []byte
	c := serve(t, func(m *goipp.Message, document []byte) *goipp.Message {
		got = document
		name, format := texts(m.Operation, "job-name"), texts(m.Operation, "document-format")
		copies, _ := integer(m.Job, "copies")
		if goipp.Op(m.Code) != goipp.OpPrintJob || name[0] != "k7-2" || format[0] != "application/pdf" || copies != 2 {
			t.Errorf("%v %v %v copies %d", goipp.Op(m.Code), name, format, copies)
		}
		r := reply(m, goipp.StatusOk)
		r.Job.Add(goipp.MakeAttr("job-id", goipp.TagInteger, goipp.Integer(41)))
		r.Job.Add(goipp.MakeAttr("job-state", goipp.TagEnum, goipp.Integer(3)))
		return r
	})
	id, err := c.Print(t.Context(), "k7-2", pdf, 2)
	if id != 41 || err != nil || !bytes.Equal(got, pdf) {
		t.Errorf("job %d, %v, %d bytes of %d", id, err, len(got), len(pdf))
	}
}

func TestTheAnswerOfARealPrinterIsRead(t *testing.T) {
	wire, err := hex.DecodeString("020000000000000701470012617474726962757465732D6368617273657400057574662D3848001B617474726962757465732D6E61747572616C2D6C616E67756167650002656E022100066A6F622D69640004000000014500076A6F622D75726900216970703A2F2F6C6F63616C686F73743A31383633312F6970702F7072696E742F312300096A6F622D73746174650004000000034400116A6F622D73746174652D726561736F6E7300046E6F6E6503")
	if err != nil {
		t.Fatal(err)
	}
	c := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		head := make([]byte, 8)
		_, _ = io.ReadFull(r.Body, head)
		_, _ = io.Copy(io.Discard, r.Body)
		copy(wire[4:8], head[4:8]) // the number of this request
		_, _ = w.Write(wire)
	})
	job, err := c.JobStatus(t.Context(), 1)
	if err != nil || job.ID != 1 || job.State != printer.Pending || len(job.Reasons) != 0 {
		t.Errorf("%+v, %v", job, err)
	}
}

func TestAPrinterIsJudgedByItsKeywords(t *testing.T) {
	for _, c := range []struct {
		state   int
		reasons []string
		refuses bool
		want    printer.Condition
	}{
		{3, []string{"none"}, false, printer.Ready},
		{4, nil, false, printer.Ready},
		{3, []string{"media-jam-report"}, false, printer.Jam}, // idle and jammed: seen in ippeveprinter 2.4.2
		{5, []string{"media-empty-error", "media-needed"}, false, printer.OutOfPaper},
		{5, []string{"media-empty", "cover-open-warning"}, false, printer.CoverOpen},
		{3, []string{"media-low-warning", "toner-low-report"}, false, printer.NearEnd},
		{3, []string{"toner-low"}, false, printer.Ready},
		{5, []string{"toner-empty-error"}, false, printer.NoToner},
		{5, []string{"paused"}, false, printer.Busy},
		{5, []string{"com.vendor-mystery"}, false, printer.NeedsService},
		{3, []string{"none"}, true, printer.Busy},
		{0, nil, false, printer.Unknown},
	} {
		client := serve(t, func(m *goipp.Message, _ []byte) *goipp.Message {
			r := reply(m, goipp.StatusOk)
			if c.state != 0 {
				r.Printer.Add(goipp.MakeAttr("printer-state", goipp.TagEnum, goipp.Integer(c.state)))
			}
			var values goipp.Values
			for _, reason := range c.reasons {
				values.Add(goipp.TagKeyword, goipp.String(reason))
			}
			if len(values) > 0 {
				r.Printer.Add(goipp.Attribute{Name: "printer-state-reasons", Values: values})
			}
			r.Printer.Add(goipp.MakeAttr("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(!c.refuses)))
			return r
		})
		if st, err := client.Status(t.Context()); err != nil || st.Condition != c.want {
			t.Errorf("state %d %v: %v, %v; want %s", c.state, c.reasons, st, err, c.want)
		}
	}
}

func TestARefusalSaysWhetherToTryAgain(t *testing.T) {
	for status, want := range map[goipp.Status]printer.Condition{
		goipp.StatusErrorBusy:                         printer.Busy,
		goipp.StatusErrorNotAcceptingJobs:             printer.Busy,
		goipp.StatusErrorDocumentFormatNotSupported:   printer.NeedsService,
		goipp.StatusErrorMultipleJobsNotSupported + 9: printer.NeedsService,
	} {
		c := serve(t, func(m *goipp.Message, _ []byte) *goipp.Message { return reply(m, status) })
		_, err := c.Print(t.Context(), "a", []byte("%PDF-"), 1)
		var fault *printer.Fault
		if !errors.As(err, &fault) || fault.Condition != want || fault.Outcome != printer.NotSent {
			t.Errorf("%v: %v", status, err)
		}
	}
}

func TestALostAnswerIsInDoubtAndTheJobIsFoundByItsName(t *testing.T) {
	kept := goipp.Groups{}
	c := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		m := new(goipp.Message)
		if err := m.Decode(r.Body); err != nil {
			t.Errorf("decode: %v", err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if goipp.Op(m.Code) == goipp.OpPrintJob {
			job := goipp.Group{Tag: goipp.TagJobGroup}
			job.Add(goipp.MakeAttr("job-id", goipp.TagInteger, goipp.Integer(8)))
			job.Add(goipp.MakeAttr("job-name", goipp.TagName, goipp.String(texts(m.Operation, "job-name")[0])))
			job.Add(goipp.MakeAttr("job-state", goipp.TagEnum, goipp.Integer(9)))
			kept.Add(job)
			panic(http.ErrAbortHandler) // printed, and the line broke
		}
		answer := reply(m, goipp.StatusOk)
		groups := goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: answer.Operation}}
		if texts(m.Operation, "which-jobs")[0] == "completed" {
			groups = append(groups, kept...)
		}
		_ = goipp.NewMessageWithGroups(m.Version, answer.Code, m.RequestID, groups).Encode(w)
	})
	_, err := c.Print(t.Context(), "r-17", []byte("%PDF-1.7"), 1)
	var fault *printer.Fault
	if !errors.As(err, &fault) || fault.Outcome != printer.Sent {
		t.Fatalf("%v", err)
	}
	if job, err := c.Find(t.Context(), "r-17"); err != nil || job.ID != 8 || job.Outcome() != printer.Printed {
		t.Errorf("%+v, %v", job, err)
	}
	if _, err := c.Find(t.Context(), "r-18"); !errors.Is(err, ErrNoJob) {
		t.Errorf("a job that was never sent: %v", err)
	}
}

func TestAForgottenJobIsNotAFailedPrinter(t *testing.T) {
	c := serve(t, func(m *goipp.Message, _ []byte) *goipp.Message { return reply(m, goipp.StatusErrorNotFound) })
	if _, err := c.JobStatus(t.Context(), 3); !errors.Is(err, ErrNoJob) {
		t.Errorf("%v", err)
	}
}

func TestAPrinterThatIsOffTookNothing(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	url := srv.URL
	srv.Close()
	c, err := New(Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Print(t.Context(), "a", []byte("%PDF-"), 1)
	var fault *printer.Fault
	if !errors.As(err, &fault) || fault.Condition != printer.Offline || fault.Outcome != printer.NotSent {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatIsNotIPPIsNotBelieved(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a web page":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>login</html>") },
		"an empty body":  func(http.ResponseWriter, *http.Request) {},
		"not found":      func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"another number": func(w http.ResponseWriter, _ *http.Request) { _ = goipp.NewResponse(0x0101, 0, 999).Encode(w) },
	} {
		c := serveRaw(t, h)
		if st, err := c.Status(t.Context()); err == nil || st.CanPrint() {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}

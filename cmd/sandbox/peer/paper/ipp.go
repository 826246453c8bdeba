package paper

import (
	"bytes"
	"io"
	"net/http"

	"github.com/OpenPrinting/goipp"
)

// maxDocument bounds what a job may bring.
const maxDocument = 64 << 20

// serve answers one IPP request.
func (p *pagePrinter) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != goipp.ContentType {
		http.Error(w, "this is a printer; it takes POST of application/ipp", http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDocument))
	if err != nil {
		http.Error(w, "request is incomplete or too large", http.StatusBadRequest)
		return
	}
	in, m := bytes.NewReader(body), new(goipp.Message)
	if err := m.Decode(in); err != nil {
		http.Error(w, "request is not IPP", http.StatusBadRequest)
		return
	}
	answer := p.answer(m, body[len(body)-in.Len():])
	w.Header().Set("Content-Type", goipp.ContentType)
	_ = answer.Encode(w)
}

func (p *pagePrinter) answer(m *goipp.Message, document []byte) *goipp.Message {
	if m.Version.Major() < 1 || m.Version.Major() > 2 {
		return say(m, goipp.StatusErrorVersionNotSupported)
	}
	if m.RequestID == 0 || len(m.Operation) < 2 || m.Operation[0].Name != "attributes-charset" || m.Operation[1].Name != "attributes-natural-language" {
		return say(m, goipp.StatusErrorBadRequest)
	}
	if text(m.Operation, "printer-uri") == "" && text(m.Operation, "job-uri") == "" {
		return say(m, goipp.StatusErrorBadRequest)
	}
	switch goipp.Op(m.Code) {
	case goipp.OpPrintJob, goipp.OpValidateJob:
		return p.print(m, document)
	case goipp.OpGetPrinterAttributes:
		return p.describe(m)
	case goipp.OpGetJobAttributes:
		return p.describeJob(m)
	case goipp.OpGetJobs:
		return p.listJobs(m)
	case goipp.OpCancelJob:
		return p.cancelJob(m)
	}
	return say(m, goipp.StatusErrorOperationNotSupported)
}

func (p *pagePrinter) print(m *goipp.Message, document []byte) *goipp.Message {
	format := text(m.Operation, "document-format")
	if format != "" && format != "application/pdf" && format != "application/octet-stream" {
		return say(m, goipp.StatusErrorDocumentFormatNotSupported)
	}
	if compression := text(m.Operation, "compression"); compression != "" && compression != "none" {
		return say(m, goipp.StatusErrorCompressionNotSupported)
	}
	if goipp.Op(m.Code) == goipp.OpValidateJob {
		return say(m, goipp.StatusOk)
	}
	if !bytes.HasPrefix(document, []byte("%PDF-")) {
		return say(m, goipp.StatusErrorDocumentFormatError)
	}
	copies := max(number(m.Job, "copies"), 1)
	job, lost := p.take(text(m.Operation, "job-name"), copies, document)
	if lost {
		panic(http.ErrAbortHandler)
	}
	rsp := say(m, goipp.StatusOk)
	rsp.Job = p.jobAttributes(job)
	return rsp
}

func (p *pagePrinter) describe(m *goipp.Message) *goipp.Message {
	c := p.is()
	state := goipp.Integer(3)
	if !c.prints() {
		state = 5
	}
	rsp := say(m, goipp.StatusOk)
	add := func(name string, tag goipp.Tag, first goipp.Value, more ...goipp.Value) {
		rsp.Printer.Add(goipp.MakeAttr(name, tag, first, more...))
	}
	add("printer-uri-supported", goipp.TagURI, goipp.String(p.uri))
	add("uri-security-supported", goipp.TagKeyword, goipp.String("none"))
	add("uri-authentication-supported", goipp.TagKeyword, goipp.String("none"))
	add("printer-name", goipp.TagName, goipp.String("sandbox-a4"))
	add("printer-info", goipp.TagText, goipp.String("A4 printer stand-in"))
	add("printer-location", goipp.TagText, goipp.String("village station"))
	add("printer-make-and-model", goipp.TagText, goipp.String("Sandbox A4"))
	add("printer-more-info", goipp.TagURI, goipp.String("http://"+p.addr+"/"))
	add("printer-state", goipp.TagEnum, state)
	reasons := c.reasons()
	add("printer-state-reasons", goipp.TagKeyword, reasons[0], reasons[1:]...)
	add("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(true))
	add("ipp-versions-supported", goipp.TagKeyword, goipp.String("1.1"), goipp.String("2.0"))
	add("operations-supported", goipp.TagEnum, goipp.Integer(goipp.OpPrintJob), goipp.Integer(goipp.OpValidateJob), goipp.Integer(goipp.OpCancelJob),
		goipp.Integer(goipp.OpGetJobAttributes), goipp.Integer(goipp.OpGetJobs), goipp.Integer(goipp.OpGetPrinterAttributes))
	add("charset-configured", goipp.TagCharset, goipp.String("utf-8"))
	add("charset-supported", goipp.TagCharset, goipp.String("utf-8"))
	add("natural-language-configured", goipp.TagLanguage, goipp.String("en"))
	add("generated-natural-language-supported", goipp.TagLanguage, goipp.String("en"))
	add("document-format-default", goipp.TagMimeType, goipp.String("application/pdf"))
	add("document-format-supported", goipp.TagMimeType, goipp.String("application/pdf"), goipp.String("application/octet-stream"))
	add("compression-supported", goipp.TagKeyword, goipp.String("none"))
	add("pdl-override-supported", goipp.TagKeyword, goipp.String("not-attempted"))
	add("copies-supported", goipp.TagRange, goipp.Range{Lower: 1, Upper: 99})
	add("queued-job-count", goipp.TagInteger, goipp.Integer(p.waiting()))
	add("printer-up-time", goipp.TagInteger, goipp.Integer(1))
	rsp.Printer = wanted(m, rsp.Printer)
	return rsp
}

// reasons gives printer-state-reasons for a condition.
func (c Condition) reasons() []goipp.Value {
	var out []goipp.Value
	add := func(on bool, keyword string) {
		if on {
			out = append(out, goipp.String(keyword))
		}
	}
	add(c.Paper == Out, "media-empty-error")
	add(c.Paper == Out, "media-needed-error")
	add(c.Paper == Low, "media-low-warning")
	add(c.Cover, "cover-open-error")
	add(c.Jam, "media-jam-error")
	add(c.Offline, "paused")
	add(len(out) == 0, "none")
	return out
}

func say(m *goipp.Message, s goipp.Status) *goipp.Message {
	version := m.Version
	if version.Major() > 2 || version.Major() < 1 {
		version = goipp.MakeVersion(1, 1)
	}
	rsp := goipp.NewResponse(version, s, m.RequestID)
	rsp.Operation.Add(goipp.MakeAttr("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	rsp.Operation.Add(goipp.MakeAttr("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	return rsp
}

package control

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiangyi/cmd/sandbox/county"
	"xiangyi/cmd/sandbox/outsider"
)

// onePage is a document of one empty A5 page.
const onePage = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// printJob is an IPP 1.1 Print-Job of a document, as any client sends it.
func printJob(document string) []byte {
	b := []byte{1, 1, 0, 2, 0, 0, 0, 1, 1}
	add := func(tag byte, name, value string) {
		b = append(b, tag)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(name))), name...)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
	}
	add(0x47, "attributes-charset", "utf-8")
	add(0x48, "attributes-natural-language", "zh-cn")
	add(0x45, "printer-uri", "ipp://127.0.0.1/ipp/print")
	add(0x42, "job-name", "样张")
	return append(append(b, 3), document...)
}

func printSlip(t *testing.T, s county.Station, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", string(s.Paper.Slips))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "\x1b@%s\n\x1dV\x00", text); err != nil {
		t.Fatal(err)
	}
}

func printPage(t *testing.T, s county.Station) {
	t.Helper()
	resp, err := http.Post("http://"+string(s.Paper.Pages)+"/ipp/print", "application/ipp", bytes.NewReader(printJob(onePage)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the printer answers %d", resp.StatusCode)
	}
}

// shownAfter opens a page until it says something: printers take a moment.
func shownAfter(t *testing.T, b *outsider.Browser, path, words string) *outsider.Page {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		p, err := b.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if p.Says(words) {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never says %q: %s", path, words, p.Short())
		}
	}
}

func TestWhatWasPrintedIsShownAsTextAndPicture(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a county of processes")
	}
	c, _, b := open(t)
	s := c.Plan.Stations[0]
	printSlip(t, s, "A slip to look at")
	shownAfter(t, b, "/station/v01", "A slip to look at")
	printPage(t, s)
	p := shownAfter(t, b, "/station/v01", "PDF")
	link, err := p.Link("/print/v01/")
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := b.Open(t.Context(), link.Href)
	if err != nil || string(pdf.Body) != onePage {
		t.Fatalf("the document is not what was printed: %v, %d bytes", err, len(pdf.Body))
	}
	if painter() == "" {
		return // nobody here can paint
	}
	png, err := b.Open(t.Context(), strings.TrimSuffix(link.Href, ".pdf")+".png")
	if err != nil || png.Type != "image/png" || !bytes.HasPrefix(png.Body, []byte("\x89PNG")) {
		t.Fatalf("picture: %v, %s, %.40q", err, png.Type, png.Body)
	}
	if other, err := b.Open(t.Context(), "/print/v01/99.pdf"); err != nil || other.Status != http.StatusNotFound {
		t.Fatalf("a document that is not there: %v, %d", err, other.Status)
	}
}

package story

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"xiangyi/cmd/sandbox/outsider"
	"xiangyi/cmd/sandbox/peer/hospital"
	"xiangyi/cmd/sandbox/peer/paper"
	"xiangyi/cmd/sandbox/stand"
)

// labReports has the hospital send one report in each encoding; the villager reads both at A and prints them.
func labReports(ctx context.Context, t *tale) (string, error) {
	if err := t.signed(ctx, t.a, villager); err != nil {
		return "", err
	}
	encodings := []hospital.Charset{hospital.GB18030, hospital.UTF8}
	for i, charset := range encodings {
		report := stand.BloodCount(t.cards[villager], fmt.Sprintf("LAB-%d", i+1), charset)
		report.Service.Name += []string{"甲", "乙"}[i]
		if _, err := outsider.Tell[outsider.Told](ctx, string(t.county.Plan.Hospital.Admin), "/report", report); err != nil {
			return "", err
		}
		if err := t.readAndPrint(ctx, report, i); err != nil {
			return "", fmt.Errorf("report in %s: %w", charset, err)
		}
	}
	return "both were read and printed; every text of the paper is right, its font is embedded as a subset", nil
}

// readAndPrint waits for a report at the kiosk, reads it, prints it, and checks the paper.
func (t *tale) readAndPrint(ctx context.Context, r hospital.Report, printedBefore int) error {
	p, err := t.findReport(ctx, r.Service.Name)
	if err != nil {
		return err
	}
	if err := saysAll(p.Text, r); err != nil {
		return fmt.Errorf("on the kiosk: %w", err)
	}
	f, err := p.Form("/do/report.print")
	if err != nil {
		return err
	}
	if p, err = t.atA.Submit(ctx, f, nil); err != nil {
		return err
	}
	if err := p.OK(); err != nil {
		return err
	}
	doc, err := t.pageAfter(ctx, printedBefore)
	if err != nil {
		return err
	}
	text, err := pdfText(ctx, doc.PDF)
	if err != nil {
		return err
	}
	if text != "" { // without pdftotext nobody here can read a PDF
		if err := saysAll(text, r); err != nil {
			return fmt.Errorf("on paper: %w", err)
		}
	}
	return embedded(ctx, doc.PDF)
}

// findReport waits until the list of reports shows a title, and opens it.
func (t *tale) findReport(ctx context.Context, title string) (page *outsider.Page, err error) {
	err = until(ctx, soon, func() (string, error) {
		list, err := t.atA.Open(ctx, "/report")
		if err != nil {
			return "", err
		}
		if !list.Says(title) {
			return "the list of reports says: " + list.Short(), nil
		}
		page, err = t.openReport(ctx, list, title)
		return "", err
	})
	return page, err
}

// openReport opens the entry of a list that names a title: a form while nobody has read it, a link afterwards.
func (t *tale) openReport(ctx context.Context, list *outsider.Page, title string) (*outsider.Page, error) {
	for _, f := range list.Forms {
		if f.Action == "/do/report.open" && strings.Contains(f.Text, title) {
			p, err := t.atA.Submit(ctx, f, nil)
			if err == nil {
				err = p.OK()
			}
			return p, err
		}
	}
	for _, l := range list.LinksTo("/report/") {
		if strings.Contains(l.Text, title) {
			p, err := t.atA.Open(ctx, l.Href)
			if err == nil {
				err = p.OK()
			}
			return p, err
		}
	}
	return nil, fmt.Errorf("no entry leads to %s", title)
}

// saysAll checks that a text holds everything that the hospital wrote.
func saysAll(text string, r hospital.Report) error {
	folded := strings.Join(strings.Fields(text), "")
	want := []string{r.Service.Name, r.Reviewer.Name, r.Comment}
	for _, i := range r.Items {
		want = append(want, i.Name, i.Value)
	}
	for _, w := range want {
		if !strings.Contains(folded, strings.Join(strings.Fields(w), "")) {
			return fmt.Errorf("%q is missing", w)
		}
	}
	return nil
}

// pageAfter waits for the document that comes out after so many others.
func (t *tale) pageAfter(ctx context.Context, before int) (doc paper.Document, err error) {
	err = until(ctx, soon, func() (string, error) {
		all, err := outsider.Ask[[]paper.Document](ctx, string(t.a.Paper.Admin), "/pages")
		if err != nil {
			return "", err
		}
		if len(all) <= before {
			return fmt.Sprintf("%d documents came out of the printer", len(all)), nil
		}
		doc = all[before]
		return "", nil
	})
	return doc, err
}

// pdfText reads a PDF's text; empty where the machine has no pdftotext.
func pdfText(ctx context.Context, pdf []byte) (string, error) {
	out, err := tool(ctx, pdf, "pdftotext", "-", "-")
	return string(out), err
}

// tool runs a program of poppler on a document; nothing comes back where it is not installed.
func tool(ctx context.Context, pdf []byte, name string, args ...string) ([]byte, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, nil
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

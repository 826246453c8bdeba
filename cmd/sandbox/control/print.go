package control

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// painter is the program that makes pictures of PDF pages, or "" where there is none: then only the PDF is offered.
func painter() string {
	path, err := exec.LookPath("pdftoppm")
	if err != nil {
		return ""
	}
	return path
}

// print serves a printed document as it came out, or a picture of its first page.
func (p *Page) print(w http.ResponseWriter, r *http.Request) {
	v, err := p.village(r.PathValue("site"))
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	name, kind, _ := strings.Cut(r.PathValue("file"), ".")
	job, err := strconv.Atoi(name)
	if err != nil {
		p.sorry(w, r, errMissing)
		return
	}
	for _, d := range printed(r.Context(), v).Pages {
		if d.Job != job {
			continue
		}
		switch kind {
		case "pdf":
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = w.Write(d.PDF)
			return
		case "png":
			png, err := picture(r.Context(), d.PDF)
			if err != nil {
				p.sorry(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(png)
			return
		}
	}
	p.sorry(w, r, errMissing)
}

// picture paints the first page of a PDF.
func picture(ctx context.Context, pdf []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, painter(), "-png", "-r", "60", "-f", "1", "-l", "1", "-singlefile", "-") // without a name for the picture it comes out at stdout
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("paint page: %w", err)
	}
	return out, nil
}

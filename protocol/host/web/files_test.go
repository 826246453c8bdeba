package web_test

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"xiangyi/protocol"
	"xiangyi/protocol/seal"
)

// shelf keeps blobs in memory.
type shelf struct {
	kept map[string][]byte
	full bool
}

func (s *shelf) Put(mediaType string, data []byte) (string, error) {
	if s.full {
		return "", protocol.ErrSpace
	}
	d := seal.Sum(data)
	ref := hex.EncodeToString(d[:])
	if s.kept == nil {
		s.kept = map[string][]byte{}
	}
	s.kept[ref] = data
	return ref, nil
}

func (s *shelf) Read(ref string) (string, []byte, error) {
	data, ok := s.kept[ref]
	if !ok {
		return "", nil, protocol.ErrNotFound
	}
	return "image/jpeg", data, nil
}

// bring posts a form with a file, and says what a browser may say besides.
func (d *desk) bring(file []byte, fields map[string]string) (int, string, http.Header) {
	d.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, v := range fields {
		if err := m.WriteField(name, v); err != nil {
			d.t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("photo", "a.png")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		d.t.Fatal(err)
	}
	r, err := d.client.Post(d.server.URL+"/do/notebook.draw", m.FormDataContentType(), &b)
	if err != nil {
		d.t.Fatal(err)
	}
	return read(d.t, r)
}

func drawn(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFileIsKeptAndComesBack(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	from := map[string]string{"_from": "/notebook", "key": "K1"}
	for range 2 { // a double click
		if code, body, _ := d.bring(drawn(t, 40, 30), from); code != http.StatusSeeOther {
			t.Fatalf("got %d: %s", code, body)
		}
	}
	if len(d.shelf.kept) != 1 || d.runs.Load() != 1 {
		t.Fatalf("%d blobs are kept, the action ran %d times", len(d.shelf.kept), d.runs.Load())
	}
	for ref, data := range d.shelf.kept {
		code, body, head := d.get("/notebook/photo/" + ref)
		if code != http.StatusOK || head.Get("Content-Type") != "image/jpeg" || body != string(data) {
			t.Errorf("the photo comes back as %d %s", code, head.Get("Content-Type"))
		}
	}
	code, body, head := d.get("/notebook/photo/" + strings.Repeat("0", 64))
	if code != http.StatusNotFound || head.Get("Content-Type") != "image/svg+xml" || !strings.Contains(body, "照片还没有到这里") {
		t.Errorf("a photo that is not here yet: %d %s", code, body)
	}
}

func TestABrowserCannotNameABlob(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	d.bring(drawn(t, 8, 8), map[string]string{"_from": "/notebook"})
	var known string
	for known = range d.shelf.kept {
	}
	for _, form := range []map[string]string{{"photo.ref": known, "photo.type": "image/jpeg", "photo.size": "9"}} {
		values := map[string][]string{"_from": {"/notebook"}}
		for k, v := range form {
			values[k] = []string{v}
		}
		if code, _, _ := d.post("/do/notebook.draw", values); code == http.StatusSeeOther {
			t.Error("a form named somebody's photo")
		}
		if code, _, _ := d.bring(nil, form); code == http.StatusSeeOther {
			t.Error("a form with an empty file named somebody's photo")
		}
	}
	if d.runs.Load() != 1 {
		t.Errorf("the action ran %d times", d.runs.Load())
	}
}

func TestWhatIsNoPhotoIsToldInWords(t *testing.T) {
	d := open(t)
	d.post("/enter", nil)
	from := map[string]string{"_from": "/notebook"}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"text": {[]byte("<svg onload=alert(1)>"), "这个文件不是能看的照片"}, "nothing": {nil, "请先拍照或选择照片"},
		"endless": {make([]byte, 13<<20), "照片太大"},
	} {
		if code, body, _ := d.bring(c.file, from); code < 400 || code >= 500 || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, does not say %q", name, code, c.says)
		}
	}
	d.shelf.full = true
	if code, body, _ := d.bring(drawn(t, 9, 9), from); code != http.StatusConflict || !strings.Contains(body, "存储空间不够") {
		t.Errorf("a full disk: %d %s", code, body)
	}
	if len(d.shelf.kept) != 0 || d.runs.Load() != 0 {
		t.Error("something was kept")
	}
}

func TestAVisitorLeavesNoFile(t *testing.T) {
	d := open(t)
	d.bring(drawn(t, 9, 9), map[string]string{"_from": "/notebook"})
	if len(d.shelf.kept) != 0 {
		t.Error("a file of nobody was kept")
	}
}

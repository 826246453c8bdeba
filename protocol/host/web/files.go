package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/codec/picture"
)

// Blobs keeps the large bytes of a site by their refs.
type Blobs interface {
	// Put keeps bytes, durable when it returns. Error: protocol.ErrSpace.
	Put(mediaType string, data []byte) (ref string, err error)
	// Read gives them back. Error: protocol.ErrNotFound when they are not here,
	// or not yet.
	Read(ref string) (mediaType string, data []byte, err error)
}

// Files keeps the files of one action's form.
type Files struct {
	Most int64             // bytes
	Long *protocol.Refusal // of a file that has more
	// Keep gives the form's values that say what was kept.
	Keep func(ctx context.Context, field string, raw []byte) (map[string]string, error)
}

const (
	maxFile   = 12 << 20
	refSuffix = ".ref"
)

func tooBig() *protocol.Refusal {
	return protocol.Refuse("file-too-large", "照片太大，请选 12 MB 以内的")
}

// readForm parses a post, and keeps its files. A field of files is a Blob of the
// action's input; what the browser itself says to that is taken out.
func (h *Host) readForm(w http.ResponseWriter, r *http.Request, who Session, name protocol.ActionName) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return protocol.Refuse("too-large", "填写的内容太长，请缩短后再试")
		}
		h.dropRefs(r)
		return nil
	}
	// Bytes are taken only from somebody who may do something with them.
	action, ok := h.Engine.Action(name)
	if role := h.Actor(who).Role; !ok || h.Blobs == nil || !slices.Contains(action.Roles, role) {
		return protocol.Refuse("role", "您没有办理这项业务的权限")
	}
	files := h.filesOf(name)
	r.Body = http.MaxBytesReader(w, r.Body, files.Most+maxForm)
	if err := r.ParseMultipartForm(files.Most + maxForm); err != nil {
		return files.Long
	}
	h.dropRefs(r)
	for field, given := range r.MultipartForm.File {
		if !action.Takes(field) || len(given) != 1 || given[0].Size == 0 {
			continue
		}
		f, err := given[0].Open()
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		kept, err := files.Keep(r.Context(), field, raw)
		if err != nil {
			return err
		}
		for name, value := range kept {
			r.PostForm.Set(name, value)
		}
	}
	return nil
}

// dropRefs takes out what names a blob: only the host may say which file a form
// brought.
func (h *Host) dropRefs(r *http.Request) {
	for name := range r.PostForm {
		if strings.HasSuffix(name, refSuffix) {
			r.PostForm.Del(name)
		}
	}
}

// filesOf says who keeps an action's files: pictures, when nothing else is known.
func (h *Host) filesOf(name protocol.ActionName) Files {
	if files, ok := h.Files[name]; ok {
		return files
	}
	return Files{Most: maxFile, Long: tooBig(), Keep: h.keep}
}

// keep makes a picture of a form's file and keeps it as a blob.
func (h *Host) keep(_ context.Context, field string, raw []byte) (map[string]string, error) {
	h.drawing.Lock() // a box has no memory for two at a time
	data, err := picture.Normal(raw)
	h.drawing.Unlock()
	switch {
	case errors.Is(err, picture.ErrLarge):
		return nil, tooBig().OnField(field)
	case err != nil:
		return nil, protocol.Refuse("not-a-picture", "这个文件不是能看的照片，请重新拍一张").OnField(field)
	}
	ref, err := h.Blobs.Put(picture.MediaType, data)
	if errors.Is(err, protocol.ErrSpace) {
		return nil, protocol.Refuse("no-space", "本机的存储空间不够，暂时存不了照片。请联系运维人员。")
	}
	return BlobValues(field, ref, picture.MediaType, len(data)), err
}

// BlobValues are the form's values of a Blob field.
func BlobValues(field, ref, mediaType string, size int) map[string]string {
	return map[string]string{field + refSuffix: ref, field + ".type": mediaType, field + ".size": strconv.Itoa(size)}
}

// bytes serves what a view's Blob names. What is not on this host yet is said in
// a picture, for it stands where a picture would: nothing is fetched while
// somebody waits for a page.
func (h *Host) bytes(p servedPage) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := h.Sessions.Of(r)
		body, err := h.show(r, who, p, values(p.Path, r))
		if err != nil {
			h.fail(w, r, who, err)
			return
		}
		blob, ok := body.(care.Blob)
		if !ok || h.Blobs == nil {
			h.missing(w, r)
			return
		}
		mediaType, data, err := h.Blobs.Read(blob.Ref)
		switch {
		case errors.Is(err, protocol.ErrNotFound):
			_, lang := lookOf(r)
			w.Header().Set("Content-Type", "image/svg+xml")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, onTheWay(h.Words.Text(lang, "照片还没有到这里，到了以后再打开就能看。")))
			return
		case err != nil:
			h.fail(w, r, who, err)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data) // the reader may have gone
	})
}

func onTheWay(text string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="240"><rect width="640" height="240" fill="#f2f2f2"/>` +
		`<text x="320" y="128" font-size="22" text-anchor="middle" fill="#333">` + htmlEscape(text) + `</text></svg>`
}

package web

import (
	"io/fs"
	"net/http"
	"strings"

	"xiangyi/protocol/care/screen"
)

// Look is what a host needs to draw pages: words, templates, and the files that
// pages load.
type Look struct {
	Words   *screen.Words
	Screens *screen.Set
	Static  http.Handler
}

// LoadLook reads the words and templates of the services and of the host.
func LoadLook(folders []fs.FS, themes []screen.Theme, metrics []screen.Metric) (*Look, error) {
	folders = append([]fs.FS{Screens}, folders...)
	words, err := screen.LoadWords(folders...)
	if err != nil {
		return nil, err
	}
	set, err := screen.Load(words, folders...)
	if err != nil {
		return nil, err
	}
	return &Look{words, set, static(screen.Static(themes, metrics))}, nil
}

// static serves files whose names hold a hash of their content: they may be
// kept for ever.
func static(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return http.StripPrefix(screen.AssetPrefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" || strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		server.ServeHTTP(w, r)
	}))
}

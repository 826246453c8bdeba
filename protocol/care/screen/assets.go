package screen

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed assets/*.css assets/*.js assets/*.svg assets/*.txt
var assetFiles embed.FS

// AssetPrefix is the path under which a host serves Static. Names hold a hash
// of their content, so an answer may be kept for ever:
// Cache-Control: public, max-age=31536000, immutable.
const AssetPrefix = "/static/"

// assetNames maps a plain name to the one with its hash; assetBytes maps that
// to the content. Both are filled once, before anything can read them.
var assetNames, assetBytes = loadAssets()

func loadAssets() (map[string]string, shelf) {
	names, content := map[string]string{}, shelf{}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic("screen: embedded assets: " + err.Error()) // only a broken build
	}
	for _, e := range entries {
		b, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			panic("screen: embedded assets: " + err.Error())
		}
		hashed := hashName(e.Name(), b)
		names[e.Name()] = hashed
		content[hashed] = b
	}
	return names, content
}

// hashName puts the first four bytes of the content's SHA-256 before the
// extension. It names a version for caches; it protects nothing.
func hashName(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
}

// AssetName is the name under which an embedded file is served:
// "app.css" gives "app.3f2a9c81.css". An unknown name comes back as it is.
func AssetName(name string) string {
	if n, ok := assetNames[name]; ok {
		return n
	}
	return name
}

// Assets is a file system of the embedded files under their hashed names.
func Assets() fs.FS { return assetBytes }

// Static is everything that a host serves under AssetPrefix: the embedded
// files and the stylesheets of the themes and panels that it uses.
func Static(themes []Theme, metrics []Metric) fs.FS {
	all := shelf{}
	for name, b := range assetBytes {
		all[name] = b
	}
	for _, t := range themes {
		all[t.File()] = ThemeCSS(t)
	}
	for _, m := range metrics {
		all[m.File()] = m.CSS()
	}
	return all
}

// shelf is a flat, read-only file system in memory.
type shelf map[string][]byte

func (s shelf) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return &shelfDir{shelf: s}, nil
	}
	b, ok := s[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &shelfFile{Reader: bytes.NewReader(b), info: shelfInfo{name: name, size: int64(len(b))}}, nil
}

type shelfFile struct {
	*bytes.Reader
	info shelfInfo
}

func (f *shelfFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *shelfFile) Close() error               { return nil }

type shelfDir struct {
	shelf shelf
	read  int
}

func (d *shelfDir) Stat() (fs.FileInfo, error) { return shelfInfo{name: ".", dir: true}, nil }
func (d *shelfDir) Close() error               { return nil }
func (d *shelfDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

func (d *shelfDir) ReadDir(n int) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for name, b := range d.shelf {
		all = append(all, fs.FileInfoToDirEntry(shelfInfo{name: name, size: int64(len(b))}))
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return nextEntries(all, &d.read, n)
}

type shelfInfo struct {
	name string
	size int64
	dir  bool
}

func (i shelfInfo) Name() string       { return i.name }
func (i shelfInfo) Size() int64        { return i.size }
func (i shelfInfo) ModTime() time.Time { return time.Time{} }
func (i shelfInfo) IsDir() bool        { return i.dir }
func (i shelfInfo) Sys() any           { return nil }
func (i shelfInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// nextEntries gives the next n entries as fs.ReadDirFile asks, all with n <= 0.
func nextEntries(all []fs.DirEntry, read *int, n int) ([]fs.DirEntry, error) {
	rest := all[min(*read, len(all)):]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	*read += len(rest)
	return rest, nil
}

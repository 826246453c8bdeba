package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "xiangyi/"

// file is one Go file of the tree.
type file struct {
	path    string // from the root, with slashes
	pkg     string // folder
	test    bool
	imports []string
	syntax  *ast.File
	set     *token.FileSet
	lines   int
}

// root finds go.mod above this folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the layout tests")
		}
		dir = filepath.Dir(dir)
	}
}

func tree(t *testing.T) []file {
	t.Helper()
	top := root(t)
	var out []file
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parse(path, rel)
		out = append(out, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d Go files found: the walk is wrong", len(out))
	}
	return out
}

func parse(path, rel string) (file, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	f := file{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"), syntax: syntax, set: set,
		lines: set.File(syntax.Pos()).LineCount()}
	for _, i := range syntax.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, name)
	}
	return f, nil
}

// below reports whether a folder is one of the given ones or inside one.
func below(pkg string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return pkg == f || strings.HasPrefix(pkg, f+"/") })
}

// rule forbids an import.
type rule struct {
	in      func(pkg string) bool
	imports func(pkg string) bool
	reason  string
}

func rules() []rule {
	from := func(folders ...string) func(string) bool { return func(p string) bool { return below(p, folders...) } }
	ours := func(folders ...string) func(string) bool {
		return func(p string) bool {
			own, ok := strings.CutPrefix(p, module)
			return ok && below(own, folders...)
		}
	}
	names := func(list ...string) func(string) bool { return func(p string) bool { return slices.Contains(list, p) } }
	not := func(a, b func(string) bool) func(string) bool { return func(p string) bool { return a(p) && !b(p) } }
	pure := not(from("protocol"), from("protocol/host"))
	return []rule{
		{from("protocol"), func(p string) bool { return strings.HasPrefix(p, module) && !strings.HasPrefix(p, module+"protocol") },
			"protocol imports nothing of ours outside it: every site must be able to agree on it alone"},
		{pure, names("os", "os/exec", "net", "net/http", "crypto/rand", "syscall", "io/ioutil"),
			"protocol does no I/O and draws no randomness: hosts hand in time, randomness and bytes (only protocol/host may)"},
		{from("replication"), ours("protocol/care", "edge", "cloud", "devices", "cmd"), "replication knows records, never what is in them"},
		{from("replication"), names("net/http"), "replication has no pages"},
		{from("devices"), func(p string) bool {
			own, ok := strings.CutPrefix(p, module)
			return ok && !below(own, "devices", "protocol/codec")
		}, "devices import nothing of ours but protocol/codec: a driver is useful without the rest"},
		{from("edge"), ours("cloud", "cmd"), "a station does not know how the county is built"},
		{from("edge"), func(p string) bool { return strings.HasPrefix(p, "github.com/hashicorp/raft") }, "a station is no member of the county's group"},
		{from("cloud"), ours("edge", "devices", "cmd"), "the county does not know how a station is built"},
	}
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	for _, f := range tree(t) {
		for _, name := range f.imports {
			for _, r := range rules() {
				if r.in(f.pkg) && r.imports(name) && !f.test {
					t.Errorf("%s imports %s: %s", f.path, name, r.reason)
				}
			}
		}
	}
}

// kitFolders are the folders beside the services that are no service.
var kitFolders = []string{"screen", "caretest", "roster"}

func TestAServiceKnowsNoOtherService(t *testing.T) {
	for _, f := range tree(t) {
		own, ok := strings.CutPrefix(f.pkg, "protocol/care/")
		if !ok || f.test {
			continue
		}
		own, _, _ = strings.Cut(own, "/")
		if slices.Contains(kitFolders, own) {
			continue
		}
		for _, name := range f.imports {
			other, ok := strings.CutPrefix(name, module+"protocol/care/")
			other, _, _ = strings.Cut(other, "/")
			if ok && other != own && other != "screen" {
				t.Errorf("%s imports service %s: services meet in care's shared types and in reactions, never in a call", f.path, other)
			}
		}
	}
}

// homes says where each library may be imported. Tests may import any: as a
// second opinion, or as an outsider.
var homes = map[string][]string{
	"github.com/dgraph-io/badger":         {"replication/store", "cloud/ledger"},
	"github.com/hashicorp/raft":           {"cloud/ledger", "cmd/bench/bare"},
	"github.com/nats-io/nats-server":      {"edge/broker", "cloud/gateway"},
	"github.com/nats-io/nats.go":          {"replication/link", "cloud/gateway"},
	"github.com/eclipse/paho.mqtt.golang": {"edge/intake"},
	"go.bug.st/serial":                    {"devices/port"},
	"github.com/emmansun/gmsm":            {"protocol/seal"},
	"github.com/tjfoc/gmsm":               {"protocol/seal"},
	"github.com/tidwall/btree":            {"replication/store"},
	"github.com/klauspost/compress":       {"replication", "replication/frame"},
	"github.com/mozillazg/go-pinyin":      {"protocol/codec/pinyin"},
	"github.com/signintech/gopdf":         {"protocol/host/pdf"},
	"github.com/skip2/go-qrcode":          {"protocol/host/pdf"},
	"github.com/OpenPrinting/goipp":       {"devices/printer/ipp", "cmd/sandbox/peer/paper"},
	"golang.org/x/image":                  {"protocol/codec/picture"},
	"golang.org/x/text":                   {"protocol/codec", "devices/printer/escpos", "cmd/sandbox/peer"},
	"github.com/chromedp":                 {"protocol/host/web/webtest"},
	"golang.org/x/crypto/argon2":          {"protocol/care/identity"},
	"github.com/go-json-experiment/json":  {"protocol", "edge", "cloud", "cmd/xyctl"},
	"github.com/dgraph-io/ristretto":      {"cloud/ledger"},
	"github.com/hashicorp/go-hclog":       {"cloud/ledger"},
	"golang.org/x/net/html":               {"cmd/sandbox"},
	"pgregory.net/rapid":                  {},
	"github.com/anishathalye/porcupine":   {"cmd/sandbox/storm"},
	"golang.org/x/sys":                    {"replication/store", "devices/port", "cmd/sandbox", "cmd/bench"},
}

func TestEachLibraryHasItsHome(t *testing.T) {
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		for _, name := range f.imports {
			if !strings.Contains(strings.SplitN(name, "/", 2)[0], ".") {
				continue // the standard library's and ours
			}
			home, known := homeOf(name)
			if !known {
				t.Errorf("%s imports %s, which has no home yet: name one in this test", f.path, name)
			} else if !below(f.pkg, home...) {
				t.Errorf("%s imports %s, whose home is %v: one place knows a library's traps", f.path, name, home)
			}
		}
	}
}

func homeOf(name string) ([]string, bool) {
	for library, home := range homes {
		if name == library || strings.HasPrefix(name, library+"/") || strings.HasPrefix(name, library+"-") {
			return home, true
		}
	}
	return nil, false
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		documented[f.pkg] = documented[f.pkg] || f.syntax.Doc != nil && len(f.syntax.Doc.Text()) > 40
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no comment that says what it is and what it does not know", pkg)
		}
	}
}

// Exceptions of size, each with its reason.
var longFiles = map[string]string{}

var longFunctions = map[string]string{}

const (
	mostLines     = 400
	mostTestLines = 900
	mostBody      = 70
)

func TestFilesAndFunctionsStayShort(t *testing.T) {
	for _, f := range tree(t) {
		most := mostLines
		if f.test {
			most = mostTestLines
		}
		if f.lines > most && longFiles[f.path] == "" {
			t.Errorf("%s has %d lines, more than %d: it is two files", f.path, f.lines, most)
		}
		if f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := f.set.Position(fn.Body.End()).Line - f.set.Position(fn.Body.Pos()).Line
			if n > mostBody && longFunctions[f.path+":"+fn.Name.Name] == "" {
				t.Errorf("%s: %s has %d lines, more than %d: name its steps", f.path, fn.Name.Name, n, mostBody)
			}
		}
	}
}

var topLevel = []string{".ci", ".git", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "bin", ".demo", "node_modules",
	"cloud", "cmd", "deploy", "devices", "edge", "go.mod", "go.sum", "protocol", "replication"}

func TestTheTopLevelIsTheAgreedOne(t *testing.T) {
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s stands at the top level, which holds only %v", e.Name(), topLevel)
		}
	}
}

package repocheck

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/quiredav/quire"

// tree is a module as it lies on disk. Go files are parsed whatever their build
// constraints, so that a rule holds on every platform.
type tree struct {
	packages []*pkg  // by path
	files    []*file // every text file, by path
}

// pkg is a folder with Go files in it.
type pkg struct {
	path  string // within the module: "dav"; "." is the module's root
	files []*file
}

// file is a text file; syntax and after are set if it is Go.
type file struct {
	path   string // within the module, with slashes
	src    []byte
	syntax *ast.File
	fset   *token.FileSet
}

func (f *file) isGo() bool   { return f.syntax != nil }
func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f *file) imports() []string {
	var list []string
	for _, s := range f.syntax.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			panic(err) // the parser has checked it
		}
		list = append(list, p)
	}
	return list
}

// imports are the paths that the package's code imports, those of its tests
// left out, each once.
func (p *pkg) imports() []string {
	var list []string
	for _, f := range p.files {
		if !f.isTest() {
			list = append(list, f.imports()...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// load reads the module in root. Modules within it and hidden folders, save for
// .ci, are no part of it; Go files among test data are text like any other.
func load(root string) (*tree, error) {
	t := &tree{}
	byPath := map[string]*pkg{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && !entered(name, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		f, err := read(name, rel, d)
		if err != nil || f == nil {
			return err
		}
		t.files = append(t.files, f)
		if f.isGo() {
			dir := path.Dir(rel)
			if byPath[dir] == nil {
				byPath[dir] = &pkg{path: dir}
				t.packages = append(t.packages, byPath[dir])
			}
			byPath[dir].files = append(byPath[dir].files, f)
		}
		return nil
	})
	if err == nil && len(t.packages) == 0 {
		err = fmt.Errorf("no Go package found in %s", root)
	}
	return t, err
}

func entered(name, base string) bool {
	if base == "node_modules" || strings.HasPrefix(base, ".") && base != ".ci" {
		return false
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err != nil
}

// read gives nil for what is no text, and for what a program has left behind:
// no file of ours is that long.
func read(name, rel string, d fs.DirEntry) (*file, error) {
	info, err := d.Info()
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, err
	}
	src, err := os.ReadFile(name)
	if err != nil || bytes.IndexByte(src, 0) >= 0 {
		return nil, err
	}
	f := &file{path: rel, src: src}
	if strings.HasSuffix(rel, ".go") && !slices.Contains(strings.Split(rel, "/"), "testdata") {
		f.fset = token.NewFileSet()
		f.syntax, err = parser.ParseFile(f.fset, rel, src, parser.ParseComments|parser.SkipObjectResolution)
	}
	return f, err
}

// moduleRoot is the folder of go.mod, found from the folder of the test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		src, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(src, []byte("module "+module+"\n")) {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no go.mod of %s above the test", module)
		}
		dir = filepath.Dir(dir)
	}
}

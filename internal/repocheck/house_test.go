package repocheck

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxLines is how long a Go file may be. One idea seldom needs 300 lines.
const maxLines = 700

// forbiddenNames say nothing about what is in the package.
var forbiddenNames = []string{"util", "utils", "common", "shared", "helper", "helpers", "misc", "base"}

func checkNames(t *tree) (problems []string) {
	for _, p := range t.packages {
		names := strings.Split(p.path, "/")
		for _, f := range p.files {
			names = append(names, strings.TrimSuffix(f.syntax.Name.Name, "_test"))
		}
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			if slices.Contains(forbiddenNames, n) {
				problems = append(problems, fmt.Sprintf("%s: a package is not called %s; name it after what it holds", p.path, n))
			}
		}
	}
	return problems
}

func checkDocs(t *tree) (problems []string) {
	for _, p := range t.packages {
		documented := slices.ContainsFunc(p.files, func(f *file) bool {
			return strings.TrimSpace(f.syntax.Doc.Text()) != ""
		})
		if !documented {
			problems = append(problems, fmt.Sprintf("%s: the package has no doc comment", p.path))
		}
	}
	return problems
}

func checkLength(t *tree) (problems []string) {
	for _, f := range t.files {
		if n := bytes.Count(f.src, []byte("\n")); f.isGo() && n > maxLines {
			problems = append(problems, fmt.Sprintf("%s: %d lines, more than %d", f.path, n, maxLines))
		}
	}
	return problems
}

func checkFormat(t *tree) (problems []string) {
	for _, f := range t.files {
		if !f.isGo() {
			continue
		}
		if formatted, err := format.Source(f.src); err != nil || !bytes.Equal(formatted, f.src) {
			problems = append(problems, fmt.Sprintf("%s: not as gofmt has it", f.path))
		}
	}
	return problems
}

// checkSleep looks at tests and suites: time is an argument there, and what is
// waited for says when it is done.
func checkSleep(t *tree) (problems []string) {
	for _, f := range t.files {
		if !f.isGo() || !f.isTest() && !slices.Contains(suites, path.Dir(f.path)) {
			continue
		}
		name := importName(f.syntax, "time")
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && name != "" && x.Name == name && s.Sel.Name == "Sleep" {
				problems = append(problems, fmt.Sprintf("%v: a test sleeps", f.fset.Position(s.Pos())))
			}
			return true
		})
		if name == "." {
			problems = append(problems, fmt.Sprintf("%s: the package time is dot-imported", f.path))
		}
	}
	return problems
}

// importName is what the file calls the package; "" if it does not import it.
func importName(f *ast.File, pkg string) string {
	for _, s := range f.Imports {
		if s.Path.Value == `"`+pkg+`"` {
			if s.Name != nil {
				return s.Name.Name
			}
			return path.Base(pkg)
		}
	}
	return ""
}

// homePath is somebody's folder on some machine. The classes in brackets keep
// the pattern from finding itself.
var homePath = regexp.MustCompile(`/[h]ome/\w|/[U]sers/\w|[A-Z]:\\[U]sers\\`)

// checkMachine looks for words that belong to one machine: home folders, and
// the given ones, such as the folder of the checkout.
func checkMachine(t *tree, words []string) (problems []string) {
	for _, f := range t.files {
		for i, line := range bytes.Split(f.src, []byte("\n")) {
			found := homePath.Match(line) || slices.ContainsFunc(words, func(w string) bool {
				return bytes.Contains(line, []byte(w))
			})
			if found {
				problems = append(problems, fmt.Sprintf("%s:%d: names something of this machine", f.path, i+1))
			}
		}
	}
	return problems
}

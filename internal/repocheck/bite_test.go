package repocheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ours is a Go file that imports the given packages of ours.
func ours(name string, imports ...string) string {
	for i, imp := range imports {
		imports[i] = module + "/" + imp
	}
	return goFile(name, imports...)
}

func goFile(name string, imports ...string) string {
	var b strings.Builder
	b.WriteString("// Package " + name + " is a fixture.\npackage " + name + "\n")
	for _, imp := range imports {
		b.WriteString("\nimport _ \"" + imp + "\"\n")
	}
	return b.String()
}

// clean breaks no rule: what it imports, tests may and programs may.
var clean = map[string]string{
	"dav/a.go":                   goFile("dav", "io", "iter"),
	"dav/a_test.go":              goFile("dav", "testing", "pgregory.net/rapid"),
	"davserver/a.go":             ours("davserver", "dav", "multistatus"),
	"davserver/a_test.go":        ours("davserver_test", "repo/meta/sqlite", "davserver/backendtest"),
	"davserver/backendtest/a.go": goFile("backendtest", "testing", module+"/davserver", "pgregory.net/rapid"),
	"multistatus/a.go":           ours("multistatus", "dav"),
	"repo/meta/a.go":             ours("meta", "dav"),
	"repo/meta/sqlite/a.go":      goFile("sqlite", module+"/repo/meta", "zombiezen.com/go/sqlite/sqlitex"),
	"cmd/quire/main.go":          goFile("main", module+"/davserver", module+"/repo/meta/sqlite", "github.com/spf13/cobra"),
	"tools/go.mod":               "module example.org/tools\n",
	"tools/util.go":              "package util",
	"dav/testdata/x.go":          "not Go",
	".hidden/x.go":               "not Go",
	"README.md":                  "# Fixture\n",
}

func TestRulesLetTheCleanPass(t *testing.T) {
	tr := fixture(t, clean, nil)
	for name, rule := range rules {
		for _, p := range rule(tr) {
			t.Errorf("%s: %s", name, p)
		}
	}
	for _, p := range checkMachine(tr, []string{"/srv/checkout"}) {
		t.Errorf("machine: %s", p)
	}
}

// Every rule goes red on a tree that breaks it.
func TestRulesBite(t *testing.T) {
	for name, c := range map[string]struct {
		rule    string
		files   map[string]string // added to the clean tree
		problem string
	}{
		"dav imports of ours":      {"layers", map[string]string{"dav/b.go": ours("dav", "multistatus")}, "dav must not import multistatus"},
		"siblings":                 {"layers", map[string]string{"multistatus/b.go": ours("multistatus", "internal/davxml")}, "multistatus must not import internal/davxml"},
		"upwards":                  {"layers", map[string]string{"repo/meta/b.go": ours("meta", "repo/meta/sqlite")}, "repo/meta must not import repo/meta/sqlite"},
		"the program":              {"layers", map[string]string{"davserver/b.go": ours("davserver", "cmd/quire")}, "davserver must not import cmd/quire"},
		"the root":                 {"layers", map[string]string{"davserver/b.go": goFile("davserver", module)}, "davserver must not import ."},
		"davtest shares code":      {"layers", map[string]string{"davtest/a.go": ours("davtest", "dav")}, "davtest must not import dav"},
		"unknown package":          {"layers", map[string]string{"extra/a.go": goFile("extra")}, "extra: the package is not in the table"},
		"other platforms":          {"layers", map[string]string{"dav/b_plan9.go": "//go:build plan9\n\n" + ours("dav", "multistatus")}, "dav must not import multistatus"},
		"suite in code":            {"suites", map[string]string{"cmd/quire/b.go": ours("main", "davserver/backendtest")}, "cmd/quire imports the suite davserver/backendtest"},
		"testing in code":          {"suites", map[string]string{"dav/b.go": goFile("dav", "testing")}, "dav imports testing outside"},
		"testing/synctest in code": {"suites", map[string]string{"dav/b.go": goFile("dav", "testing/synctest")}, "dav imports testing/synctest outside"},
		"dependency of another":    {"externals", map[string]string{"dav/b.go": goFile("dav", "github.com/spf13/cobra")}, "dav must not import github.com/spf13/cobra"},
		"dependency of nobody":     {"externals", map[string]string{"cmd/quire/b.go": goFile("main", "example.org/left/pad")}, "cmd/quire must not import example.org/left/pad"},
		"davtest with others":      {"externals", map[string]string{"davtest/a.go": goFile("davtest", "pgregory.net/rapid")}, "davtest must not import pgregory.net/rapid"},
		"test library in code":     {"externals", map[string]string{"repo/a.go": goFile("repo", "pgregory.net/rapid")}, "repo must not import pgregory.net/rapid"},
		"driver at once":           {"drivers", map[string]string{"dav/b.go": goFile("dav", "zombiezen.com/go/sqlite")}, "dav -> zombiezen.com/go/sqlite"},
		"driver of the library":    {"drivers", map[string]string{"repo/a.go": goFile("repo", "database/sql")}, "repo -> database/sql"},
		"driver far off":           {"drivers", map[string]string{"multistatus/b.go": ours("multistatus", "repo/meta/sqlite")}, "davserver -> multistatus -> repo/meta/sqlite -> zombiezen.com/go/sqlite/sqlitex"},
		"driver, importing it":     {"drivers", map[string]string{"repo/a.go": ours("repo", "repo/meta/sqlite")}, "repo -> repo/meta/sqlite -> zombiezen"},
		"folder called util":       {"names", map[string]string{"internal/util/a.go": goFile("strs")}, "internal/util: a package is not called util"},
		"package called common":    {"names", map[string]string{"internal/x/a.go": goFile("common")}, "internal/x: a package is not called common"},
		"package called shared":    {"names", map[string]string{"shared/a/b.go": goFile("b")}, "shared/a: a package is not called shared"},
		"no doc comment":           {"docs", map[string]string{"webui/a.go": "package webui\n"}, "webui: the package has no doc comment"},
		"directive as doc":         {"docs", map[string]string{"webui/a.go": "//go:build linux\n\npackage webui\n"}, "webui: the package has no doc comment"},
		"long file":                {"length", map[string]string{"dav/b.go": goFile("dav") + strings.Repeat("\n", maxLines)}, "dav/b.go: 702 lines"},
		"not formatted":            {"format", map[string]string{"dav/b.go": "package dav\nvar  x = 1\n"}, "dav/b.go: not as gofmt has it"},
		"sleep":                    {"sleep", map[string]string{"dav/b_test.go": sleeper("", "time")}, "dav/b_test.go:5:12: a test sleeps"},
		"sleep by another name":    {"sleep", map[string]string{"dav/b_test.go": sleeper("clock", "clock")}, "dav/b_test.go:5:12: a test sleeps"},
		"sleep in a suite":         {"sleep", map[string]string{"davserver/backendtest/b.go": sleeper("", "time")}, "a test sleeps"},
		"sleep through a dot":      {"sleep", map[string]string{"dav/b_test.go": "package dav\n\nimport . \"time\"\n\nvar x = Second\n"}, "dot-imported"},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, rules[c.rule](fixture(t, clean, c.files)), c.problem)
		})
	}
}

func TestMachineBites(t *testing.T) {
	for name, line := range map[string]string{
		"checkout":        "see /srv/checkout/dav",
		"home":            "cd /ho" + "me/ann/quire",
		"home on a Mac":   "cd /Us" + "ers/ann/quire",
		"home on Windows": `cd C:\Us` + `ers\ann`,
		"host of a proxy": "from goproxy.example.net",
	} {
		t.Run(name, func(t *testing.T) {
			words := []string{"/srv/checkout", "goproxy.example.net"}
			for _, file := range []string{"docs/x.md", "dav/testdata/x.go", ".ci/run"} {
				tr := fixture(t, clean, map[string]string{file: "one\n" + line + "\n"})
				wantProblem(t, checkMachine(tr, words), file+":2: names something of this machine")
			}
		})
	}
}

func TestNothingFoundIsAFailure(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"README.md": "# Nothing\n", "testdata/a.go": goFile("a")})
	if _, err := load(dir); err == nil {
		t.Fatal("a tree without packages passes")
	}
}

func TestBrokenGoIsAFailure(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a/a.go": goFile("a"), "b/b.go": "package"})
	if _, err := load(dir); err == nil {
		t.Fatal("a file that doesn't parse passes")
	}
}

// The tables may differ from what is on disk, but must not lie about order.
func TestTablesBite(t *testing.T) {
	defer func(old []string) { layers["dav"] = old }(layers["dav"])
	layers["dav"] = []string{"multistatus", "nowhere", "internal/fault", "cmd/quire"}
	problems := checkTables()
	for _, want := range []string{"may import each other", "which is no package", "may import the suite", "may import the program"} {
		wantProblem(t, problems, want)
	}
}

func sleeper(as, name string) string {
	if as != "" {
		as += " "
	}
	return "package dav\n\nimport " + as + "\"time\"\n\nfunc f() { " + name + ".Sleep(1) }\n"
}

func fixture(t *testing.T, parts ...map[string]string) *tree {
	t.Helper()
	dir := t.TempDir()
	for _, files := range parts {
		writeFiles(t, dir, files)
	}
	tr, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func wantProblem(t *testing.T, problems []string, want string) {
	t.Helper()
	for _, p := range problems {
		if strings.Contains(p, want) {
			return
		}
	}
	t.Errorf("no problem says %q:\n%s", want, strings.Join(problems, "\n"))
}

package repocheck

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rules are all that a tree has to keep.
var rules = map[string]func(*tree) []string{
	"layers":    checkLayers,
	"suites":    checkSuites,
	"externals": checkExternals,
	"drivers":   checkDrivers,
	"names":     checkNames,
	"docs":      checkDocs,
	"length":    checkLength,
	"format":    checkFormat,
	"sleep":     checkSleep,
}

func TestRepository(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	tr, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"dav", "internal/repocheck"} {
		if !slices.ContainsFunc(tr.packages, func(p *pkg) bool { return p.path == must }) {
			t.Fatalf("the package %s was not found among %d", must, len(tr.packages))
		}
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { report(t, rule(tr)) })
	}
	t.Run("machine", func(t *testing.T) { report(t, checkMachine(tr, machineWords(t, root))) })
}

func TestTables(t *testing.T) { report(t, checkTables()) }

// What modules of others bring along, as the go command sees it. The standard
// library is with everybody anyhow.
func TestEmbeddableReachesNoDriver(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range embeddable {
		if _, err := os.Stat(filepath.Join(root, p)); err != nil {
			t.Logf("%s is not built yet", p)
			continue
		}
		deps := strings.Fields(goCommand(t, root, "list", "-deps", "./"+p))
		if !slices.Contains(deps, module+"/"+p) {
			t.Fatalf("go list -deps ./%s doesn't show the package itself", p)
		}
		for _, d := range deps {
			if isDriver(d) && !inStandardLibrary(d) {
				t.Errorf("%s brings the driver %s", p, d)
			}
		}
	}
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// machineWords are paths and hosts of this machine that no file should name:
// only those long enough to be no coincidence.
func machineWords(t *testing.T, root string) []string {
	t.Helper()
	env := strings.Split(goCommand(t, root, "env", "GOPROXY", "GOMODCACHE", "GOPATH"), "\n")
	words := []string{root}
	for _, dir := range env[1:] {
		words = append(words, strings.TrimSpace(dir))
	}
	for proxy := range strings.FieldsFuncSeq(env[0], func(r rune) bool { return r == ',' || r == '|' }) {
		if u, err := url.Parse(strings.TrimSpace(proxy)); err == nil && u.Hostname() != "proxy.golang.org" {
			words = append(words, u.Hostname())
		}
	}
	return slices.DeleteFunc(words, func(w string) bool {
		return strings.Count(w, "/") == 1 || len(w) < 8 || w == "localhost" || w == "127.0.0.1"
	})
}

func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

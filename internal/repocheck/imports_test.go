package repocheck

import (
	"fmt"
	"slices"
	"strings"
)

// layers says what a package of ours may import of ours, tests apart. Imports
// point one way; siblings do not import each other.
var layers = map[string][]string{
	"dav":                nil,
	"internal/xmlscan":   {"dav"},
	"internal/davxml":    {"dav", "internal/xmlscan"},
	"multistatus":        {"dav", "internal/xmlscan"},
	"davserver":          {"dav", "internal/davxml", "multistatus"},
	"davclient":          {"dav", "internal/davxml", "multistatus"},
	"auth":               {"dav"},
	"dirtree":            {"dav"},
	"xnetfs":             {"dav"},
	"repo":               {"dav", "repo/blob", "repo/meta"},
	"repo/meta":          {"dav"},
	"repo/meta/sqlite":   {"dav", "repo/meta"},
	"repo/meta/postgres": {"dav", "repo/meta"},
	"repo/blob":          {"dav"},
	"repo/blob/fileblob": {"dav", "repo/blob"},
	"repo/blob/s3blob":   {"dav", "repo/blob"},
	"davtest":            nil, // shares no code with what it judges
	"webui":              nil,
	"cmd/quire": {"auth", "dav", "davclient", "davserver", "davtest", "dirtree", "repo", "repo/blob", "repo/blob/fileblob",
		"repo/blob/s3blob", "repo/meta", "repo/meta/postgres", "repo/meta/sqlite", "webui", "xnetfs"},

	"davserver/backendtest": {"dav", "davserver"},
	"repo/meta/metatest":    {"dav", "repo/meta"},
	"repo/blob/blobtest":    {"dav", "repo/blob"},
	"internal/fault":        {"dav", "repo/blob", "repo/meta"},
	"internal/needs":        nil,
	"internal/acceptance":   nil, // end-to-end tests, and nothing else
	"internal/repocheck":    nil,
}

// suites are imported by tests, and by nothing else. They may import "testing".
var suites = []string{"davserver/backendtest", "repo/meta/metatest", "repo/blob/blobtest", "internal/fault", "internal/needs"}

// externals says which packages of ours may import which module of others.
var externals = map[string][]string{
	"github.com/BurntSushi/toml":        {"cmd/quire"},
	"github.com/google/uuid":            {"repo", "davserver/backendtest"},
	"github.com/spf13/cobra":            {"cmd/quire"},
	"github.com/spf13/pflag":            {"cmd/quire"},
	"golang.org/x/crypto":               {"auth", "cmd/quire"},
	"golang.org/x/net/webdav":           {"xnetfs"},
	"golang.org/x/sys":                  {"cmd/quire", "repo/blob/fileblob", "dirtree"},
	"golang.org/x/term":                 {"cmd/quire"},
	"golang.org/x/text":                 {"repo", "dirtree", "davserver/backendtest"},
	"pgregory.net/rapid":                suites,
	"github.com/anishathalye/porcupine": suites,
	"zombiezen.com/go/sqlite":           {"repo/meta/sqlite"},
	"github.com/jackc/pgx/v5":           {"repo/meta/postgres"},
	"github.com/minio/minio-go/v7":      {"repo/blob/s3blob"},
}

// drivers bring a database or an object store with them. Nothing reaches them
// but the leaf that imports them and the program, so that whoever embeds the
// server with a backend of their own downloads none.
var drivers = []string{"zombiezen.com/go/sqlite", "modernc.org", "github.com/jackc/pgx", "github.com/minio/minio-go", "database/sql"}

// leaves are what may import a driver.
var leaves = []string{"repo/meta/sqlite", "repo/meta/postgres", "repo/blob/s3blob"}

// programs do the wiring.
var programs = []string{"cmd/quire"}

// embeddable packages are used by others without the rest. No driver is within
// their reach, whichever way.
var embeddable = []string{"dav", "multistatus", "davserver", "davclient", "repo", "dirtree", "auth", "davtest"}

func checkLayers(t *tree) (problems []string) {
	for _, p := range t.packages {
		allowed, known := layers[p.path]
		if !known {
			problems = append(problems, fmt.Sprintf("%s: the package is not in the table of layers", p.path))
			continue
		}
		for _, imp := range p.imports() {
			own, ok := within(imp, module)
			if ok && !slices.Contains(allowed, own) {
				problems = append(problems, fmt.Sprintf("%s must not import %s", p.path, own))
			}
		}
	}
	return problems
}

func checkSuites(t *tree) (problems []string) {
	for _, p := range t.packages {
		if slices.Contains(suites, p.path) {
			continue
		}
		for _, imp := range p.imports() {
			if own, _ := within(imp, module); slices.Contains(suites, own) {
				problems = append(problems, fmt.Sprintf("%s imports the suite %s outside its tests", p.path, own))
			}
			if imp == "testing" || strings.HasPrefix(imp, "testing/") {
				problems = append(problems, fmt.Sprintf("%s imports %s outside its tests", p.path, imp))
			}
		}
	}
	return problems
}

func checkExternals(t *tree) (problems []string) {
	for _, p := range t.packages {
		for _, imp := range p.imports() {
			if _, ours := within(imp, module); ours || inStandardLibrary(imp) {
				continue
			}
			if !permitted(imp, p.path) {
				problems = append(problems, fmt.Sprintf("%s must not import %s: it is not in the table of externals", p.path, imp))
			}
		}
	}
	return problems
}

func permitted(imp, importer string) bool {
	for m, users := range externals {
		if _, ok := within(imp, m); ok && slices.Contains(users, importer) {
			return true
		}
	}
	return false
}

// checkDrivers follows imports within the module; what modules of others bring
// along is checked with the go command.
func checkDrivers(t *tree) (problems []string) {
	byPath := map[string]*pkg{}
	for _, p := range t.packages {
		byPath[p.path] = p
	}
	for _, p := range t.packages {
		if slices.Contains(programs, p.path) {
			continue
		}
		for _, route := range driverRoutes(byPath, p, nil) {
			if len(route) == 2 && slices.Contains(leaves, p.path) {
				continue
			}
			problems = append(problems, "a driver is within reach: "+strings.Join(route, " -> "))
		}
	}
	return problems
}

// driverRoutes are the ways from p to a driver, one per import of p that leads
// to one.
func driverRoutes(byPath map[string]*pkg, p *pkg, above []string) (routes [][]string) {
	if slices.Contains(above, p.path) {
		return nil
	}
	above = append(slices.Clone(above), p.path)
	for _, imp := range p.imports() {
		if isDriver(imp) {
			routes = append(routes, append(slices.Clone(above), imp))
		}
		own, _ := within(imp, module)
		if next := byPath[own]; next != nil {
			if below := driverRoutes(byPath, next, above); len(below) > 0 {
				routes = append(routes, below[0])
			}
		}
	}
	return routes
}

func inStandardLibrary(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

func isDriver(imp string) bool {
	return slices.ContainsFunc(drivers, func(d string) bool { _, ok := within(imp, d); return ok })
}

// checkTables keeps the tables from standing in for a rule that nothing obeys:
// what they allow must itself be in order.
func checkTables() (problems []string) {
	for p, allowed := range layers {
		for _, a := range allowed {
			if _, ok := layers[a]; !ok {
				problems = append(problems, fmt.Sprintf("layers: %s may import %s, which is no package", p, a))
			}
			if slices.Contains(layers[a], p) {
				problems = append(problems, fmt.Sprintf("layers: %s and %s may import each other", p, a))
			}
			if slices.Contains(suites, a) {
				problems = append(problems, fmt.Sprintf("layers: %s may import the suite %s", p, a))
			}
			if slices.Contains(programs, a) {
				problems = append(problems, fmt.Sprintf("layers: %s may import the program %s", p, a))
			}
		}
	}
	for m, users := range externals {
		for _, p := range users {
			if _, ok := layers[p]; !ok {
				problems = append(problems, fmt.Sprintf("externals: %s may be imported by %s, which is no package", m, p))
			}
		}
	}
	return problems
}

// within tells whether the import path is root or below it, and what is left:
// "." for root itself.
func within(imp, root string) (rest string, ok bool) {
	if imp == root {
		return ".", true
	}
	rest, ok = strings.CutPrefix(imp, root+"/")
	if !ok {
		return "", false
	}
	return rest, true
}

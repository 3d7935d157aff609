package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

func bind(t testing.TB, r *repo.Repository, collection dav.Path, segment string, source dav.Path) {
	t.Helper()
	if _, err := r.Bind(t.Context(), dav.BindRequest{Collection: collection, Segment: segment, Source: source}, unreported(t)); err != nil {
		t.Fatal(err)
	}
}

func unreported(t testing.TB) dav.Report {
	return func(o dav.Outcome) { t.Errorf("reported %s: %v", o.Path, o.Err) }
}

// listed is a listing in short: paths, of collections with a slash, of what
// others told of already with (208), of what failed with its kind.
func listed(t testing.TB, r *repo.Repository, p dav.Path, q dav.Query) (lines []string) {
	t.Helper()
	for res, err := range r.List(t.Context(), p, q) {
		if err != nil {
			return append(lines, dav.KindOf(err).String())
		}
		line := string(res.Path)
		if res.Collection && line != "/" {
			line += "/"
		}
		if res.Reported {
			line += " (208)"
		}
		if res.Err != nil {
			line += " " + dav.KindOf(res.Err).String()
		}
		lines = append(lines, line)
	}
	return lines
}

func id(t testing.TB, r *repo.Repository, p dav.Path) (id dav.ResourceID) {
	t.Helper()
	for res, err := range r.List(t.Context(), p, dav.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		id = res.ID
	}
	return id
}

func mapped(t testing.TB, r *repo.Repository, p dav.Path) bool {
	t.Helper()
	for _, err := range r.List(t.Context(), p, dav.Query{}) {
		if err != nil && dav.KindOf(err) != dav.NotFound {
			t.Fatal(err)
		}
		return err == nil
	}
	return false
}

// refusal is an error in short: its kind, its condition and the hrefs there.
func refusal(err error) string {
	if err == nil {
		return "none"
	}
	e, ok := errors.AsType[*dav.Error](err)
	if !ok {
		return err.Error()
	}
	var paths []string
	for _, p := range e.Condition.Paths {
		paths = append(paths, string(p.Path))
	}
	slices.Sort(paths)
	return strings.TrimSpace(fmt.Sprintf("%v %s %s", e.Kind, e.Condition.Name.Local, strings.Join(paths, " ")))
}

// The founding example, and what a listing does without it.
func TestBI19(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/Coll")
	bind(t, r, "/Coll", "Bar", "/Coll")
	check := func(p dav.Path, q dav.Query, want ...string) {
		t.Helper()
		if got := listed(t, r, p, q); !slices.Equal(got, want) {
			t.Errorf("listing %s with %+v:\n%q, want\n%q", p, q, got, want)
		}
	}
	aware := dav.Query{Depth: dav.DepthInfinity, Bind: true}
	naive := dav.Query{Depth: dav.DepthInfinity}
	check("/Coll", aware, "/Coll/", "/Coll/Bar/ (208)")
	check("/Coll/Bar", aware, "/Coll/Bar/", "/Coll/Bar/Bar/ (208)")
	check("/Coll", naive, "loop detected")
	check("/", naive, "loop detected")
	check("/Coll", dav.Query{Depth: dav.Depth1, Bind: true}, "/Coll/", "/Coll/Bar/")
	put(t, r, "/Coll/Foo", "x")
	check("/", aware, "/", "/Coll/", "/Coll/Bar/ (208)", "/Coll/Foo")
	if id(t, r, "/Coll") != id(t, r, "/Coll/Bar/Bar") || id(t, r, "/Coll") == id(t, r, "/Coll/Foo") {
		t.Error("resource-ids tell no bindings apart")
	}
}

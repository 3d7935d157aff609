package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
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

func unbind(t testing.TB, r *repo.Repository, collection dav.Path, segment string) {
	t.Helper()
	if err := r.Unbind(t.Context(), dav.UnbindRequest{Collection: collection, Segment: segment}, unreported(t)); err != nil {
		t.Fatal(err)
	}
}

// contents is everything in the tables that a request on bindings can change.
func contents(t testing.TB, r *repo.Repository) string {
	t.Helper()
	var b strings.Builder
	err := r.Meta().View(t.Context(), func(tx meta.Tx) error {
		for _, sql := range []string{
			`SELECT parent || ' ' || name || ' ' || child FROM binding ORDER BY parent, name`,
			`SELECT id || ' ' || modified FROM resource ORDER BY id`,
			`SELECT token || ' ' || root FROM lock ORDER BY token`,
			`SELECT token || ' ' || parent || ' ' || name FROM lock_trail ORDER BY token, parent, name`,
			`SELECT resource FROM orphan ORDER BY resource`,
		} {
			for row, err := range tx.Query(sql) {
				if err != nil {
					return err
				}
				b.WriteString(row.Text(0) + "\n")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBI05(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/f", "file")
	put(t, r, "/g", "other")
	for i, source := range []dav.Path{"/f", "/f", "/g"} {
		created, err := r.Bind(t.Context(), dav.BindRequest{Collection: "/c", Segment: "x", Source: source}, unreported(t))
		if err != nil || created != (i == 0) {
			t.Errorf("BIND %d: created %v, %v", i, created, err)
		}
		if id(t, r, "/c/x") != id(t, r, source) {
			t.Errorf("BIND %d: /c/x is not %s", i, source)
		}
	}
	if read(t, r, "/f") != "file" || read(t, r, "/c/x") != "other" {
		t.Error("replacing a binding changed what it led to")
	}
}

// BI-06, BI-07, BI-08, BI-12 and BI-14, but for locks: each refusal has its
// condition, and changes nothing.
func TestBI07(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/d")
	put(t, r, "/c/x", "member")
	put(t, r, "/f", "file")
	keep := &dav.Conditions{NoOverwrite: true}
	stale := &dav.Conditions{IfMatch: dav.ETags{Sent: true, Tags: []dav.ETag{`"never"`}}}
	before := contents(t, r)
	check := func(what string, err error, want string) {
		t.Helper()
		if got := refusal(err); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		if contents(t, r) != before {
			t.Fatalf("%s: refused, but something has changed", what)
		}
	}
	for _, c := range []struct {
		in      dav.Path
		segment string
		source  dav.Path
		c       *dav.Conditions
		want    string
	}{
		{"/none", "x", "/f", nil, "not found"},
		{"/f", "x", "/c", nil, "conflict %s-into-collection"},
		{"/c", "new", "/none", nil, "conflict %s-source-exists"},
		{"/c", "new", "/f/below", nil, "conflict %s-source-exists"},
		{"/c", "a/b", "/f", nil, "forbidden name-allowed"},
		{"/c", "", "/f", nil, "forbidden name-allowed"},
		{"/c", "..", "/f", nil, "forbidden name-allowed"},
		{"/c", "x", "/f", keep, "precondition failed can-overwrite"},
		{"/c", "new", "/f", stale, "precondition failed"},
	} {
		q := dav.BindRequest{Collection: c.in, Segment: c.segment, Source: c.source, Conditions: c.c}
		what := fmt.Sprintf("%s %q %s", c.in, c.segment, c.source)
		_, err := r.Bind(t.Context(), q, unreported(t))
		check("BIND "+what, err, strings.Replace(c.want, "%s", "bind", 1))
		_, err = r.Rebind(t.Context(), q, unreported(t))
		check("REBIND "+what, err, strings.Replace(c.want, "%s", "rebind", 1))
	}
	for _, c := range []struct {
		in      dav.Path
		segment string
		c       *dav.Conditions
		want    string
	}{
		{"/none", "x", nil, "not found"},
		{"/f", "x", nil, "conflict unbind-from-collection"},
		{"/c", "none", nil, "conflict unbind-source-exists"},
		{"/", "c/x", nil, "conflict unbind-source-exists"},
		{"/", "", nil, "conflict unbind-source-exists"},
		{"/c", "x", stale, "precondition failed"},
	} {
		err := r.Unbind(t.Context(), dav.UnbindRequest{Collection: c.in, Segment: c.segment, Conditions: c.c}, unreported(t))
		check(fmt.Sprintf("UNBIND %s %q", c.in, c.segment), err, c.want)
	}
	_, err := r.Rebind(t.Context(), dav.BindRequest{Collection: "/c", Segment: "root", Source: "/"}, unreported(t))
	check("REBIND of the root", err, "forbidden protected-source-url-deletion-allowed")
}

// Cycles are made unless nothing would lead to them.
func TestBI09(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/a")
	mkcol(t, r, "/a/b")
	put(t, r, "/a/f", "x")
	bind(t, r, "/a", "self", "/a")
	bind(t, r, "/a/b", "up", "/a")
	bind(t, r, "/a/b", "root", "/")
	for _, p := range []dav.Path{"/a/self", "/a/b/up", "/a/b/up/self/b/up", "/a/b/root/a"} {
		if id(t, r, p) != id(t, r, "/a") {
			t.Errorf("%s is not /a", p)
		}
	}
	if read(t, r, "/a/b/root/a/self/f") != "x" {
		t.Error("a path through three loops leads elsewhere")
	}
	rebind := func(collection dav.Path, segment string, source dav.Path) string {
		_, err := r.Rebind(t.Context(), dav.BindRequest{Collection: collection, Segment: segment, Source: source}, unreported(t))
		return refusal(err)
	}
	for _, in := range []dav.Path{"/a", "/a/b", "/a/self", "/a/b/up/b", "/a/b/root/a"} {
		if got := rebind(in, "lost", "/a"); got != "forbidden cycle-allowed" {
			t.Errorf("REBIND of /a into %s, which it alone leads to: %s", in, got)
		}
	}
	// By another way the collection stays in reach.
	bind(t, r, "/", "c", "/a/b")
	if got := rebind("/a/b", "in", "/a"); got != "none" {
		t.Errorf("REBIND of /a into /a/b, to which /c leads too: %s", got)
	}
	if read(t, r, "/c/in/self/f") != "x" || mapped(t, r, "/a") {
		t.Error("after REBIND into itself /a is not at /c/in")
	}
	// As MOVE may (RFC 5842 section 2.5.2).
	mkcol(t, r, "/w")
	mkcol(t, r, "/x")
	bind(t, r, "/w", "y", "/x")
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/w", To: "/x/z"}, unreported(t)); err != nil {
		t.Error(err)
	}
	if id(t, r, "/x/z/y") != id(t, r, "/x") || mapped(t, r, "/w") {
		t.Error("MOVE that closes a loop: /x/z/y is not /x")
	}
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/x", To: "/x/z/lost"}, unreported(t)); refusal(err) != "forbidden" {
		t.Errorf("MOVE into itself: %v", err)
	}
	bind(t, r, "/", "alias", "/")
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/x", To: "/alias/x/lost"}, unreported(t)); refusal(err) != "forbidden" {
		t.Errorf("MOVE into itself by another name: %v", err)
	}
}

func TestBI11(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/f", "x")
	bind(t, r, "/c", "x", "/f")
	unbind(t, r, "/", "f")
	if mapped(t, r, "/f") || read(t, r, "/c/x") != "x" {
		t.Error("UNBIND of one of two bindings")
	}
	unbind(t, r, "/c", "x")
	if mapped(t, r, "/c/x") {
		t.Error("UNBIND of the last binding")
	}
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := stats(t, r); s.Resources != 2 {
		t.Errorf("%d resources are left, want the root and /c", s.Resources)
	}
}

func TestBI13(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/tree")
	mkcol(t, r, "/d")
	put(t, r, "/c/tree/y", "deep")
	put(t, r, "/d/old", "old")
	rebind := func(segment string, source dav.Path, wantCreated bool) {
		t.Helper()
		was := id(t, r, source)
		created, err := r.Rebind(t.Context(), dav.BindRequest{Collection: "/d", Segment: segment, Source: source}, unreported(t))
		if err != nil || created != wantCreated {
			t.Fatalf("REBIND of %s: created %v, %v", source, created, err)
		}
		if id(t, r, dav.Path("/d").Join(segment)) != was {
			t.Errorf("REBIND of %s gives another resource", source)
		}
	}
	rebind("tree", "/c/tree", true)
	rebind("old", "/d/tree/y", false)
	rebind("old", "/d/old", false)
	// A member replaces the collection that it is in.
	put(t, r, "/d/tree/z", "z")
	rebind("tree", "/d/tree/z", false)
	if mapped(t, r, "/c/tree") || read(t, r, "/d/old") != "deep" || read(t, r, "/d/tree") != "z" {
		t.Error("REBIND leaves something else than it should")
	}
}

// All bindings show one resource.
func TestBI16(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/f", "one")
	bind(t, r, "/c", "x", "/f")
	put(t, r, "/c/x", "two")
	set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Space: "s", Local: "a"}, XML: `<a xmlns="s"/>`}}}
	if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/f", Updates: set}); err != nil {
		t.Fatal(err)
	}
	for res, err := range r.List(t.Context(), "/c/x", dav.Query{Dead: dav.DeadAll}) {
		if err != nil || len(res.Dead) != 1 {
			t.Errorf("the property set at /f is not at /c/x: %v", err)
		}
	}
	if read(t, r, "/f") != "two" {
		t.Error("the body stored at /c/x is not at /f")
	}
}

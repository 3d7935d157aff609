package repo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

func wantListed(t testing.TB, r *repo.Repository, p dav.Path, q dav.Query, want ...string) {
	t.Helper()
	if got := listed(t, r, p, q); !slices.Equal(got, want) {
		t.Errorf("listing %s with %+v:\n%q, want\n%q", p, q, got, want)
	}
}

var (
	aware = dav.Query{Depth: dav.DepthInfinity, Bind: true}
	naive = dav.Query{Depth: dav.DepthInfinity}
)

// BI-17, BI-21, BI-22: a collection bound twice, without a loop.
func TestBI17(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/a")
	put(t, r, "/a/m", "x")
	mkcol(t, r, "/a/n")
	put(t, r, "/a/n/o", "x")
	bind(t, r, "/", "b", "/a")
	bind(t, r, "/", "f", "/a/m")
	wantListed(t, r, "/", aware, "/", "/a/", "/a/m", "/a/n/", "/a/n/o", "/b/ (208)", "/f")
	wantListed(t, r, "/", naive, "/", "/a/", "/a/m", "/a/n/", "/a/n/o", "/b/", "/b/m", "/b/n/", "/b/n/o", "/f")
	wantListed(t, r, "/", dav.Query{Depth: dav.Depth1, Bind: true}, "/", "/a/", "/b/", "/f")
	wantListed(t, r, "/b", aware, "/b/", "/b/m", "/b/n/", "/b/n/o")
	// What is told a second time has its properties all the same (BI-18).
	set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Space: "s", Local: "a"}, XML: `<a xmlns="s"/>`}}}
	if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/a", Updates: set}); err != nil {
		t.Fatal(err)
	}
	for res, err := range r.List(t.Context(), "/", dav.Query{Depth: dav.DepthInfinity, Bind: true, Dead: dav.DeadAll}) {
		if err != nil || res.Reported && (len(res.Dead) != 1 || res.ID != id(t, r, "/a")) {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

// BI-20: without the client's word a loop is an error, wherever it is below.
func TestBI20(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/a", "/a/b", "/a/b/c", "/d", "/e"} {
		mkcol(t, r, p)
	}
	bind(t, r, "/e", "b", "/a/b")
	wantListed(t, r, "/e", naive, "/e/", "/e/b/", "/e/b/c/")
	bind(t, r, "/a/b/c", "up", "/a/b")
	for _, p := range []dav.Path{"/", "/a", "/a/b", "/a/b/c", "/e"} {
		wantListed(t, r, p, naive, "loop detected")
	}
	wantListed(t, r, "/d", naive, "/d/")
	wantListed(t, r, "/e", aware, "/e/", "/e/b/", "/e/b/c/", "/e/b/c/up/ (208)")
	// The root alone is in a loop with one binding.
	unbind(t, r, "/a/b/c", "up")
	unbind(t, r, "/e", "b")
	bind(t, r, "/d", "root", "/")
	wantListed(t, r, "/d", naive, "loop detected")
	wantListed(t, r, "/a", naive, "/a/", "/a/b/", "/a/b/c/")
	unbind(t, r, "/d", "root")
	wantListed(t, r, "/", naive, "/", "/a/", "/a/b/", "/a/b/c/", "/d/", "/e/")
}

// A loop that is closed while the listing runs is told where it is met, or ends
// in a 208.
func TestBI20WhileListing(t *testing.T) {
	for _, bindAware := range []bool{false, true} {
		r := open(t, repo.Options{})
		mkcol(t, r, "/a")
		mkcol(t, r, "/a/b")
		var lines []string
		for res, err := range r.List(t.Context(), "/a", dav.Query{Depth: dav.DepthInfinity, Bind: bindAware}) {
			if err != nil {
				t.Fatal(err)
			}
			if res.Path == "/a" {
				bind(t, r, "/a/b", "up", "/a")
			}
			lines = append(lines, fmt.Sprintf("%s %v %v", res.Path, res.Reported, res.Err != nil && dav.KindOf(res.Err) == dav.Loop))
		}
		want := []string{"/a false false", "/a/b false false", "/a/b/up false true"}
		if bindAware {
			want[2] = "/a/b/up true false"
		}
		if !slices.Equal(lines, want) {
			t.Errorf("aware %v: %q, want %q", bindAware, lines, want)
		}
	}
}

// BI-23: exponentially many paths cost what the limit allows, and with 208 no
// more than there are bindings.
func TestBI23(t *testing.T) {
	r := open(t, repo.Options{})
	p := dav.Path("/top")
	mkcol(t, r, p)
	const levels = 40 // 2^40 paths
	for range levels {
		mkcol(t, r, p.Join("a"))
		bind(t, r, p, "b", p.Join("a"))
		p = p.Join("a")
	}
	limited := dav.Query{Depth: dav.DepthInfinity, Limit: 1000}
	wantListed(t, r, "/top", limited, "forbidden")
	limited.Bind, limited.Limit = true, 2*levels+1
	if got := len(listed(t, r, "/top", limited)); got != 2*levels+1 {
		t.Errorf("%d responses, want %d", got, 2*levels+1)
	}
	limited.Limit--
	wantListed(t, r, "/top", limited, "forbidden")
	// The rest of what reaches to any depth.
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/top", To: "/copy", Depth: dav.DepthInfinity}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	if got := len(listed(t, r, "/copy", aware)); got != 2*levels+1 {
		t.Errorf("%d responses for the copy, want %d", got, 2*levels+1)
	}
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/top", Depth: dav.DepthInfinity}, unreported(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Unlock(t.Context(), dav.UnlockRequest{Path: p, Token: l.Token}); err != nil {
		t.Error(err)
	}
	bind(t, r, "/copy", "loop", "/copy")
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/copy", To: "/moved"}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	remove(t, r, "/moved")
	remove(t, r, "/top")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := stats(t, r); s.Resources != 1 {
		t.Errorf("%d resources are left", s.Resources)
	}
}

// parentsIn are the parents as a listing tells them, by path.
func parentsIn(t testing.TB, r *repo.Repository, p dav.Path, depth dav.Depth) map[dav.Path]string {
	t.Helper()
	found := make(map[dav.Path]string)
	for res, err := range r.List(t.Context(), p, dav.Query{Depth: depth, Bind: true, Parents: true}) {
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range res.Parents {
			all = append(all, string(p.Collection)+" "+p.Segment)
		}
		found[res.Path] = strings.Join(all, ", ")
	}
	return found
}

func TestBI28(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/sub")
	mkcol(t, r, "/d")
	put(t, r, "/c/x", "x")
	put(t, r, "/c/plain", "x")
	check := func(p dav.Path, want string) {
		t.Helper()
		if got := parentsIn(t, r, p, dav.Depth0)[p]; got != want {
			t.Errorf("parents of %s: %s, want %s", p, got, want)
		}
		if got := parentsIn(t, r, p.Parent(), dav.Depth1)[p]; got != want {
			t.Errorf("parents of %s as a member: %s, want %s", p, got, want)
		}
		if got := parentsIn(t, r, "/", dav.DepthInfinity)[p]; got != want && got != "" {
			t.Errorf("parents of %s as a descendant: %s, want %s", p, got, want)
		}
	}
	check("/", "")
	check("/c/x", "/c x")
	bind(t, r, "/c", "y é", "/c/x")
	bind(t, r, "/d", "z", "/c/x")
	for _, p := range []dav.Path{"/c/x", "/c/y é", "/d/z"} {
		check(p, "/c x, /c y é, /d z")
	}
	// A collection with two URLs is told under one, whichever is asked.
	bind(t, r, "/", "b", "/c")
	check("/c", "/ b, / c")
	check("/c/sub", "/b sub")
	for _, p := range []dav.Path{"/b/x", "/c/x", "/d/z"} {
		check(p, "/b x, /b y é, /d z")
	}
	check("/c/plain", "/b plain")
	check("/b/plain", "/b plain")
	// In a loop, and at the root.
	bind(t, r, "/c/sub", "up", "/c")
	check("/c", "/ b, / c, /b/sub up")
	check("/c/sub/up/plain", "/b plain")
	bind(t, r, "/d", "root", "/")
	check("/", "/d root")
	// What waits to be reclaimed is no parent.
	remove(t, r, "/d")
	check("/c/x", "/b x, /b y é")
}

package repo_test

import (
	"slices"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

func copyTree(t testing.TB, r *repo.Repository, from, to dav.Path) {
	t.Helper()
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: from, To: to, Depth: dav.DepthInfinity}, unreported(t)); err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, r *repo.Repository, paths ...dav.Path) {
	t.Helper()
	for _, p := range paths[1:] {
		if id(t, r, p) != id(t, r, paths[0]) {
			t.Errorf("%s and %s are not the same resource", p, paths[0])
		}
	}
}

func distinct(t testing.TB, r *repo.Repository, paths ...dav.Path) {
	t.Helper()
	seen := make(map[dav.ResourceID]dav.Path)
	for _, p := range paths {
		if other, ok := seen[id(t, r, p)]; ok {
			t.Errorf("%s and %s are the same resource", p, other)
		}
		seen[id(t, r, p)] = p
	}
}

func TestBI24(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/a", "/a/x", "/b"} {
		mkcol(t, r, p)
	}
	put(t, r, "/a/x/m", "member")
	bind(t, r, "/b", "y", "/a/x")
	bind(t, r, "/a/x", "up", "/a")
	remove(t, r, "/a")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read(t, r, "/b/y/m") != "member" || mapped(t, r, "/a") {
		t.Error("DELETE took what is also bound elsewhere")
	}
	same(t, r, "/b/y", "/b/y/up/x") // what /a was is still reached through the loop
	remove(t, r, "/b/y/up")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantListed(t, r, "/", naive, "/", "/b/", "/b/y/", "/b/y/m")
	if s := stats(t, r); s.Resources != 4 {
		t.Errorf("%d resources are left, want 4", s.Resources)
	}
}

func TestBI25(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/c", "/d", "/e"} {
		mkcol(t, r, p)
	}
	put(t, r, "/f", "file")
	put(t, r, "/e/m", "member")
	bind(t, r, "/c", "two", "/f")
	bind(t, r, "/c", "three", "/f")
	bind(t, r, "/d", "kept", "/e")
	was := id(t, r, "/f")
	move := func(from, to dav.Path) {
		t.Helper()
		if _, err := r.Move(t.Context(), dav.CopyRequest{From: from, To: to}, unreported(t)); err != nil {
			t.Fatal(err)
		}
	}
	move("/f", "/d/f")
	move("/c", "/e")
	same(t, r, "/d/f", "/e/two", "/e/three")
	if id(t, r, "/d/f") != was || read(t, r, "/d/kept/m") != "member" {
		t.Error("MOVE disturbed other bindings")
	}
}

func TestBI26(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/d")
	put(t, r, "/c/x", "old")
	put(t, r, "/g", "new")
	bind(t, r, "/", "other", "/c/x")
	was := id(t, r, "/c/x")
	copyTree(t, r, "/g", "/c/x")
	if id(t, r, "/other") != was || id(t, r, "/c/x") != was || read(t, r, "/other") != "new" {
		t.Error("COPY disturbed the bindings of its destination")
	}
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/other", To: "/c/x"}, unreported(t)); refusal(err) != "forbidden" {
		t.Errorf("COPY onto itself: %v", err)
	}
	bind(t, r, "/d", "c", "/c")
	put(t, r, "/d/f", "x")
	copyTree(t, r, "/d", "/d2")
	copyTree(t, r, "/d2", "/c")
	same(t, r, "/c", "/d/c")
	wantListed(t, r, "/c", aware, "/c/", "/c/c/", "/c/c/x", "/c/f")
}

func TestBI27(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/X")
	mkcol(t, r, "/X/Y")
	put(t, r, "/X/x", "R1")
	put(t, r, "/X/Y/y", "R2")
	bind(t, r, "/X", "again", "/X/x")
	bind(t, r, "/X/Y", "Z", "/X")
	check := func(top dav.Path) {
		t.Helper()
		same(t, r, top, top.Join("Y").Join("Z"), top.Join("Y").Join("Z").Join("Y").Join("Z"))
		same(t, r, top.Join("x"), top.Join("again"))
		distinct(t, r, "/X", top, "/X/Y", top.Join("Y"), "/X/x", top.Join("x"), "/X/Y/y", top.Join("Y").Join("y"))
		wantListed(t, r, top, dav.Query{Depth: dav.DepthInfinity}, "loop detected")
		if got := len(listed(t, r, top, aware)); got != 6 {
			t.Errorf("%s has %d bindings, want 6", top, got)
		}
	}
	copyTree(t, r, "/X", "/A")
	check("/A")
	mkcol(t, r, "/B")
	put(t, r, "/B/old", "x")
	copyTree(t, r, "/X", "/B")
	check("/B")
	put(t, r, "/C", "a file")
	copyTree(t, r, "/X", "/C")
	check("/C")
	copyTree(t, r, "/X/Y", "/D")
	same(t, r, "/D", "/D/Z/Y")
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/X/Y", To: "/E"}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	wantListed(t, r, "/E", naive, "/E/")
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/A/Y", To: "/B"}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	wantListed(t, r, "/B", naive, "/B/")
	// Depth 0 of what is bound to itself.
	mkcol(t, r, "/F")
	bind(t, r, "/F", "self", "/F")
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/F", To: "/G"}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	wantListed(t, r, "/G", naive, "/G/")
}

// A COPY into what it copies, by a name that does not tell, copies what was
// there before.
func TestCopyIsSnapshot(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/s")
	mkcol(t, r, "/s/in")
	put(t, r, "/s/in/f", "x")
	put(t, r, "/s/g", "y")
	bind(t, r, "/", "alias", "/s/in")
	want := []string{"/alias/new/", "/alias/new/g", "/alias/new/in/", "/alias/new/in/f"}
	copyTree(t, r, "/s", "/alias/new")
	wantListed(t, r, "/alias/new", naive, want...)
	remove(t, r, "/alias/new")
	// In place of a file in there, which the copy still has.
	put(t, r, "/alias/new", "a file")
	copyTree(t, r, "/s", "/alias/new")
	wantListed(t, r, "/alias/new", naive, append(slices.Clone(want), "/alias/new/in/new")...)
	remove(t, r, "/alias/new")
	// Onto a collection in there.
	copyTree(t, r, "/s", "/alias")
	wantListed(t, r, "/s", naive, "/s/", "/s/g", "/s/in/", "/s/in/g", "/s/in/in/", "/s/in/in/f")
	same(t, r, "/alias", "/s/in")
	// Onto a collection that leads to the source.
	bind(t, r, "/", "deep", "/s/in/in")
	copyTree(t, r, "/deep", "/s")
	wantListed(t, r, "/s", naive, "/s/", "/s/f")
	for _, c := range []struct{ from, to dav.Path }{{"/s", "/s/x"}, {"/s", "/s"}, {"/alias/in", "/alias"}} {
		if _, err := r.Copy(t.Context(), dav.CopyRequest{From: c.from, To: c.to, Depth: dav.DepthInfinity}, unreported(t)); refusal(err) != "forbidden" {
			t.Errorf("COPY of %s to %s: %v", c.from, c.to, err)
		}
	}
}

package repo_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// A listing never goes over to another collection, also when its own is gone
// and the database gives its row id to a new one.
func TestListingOfDeletedCollection(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	fill(t, r, "/gone", 1200)
	n := 0
	for res, err := range r.List(t.Context(), "/gone", dav.Query{Depth: dav.Depth1}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(res.Path), "secret") {
			t.Fatalf("the listing of /gone shows %s, which is another's", res.Path)
		}
		if n++; n == 10 {
			remove(t, r, "/gone")
			if _, err := r.Reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
			mkcol(t, r, "/other")
			for i := range 10 {
				put(t, r, dav.Path(fmt.Sprintf("/other/secret %d", i)), "x")
			}
		}
	}
}

// A page of a listing is bounded in bytes, too.
func TestListingMemory(t *testing.T) {
	r := open(t, repo.Options{})
	const members, size = 150, 400_000
	xml := "<x>" + strings.Repeat("x", size) + "</x>"
	mkcol(t, r, "/c")
	for i := range members {
		p := dav.Path(fmt.Sprintf("/c/%03d", i))
		put(t, r, p, "x")
		set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Local: "x"}, XML: xml}}}
		if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: p, Updates: set}); err != nil {
			t.Fatal(err)
		}
	}
	n, peak := 0, uint64(0)
	for res, err := range r.List(t.Context(), "/c", dav.Query{Depth: dav.Depth1, Dead: dav.DeadAll}) {
		if err != nil {
			t.Fatal(err)
		}
		if res.Collection {
			continue
		}
		if len(res.Dead) != 1 || len(res.Dead[0].XML) != len(xml) {
			t.Fatalf("%s lacks its property", res.Path)
		}
		if n++; n%10 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if n != members {
		t.Errorf("%d members, want %d", n, members)
	}
	if peak > 20<<20 {
		t.Errorf("%d MiB in use while listing %d MiB", peak>>20, members*size>>20)
	}
}

// MOVE is one binding, so it can lengthen the URLs of a tree beyond what a
// request can name. A listing stops there: its cost stays bounded, and no href
// leads nowhere.
func TestListingBeyondNameableURLs(t *testing.T) {
	r := open(t, repo.Options{})
	long := strings.Repeat("n", dav.MaxSegment)
	chain := func(p dav.Path, n int) dav.Path {
		for range n {
			mkcol(t, r, p)
			p = p.Join(long)
		}
		return p
	}
	bottom := chain("/a", 12)
	chain("/b", 12)
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/b", To: bottom}, nil); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for res, err := range r.List(t.Context(), "/", dav.Query{Depth: dav.DepthInfinity}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, bad := dav.ParsePath(string(res.Path)); (bad != nil) != (res.Err != nil) {
			t.Errorf("a path of %d bytes: %v, but %v", len(res.Path), res.Err, bad)
		}
		if res.Err != nil {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d members can't be named, want the first of them alone", refused)
	}
}

// Locks are told of members on every page.
func TestListingLocks(t *testing.T) {
	r := open(t, repo.Options{})
	fill(t, r, "/c", 700)
	want := map[dav.Path]int{"/c/member number 000003.txt": 2, "/c/member number 000049.txt": 1, "/c/member number 000050.txt": 1, "/c/member number 000699.txt": 1}
	for p, n := range want {
		for range n {
			if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: p, Scope: dav.Shared}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for res, err := range r.List(t.Context(), "/", dav.Query{Depth: dav.DepthInfinity, Locks: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Locks) != want[res.Path] {
			t.Errorf("%s has %d locks, want %d", res.Path, len(res.Locks), want[res.Path])
		}
		for _, l := range res.Locks {
			if l.Root != res.Path {
				t.Errorf("%s shows the lock of %s", res.Path, l.Root)
			}
		}
	}
}

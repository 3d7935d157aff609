package repo_test

import (
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

func as(who string) *dav.Conditions { return &dav.Conditions{Principal: who} }

// putAs stores so many bytes.
func putAs(t testing.TB, r *repo.Repository, who string, p dav.Path, bytes int) error {
	t.Helper()
	_, _, err := r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader(strings.Repeat("x", bytes)),
		Length: int64(bytes), Conditions: as(who)})
	return err
}

// quotaOf is what a listing tells of a collection.
func quotaOf(t testing.TB, r *repo.Repository, who string, p dav.Path) (used, available int64) {
	t.Helper()
	for res, err := range r.List(t.Context(), p, dav.Query{Quota: true, Conditions: as(who)}) {
		if err != nil {
			t.Fatal(err)
		}
		if res.Quota == nil {
			t.Fatalf("%s has no quota", p)
		}
		return res.Quota.Used, res.Quota.Available
	}
	return 0, 0
}

func wantQuota(t testing.TB, r *repo.Repository, who string, p dav.Path, used, available int64) {
	t.Helper()
	if u, a := quotaOf(t, r, who, p); u != used || a != available {
		t.Errorf("%s as %q: %d used, %d available; want %d, %d", p, who, u, a, used, available)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantOver(t testing.TB, what string, err error) {
	t.Helper()
	e, is := errors.AsType[*dav.Error](err)
	if !is || e.Kind != dav.NoSpace || e.Condition.Name != dav.QuotaNotExceeded {
		t.Errorf("%s: %v, want quota-not-exceeded", what, err)
	}
}

// QU-01, QU-04: used follows what is below, whatever is done to it.
func TestQuotaUsed(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/q", "/q/d", "/q/d/e", "/out", "/out/t"} {
		mkcol(t, r, p)
	}
	ok(t, r.SetQuota(t.Context(), "/q", 1000))
	used := int64(0)
	grows := func(what string, by int64, err error) {
		t.Helper()
		ok(t, err)
		if used += by; t.Failed() {
			t.Fatal(what)
		}
		wantQuota(t, r, "", "/q", used, 1000-used)
		wantQuota(t, r, "", "/q/d", used, 1000-used)
	}
	copied := func(from, to dav.Path) error {
		_, err := r.Copy(t.Context(), dav.CopyRequest{From: from, To: to, Depth: dav.DepthInfinity}, nil)
		return err
	}
	moved := func(from, to dav.Path) error {
		_, err := r.Move(t.Context(), dav.CopyRequest{From: from, To: to}, nil)
		return err
	}
	deleted := func(p dav.Path) error {
		return r.Delete(t.Context(), dav.DeleteRequest{Path: p}, nil)
	}
	grows("PUT", 100, putAs(t, r, "", "/q/d/e/f", 100))
	grows("overwrite", -70, putAs(t, r, "", "/q/d/e/f", 30))
	grows("PUT outside", 0, putAs(t, r, "", "/out/g", 200))
	grows("COPY of a file", 30, copied("/q/d/e/f", "/q/f"))
	grows("COPY of a tree", 30, copied("/q/d", "/q/d2"))
	grows("COPY onto a file", 170, copied("/out/g", "/q/f"))
	grows("COPY onto a tree", -30, copied("/out/t", "/q/d2"))
	grows("MOVE within", 0, moved("/q/d/e", "/q/e"))
	grows("MOVE of a file out", -30, moved("/q/e/f", "/out/f"))
	grows("MOVE of a file in, over another", -170, moved("/out/f", "/q/f"))
	grows("PUT", 5, putAs(t, r, "", "/q/e/h", 5))
	grows("MOVE of a tree out", -5, moved("/q/e", "/out/e"))
	grows("MOVE of a tree in", 5, moved("/out/e", "/q/d/e"))
	grows("DELETE of a file", -30, deleted("/q/f"))
	grows("DELETE of a tree", -5, deleted("/q/d/e"))
}

// QU-03: what goes over a quota is refused and changes nothing; what makes less
// is not, nor what stays the same.
func TestQuotaHolds(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{InlineMax: 50})
	mkcol(t, r, "/q")
	mkcol(t, r, "/q/d")
	mkcol(t, r, "/out")
	ok(t, putAs(t, r, "", "/out/big", 101))
	ok(t, putAs(t, r, "", "/out/f", 60))
	ok(t, r.SetQuota(t.Context(), "/q", 100))
	ok(t, putAs(t, r, "", "/q/d/f", 60))
	blobs := blobFiles(t, dir)
	refused := map[string]func() error{
		"PUT":           func() error { return putAs(t, r, "", "/q/g", 41) },
		"PUT of a blob": func() error { return putAs(t, r, "", "/q/g", 70) },
		"overwrite":     func() error { return putAs(t, r, "", "/q/d/f", 101) },
		"COPY": func() error {
			_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/out/f", To: "/q/g"}, nil)
			return err
		},
		"COPY of a tree": func() error {
			_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/q/d", To: "/q/d2", Depth: dav.DepthInfinity}, nil)
			return err
		},
		"COPY onto a file": func() error {
			_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/out/big", To: "/q/d/f"}, nil)
			return err
		},
		"COPY onto a tree": func() error {
			_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/out", To: "/q/d", Depth: dav.DepthInfinity}, nil)
			return err
		},
		"MOVE": func() error {
			_, err := r.Move(t.Context(), dav.CopyRequest{From: "/out/f", To: "/q/g"}, nil)
			return err
		},
		"MOVE of a tree": func() error {
			_, err := r.Move(t.Context(), dav.CopyRequest{From: "/out", To: "/q/out"}, nil)
			return err
		},
	}
	for what, do := range refused {
		wantOver(t, what, do())
		wantQuota(t, r, "", "/q", 60, 40)
		if n := blobFiles(t, dir); n != blobs {
			t.Errorf("%s left %d blobs behind", what, n-blobs)
		}
	}
	ok(t, putAs(t, r, "", "/q/g", 40))
	wantOver(t, "MKCOL", r.Mkcol(t.Context(), dav.MkcolRequest{Path: "/q/new"}))
	wantOver(t, "PUT of nothing", putAs(t, r, "", "/q/new", 0))
	_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/q/new"}, nil)
	wantOver(t, "LOCK", err)
	ok(t, putAs(t, r, "", "/q/g", 40))
	ok(t, r.SetQuota(t.Context(), "/q", 10))
	wantQuota(t, r, "", "/q", 100, 0)
	ok(t, putAs(t, r, "", "/q/g", 39))
	wantOver(t, "one byte more", putAs(t, r, "", "/q/g", 40))
	_, err = r.Move(t.Context(), dav.CopyRequest{From: "/q/g", To: "/q/d/g"}, nil)
	ok(t, err)
	ok(t, r.RemoveQuota(t.Context(), "/q"))
	ok(t, putAs(t, r, "", "/q/h", 500))
}

// What was taken out of a quota is counted by the reclaimer or, if something
// comes before that, by who brings it.
func TestQuotaRecount(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	for _, p := range []dav.Path{"/q", "/q/d", "/q/d/e", "/out"} {
		mkcol(t, r, p)
	}
	ok(t, putAs(t, r, "", "/q/d/f", 60))
	ok(t, putAs(t, r, "", "/q/d/e/f", 50))
	ok(t, r.SetQuota(t.Context(), "/q", 70)) // over it
	for _, bytes := range []int{45, 30} {
		ok(t, putAs(t, r, "", "/out/f", bytes))
		_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/out", To: "/q/d/e", Depth: dav.DepthInfinity}, nil)
		ok(t, err) // there is less than before
		wantQuota(t, r, "", "/q", 60+int64(bytes), 0)
	}
	ok(t, r.SetQuota(t.Context(), "/q", 100))
	remove(t, r, "/q/d/e")
	wantQuota(t, r, "", "/q", 60, 40)
	ok(t, r.SetQuota(t.Context(), "/q", 89))
	mkcol(t, r, "/q/g")
	remove(t, r, "/q/g")
	_, err := r.Move(t.Context(), dav.CopyRequest{From: "/out", To: "/q/out"}, nil)
	wantOver(t, "MOVE", err)
	wantOver(t, "PUT", putAs(t, r, "", "/q/g", 30))
	ok(t, putAs(t, r, "", "/q/g", 29))
	wantQuota(t, r, "", "/q", 89, 0)
	remove(t, r, "/q/d")
	_, err = r.Reclaim(t.Context())
	ok(t, err)
	wantQuota(t, r, "", "/q", 29, 60)
}

// The collection's quota stays with it where it is moved, and every one on the
// way up counts.
func TestQuotaNested(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/a", "/a/b", "/c"} {
		mkcol(t, r, p)
	}
	ok(t, r.SetQuota(t.Context(), "/a", 100))
	ok(t, r.SetQuota(t.Context(), "/a/b", 70))
	ok(t, putAs(t, r, "", "/a/f", 50))
	wantQuota(t, r, "", "/a/b", 50, 50)
	wantOver(t, "PUT over the outer quota", putAs(t, r, "", "/a/b/f", 51))
	ok(t, putAs(t, r, "", "/a/b/f", 45))
	wantQuota(t, r, "", "/a/b", 95, 5)
	_, err := r.Move(t.Context(), dav.CopyRequest{From: "/a/b", To: "/c/b"}, nil)
	ok(t, err)
	wantQuota(t, r, "", "/c/b", 45, 25)
	wantQuota(t, r, "", "/a", 50, 50)
	wantOver(t, "PUT over the inner quota", putAs(t, r, "", "/c/b/g", 26))
	for res, err := range r.List(t.Context(), "/", dav.Query{Depth: dav.DepthInfinity, Quota: true}) {
		ok(t, err)
		if want := map[dav.Path]int64{"/c/b": 25, "/a": 50}[res.Path]; want != 0 && res.Quota.Available != want {
			t.Errorf("in a listing %s has %d bytes available, want %d", res.Path, res.Quota.Available, want)
		}
		if res.Collection != (res.Quota != nil) {
			t.Errorf("in a listing %s has the quota %v", res.Path, res.Quota)
		}
	}
	collections, owners, err := r.Quotas(t.Context())
	ok(t, err)
	if len(collections) != 2 || len(owners) != 0 || collections[1] != (repo.CollectionQuota{Path: "/c/b", Bytes: 70, Used: 45}) {
		t.Errorf("the quotas are %v and %v", collections, owners)
	}
	remove(t, r, "/c/b")
	_, err = r.Reclaim(t.Context())
	ok(t, err)
	if collections, _, err = r.Quotas(t.Context()); len(collections) != 1 || err != nil {
		t.Errorf("after the DELETE of a collection the quotas are %v, %v", collections, err)
	}
}

// A principal pays for what it made, whoever overwrites it and wherever it is;
// what waits to be reclaimed stands in nobody's way.
func TestOwnerQuota(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true, InlineMax: 50})
	ok(t, r.SetOwnerQuota(t.Context(), "alice", 100))
	ok(t, putAs(t, r, "alice", "/f", 90))
	wantQuota(t, r, "alice", "/", 90, 10)
	wantOver(t, "PUT", putAs(t, r, "alice", "/g", 11))
	wantOver(t, "PUT of a blob", putAs(t, r, "alice", "/g", 60))
	wantOver(t, "another's overwrite", putAs(t, r, "bob", "/f", 101))
	ok(t, putAs(t, r, "bob", "/g", 1000))
	_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/g", To: "/h", Conditions: as("alice")}, nil)
	wantOver(t, "COPY", err)
	ok(t, putAs(t, r, "", "/anonymous", 1000))

	remove(t, r, "/f") // not reclaimed yet
	ok(t, putAs(t, r, "alice", "/i", 80))
	remove(t, r, "/i")
	ok(t, putAs(t, r, "alice", "/j", 30))
	ok(t, putAs(t, r, "alice", "/k", 30))
	wantQuota(t, r, "alice", "/", 60, 40)
	ok(t, putAs(t, r, "alice", "/l", 40))
	wantOver(t, "MKCOL", r.Mkcol(t.Context(), dav.MkcolRequest{Path: "/c", Conditions: as("alice")}))

	ok(t, r.SetOwnerQuota(t.Context(), "", 50))
	wantOver(t, "PUT over the default", putAs(t, r, "carol", "/c", 51))
	ok(t, putAs(t, r, "", "/anonymous2", 51))
	_, owners, err := r.Quotas(t.Context())
	ok(t, err)
	if len(owners) != 2 || owners[1] != (repo.OwnerQuota{Owner: "alice", Bytes: 100, Used: 100}) {
		t.Errorf("the quotas of owners are %v", owners)
	}
	ok(t, r.RemoveOwnerQuota(t.Context(), ""))
	if err := r.RemoveOwnerQuota(t.Context(), ""); dav.KindOf(err) != dav.NotFound {
		t.Errorf("removing a quota twice: %v", err)
	}
	ok(t, putAs(t, r, "carol", "/c", 51))
}

// reading counts what is read of a body.
type reading struct {
	left, read int
}

func (b *reading) Read(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.read += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// A body that is announced as too long is not read, and one of unknown length
// no further than to where it is.
func TestQuotaStopsEarly(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{InlineMax: 10})
	ok(t, r.SetQuota(t.Context(), "/", 1<<20))
	for _, length := range []int64{8 << 20, -1} {
		b := &reading{left: 8 << 20}
		_, _, err := r.Put(t.Context(), dav.PutRequest{Path: "/f", Body: b, Length: length})
		wantOver(t, "PUT", err)
		if most := 2 << 20; length > 0 && b.read > 0 || b.read > most {
			t.Errorf("with the length %d: %d bytes were read", length, b.read)
		}
		if n := blobFiles(t, dir); n != 0 {
			t.Errorf("%d blobs are left behind", n)
		}
	}
	_, _, err := r.Put(t.Context(), dav.PutRequest{Path: "/f", Body: &reading{left: 1 << 20}, Length: -1})
	ok(t, err)
	_, _, err = r.Put(t.Context(), dav.PutRequest{Path: "/f", Body: &reading{left: 1 << 20}, Length: -1})
	ok(t, err)
}

// Without any quota the disk is the limit, and all is used that there is; with
// the sum of both there is no number beyond 63 bits (M7).
func TestQuotaNone(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	ok(t, putAs(t, r, "", "/f", 100))
	used, available := quotaOf(t, r, "", "/c")
	if used != 100 || available <= 0 || used+available < 0 {
		t.Errorf("%d used, %d available", used, available)
	}
	remove(t, r, "/f")
	if used, _ := quotaOf(t, r, "", "/c"); used != 0 {
		t.Errorf("%d used after all was deleted", used)
	}
	ok(t, r.SetQuota(t.Context(), "/", 1<<63-1))
	ok(t, putAs(t, r, "", "/f", 100))
	if err := r.SetQuota(t.Context(), "/f", 1); dav.KindOf(err) != dav.Conflict {
		t.Errorf("a quota for a file: %v", err)
	}
}

// Without quotas nobody pays for them, least of all an anonymous PUT.
func TestQuotaCostsNothing(t *testing.T) {
	r, s := openNoting(t)
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	put(t, r, "/c/f", "other")
	put(t, r, "/c/big", big)
	_, err := r.Move(t.Context(), dav.CopyRequest{From: "/c", To: "/d"}, nil)
	ok(t, err)
	remove(t, r, "/d")
	words := regexp.MustCompile(`\b(quota|owner_quota|usage)\b`)
	for sql := range s.seen {
		if words.MatchString(sql) {
			t.Error(sql)
		}
	}
	put(t, r, "/f", "x")
	clear(s.seen)
	ok(t, putAs(t, r, "", "/f", 5))
	for sql := range s.seen {
		if strings.Contains(sql, "tally") && !strings.Contains(sql, "step = step + 2") {
			t.Errorf("a PUT needs a statement for the bytes: %s", sql)
		}
	}
	ok(t, r.SetQuota(t.Context(), "/", 100))
	ok(t, putAs(t, r, "ann", "/g", 5))
	if n := len(s.seen); !slices.ContainsFunc(slices.Collect(maps.Keys(s.seen)), words.MatchString) {
		t.Errorf("the test sees nothing, among %d statements", n)
	}
}

// everyMethodWithQuotas is everyMethod where there are quotas of all kinds.
func everyMethodWithQuotas(t *testing.T, r *repo.Repository) {
	t.Helper()
	ok(t, r.SetQuota(t.Context(), "/", 1<<40))
	ok(t, r.SetOwnerQuota(t.Context(), "", 1<<40))
	mkcol(t, r, "/q")
	ok(t, r.SetQuota(t.Context(), "/q", 1<<40))
	ok(t, putAs(t, r, "ann", "/q/f", 10))
	ok(t, putAs(t, r, "ann", "/q/f", 1<<20))
	for _, err := range r.List(t.Context(), "/", dav.Query{Depth: dav.Depth1, Quota: true, Conditions: as("ann")}) {
		ok(t, err)
	}
	everyMethod(t, r)
	remove(t, r, "/q")
	_, err := r.Reclaim(t.Context())
	ok(t, err)
}

// RFC 6578, RFC 5323: what changed and what was found is told with its quota.
func TestQuotaToldElsewhere(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/q")
	mkcol(t, r, "/q/d")
	ok(t, r.SetQuota(t.Context(), "/q", 100))
	ok(t, r.SetOwnerQuota(t.Context(), "ann", 50))
	for who, available := range map[string]int64{"": 100, "ann": 50} {
		told := func(how string, res *dav.Resource) {
			if res.Quota == nil || *res.Quota != (dav.Quota{Available: available}) {
				t.Errorf("%s tells %q of %s: %v", how, who, res.Path, res.Quota)
			}
		}
		n := 0
		_, _, err := r.Sync(t.Context(), dav.SyncRequest{Path: "/q", Query: dav.Query{Quota: true}, Conditions: as(who)}, func(c *dav.Change) error {
			n++
			told("Sync", c.Resource)
			return nil
		})
		ok(t, err)
		search := dav.SearchRequest{Path: "/", Scope: "/q/d", Query: dav.Query{Quota: true}, Limit: -1, Conditions: as(who)}
		for res, err := range r.Search(t.Context(), search, func() {}) {
			ok(t, err)
			n++
			told("Search", res)
		}
		if n != 2 {
			t.Errorf("%d told, want 2", n)
		}
	}
}

// The quota of a collection that loops back to itself counts each file once.
func TestQuotaLoop(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/q")
	mkcol(t, r, "/q/d")
	ok(t, putAs(t, r, "", "/q/d/f", 10))
	bind(t, r, "/q/d", "up", "/q")
	bind(t, r, "/", "again", "/q/d")
	ok(t, r.SetQuota(t.Context(), "/q", 100))
	wantQuota(t, r, "", "/q", 10, 90)
	ok(t, putAs(t, r, "", "/again/g", 5))
	wantQuota(t, r, "", "/q/d/up/d", 15, 85)
	remove(t, r, "/q/d")
	wantQuota(t, r, "", "/again/up", 0, 100)
	ok(t, putAs(t, r, "", "/again/g", 500))
}

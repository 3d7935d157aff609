package repo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
)

var _ davserver.Syncer = (*repo.Repository)(nil)

// report is an answer: the URLs told, with a plus or, if removed, a minus.
type report struct {
	told  []string
	token string
	more  bool
}

func (r report) String() string { return strings.Join(r.told, " ") }

func syncTry(r *repo.Repository, q dav.SyncRequest) (a report, err error) {
	a.token, a.more, err = r.Sync(context.Background(), q, func(c *dav.Change) error {
		sign := "+"
		if c.Removed {
			sign = "-"
		}
		a.told = append(a.told, sign+c.Resource.Path.Href(c.Resource.Collection))
		return nil
	})
	return a, err
}

func syncOf(t testing.TB, r *repo.Repository, p dav.Path, token string, infinite bool) report {
	t.Helper()
	a, err := syncTry(r, dav.SyncRequest{Path: p, Token: token, Infinite: infinite})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(a.told)
	return a
}

// told checks what has changed since a token, and gives the next one.
func told(t testing.TB, r *repo.Repository, p dav.Path, token string, infinite bool, want string) string {
	t.Helper()
	a := syncOf(t, r, p, token, infinite)
	if a.String() != want || a.more {
		t.Errorf("infinite %v: told %q, more %v; want %q", infinite, a, a.more, want)
	}
	return a.token
}

func stateOf(t testing.TB, r *repo.Repository, p dav.Path) *dav.Resource {
	t.Helper()
	for res, err := range r.List(t.Context(), p, dav.Query{SyncToken: true, Changes: true}) {
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	return nil
}

func move(t testing.TB, r *repo.Repository, from, to dav.Path) {
	t.Helper()
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: from, To: to}, nil); err != nil {
		t.Fatal(err)
	}
}

// mustRefuse wants the condition valid-sync-token.
func mustRefuse(t testing.TB, r *repo.Repository, p dav.Path, token string) {
	t.Helper()
	_, err := syncTry(r, dav.SyncRequest{Path: p, Token: token})
	var e *dav.Error
	if !errors.As(err, &e) || e.Kind != dav.Forbidden || e.Condition.Name != dav.ValidSyncToken || e.Message == "" {
		t.Errorf("the token %.100q: %v, want valid-sync-token", token, err)
	}
}

// SY-05: at first everything is told, and nothing as removed.
func TestSyncInitial(t *testing.T) {
	r := open(t, repo.Options{})
	told(t, r, "/", "", true, "")
	for _, p := range []dav.Path{"/c", "/c/d", "/c/gone"} {
		mkcol(t, r, p)
	}
	put(t, r, "/c/d/f", "x")
	put(t, r, "/c/f", "x")
	put(t, r, "/c/old", "x")
	remove(t, r, "/c/gone")
	remove(t, r, "/c/old")
	told(t, r, "/c", "", false, "+/c/d/ +/c/f")
	told(t, r, "/c", "", true, "+/c/d/ +/c/d/f +/c/f")
	told(t, r, "/c/d", "", true, "+/c/d/f")
}

// SY-06, SY-07, SY-08 and SY-09: what each change tells, on both levels.
func TestSyncChanges(t *testing.T) {
	for _, c := range []struct {
		name          string
		do            func(t *testing.T, r *repo.Repository)
		one, infinite string
	}{
		{"PUT", func(t *testing.T, r *repo.Repository) { put(t, r, "/c/new", "x"); put(t, r, "/c/f", "y") }, "+/c/f +/c/new", "+/c/f +/c/new"},
		{"PUT below", func(t *testing.T, r *repo.Repository) { put(t, r, "/c/d/f", "y") }, "", "+/c/d/f"},
		{"MKCOL", func(t *testing.T, r *repo.Repository) { mkcol(t, r, "/c/new") }, "+/c/new/", "+/c/new/"},
		{"LOCK", func(t *testing.T, r *repo.Repository) {
			if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c/new"}, nil); err != nil {
				t.Fatal(err)
			}
		}, "+/c/new", "+/c/new"},
		{"COPY", func(t *testing.T, r *repo.Repository) {
			if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/c/d", To: "/c/new", Depth: dav.DepthInfinity}, nil); err != nil {
				t.Fatal(err)
			}
		}, "+/c/new/", "+/c/new/ +/c/new/f"},
		{"MOVE", func(t *testing.T, r *repo.Repository) { move(t, r, "/c/d", "/c/new") }, "+/c/new/ -/c/d/", "+/c/new/ +/c/new/f -/c/d/"},
		{"MOVE in", func(t *testing.T, r *repo.Repository) { move(t, r, "/other", "/c/d/new") }, "", "+/c/d/new/ +/c/d/new/f"},
		{"MOVE out", func(t *testing.T, r *repo.Repository) { move(t, r, "/c/d", "/other/new") }, "-/c/d/", "-/c/d/"},
		{"changed and moved", func(t *testing.T, r *repo.Repository) {
			put(t, r, "/c/d/f", "y")
			put(t, r, "/c/d/g", "y")
			remove(t, r, "/c/d/g")
			move(t, r, "/c/d", "/c/new")
		}, "+/c/new/ -/c/d/", "+/c/new/ +/c/new/f -/c/d/"},
		{"moved and changed", func(t *testing.T, r *repo.Repository) {
			move(t, r, "/c/d", "/c/new")
			put(t, r, "/c/new/g", "y")
			remove(t, r, "/c/new/f")
		}, "+/c/new/ -/c/d/", "+/c/new/ +/c/new/g -/c/d/ -/c/new/f"},
		{"BIND", func(t *testing.T, r *repo.Repository) { bind(t, r, "/c", "new", "/other") }, "+/c/new/", "+/c/new/ +/c/new/f"},
		{"PUT through a binding", func(t *testing.T, r *repo.Repository) {
			bind(t, r, "/other", "here", "/c/d")
			put(t, r, "/other/here/f", "y")
		}, "", "+/c/d/f"},
		{"UNBIND", func(t *testing.T, r *repo.Repository) {
			if err := r.Unbind(t.Context(), dav.UnbindRequest{Collection: "/c", Segment: "f"}, nil); err != nil {
				t.Fatal(err)
			}
		}, "-/c/f", "-/c/f"},
		{"REBIND", func(t *testing.T, r *repo.Repository) {
			if _, err := r.Rebind(t.Context(), dav.BindRequest{Collection: "/c", Segment: "new", Source: "/c/d/f"}, nil); err != nil {
				t.Fatal(err)
			}
		}, "+/c/new", "+/c/new -/c/d/f"},
		{"DELETE", func(t *testing.T, r *repo.Repository) { remove(t, r, "/c/f") }, "-/c/f", "-/c/f"},
		{"DELETE of a tree", func(t *testing.T, r *repo.Repository) { remove(t, r, "/c/d/f"); remove(t, r, "/c/d") }, "-/c/d/", "-/c/d/"},
		{"added and removed", func(t *testing.T, r *repo.Repository) { put(t, r, "/c/new", "x"); remove(t, r, "/c/new") }, "-/c/new", "-/c/new"},
		{"removed and added", func(t *testing.T, r *repo.Repository) { remove(t, r, "/c/f"); put(t, r, "/c/f", "x") }, "+/c/f", "+/c/f"},
		{"removed and added as a collection", func(t *testing.T, r *repo.Repository) { remove(t, r, "/c/f"); mkcol(t, r, "/c/f") }, "+/c/f/", "+/c/f/"},
		{"an empty collection is replaced", func(t *testing.T, r *repo.Repository) { remove(t, r, "/c/empty"); mkcol(t, r, "/c/empty") }, "+/c/empty/", "+/c/empty/"},
		{"spelled differently", func(t *testing.T, r *repo.Repository) {
			for _, s := range []string{"\u00e9", "e\u0301", "\u00e9"} {
				p := dav.Path("/c/d/" + s)
				put(t, r, p, "x")
				remove(t, r, p)
			}
			put(t, r, "/c/d/e\u0301", "x")
		}, "", "+/c/d/e%CC%81 -/c/d/%C3%A9"},
		{"PROPPATCH", func(t *testing.T, r *repo.Repository) {
			set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Local: "x"}, XML: "<x/>"}}}
			if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/c/f", Updates: set}); err != nil {
				t.Fatal(err)
			}
		}, "", ""},
		{"elsewhere", func(t *testing.T, r *repo.Repository) { put(t, r, "/other/g", "x"); remove(t, r, "/other/f") }, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := open(t, repo.Options{})
			for _, p := range []dav.Path{"/c", "/c/d", "/c/empty", "/other"} {
				mkcol(t, r, p)
			}
			for _, p := range []dav.Path{"/c/f", "/c/d/f", "/other/f"} {
				put(t, r, p, "x")
			}
			token := stateOf(t, r, "/c").SyncToken
			c.do(t, r)
			told(t, r, "/c", told(t, r, "/c", token, false, c.one), true, "")
			told(t, r, "/c", told(t, r, "/c", token, true, c.infinite), false, "")
		})
	}
}

// SY-06: a resource with two bindings changes at both URLs; a loop ends.
func TestSyncBindings(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/d")
	put(t, r, "/c/d/f", "x")
	bind(t, r, "/c", "e", "/c/d")
	bind(t, r, "/c", "f", "/c/d/f")
	bind(t, r, "/c/d", "loop", "/c")
	all := "+/c/d/ +/c/d/f +/c/d/loop/ +/c/e/ +/c/e/f +/c/e/loop/ +/c/f"
	token := told(t, r, "/c", "", true, all)
	put(t, r, "/c/e/f", "y")
	token = told(t, r, "/c", token, true, "+/c/d/f +/c/e/f +/c/f")
	remove(t, r, "/c/e/f")
	token = told(t, r, "/c", token, true, "-/c/d/f -/c/e/f")
	remove(t, r, "/c/e")
	token = told(t, r, "/c", token, true, "-/c/e/")
	mkcol(t, r, "/c/d/s")
	bind(t, r, "/c/d/s", "up", "/c/d")
	token = told(t, r, "/c", token, true, "+/c/d/s/ +/c/d/s/up/")
	put(t, r, "/c/d/s/g", "x")
	token = told(t, r, "/c", token, true, "+/c/d/s/g")
	bind(t, r, "/c", "s", "/c/d/s")
	told(t, r, "/c", token, true, "+/c/s/ +/c/s/g +/c/s/up/ +/c/s/up/loop/ +/c/s/up/s/")
}

// A collection with members that is removed and made again is told as the one
// and then as the other, so that a client forgets what was below it.
func TestSyncReplacedCollection(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/c", "/c/d"} {
		mkcol(t, r, p)
	}
	put(t, r, "/c/d/f", "x")
	token := stateOf(t, r, "/").SyncToken
	remove(t, r, "/c")
	mkcol(t, r, "/c") // without members, as what is removed next
	remove(t, r, "/c")
	put(t, r, "/before", "x")
	mkcol(t, r, "/c")
	put(t, r, "/c/g", "x")
	told(t, r, "/", token, false, "+/before +/c/")
	a := syncOf(t, r, "/", token, true)
	if a.String() != "+/before -/c/" || !a.more {
		t.Errorf("told %q, more %v", a, a.more)
	}
	told(t, r, "/", a.token, true, "+/c/ +/c/g")
}

// A token of one level goes on at the other one: what was not told there is told.
func TestSyncOtherLevel(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/a", "/c"} { // a collection may be older than the one above it
		mkcol(t, r, p)
		put(t, r, p+"/f", "x")
	}
	move(t, r, "/a", "/c/a")
	put(t, r, "/c/x", "x")
	bind(t, r, "/c/a", "x", "/c/x")
	bind(t, r, "/c/a", "y", "/c/x")
	part := func(token string, infinite bool) string {
		t.Helper()
		a, err := syncTry(r, dav.SyncRequest{Path: "/c", Token: token, Infinite: infinite, Limit: 1})
		if err != nil || !a.more {
			t.Fatalf("told %v, more %v, %v", a, a.more, err)
		}
		return a.token
	}
	told(t, r, "/c", part("", false), true, "+/c/a/f +/c/a/x +/c/a/y +/c/f +/c/x")
	told(t, r, "/c", part(part("", true), true), false, "+/c/f +/c/x")
	token := stateOf(t, r, "/c").SyncToken
	put(t, r, "/c/x", "y") // three URLs at one step
	put(t, r, "/c/z", "x")
	told(t, r, "/c", part(token, false), true, "+/c/a/x +/c/a/y +/c/x +/c/z")
	told(t, r, "/c", part(token, true), false, "+/c/x +/c/z")
}

// SY-12: an answer cut short goes on where it ended.
func TestSyncLimit(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	for _, infinite := range []bool{false, true} {
		for begin, since := range map[string]string{"initial": "", "later": stateOf(t, r, "/c").SyncToken} {
			_ = begin
			for i := range 25 {
				put(t, r, dav.Path(fmt.Sprintf("/c/%02d", i)), "x")
			}
			var all []string
			for i, want := range []int{10, 10, 5} {
				a, err := syncTry(r, dav.SyncRequest{Path: "/c", Token: since, Limit: 10, Infinite: infinite})
				if err != nil || len(a.told) != want || a.more != (i < 2) {
					t.Fatalf("answer %d: %v %v, %v", i, a, a.more, err)
				}
				all, since = append(all, a.told...), a.token
			}
			slices.Sort(all)
			if all = slices.Compact(all); len(all) != 25 {
				t.Errorf("told %v", all)
			}
			if since != stateOf(t, r, "/c").SyncToken {
				t.Errorf("the last token is %s", since)
			}
		}
	}
}

// One at a time, without changes meanwhile, is told what is told at once, each
// URL once.
func TestSyncOneByOne(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/c", "/c/d", "/c/d/e", "/c/d e", "/o"} {
		mkcol(t, r, p)
		put(t, r, p.Join("f"), "x")
	}
	bind(t, r, "/c", "s", "/c/d/e")
	bind(t, r, "/c/d e", "s", "/c/d")
	bind(t, r, "/c/d/e", "up", "/c/d")
	token := stateOf(t, r, "/c").SyncToken
	put(t, r, "/c/s/f", "y")
	put(t, r, "/c/s/e\u0301", "y")
	remove(t, r, "/c/d/f")
	bind(t, r, "/c/d/e", "o", "/o")
	mkcol(t, r, "/c/d/e/last")
	for _, since := range []string{"", token} {
		for _, infinite := range []bool{false, true} {
			want := syncOf(t, r, "/c", since, infinite)
			var got report
			for got.token, got.more = since, true; got.more; {
				a, err := syncTry(r, dav.SyncRequest{Path: "/c", Token: got.token, Infinite: infinite, Limit: 1})
				if err != nil || len(a.told) > 1 || len(got.told) > 1000 {
					t.Fatal(got, a, err)
				}
				got = report{append(got.told, a.told...), a.token, a.more}
			}
			slices.Sort(got.told)
			if got.String() != want.String() || got.token != want.token {
				t.Errorf("since %q, infinite %v:\n%s, at once\n%s", since, infinite, got, want)
			}
		}
	}
}

// Where many ways lead to one collection a report with all of them is refused,
// and one that goes through few is not.
func TestSyncTooManyURLs(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	p := dav.Path("/c")
	token := stateOf(t, r, p).SyncToken
	for range 40 {
		mkcol(t, r, p.Join("a"))
		bind(t, r, p, "b", p.Join("a"))
		p = p.Join("a")
	}
	put(t, r, p.Join("f"), "x")
	for _, since := range []string{"", token} {
		_, err := syncTry(r, dav.SyncRequest{Path: "/c", Token: since, Infinite: true})
		var e *dav.Error
		if !errors.As(err, &e) || e.Kind != dav.NoSpace || e.Condition.Name != dav.NumberOfMatchesWithinLimits {
			t.Errorf("since %q: %v", since, err)
		}
	}
	told(t, r, p, "", true, "+"+p.Join("f").Href(false))
	told(t, r, "/c", "", false, "+/c/a/ +/c/b/")
}

// What has no URL that a request can hold is left out.
func TestSyncBeyondNameableURLs(t *testing.T) {
	r := open(t, repo.Options{})
	p := dav.Path("/c")
	mkcol(t, r, p)
	for range 12 {
		p = p.Join(strings.Repeat("n", dav.MaxSegment))
		mkcol(t, r, p)
	}
	mkcol(t, r, "/d")
	q := dav.Path("/d")
	for range 5 {
		q = q.Join(strings.Repeat("m", dav.MaxSegment))
		mkcol(t, r, q)
	}
	bind(t, r, "/", "short", q)
	token := stateOf(t, r, "/").SyncToken
	move(t, r, "/d", p.Join("d"))
	for _, since := range []string{token, ""} {
		a := syncOf(t, r, "/", since, true)
		n := 0
		for _, s := range a.told {
			if len(s) > dav.MaxPath+2 {
				t.Errorf("a URL of %d bytes is told", len(s))
			}
			n++
		}
		if want := map[string]int{token: 1 + 1 + 3, "": 13 + 1 + 3 + 1}[since]; n != want {
			t.Errorf("%d members told, want %d", n, want)
		}
	}
	token = stateOf(t, r, "/").SyncToken
	put(t, r, "/short/f", "x")
	put(t, r, "/short/g", "x")
	remove(t, r, "/short/g")
	told(t, r, "/", token, true, "+/short/f -/short/g")
}

// What List tells of a resource, Sync tells too.
func TestSyncTellsAll(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	bind(t, r, "/", "g", "/c/f")
	set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Space: "s", Local: "x"}, XML: `<x xmlns="s"/>`}}}
	if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/c", Updates: set}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c", Depth: dav.DepthInfinity}, nil); err != nil {
		t.Fatal(err)
	}
	token := stateOf(t, r, "/").SyncToken
	q := dav.Query{Dead: dav.DeadAll, Locks: true, Parents: true, SyncToken: true, Changes: true, Quota: true}
	compare := func(since string, want int) {
		t.Helper()
		n := 0
		_, _, err := r.Sync(t.Context(), dav.SyncRequest{Path: "/", Token: since, Infinite: true, Query: q}, func(c *dav.Change) error {
			if n++; c.Removed {
				return nil
			}
			for res, err := range r.List(t.Context(), c.Resource.Path, q) {
				if got, want := fmt.Sprintf("%+v", describe(c.Resource)), fmt.Sprintf("%+v", describe(res)); err != nil || got != want {
					t.Errorf("told\n%s, listed\n%s, %v", got, want, err)
				}
			}
			return nil
		})
		if err != nil || n != want {
			t.Errorf("%d told, want %d; %v", n, want, err)
		}
	}
	compare("", 3)
	move(t, r, "/g", "/h")
	compare(token, 2)
}

// describe shows what is behind the pointers too.
func describe(r *dav.Resource) string {
	quota := "none"
	if r.Quota != nil {
		quota = fmt.Sprint(r.Quota.Used) // what is available depends on the disk
	}
	d := *r
	d.Quota = nil
	return fmt.Sprintf("%+v quota %s", d, quota)
}

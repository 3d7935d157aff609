package repo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// Every time that an HTTP date can tell is kept, such as 1601, the zero of
// Windows.
func TestFarTimes(t *testing.T) {
	r := open(t, repo.Options{})
	for _, mod := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC),
		time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		if _, _, err := r.Put(t.Context(), dav.PutRequest{Path: "/put", Body: strings.NewReader("x"), Length: 1, Modified: mod}); err != nil {
			t.Fatal(err)
		}
		put(t, r, "/patch", "x")
		if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/patch", Modified: mod}); err != nil {
			t.Fatal(err)
		}
		for _, p := range []dav.Path{"/copy", "/move"} {
			put(t, r, p+" from", "x")
			q := dav.CopyRequest{From: p + " from", To: p, Modified: mod}
			do := r.Copy
			if p == "/move" {
				do = r.Move
			}
			if _, err := do(t.Context(), q, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []dav.Path{"/put", "/patch", "/copy", "/move"} {
			res, body, err := r.Open(t.Context(), p, nil)
			if err != nil {
				t.Fatal(err)
			}
			body.Close()
			if !res.Modified.Equal(mod) {
				t.Errorf("%s is from %v, want %v", p, res.Modified, mod)
			}
		}
	}
}

// A tagged list that spells the request URI in the other normal form means the
// request URI all the same: the tokens of locks below it count.
func TestIfTagInOtherNormalForm(t *testing.T) {
	const composed, decomposed = "/caf\u00e9", "/cafe\u0301"
	r := open(t, repo.Options{})
	mkcol(t, r, composed)
	put(t, r, composed+"/x", "x")
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: composed + "/x"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &dav.Conditions{
		Tokens: []string{l.Token},
		If:     []dav.IfList{{Tagged: true, Path: decomposed, Conditions: []dav.IfCondition{{Token: l.Token}}}},
	}
	if err := r.Delete(t.Context(), dav.DeleteRequest{Path: decomposed, Conditions: c}, nil); err != nil {
		t.Errorf("DELETE with the token of a lock inside: %v", err)
	}
}

// Locks that have run out don't stay: most servers delete little and lock much.
func TestExpiredLocksGo(t *testing.T) {
	now := time.Now()
	r := open(t, repo.Options{Now: func() time.Time { return now }})
	put(t, r, "/f", "x")
	put(t, r, "/never", "x")
	if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/never"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/f", Timeout: time.Minute}, nil); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if s := stats(t, r); s.Locks != 2 {
		t.Errorf("%d locks are kept, want the one that never ends and the last", s.Locks)
	}
}

// MaxPropertyBytes are bytes.
func TestPropertyBytes(t *testing.T) {
	r := open(t, repo.Options{MaxPropertyBytes: 100})
	put(t, r, "/f", "x")
	set := func(xml string) error {
		return r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/f", Updates: []dav.PropertyUpdate{
			{Property: dav.Property{Name: dav.Name{Local: "x"}, XML: xml}}}})
	}
	if err := set("<x>" + strings.Repeat("\u20ac", 31) + "</x>"); err != nil {
		t.Errorf("exactly 100 bytes: %v", err)
	}
	if err := set("<x>" + strings.Repeat("\u20ac", 31) + " </x>"); dav.KindOf(err) != dav.NoSpace {
		t.Errorf("101 bytes: %v, want NoSpace", err)
	}
}

// A lock's owner is bounded, as every request that meets the lock reads it.
func TestOwnerBytes(t *testing.T) {
	r := open(t, repo.Options{MaxOwnerBytes: 100})
	put(t, r, "/f", "x")
	lock := func(owner string) error {
		_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/f", Scope: dav.Shared, Owner: owner}, nil)
		return err
	}
	if err := lock(strings.Repeat("x", 100)); err != nil {
		t.Errorf("100 bytes: %v", err)
	}
	if err := lock(strings.Repeat("x", 101)); dav.KindOf(err) != dav.TooLarge {
		t.Errorf("101 bytes: %v, want TooLarge", err)
	}
}

// RFC 5842 section 2.3: the source of a COPY may lead to the destination, whose
// properties are then among those that are copied.
func TestCopyOntoItsMember(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/b")
	mkcol(t, r, "/x")
	setTo(t, r, "/b", "k", "of b")
	setTo(t, r, "/x", "k", "of x")
	if _, err := r.Bind(t.Context(), dav.BindRequest{Collection: "/x", Segment: "m", Source: "/b"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/x", To: "/b", Depth: dav.DepthInfinity}, nil); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[dav.Path]string{"/b": "of x", "/b/m": "of b", "/x": "of x"} {
		for res, err := range r.List(t.Context(), p, dav.Query{Dead: dav.DeadAll}) {
			if err != nil || len(res.Dead) != 1 || !strings.Contains(res.Dead[0].XML, want) {
				t.Errorf("%s has %v, %v; want what is %s", p, res.Dead, err, want)
			}
		}
	}
}

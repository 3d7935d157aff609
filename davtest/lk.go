package davtest

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// RFC 4918 sections 6, 7, 9.10 and 9.11: locks.
var casesLK = slices.Concat(casesLockMake, casesLockGuard, casesLockEmpty, casesLockRefresh, casesLockEnd)

// The cases on making a lock.
var casesLockMake = []Case{
	{ID: "LK-01", Section: "RFC 4918 9.10.1, 14.1, 14.12", Level: Must,
		Title: "A new lock on a resource: 200, Lock-Token, and prop/lockdiscovery with the whole activelock",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("f", "file")
			for _, want := range [][3]string{{"f", "exclusive", "0"}, {"c/", "shared", "infinity"}} {
				r := t.Status(t.TryLock(want[0], want[1], want[2], nil), 200)
				token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
				l := activelock(r, token)
				if l == nil {
					t.Fatalf("the body has no activelock with the token %s of the header", token)
				}
				if l.Child(D("lockscope"), D(want[1])) == nil || l.Child(D("locktype"), D("write")) == nil {
					t.Errorf("lockscope or locktype: %s", l.Inner())
				}
				if depth := l.Child(D("depth")).Trimmed(); depth != want[2] {
					t.Errorf("depth is %q, want %s", depth, want[2])
				}
				if owner := l.Child(D("owner"), D("href")).Text(); owner != "urn:davtest:owner" {
					t.Errorf("owner is %q", owner)
				}
				if timeout := l.Child(D("timeout")).Trimmed(); !timeoutForm.MatchString(timeout) {
					t.Errorf("timeout is %q", timeout)
				}
				if root, _ := decoded(l.Child(D("lockroot"), D("href")).Trimmed()); root != strings.TrimSuffix(t.Path(want[0]), "/") {
					t.Errorf("lockroot is %q, want %s", root, t.Path(want[0]))
				}
			}
		}},

	{ID: "LK-02", Section: "RFC 4918 6.5, 20.7", Level: Must,
		Title: "Tokens are URIs that are never used twice; a UUID in one must not tell a hardware address",
		Run: func(t *T) {
			t.NeedLocks()
			var mu sync.Mutex
			seen := map[string]bool{}
			t.Parallel(8, func(i int) {
				file := "f" + string(rune('0'+i))
				t.Put(file, "file")
				for range 125 {
					token := t.Lock(file, "exclusive", "0")
					t.Unlock(file, token)
					mu.Lock()
					if seen[token] {
						t.Errorf("token %s twice", token)
					}
					seen[token] = true
					mu.Unlock()
				}
			})
			for token := range seen {
				if u, err := url.Parse(token); err != nil || u.Scheme == "" {
					t.Fatalf("token %q is no URI", token)
				}
				if uuidVersion1.MatchString(token) {
					t.Shouldf("token %s has a UUID of version 1", token)
					return
				}
			}
		}},

	{ID: "LK-03", Section: "RFC 4918 9.10.1, 14.17", Level: Must,
		Title: "The owner comes back unaltered, as faithfully as a dead property",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			owner := `<D:owner xml:lang="de">Müller &amp; Söhne, <D:href>http://h.example/?a=1&amp;b=2</D:href> ` +
				`<x:note x:kind="a'b" plain="&lt;&quot;"> two  blanks<x:deep/></x:note></D:owner>`
			body := dav("lockinfo", "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"+owner)
			sent, err := ParseXML([]byte(body))
			if err != nil {
				t.Fatalf("%v", err)
			}
			want := sent.Child(D("owner"))
			r := t.Status(t.Do("LOCK", "f", H{"Depth": {"0"}}, body), 200)
			answered := activelock(r, strings.Trim(r.Header.Get("Lock-Token"), "<>"))
			if answered == nil {
				t.Fatalf("the answer does not show the lock")
			}
			for where, l := range map[string]*Element{"the answer": answered, "lockdiscovery": t.Locks("f")[0]} {
				switch got := l.Child(D("owner")); {
				case got == nil:
					t.Errorf("no owner in %s", where)
				case got.Inner() != want.Inner():
					t.Errorf("owner in %s: %s, want %s", where, got.Inner(), want.Inner())
				case got.Lang != "de":
					t.Errorf("owner in %s: its language is %q, want de", where, got.Lang)
				}
			}
		}},

	{ID: "LK-04", Section: "RFC 4918 9.10.3", Level: Must,
		Title: "LOCK: no Depth is infinity, 0 and infinity work, 1 is refused",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			for sent, want := range map[string]string{"": "infinity", "0": "0", "infinity": "infinity"} {
				h := H{"Depth": {sent}}
				if sent == "" {
					h["Depth"] = nil
				}
				r := t.Status(t.TryLock("c/", "exclusive", "0", h), 200)
				token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
				if depth := t.Locks("c/")[0].Child(D("depth")).Trimmed(); depth != want {
					t.Errorf("Depth %q makes a lock of depth %q, want %s", sent, depth, want)
				}
				t.Unlock("c/", token)
			}
			t.CheckStatus(t.TryLock("c/", "exclusive", "1", nil), 400)
			t.CheckLocked("c/")
		}},

	{ID: "LK-05", Section: "RFC 4918 9.10.5, 6.1", Level: MustNot,
		Title: "Conflicting locks never coexist: nothing beside an exclusive lock, shared beside shared is fine",
		Run: func(t *T) {
			t.NeedLocks()
			other := t.other()
			t.Mkcol("above/")
			for path, root := range map[string]string{"f": "f", "above/x": "above/"} {
				t.Put(path, "file")
				for _, pair := range [][2]string{{"exclusive", "exclusive"}, {"exclusive", "shared"}, {"shared", "exclusive"}, {"shared", "shared"}} {
					token := t.Lock(root, pair[0], "infinity")
					want := 423
					if pair[0] == "shared" && pair[1] == "shared" {
						want = 200
					}
					r := other.TryLock(path, pair[1], "0", nil)
					if t.CheckStatus(r, want) && want == 200 {
						other.Unlock(path, strings.Trim(r.Header.Get("Lock-Token"), "<>"))
					}
					t.CheckLocked(path, token)
					t.Unlock(root, token)
				}
			}
		}},

	{ID: "LK-06", Section: "RFC 4918 6.2", Level: Must,
		Title: "Each shared lock has its own token and entry; freeing one leaves the other",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			one, two := t.Lock("f", "shared", "0"), t.Lock("f", "shared", "0")
			if one == two {
				t.Errorf("two locks share the token %s", one)
			}
			t.CheckLocked("f", one, two)
			t.Unlock("f", one)
			t.CheckLocked("f", two)
			t.CheckStatus(t.Do("PUT", "f", nil, "x"), 423)
			t.CheckStatus(t.Do("PUT", "f", submitted(two), "x"), 204, 200)
		}},

	{ID: "LK-07", Section: "RFC 4918 9.10.6, 16", Level: Should,
		Title: "A refused lock is 423 with no-conflicting-lock, whose href is the root of the lock in the way",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Lock("c/", "exclusive", "infinity")
			r := t.other().TryLock("c/x", "exclusive", "0", nil)
			t.CheckCondition(r, "no-conflicting-lock", 423)
			t.checkNames(r, "no-conflicting-lock", "c/")
		}},

	{ID: "LK-08", Section: "RFC 4918 9.10.3", Level: Must,
		Title: "A Depth infinity lock is all or nothing, with one token for all",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/", "c/d/")
			t.Put("c/d/x", "deep")
			t.Put("c/y", "member")
			blocking := t.Lock("c/d/x", "exclusive", "0")
			t.CheckStatus(t.other().TryLock("c/", "exclusive", "infinity", nil), 207, 423)
			for _, path := range []string{"c/", "c/d/", "c/y"} {
				t.CheckLocked(path)
			}
			t.Unlock("c/d/x", blocking)
			token := t.Lock("c/", "exclusive", "infinity")
			for _, path := range []string{"c/", "c/d/", "c/d/x", "c/y"} {
				t.CheckLocked(path, token)
			}
		}},
}

var (
	timeoutForm  = regexp.MustCompile(`^(Second-[0-9]+|Infinite)$`)
	uuidVersion1 = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
)

// activelock is the one with the token in the answer to LOCK, or nil.
func activelock(r *Response, token string) *Element {
	root := r.Root()
	if root.Name != D("prop") {
		return nil
	}
	discovery := root.Child(D("lockdiscovery"))
	if discovery == nil {
		return nil
	}
	for _, l := range discovery.All(D("activelock")) {
		if tokenIn(l) == token {
			return l
		}
	}
	return nil
}

// other is the second principal if there is one, else the first: a program
// without the token is as good as a stranger (RFC 4918 section 7.5).
func (t *T) other() *T {
	if !t.HasSecond() {
		return t
	}
	return t.Second()
}

// checkNames fails the case unless the condition in the answer has an href that
// leads to the path.
func (t *T) checkNames(r *Response, condition, path string) {
	want, _ := decoded(t.Path(path))
	c := r.Condition(D(condition))
	if c == nil {
		return // CheckCondition has told
	}
	for _, href := range c.All(D("href")) {
		if got, _ := decoded(href.Trimmed()); got == want {
			return
		}
	}
	t.Errorf("%s does not name %s: %s", condition, want, c.Inner())
}

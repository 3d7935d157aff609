package backendtest

import (
	"slices"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func (f *fixture) locker() davserver.Locker { return f.b.(davserver.Locker) }

// lock asks for a lock of ten minutes.
func (f *fixture) lock(p dav.Path, s dav.LockScope, d dav.Depth, c *dav.Conditions) (*dav.Lock, bool, failures, error) {
	var o failures
	l, created, err := f.locker().Lock(f.Context(), dav.LockRequest{Path: p, Scope: s, Depth: d, Timeout: 10 * time.Minute, Conditions: c}, o.report)
	return l, created, o, err
}

func (f *fixture) mustLock(p dav.Path, s dav.LockScope, d dav.Depth, principal string) *dav.Lock {
	f.Helper()
	l, _, o, err := f.lock(p, s, d, as(principal))
	f.done("LOCK "+string(p), o, err)
	return l
}

func (f *fixture) unlock(p dav.Path, token string, c *dav.Conditions) error {
	return f.locker().Unlock(f.Context(), dav.UnlockRequest{Path: p, Token: token, Conditions: c})
}

// locked are the tokens of the locks that p shows, sorted.
func (f *fixture) locked(p dav.Path) []string {
	f.Helper()
	tokens := []string{}
	for _, l := range f.stat(p).Locks {
		tokens = append(tokens, l.Token)
	}
	slices.Sort(tokens)
	return tokens
}

func (f *fixture) wantLocked(p dav.Path, locks ...*dav.Lock) {
	f.Helper()
	want := []string{}
	for _, l := range locks {
		want = append(want, l.Token)
	}
	slices.Sort(want)
	if got := f.locked(p); !slices.Equal(got, want) {
		f.Errorf("locks on %s: got %v, want %v", p, got, want)
	}
}

var lockTests = []test{
	{"LK-01_lock", func(f *fixture) {
		f.mustPut("/f", "x")
		var o failures
		l, created, err := f.locker().Lock(f.Context(), dav.LockRequest{Path: "/f", Scope: dav.Exclusive, Depth: dav.DepthInfinity,
			Owner: `<D:owner xmlns:D="DAV:"> me &amp; <x/></D:owner>`, Timeout: time.Hour, Conditions: as("alice")}, o.report)
		f.done("LOCK", o, err)
		if created || l.Token == "" || l.Root != "/f" || l.Collection || l.Timeout != time.Hour || l.Principal != "alice" {
			f.Errorf("got %+v, created %v", l, created)
		}
		seen := f.stat("/f").Locks
		if len(seen) != 1 || seen[0].Token != l.Token || seen[0].Owner != `<D:owner xmlns:D="DAV:"> me &amp; <x/></D:owner>` ||
			seen[0].Depth != dav.DepthInfinity || seen[0].Timeout != time.Hour || !seen[0].Expires.Equal(l.Expires) || seen[0].Principal != "alice" {
			f.Errorf("listed as %+v, granted as %+v", seen, l)
		}
	}},
	{"LK-02_tokens_differ", func(f *fixture) {
		seen := map[string]bool{}
		f.mustPut("/f", "x")
		for range 100 {
			l := f.mustLock("/f", dav.Shared, dav.Depth0, "alice")
			if seen[l.Token] {
				f.Fatalf("token %s came twice", l.Token)
			}
			seen[l.Token] = true
		}
	}},
	{"LK-05_conflicts", func(f *fixture) {
		for _, c := range []struct {
			first, second dav.LockScope
			ok            bool
		}{
			{dav.Exclusive, dav.Exclusive, false}, {dav.Exclusive, dav.Shared, false},
			{dav.Shared, dav.Exclusive, false}, {dav.Shared, dav.Shared, true},
		} {
			p := dav.Path("/" + c.first.String() + "-" + c.second.String())
			f.mustPut(p, "x")
			f.mustLock(p, c.first, dav.Depth0, "alice")
			_, _, _, err := f.lock(p, c.second, dav.Depth0, as("bob"))
			if c.ok {
				f.done("LOCK "+string(p), nil, err)
				continue
			}
			f.wantKind("LOCK "+string(p), err, dav.Locked)
			f.wantCondition("LOCK "+string(p), err, dav.NoConflictingLock, p)
		}
	}},
	{"LK-07_conflict_from_above", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/d/x", "x")
		f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		for _, p := range []dav.Path{"/c/d/x", "/c/d/new"} {
			_, _, _, err := f.lock(p, dav.Exclusive, dav.Depth0, as("bob"))
			f.wantKind("LOCK "+string(p), err, dav.Locked)
			f.wantCondition("LOCK "+string(p), err, dav.NoConflictingLock, "/c")
		}
		f.missing("/c/d/new")
	}},
	{"MS-27_conflict_below", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/d/x", "x")
		f.mustPut("/c/y", "y")
		lx := f.mustLock("/c/d/x", dav.Exclusive, dav.Depth0, "alice")
		ly := f.mustLock("/c/y", dav.Shared, dav.Depth0, "alice")
		_, _, o, err := f.lock("/c", dav.Exclusive, dav.DepthInfinity, as("bob"))
		if want := []dav.Path{"/c/d/x", "/c/y"}; err != nil || !slices.Equal(o.paths(), want) {
			f.Fatalf("reported %v (%v), want %v", o.paths(), err, want)
		}
		for _, out := range o {
			f.wantKind(string(out.Path), out.Err, dav.Locked)
			f.wantCondition(string(out.Path), out.Err, dav.NoConflictingLock, out.Path)
		}
		f.wantLocked("/c")
		f.wantLocked("/c/d")
		f.wantLocked("/c/d/x", lx)
		f.mustLock("/c", dav.Exclusive, dav.Depth0, "bob")
		f.wantLocked("/c/y", ly)
	}},
	{"LK-06_shared_locks", func(f *fixture) {
		f.mustPut("/f", "x")
		a := f.mustLock("/f", dav.Shared, dav.Depth0, "alice")
		b := f.mustLock("/f", dav.Shared, dav.Depth0, "bob")
		f.wantLocked("/f", a, b)
		if err := f.unlock("/f", a.Token, as("alice")); err != nil {
			f.Error(err)
		}
		f.wantLocked("/f", b)
		_, _, err := f.put("/f", "y", as("alice"))
		f.wantKind("PUT without the other token", err, dav.Locked)
	}},
	{"LK-08_infinite", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/d/x", "x")
		l := f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		for _, r := range f.mustList("/c", dav.Query{Depth: dav.DepthInfinity, Locks: true}) {
			if len(r.Locks) != 1 || r.Locks[0].Token != l.Token || r.Locks[0].Root != "/c" || !r.Locks[0].Collection {
				f.Errorf("%s has locks %+v", r.Path, r.Locks)
			}
		}
		f.wantLocked("/")
		if locks := f.mustList("/c", dav.Query{})[0].Locks; len(locks) > 0 {
			f.Errorf("locks nobody asked for: %v", locks)
		}
	}},
	{"LK-09_joining_and_leaving", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/g", "g")
		l := f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		if _, _, err := f.put("/c/new", "x", as("alice", l.Token)); err != nil {
			f.Fatal(err)
		}
		f.wantLocked("/c/new", l)
		_, o, err := f.move("/g", "/c/g", as("alice", l.Token)) // LK-29
		f.done("MOVE in", o, err)
		f.wantLocked("/c/g", l)
		_, o, err = f.move("/c/g", "/g", as("alice", l.Token))
		f.done("MOVE out", o, err)
		f.wantLocked("/g")
	}},
	{"LK-17_lock_unmapped", func(f *fixture) {
		l, created, o, err := f.lock("/n", dav.Exclusive, dav.DepthInfinity, as("alice"))
		f.done("LOCK", o, err)
		if !created || l.Collection {
			f.Errorf("created %v, %+v", created, l)
		}
		f.wantContent("/n", "")
		f.wantTree("/", "/", "/n")
		r := f.stat("/n")
		// D1: davfs2 then writes with the token and the ETag of the empty file.
		c := as("alice", l.Token)
		c.IfMatch = tags(r.ETag)
		if _, created, err := f.put("/n", "x", c); created || err != nil {
			f.Errorf("PUT: created %v, %v", created, err)
		}
		if err := f.unlock("/n", l.Token, as("alice")); err != nil {
			f.Error(err)
		}
		f.wantContent("/n", "x")
	}},
	{"LK-18_no_parent", func(f *fixture) {
		_, _, _, err := f.lock("/none/n", dav.Exclusive, dav.Depth0, as("alice"))
		f.wantKind("LOCK", err, dav.Conflict)
		f.wantTree("/", "/")
	}},
	{"ET-05_lock_conditions", func(f *fixture) {
		c := as("alice")
		c.IfMatch = anyTag
		_, _, _, err := f.lock("/none", dav.Exclusive, dav.Depth0, c)
		f.wantKind("LOCK of nothing, If-Match: *", err, dav.PreconditionFailed)
		f.missing("/none")
	}},
	{"LK-19_refresh", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		l := f.mustLock("/c", dav.Shared, dav.DepthInfinity, "alice")
		other := f.mustLock("/c/x", dav.Shared, dav.Depth0, "bob")
		for _, p := range []dav.Path{"/c", "/c/x"} { // LK-22: through a member too
			got, err := f.locker().Refresh(f.Context(), dav.RefreshRequest{Path: p, Token: l.Token, Timeout: time.Hour, Conditions: as("alice", l.Token)})
			if err != nil || got.Token != l.Token || got.Timeout != time.Hour || !got.Expires.After(l.Expires) {
				f.Errorf("at %s: %+v, %v", p, got, err)
			}
		}
		for _, seen := range f.stat("/c/x").Locks {
			if seen.Token == other.Token && !seen.Expires.Equal(other.Expires) {
				f.Error("the other lock was refreshed too")
			}
		}
		got, err := f.locker().Refresh(f.Context(), dav.RefreshRequest{Path: "/c", Token: l.Token, Conditions: as("alice", l.Token)})
		if err != nil || !got.Expires.IsZero() {
			f.Errorf("a timeout of 0 never expires: %+v, %v", got, err)
		}
	}},
	{"LK-21_refresh_refused", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustPut("/g", "x")
		l := f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		gone := f.expired("/g")
		for what, r := range map[string]dav.RefreshRequest{
			"unknown":      {Path: "/f", Token: "urn:uuid:none"},
			"out of scope": {Path: "/g", Token: l.Token},
			"expired":      {Path: "/g", Token: gone},
		} {
			r.Conditions = ifList("", dav.IfCondition{Token: r.Token})
			r.Conditions.Principal = "alice"
			_, err := f.locker().Refresh(f.Context(), r)
			f.wantKind(what, err, dav.PreconditionFailed)
			f.wantCondition(what, err, dav.LockTokenMatchesRequestURI, "")
		}
		_, err := f.locker().Refresh(f.Context(), dav.RefreshRequest{Path: "/f", Token: l.Token, Conditions: as("bob", l.Token)})
		f.wantKind("another's lock", err, dav.Forbidden)
	}},
	{"LK-25_expiry", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		f.expired("/c/x")
		f.wantLocked("/c/x")
		if _, _, err := f.put("/c/x", "y", as("bob")); err != nil {
			f.Errorf("PUT: %v", err)
		}
		f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "bob")
	}},
	{"LK-26_unlock", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		l := f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		if err := f.unlock("/c/x", l.Token, as("alice")); err != nil { // through any URL in scope
			f.Fatal(err)
		}
		f.wantLocked("/c")
		f.wantLocked("/c/x")
	}},
	{"LK-27_unlock_refused", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustPut("/g", "x")
		l := f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		f.wantKind("another's", f.unlock("/f", l.Token, as("bob")), dav.Forbidden)
		for what, err := range map[string]error{
			"unknown":      f.unlock("/f", "urn:uuid:none", as("alice")),
			"out of scope": f.unlock("/g", l.Token, as("alice")),
		} {
			f.wantKind(what, err, dav.Conflict)
			f.wantCondition(what, err, dav.LockTokenMatchesRequestURI, "")
		}
		f.wantLocked("/f", l)
	}},
	{"ET-02_etag_stays", func(f *fixture) {
		r := f.mustPut("/f", "x")
		l := f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		if is := f.stat("/f"); is.ETag != r.ETag || !is.Modified.Equal(r.Modified) {
			f.Errorf("LOCK changed %+v into %+v", r, is)
		}
		if err := f.unlock("/f", l.Token, as("alice")); err != nil || f.stat("/f").ETag != r.ETag {
			f.Errorf("UNLOCK changed the ETag (%v)", err)
		}
	}},
}

// expired locks p for a nanosecond and is the token.
func (f *fixture) expired(p dav.Path) string {
	f.Helper()
	var o failures
	l, _, err := f.locker().Lock(f.Context(), dav.LockRequest{Path: p, Scope: dav.Exclusive, Timeout: time.Nanosecond, Conditions: as("alice")}, o.report)
	f.done("LOCK", o, err)
	return l.Token
}

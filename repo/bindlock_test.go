package repo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
)

func lock(t testing.TB, r *repo.Repository, p dav.Path, scope dav.LockScope, depth dav.Depth) *dav.Conditions {
	t.Helper()
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: p, Scope: scope, Depth: depth}, unreported(t))
	if err != nil {
		t.Fatal(err)
	}
	return &dav.Conditions{Tokens: []string{l.Token}}
}

func both(c ...*dav.Conditions) *dav.Conditions {
	all := &dav.Conditions{}
	for _, c := range c {
		if c == nil {
			continue
		}
		all.Tokens = append(all.Tokens, c.Tokens...)
	}
	return all
}

// roots are the roots of the locks on a resource, as its own listing tells them
// and as the listings do that it is a member of.
func roots(t testing.TB, r *repo.Repository, p dav.Path) string {
	t.Helper()
	var told []string
	for _, q := range []struct {
		at    dav.Path
		depth dav.Depth
	}{{p, dav.Depth0}, {p.Parent(), dav.Depth1}, {p.Parent(), dav.DepthInfinity}} {
		for res, err := range r.List(t.Context(), q.at, dav.Query{Depth: q.depth, Locks: true, Bind: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if res.Path != p {
				continue
			}
			var all []string
			for _, l := range res.Locks {
				all = append(all, string(l.Root))
			}
			slices.Sort(all)
			told = append(told, strings.Join(all, " "))
		}
	}
	if told = slices.Compact(told); len(told) != 1 {
		t.Errorf("the listings tell different locks on %s: %q", p, told)
	}
	return told[0]
}

// asked is what a request that may report comes to, in short.
func asked(do func(dav.Report) error) string {
	var outcomes []string
	err := do(func(o dav.Outcome) { outcomes = append(outcomes, fmt.Sprintf("%s: %s", o.Path, refusal(o.Err))) })
	if outcomes == nil {
		return refusal(err)
	}
	slices.Sort(outcomes)
	return "reported " + strings.Join(outcomes, ", ")
}

// BI-10, BI-12, BI-14: each lock in the way of a binding has its condition.
func TestBI14(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/d")
	put(t, r, "/c/x", "x")
	put(t, r, "/d/y", "y")
	put(t, r, "/d/z", "z")
	c, x := lock(t, r, "/c", dav.Exclusive, dav.Depth0), lock(t, r, "/c/x", dav.Exclusive, dav.Depth0)
	d, y := lock(t, r, "/d", dav.Exclusive, dav.Depth0), lock(t, r, "/d/y", dav.Exclusive, dav.Depth0)
	before := contents(t, r)
	for _, try := range []struct {
		c                    *dav.Conditions
		bind, unbind, rebind string
	}{
		{both(), "locked locked-update-allowed /c", "locked locked-update-allowed /c", "locked locked-source-collection-update-allowed /d"},
		{both(d), "locked locked-update-allowed /c", "locked locked-update-allowed /c", "locked protected-source-url-deletion-allowed /d/y"},
		{both(d, y), "locked locked-update-allowed /c", "locked locked-update-allowed /c", "locked locked-update-allowed /c"},
		{both(d, y, c), "locked locked-overwrite-allowed /c/x", "locked protected-url-deletion-allowed /c/x", "locked protected-url-modification-allowed /c/x"},
	} {
		q := dav.BindRequest{Collection: "/c", Segment: "x", Source: "/d/y", Conditions: try.c}
		got := []string{
			asked(func(report dav.Report) error { _, err := r.Bind(t.Context(), q, report); return err }),
			asked(func(report dav.Report) error {
				return r.Unbind(t.Context(), dav.UnbindRequest{Collection: "/c", Segment: "x", Conditions: try.c}, report)
			}),
			asked(func(report dav.Report) error { _, err := r.Rebind(t.Context(), q, report); return err }),
		}
		if want := []string{try.bind, try.unbind, try.rebind}; !slices.Equal(got, want) {
			t.Errorf("with %d tokens: %q, want %q", len(try.c.Tokens), got, want)
		}
		if contents(t, r) != before {
			t.Fatal("refused, but something has changed")
		}
	}
	// With all tokens it is done, and the locks at both URLs end (BI-15).
	if _, err := r.Rebind(t.Context(), dav.BindRequest{Collection: "/c", Segment: "x", Source: "/d/y", Conditions: both(c, d, x, y)}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	if got := roots(t, r, "/c/x"); got != "" {
		t.Errorf("locks %s are left on what was moved", got)
	}
	err := r.Unbind(t.Context(), dav.UnbindRequest{Collection: "/d", Segment: "z", Conditions: d}, unreported(t))
	if err != nil || mapped(t, r, "/d/z") {
		t.Errorf("UNBIND with the token: %v", err)
	}
}

func TestBI29(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/x", "/y", "/z"} {
		mkcol(t, r, p)
	}
	put(t, r, "/x/t", "one")
	bind(t, r, "/y", "t", "/x/t")
	token := lock(t, r, "/x/t", dav.Exclusive, dav.Depth0)
	for _, p := range []dav.Path{"/x/t", "/y/t"} {
		if got := roots(t, r, p); got != "/x/t" {
			t.Errorf("the locks on %s are rooted at %s", p, got)
		}
		_, _, err := r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("two"), Length: 3})
		if got := refusal(err); got != "locked lock-token-submitted /x/t" {
			t.Errorf("PUT %s: %s", p, got)
		}
		_, _, err = r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("two"), Length: 3, Conditions: token})
		if err != nil {
			t.Errorf("PUT %s with the token: %v", p, err)
		}
	}
	// A lock of infinite depth holds on what it reaches, by whichever name.
	lock(t, r, "/y", dav.Exclusive, dav.Depth0)
	tree := lock(t, r, "/z", dav.Exclusive, dav.DepthInfinity)
	mkcolWith(t, r, "/z/sub", tree)
	bind(t, r, "/x", "sub", "/z/sub")
	for _, p := range []dav.Path{"/z/sub", "/x/sub"} {
		if got := roots(t, r, p); got != "/z" {
			t.Errorf("the locks on %s are rooted at %s", p, got)
		}
	}
	if err := r.Mkcol(t.Context(), dav.MkcolRequest{Path: "/x/sub/new"}); refusal(err) != "locked lock-token-submitted /z" {
		t.Errorf("MKCOL in a locked tree, by another name: %v", err)
	}
}

func mkcolWith(t testing.TB, r *repo.Repository, p dav.Path, c *dav.Conditions) {
	t.Helper()
	if err := r.Mkcol(t.Context(), dav.MkcolRequest{Path: p, Conditions: c}); err != nil {
		t.Fatal(err)
	}
}

// BI-30, LK-28: the bindings of the root's URL need the token, by whichever
// name, and end the lock; no other does.
func TestBI30(t *testing.T) {
	var r *repo.Repository
	fresh := func() (token *dav.Conditions) {
		r = open(t, repo.Options{})
		mkcol(t, r, "/x")
		mkcol(t, r, "/x/d")
		put(t, r, "/x/d/t", "test")
		mkcol(t, r, "/y")
		bind(t, r, "/y", "t", "/x/d/t")
		bind(t, r, "/", "alias", "/x")
		bind(t, r, "/", "twin", "/x/d/t")
		return lock(t, r, "/x/d/t", dav.Exclusive, dav.Depth0)
	}
	remove := func(p dav.Path) func(*dav.Conditions) string {
		return func(c *dav.Conditions) string {
			return asked(func(report dav.Report) error {
				return r.Delete(t.Context(), dav.DeleteRequest{Path: p, Conditions: c}, report)
			})
		}
	}
	unbind := func(p dav.Path) func(*dav.Conditions) string {
		return func(c *dav.Conditions) string {
			return asked(func(report dav.Report) error {
				return r.Unbind(t.Context(), dav.UnbindRequest{Collection: p.Parent(), Segment: p.Name(), Conditions: c}, report)
			})
		}
	}
	move := func(p dav.Path) func(*dav.Conditions) string {
		return func(c *dav.Conditions) string {
			return asked(func(report dav.Report) error {
				_, err := r.Move(t.Context(), dav.CopyRequest{From: p, To: "/y/moved", Conditions: c}, report)
				return err
			})
		}
	}
	rebind := func(p dav.Path) func(*dav.Conditions) string {
		return func(c *dav.Conditions) string {
			return asked(func(report dav.Report) error {
				_, err := r.Rebind(t.Context(), dav.BindRequest{Collection: "/y", Segment: "moved", Source: p, Conditions: c}, report)
				return err
			})
		}
	}
	over := func(p dav.Path) func(*dav.Conditions) string {
		return func(c *dav.Conditions) string {
			return asked(func(report dav.Report) error {
				_, err := r.Bind(t.Context(), dav.BindRequest{Collection: p.Parent(), Segment: p.Name(), Source: "/y", Conditions: c}, report)
				return err
			})
		}
	}
	const own, below = "locked ", "reported /x/d/t: locked lock-token-submitted /x/d/t"
	for what, c := range map[string]struct {
		do   func(*dav.Conditions) string
		want string // without the token
	}{
		"DELETE":                   {remove("/x/d/t"), own + "lock-token-submitted /x/d/t"},
		"DELETE by an alias":       {remove("/alias/d/t"), own + "lock-token-submitted /x/d/t"},
		"DELETE above":             {remove("/x"), below},
		"DELETE between, by alias": {remove("/alias/d"), below},
		"UNBIND":                   {unbind("/x/d/t"), own + "protected-url-deletion-allowed /x/d/t"},
		"UNBIND by an alias":       {unbind("/alias/d/t"), own + "protected-url-deletion-allowed /x/d/t"},
		"UNBIND above":             {unbind("/x"), below},
		"MOVE":                     {move("/x/d/t"), own + "lock-token-submitted /x/d/t"},
		"MOVE by an alias":         {move("/alias/d/t"), own + "lock-token-submitted /x/d/t"},
		"MOVE above":               {move("/x/d"), below},
		"REBIND":                   {rebind("/alias/d/t"), own + "protected-source-url-deletion-allowed /x/d/t"},
		"REBIND above":             {rebind("/x"), below},
		"BIND over":                {over("/alias/d/t"), own + "locked-overwrite-allowed /x/d/t"},
		"BIND over, above":         {over("/alias/d"), below},
		"DELETE of another":        {remove("/y/t"), "none"},
		"DELETE of another above":  {remove("/alias"), "none"},
		"UNBIND of another":        {unbind("/twin"), "none"},
		"MOVE of another":          {move("/y/t"), "none"},
		"REBIND of another":        {rebind("/alias"), "none"},
		"BIND over another":        {over("/twin"), "none"},
	} {
		token := fresh()
		if got := c.do(nil); got != c.want {
			t.Errorf("%s without the token: %s, want %s", what, got, c.want)
		}
		if got := roots(t, r, "/x/d/t"); got != "/x/d/t" {
			t.Fatalf("%s: the lock is gone", what)
		}
		if c.want == "none" {
			continue
		}
		if got := c.do(token); got != "none" {
			t.Errorf("%s with the token: %s", what, got)
		}
		if n := stats(t, r).Locks; n != 0 {
			t.Errorf("%s left the lock", what)
		}
	}
	token := fresh()
	if err := r.Unlock(t.Context(), dav.UnlockRequest{Path: "/twin", Token: token.Tokens[0]}); err != nil {
		t.Errorf("UNLOCK by another name: %v", err)
	}
}

// A root whose URL goes twice through one binding, and one that is the same
// resource as a collection on the way.
func TestLockRootInLoop(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/a")
	bind(t, r, "/a", "a", "/a")
	put(t, r, "/a/f", "x")
	f := lock(t, r, "/a/a/a/f", dav.Exclusive, dav.Depth0)
	err := r.Delete(t.Context(), dav.DeleteRequest{Path: "/a/a/a/a"}, unreportedUnless(t, "/a/a/a/f"))
	if err != nil || !mapped(t, r, "/a/a") {
		t.Errorf("DELETE of a binding that the lock's root goes through twice: %v", err)
	}
	if err := r.Delete(t.Context(), dav.DeleteRequest{Path: "/a/a", Conditions: f}, unreported(t)); err != nil {
		t.Fatal(err)
	}
	if got := roots(t, r, "/a/f"); got != "" {
		t.Errorf("the lock at %s is left", got)
	}
	bind(t, r, "/a", "a", "/a")
	lock(t, r, "/a/a", dav.Exclusive, dav.Depth0)
	if got := refusal(r.Delete(t.Context(), dav.DeleteRequest{Path: "/a"}, unreported(t))); got != "locked lock-token-submitted /a/a" {
		t.Errorf("DELETE of a collection that is locked by another name below: %s", got)
	}
}

func unreportedUnless(t testing.TB, p dav.Path) dav.Report {
	return func(o dav.Outcome) {
		if o.Path != p {
			t.Errorf("reported %s: %v", o.Path, o.Err)
		}
	}
}

// LK-29: no resource comes under two locks that exclude each other.
func TestLK29(t *testing.T) {
	r := open(t, repo.Options{})
	for _, p := range []dav.Path{"/in", "/t", "/t/d", "/u", "/v"} {
		mkcol(t, r, p)
	}
	put(t, r, "/t/d/f", "x")
	put(t, r, "/u/g", "x")
	bind(t, r, "/v", "f", "/t/d/f")
	in := lock(t, r, "/in", dav.Exclusive, dav.DepthInfinity)
	arrive := func(source dav.Path, c *dav.Conditions) []string {
		q := dav.BindRequest{Collection: "/in", Segment: "new", Source: source, Conditions: both(in, c)}
		return []string{
			asked(func(report dav.Report) error { _, err := r.Bind(t.Context(), q, report); return err }),
			asked(func(report dav.Report) error { _, err := r.Rebind(t.Context(), q, report); return err }),
			asked(func(report dav.Report) error {
				_, err := r.Move(t.Context(), dav.CopyRequest{From: source, To: "/in/new", Conditions: q.Conditions}, report)
				return err
			}),
		}
	}
	want := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	const inTheWay = "locked no-conflicting-lock "
	// Locked below, by the name that goes along: BIND is refused; with the others
	// the lock ends.
	f := lock(t, r, "/t/d/f", dav.Exclusive, dav.Depth0)
	q := dav.BindRequest{Collection: "/in", Segment: "new", Source: "/t", Conditions: both(in, f)}
	_, err := r.Bind(t.Context(), q, unreported(t))
	want("BIND of what holds a lock", []string{refusal(err)}, inTheWay+"/t/d/f")
	// Locked below, by a name that stays.
	if err := r.Unlock(t.Context(), dav.UnlockRequest{Path: "/v/f", Token: f.Tokens[0]}); err != nil {
		t.Fatal(err)
	}
	v := lock(t, r, "/v/f", dav.Exclusive, dav.Depth0)
	want("what holds a resource that is locked elsewhere", arrive("/t", nil), inTheWay+"/v/f", inTheWay+"/v/f", inTheWay+"/v/f")
	if err := r.Unlock(t.Context(), dav.UnlockRequest{Path: "/v/f", Token: v.Tokens[0]}); err != nil {
		t.Fatal(err)
	}
	// Under a lock of infinite depth elsewhere.
	v = lock(t, r, "/v", dav.Exclusive, dav.DepthInfinity)
	want("what holds a resource in a locked tree", arrive("/t", v), inTheWay+"/v", inTheWay+"/v", inTheWay+"/v")
	want("LOCK over it", []string{asked(func(report dav.Report) error {
		_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/t", Depth: dav.DepthInfinity}, report)
		return err
	})}, "reported /v: locked no-conflicting-lock /v")
	// Out of one locked tree into another.
	u := lock(t, r, "/u", dav.Exclusive, dav.DepthInfinity)
	want("from one locked tree to another", arrive("/u/g", u), inTheWay+"/u", "none", "not found")
	if got := roots(t, r, "/in/new"); got != "/in" {
		t.Errorf("after REBIND the locks are those at %s", got)
	}
	if _, err := r.Move(t.Context(), dav.CopyRequest{From: "/in/new", To: "/u/g", Conditions: both(in, u)}, unreported(t)); err != nil {
		t.Errorf("MOVE back: %v", err)
	}
	if got := roots(t, r, "/u/g"); got != "/u" {
		t.Errorf("after MOVE the locks are those at %s", got)
	}
	// A loop puts nothing under a second lock.
	_, err = r.Bind(t.Context(), dav.BindRequest{Collection: "/in", Segment: "loop", Source: "/in", Conditions: in}, unreported(t))
	want("BIND of a locked tree into itself", []string{refusal(err)}, "none")
	// A LOCK of infinite depth sees what is locked inside by any name.
	bind(t, r, "/", "alias", "/t")
	s := lock(t, r, "/alias/d", dav.Shared, dav.Depth0)
	want("LOCK of a tree with a lock inside", []string{asked(func(report dav.Report) error {
		_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/t", Depth: dav.DepthInfinity}, report)
		return err
	})}, "reported /alias/d: locked no-conflicting-lock /alias/d, /v: locked no-conflicting-lock /v")
	if err := r.Unlock(t.Context(), dav.UnlockRequest{Path: "/t/d", Token: s.Tokens[0]}); err != nil {
		t.Error(err)
	}
}

// IO-07: locks are as good after a restart, also those from before there were
// bindings to several names.
func TestIO07(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	r := openBroken(t, dir)
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	put(t, r, "/c/g", "x")
	put(t, r, "/h", "x")
	for _, p := range []dav.Path{"/c/f", "/c/g", "/h"} {
		lock(t, r, p, dav.Exclusive, dav.Depth0)
	}
	bind(t, r, "/", "alias", "/c")
	bind(t, r, "/c", "up", "/c")
	before, gid := contents(t, r), id(t, r, "/c/f")
	if again := openBroken(t, dir); contents(t, again) != before || id(t, again, "/alias/up/f") != gid {
		t.Error("a restart changed bindings or locks")
	}
	// As a repository of schema version 1 comes out of its migration, with one
	// lock that it had wrong.
	err := r.Meta().Update(t.Context(), func(tx meta.Tx) error {
		for _, sql := range []string{
			`DELETE FROM lock_trail`,
			`UPDATE lock SET root = '/elsewhere' WHERE root = '/c/g'`,
			`INSERT INTO repository (name, value) VALUES ('lock_trail', 'missing')`,
		} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r = openIn(t, dir, repo.Options{Now: func() time.Time { return now }})
	if got := roots(t, r, "/c/f") + roots(t, r, "/c/g") + roots(t, r, "/h"); got != "/c/f/h" {
		t.Errorf("the locks from before are at %s", got)
	}
	got := asked(func(report dav.Report) error { return r.Delete(t.Context(), dav.DeleteRequest{Path: "/c"}, report) })
	if got != "reported /c/f: locked lock-token-submitted /c/f" {
		t.Errorf("DELETE over a lock from before: %s", got)
	}
}

// LK-28: MOVE takes no lock along, COPY doubles none, and what they overwrite
// loses its own, whichever name they were made by.
func TestLK28(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	for _, p := range []dav.Path{"/from", "/onto", "/onto/d"} {
		mkcol(t, r, p)
	}
	put(t, r, "/from/f", "x")
	put(t, r, "/onto/d/g", "x")
	bind(t, r, "/", "alias", "/onto")
	f := lock(t, r, "/from/f", dav.Exclusive, dav.Depth0)
	g := lock(t, r, "/alias/d/g", dav.Exclusive, dav.Depth0)
	transfer := func(do func(context.Context, dav.CopyRequest, dav.Report) (bool, error), to dav.Path, c *dav.Conditions) string {
		return asked(func(report dav.Report) error {
			_, err := do(t.Context(), dav.CopyRequest{From: "/from", To: to, Depth: dav.DepthInfinity, Conditions: c}, report)
			return err
		})
	}
	if got := transfer(r.Copy, "/onto", nil); got != "reported /alias/d/g: locked lock-token-submitted /alias/d/g" {
		t.Errorf("COPY over a lock: %s", got)
	}
	if got := transfer(r.Copy, "/onto", g); got != "none" || stats(t, r).Locks != 1 || roots(t, r, "/onto/f") != "" {
		t.Errorf("COPY over a lock, with its token: %s; %d locks", got, stats(t, r).Locks)
	}
	if got := transfer(r.Move, "/moved", f); got != "none" || stats(t, r).Locks != 0 || roots(t, r, "/moved/f") != "" {
		t.Errorf("MOVE of a lock, with its token: %s; %d locks", got, stats(t, r).Locks)
	}
}

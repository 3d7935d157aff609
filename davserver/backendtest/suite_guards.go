package backendtest

import (
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
)

// change is a write that some lock may guard. It leaves the tree as it was
// built by guarded if it was refused.
type change struct {
	what string
	do   func(f *fixture, c *dav.Conditions) error
}

func oneError(o failures, err error) error {
	if err == nil && len(o) > 0 {
		return o[0].Err
	}
	return err
}

func putChange(p dav.Path) change {
	return change{"PUT " + string(p), func(f *fixture, c *dav.Conditions) error {
		_, _, err := f.put(p, "changed", c)
		return err
	}}
}

func mkcolChange(p dav.Path) change {
	return change{"MKCOL " + string(p), func(f *fixture, c *dav.Conditions) error { return f.mkcol(p, c) }}
}

func deleteChange(p dav.Path) change {
	return change{"DELETE " + string(p), func(f *fixture, c *dav.Conditions) error { return oneError(f.delete(p, c)) }}
}

func copyChange(from, to dav.Path) change {
	return change{"COPY " + string(from) + " " + string(to), func(f *fixture, c *dav.Conditions) error {
		_, o, err := f.copy(from, to, dav.DepthInfinity, c)
		return oneError(o, err)
	}}
}

func moveChange(from, to dav.Path) change {
	return change{"MOVE " + string(from) + " " + string(to), func(f *fixture, c *dav.Conditions) error {
		_, o, err := f.move(from, to, c)
		return oneError(o, err)
	}}
}

func proppatchChange(p dav.Path) change {
	return change{"PROPPATCH " + string(p), func(f *fixture, c *dav.Conditions) error {
		if !isStore(f.b) {
			return f.tryNothing(c)
		}
		return f.tryProppatch(p, c, set("changed", "1"))
	}}
}

// tryNothing stands for PROPPATCH where properties can't be stored: as good as
// refused, or done, as the conditions say.
func (f *fixture) tryNothing(c *dav.Conditions) error {
	if len(c.Tokens) > 0 {
		return nil
	}
	return &dav.Error{Kind: dav.Locked, Condition: dav.Condition{Name: dav.LockTokenSubmitted, Paths: []dav.Href{{Path: "/c"}, {Path: "/f"}}}}
}

func lockChange(p dav.Path) change {
	return change{"LOCK " + string(p), func(f *fixture, c *dav.Conditions) error {
		l, _, o, err := f.lock(p, dav.Exclusive, dav.Depth0, c)
		if err == nil && l != nil {
			err = f.unlock(p, l.Token, c)
		}
		return oneError(o, err)
	}}
}

// guarded builds a tree, locks root, and wants each change refused without the
// token and done with it, each on a tree of its own within the backend.
func guarded(f *fixture, root dav.Path, depth dav.Depth, changes ...change) {
	f.Helper()
	for _, ch := range changes {
		for _, p := range []dav.Path{"/c", "/f", "/g", "/d"} {
			if o, err := f.delete(p, nil); dav.KindOf(err) != dav.NotFound {
				f.done("DELETE "+string(p), o, err)
			}
		}
		f.mustMkcol("/c", "/d")
		f.mustPut("/c/x", "x")
		f.mustPut("/f", "f")
		f.mustPut("/g", "g")
		before := f.tree("/")
		l := f.mustLock(root, dav.Exclusive, depth, "alice")
		err := ch.do(f, as("alice"))
		f.wantKind(ch.what+" without the token", err, dav.Locked)
		f.wantCondition(ch.what, err, dav.LockTokenSubmitted, root)
		f.wantKind(ch.what+" with the token of another", ch.do(f, as("bob", l.Token)), dav.Forbidden, dav.Locked) // LK-14
		if got := f.tree("/"); !slices.Equal(got, before) {
			f.Errorf("%s: refused, and yet the tree is %v", ch.what, got)
		}
		if err := ch.do(f, as("alice", l.Token)); err != nil {
			f.Errorf("%s with the token: %v", ch.what, err)
		}
		f.unlock(root, l.Token, as("alice"))
	}
}

var guardTests = []test{
	{"LK-12_resource", func(f *fixture) {
		guarded(f, "/f", dav.Depth0, putChange("/f"), proppatchChange("/f"), deleteChange("/f"),
			moveChange("/f", "/new"), copyChange("/g", "/f"), moveChange("/g", "/f"), copyChange("/c", "/f"))
	}},
	{"LK-11_membership", func(f *fixture) {
		guarded(f, "/c", dav.Depth0, putChange("/c/new"), mkcolChange("/c/new"), lockChange("/c/new"), deleteChange("/c/x"),
			moveChange("/f", "/c/new"), moveChange("/c/x", "/new"), moveChange("/c/x", "/c/new"), copyChange("/f", "/c/new"),
			proppatchChange("/c"), deleteChange("/c"), moveChange("/c", "/new"), copyChange("/d", "/c"), moveChange("/d", "/c"))
	}},
	{"DL-05_member", func(f *fixture) {
		guarded(f, "/c/x", dav.Depth0, deleteChange("/c"), moveChange("/c", "/new"), copyChange("/d", "/c"), moveChange("/f", "/c"),
			deleteChange("/c/x"), putChange("/c/x"))
	}},
	{"LK-09_infinite", func(f *fixture) {
		guarded(f, "/c", dav.DepthInfinity, putChange("/c/x"), putChange("/c/new"), mkcolChange("/c/new"), deleteChange("/c/x"),
			proppatchChange("/c/x"), copyChange("/f", "/c/x"))
	}},
	{"LK-10_depth_0_leaves_members_free", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		f.mustLock("/c", dav.Exclusive, dav.Depth0, "alice")
		if _, _, err := f.put("/c/x", "y", as("bob")); err != nil {
			f.Errorf("PUT to a member: %v", err)
		}
		f.proppatch("/c/x", as("bob"), set("a", "1"))
		f.mustLock("/c/x", dav.Exclusive, dav.Depth0, "bob")
	}},
	{"LK-13_reading_is_free", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		f.wantContent("/f", "x")
		f.stat("/f")
		_, o, err := f.copy("/f", "/g", dav.DepthInfinity, as("bob"))
		f.done("COPY", o, err)
		f.wantLocked("/g") // LK-28
	}},
	{"MS-23_delete_reports_members", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/d/x", "x")
		f.mustPut("/c/d/y", "y")
		f.mustPut("/c/z", "z")
		x := f.mustLock("/c/d/x", dav.Exclusive, dav.Depth0, "alice")
		z := f.mustLock("/c/z", dav.Exclusive, dav.Depth0, "alice")
		o, err := f.delete("/c", as("alice", z.Token))
		f.wantReported("DELETE", o, err, "/c/d/x")
		for _, p := range []dav.Path{"/c", "/c/d", "/c/d/x"} { // no ancestor of what stayed went
			f.stat(p)
		}
		f.wantLocked("/c/d/x", x)
		o, err = f.delete("/c", as("alice", x.Token, z.Token)) // IF-13
		f.done("DELETE with all tokens", o, err)
		f.missing("/c")
	}},
	{"MS-25_copy_and_move_report_members", func(f *fixture) {
		f.mustMkcol("/a", "/b")
		f.mustPut("/a/x", "x")
		f.mustPut("/b/y", "y")
		f.mustLock("/a/x", dav.Exclusive, dav.Depth0, "alice")
		f.mustLock("/b/y", dav.Exclusive, dav.Depth0, "alice")
		_, o, err := f.copy("/a", "/b", dav.DepthInfinity, as("bob"))
		f.wantReported("COPY", o, err, "/b/y")
		_, o, err = f.move("/a", "/new", as("bob"))
		f.wantReported("MOVE", o, err, "/a/x")
		f.wantContent("/a/x", "x")
		f.wantContent("/b/y", "y")
		_, o, err = f.move("/a", "/b", as("bob"))
		f.wantReported("MOVE over a collection", o, err, "/a/x", "/b/y")
	}},
	{"LK-15_each_lock_wants_its_token", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		a := f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		b := f.mustLock("/c", dav.Exclusive, dav.Depth0, "alice")
		for _, token := range []string{a.Token, b.Token} {
			_, o, err := f.move("/f", "/c/f", as("alice", token))
			f.wantKind("MOVE with one of two tokens", oneError(o, err), dav.Locked)
		}
		_, o, err := f.move("/f", "/c/f", as("alice", a.Token, b.Token))
		f.done("MOVE with both", o, err)
	}},
	{"LK-12_one_shared_token_serves", func(f *fixture) {
		f.mustPut("/f", "x")
		a := f.mustLock("/f", dav.Shared, dav.Depth0, "alice")
		f.mustLock("/f", dav.Shared, dav.Depth0, "bob")
		if _, _, err := f.put("/f", "y", as("alice", a.Token)); err != nil {
			f.Errorf("PUT with one of two shared tokens: %v", err)
		}
		_, _, err := f.put("/f", "y", as("carol"))
		f.wantKind("PUT without", err, dav.Locked)
	}},
	{"LK-28_locks_end_with_their_root", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		x := f.mustLock("/c/x", dav.Exclusive, dav.Depth0, "alice")
		_, o, err := f.move("/c", "/d", as("alice", x.Token))
		f.done("MOVE", o, err)
		f.wantLocked("/d/x")
		f.mustMkcol("/c")
		f.mustPut("/c/x", "new")
		f.wantLocked("/c/x")
		f.wantKind("UNLOCK of a lock that ended", f.unlock("/c/x", x.Token, as("alice")), dav.Conflict)
		x = f.mustLock("/c/x", dav.Exclusive, dav.Depth0, "alice") // DL-02
		o, err = f.delete("/c/x", as("alice", x.Token))
		f.done("DELETE", o, err)
		if _, _, err := f.put("/c/x", "y", as("bob")); err != nil {
			f.Errorf("PUT after DELETE: %v", err)
		}
	}},
	{"CM-06_move_ends_locks_of_what_it_replaces", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustPut("/g", "y")
		l := f.mustLock("/g", dav.Exclusive, dav.Depth0, "alice")
		_, o, err := f.move("/f", "/g", as("alice", l.Token))
		f.done("MOVE", o, err)
		f.wantLocked("/g") // O10
	}},
	{"IF-01_token_matches_in_scope", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		f.mustPut("/f", "f")
		l := f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		own := func(c *dav.Conditions) *dav.Conditions { c.Principal = "alice"; return c }
		if _, _, err := f.put("/c/x", "y", own(ifList("", dav.IfCondition{Token: l.Token}))); err != nil {
			f.Errorf("untagged: %v", err)
		}
		if _, _, err := f.put("/c/new", "y", own(ifList("/c", dav.IfCondition{Token: l.Token}))); err != nil {
			f.Errorf("tagged with the lock's root: %v", err)
		}
		_, _, err := f.put("/f", "y", own(ifList("", dav.IfCondition{Token: l.Token})))
		f.wantKind("outside the scope", err, dav.PreconditionFailed)
		_, _, err = f.put("/c/x", "z", own(ifList("", dav.IfCondition{Not: true, Token: l.Token}))) // IF-04
		f.wantKind("Not the token", err, dav.PreconditionFailed)
	}},
	{"IF-13_tokens_serve_the_whole_tree", func(f *fixture) {
		f.mustMkcol("/c", "/d")
		f.mustPut("/c/x", "x")
		f.mustPut("/c/y", "y")
		x := f.mustLock("/c/x", dav.Exclusive, dav.Depth0, "alice")
		y := f.mustLock("/c/y", dav.Exclusive, dav.Depth0, "alice")
		c := ifList("", dav.IfCondition{Token: x.Token}, dav.IfCondition{Token: y.Token})
		c.Principal = "alice"
		_, o, err := f.move("/c", "/d/c", c)
		f.done("MOVE with the members' tokens untagged", o, err)
	}},
	{"IF-09_wrong_token", func(f *fixture) {
		f.mustPut("/f", "x")
		l := f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		c := ifList("", dav.IfCondition{Token: l.Token + "x"})
		c.Principal = "alice"
		c.If = append(c.If, dav.IfList{Conditions: []dav.IfCondition{{Not: true, Token: "DAV:no-lock"}}})
		_, _, err := f.put("/f", "y", c)
		f.wantKind("PUT", err, dav.Locked)
	}},
	{"LK-12_judged_again_after_the_body", func(f *fixture) {
		f.mustPut("/f", "x")
		body := &interrupted{Reader: strings.NewReader("late"), then: func() { f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice") }}
		_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: body, Length: -1, Conditions: as("bob")})
		f.wantKind("PUT", err, dav.Locked)
		f.wantContent("/f", "x")
	}},
	{"A14_refused_before_the_body", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: unread{f}, Length: 1, Conditions: as("bob")})
		f.wantKind("PUT", err, dav.Locked)
	}},
	{"MS-21_check_sees_locks", func(f *fixture) {
		if !isStore(f.b) {
			f.Skip("no property store")
		}
		f.mustPut("/f", "x")
		f.mustLock("/f", dav.Exclusive, dav.Depth0, "alice")
		err := f.checkProppatch("/f", as("bob"))
		f.wantKind("Check", err, dav.Locked)
	}},
}

// wantReported wants failures of the members, each with lock-token-submitted.
func (f *fixture) wantReported(what string, o failures, err error, want ...dav.Path) {
	f.Helper()
	if err != nil || !slices.Equal(o.paths(), want) {
		f.Fatalf("%s: reported %v (%v), want %v", what, o.paths(), err, want)
	}
	for _, out := range o {
		f.wantKind(what+" "+string(out.Path), out.Err, dav.Locked)
		f.wantCondition(what, out.Err, dav.LockTokenSubmitted, out.Path)
	}
}

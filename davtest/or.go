package davtest

import (
	"slices"
)

// RFC 3648: ordered collections.
var casesOR = slices.Concat(casesOrderAdd, casesOrderChange)

// The cases on making ordered collections, and members of them.
var casesOrderAdd = []Case{
	{ID: "OR-01", Section: "RFC 3648 10", Level: Must,
		Title: "Collections that can be ordered show ordered-collections, ORDERPATCH, and ordering-type in supported-live-property-set; files do not",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "f")
			for _, path := range []string{"", "c/"} {
				r := t.Do("OPTIONS", path, nil, "")
				if !slices.Contains(r.List("DAV"), "ordered-collections") {
					t.Errorf("DAV of %s: %q", t.Path(path), r.List("DAV"))
				}
				if !slices.Contains(r.List("Allow"), "ORDERPATCH") {
					t.Errorf("Allow of %s: %q", t.Path(path), r.List("Allow"))
				}
				if !t.supportsMethod(path, "ORDERPATCH") {
					t.Errorf("supported-method-set of %s has no ORDERPATCH", t.Path(path))
				}
				if !t.supportsProperty(path, D("ordering-type")) {
					t.Errorf("supported-live-property-set of %s has no ordering-type", t.Path(path))
				}
			}
			r := t.Do("OPTIONS", "c/f", nil, "")
			if slices.Contains(r.List("DAV"), "ordered-collections") || slices.Contains(r.List("Allow"), "ORDERPATCH") {
				t.Errorf("a file has DAV: %q, Allow: %q", r.List("DAV"), r.List("Allow"))
			}
		}},

	{ID: "OR-02", Section: "RFC 3648 4.1.1, 5.1", Level: Must,
		Title: "MKCOL with Ordering-Type sets ordering-type, without it the collection is DAV:unordered; PROPPATCH can't",
		Run: func(t *T) {
			t.NeedOrder()
			const semantics = "http://host.example/orderings?by=compass&x=1"
			for path, header := range map[string]string{
				"custom/": "DAV:custom", "named/": semantics, "unordered/": "DAV:unordered", "none/": "",
			} {
				var h H
				want := "DAV:unordered"
				if header != "" {
					h, want = H{"Ordering-Type": {header}}, header
				}
				r := t.Do("MKCOL", path, h, "")
				if r.Status != 201 {
					t.CheckCondition(r, "ordered-collections-supported", 403, 409)
					t.CheckUnmapped(path)
					continue
				}
				if got := t.orderingType(path); got != want {
					t.Errorf("MKCOL with Ordering-Type: %q: ordering-type is %q", header, got)
				}
				t.checkProtected(path, D("ordering-type"))
			}
			if r := t.Propfind("custom/", "0").Responses[0]; r.PropStatus(D("ordering-type")) != 0 {
				t.Shouldf("allprop tells ordering-type")
			}
			r := t.Do("MKCOL", "wrong/", H{"Ordering-Type": {"not an absolute URI"}}, "")
			if r.Status < 400 || r.Status > 499 {
				t.Errorf("MKCOL with an Ordering-Type that is no URI: status %d, want 4xx", r.Status)
			}
			t.CheckUnmapped("wrong/")
		}},

	{ID: "OR-03", Section: "RFC 3648 8", Level: Must,
		Title: "PROPFIND lists the members of an ordered collection in its order, also when levels interleave",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "m", "z", "a", "b", "k/")
			t.MkOrdered("c/d/", "y", "b", "x/")
			t.Put("c/l", "last")
			t.Put("c/d/x/deep", "deep")
			t.CheckOrder("c/", "m z a b k d l")
			t.CheckOrder("c/d/", "y b x")
			tree := t.PropfindTree("c/", D("resourcetype"))
			for path, want := range map[string][]string{"c/": {"m", "z", "a", "b", "k", "d", "l"}, "c/d/": {"y", "b", "x"}} {
				if got := below1(tree, t.Path(path)); !slices.Equal(got, want) {
					t.Errorf("Depth infinity: the order of %s is %q, want %q", t.Path(path), got, want)
				}
			}
			t.Status(t.Orderpatch("c/", "", step("l", "first"), step("d", "after m")), 200, 204)
			t.CheckOrder("c/", "l m d z a b k")
			if got, want := below1(t.PropfindTree("c/", D("getetag")), t.Path("c/")), []string{"l", "m", "d", "z", "a", "b", "k"}; !slices.Equal(got, want) {
				t.Errorf("Depth infinity after ORDERPATCH: %q, want %q", got, want)
			}
		}},

	{ID: "OR-04", Section: "RFC 3648 6.1", Level: Must,
		Title: "Position first, last, before s, after s places a new or replaced member",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "a", "b", "x%20y")
			t.CheckStatus(t.Do("PUT", "c/1", position("first"), ""), 201)
			t.CheckStatus(t.Do("PUT", "c/2", position("last"), ""), 201)
			t.CheckStatus(t.Do("PUT", "c/3", position("before b"), ""), 201)
			t.CheckStatus(t.Do("PUT", "c/4", position("after x%20y"), ""), 201)
			t.checkSequence("c/", "1", "a", "3", "b", "x y", "4", "2")
			t.CheckStatus(t.Do("PUT", "c/b", position("first"), "again"), 200, 204)
			t.CheckStatus(t.Do("PUT", "c/1", position("last"), "again"), 200, 204)
			t.CheckStatus(t.Do("PUT", "c/x%20y", position("after b"), "again"), 200, 204)
			t.checkSequence("c/", "b", "x y", "a", "3", "4", "2", "1")
			t.placedByEveryMethod()
		}},

	{ID: "OR-05", Section: "RFC 3648 6.1", Level: Must,
		Title: "Without Position a new member goes last and a replaced one stays",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "m", "z", "a")
			t.Put("f", "file")
			t.Put("g", "file")
			t.Put("c/b", "new")
			t.Mkcol("c/d/")
			t.CheckOrder("c/", "m z a b d")
			t.Put("c/z", "changed")
			t.CheckStatus(t.Do("COPY", "f", t.to("c/a"), ""), 204)
			t.CheckStatus(t.Do("MOVE", "g", t.to("c/m"), ""), 204)
			t.CheckOrder("c/", "m z a b d")
			t.CheckStatus(t.Do("COPY", "f", t.to("c/c"), ""), 201)
			t.CheckStatus(t.Do("MOVE", "f", t.to("c/aa"), ""), 201)
			t.CheckOrder("c/", "m z a b d c aa")
		}},

	{ID: "OR-06", Section: "RFC 3648 6.1", Level: Must,
		Title: "Position on an unordered collection fails collection-must-be-ordered; an unknown or own segment segment-must-identify-member",
		Run: func(t *T) {
			t.NeedOrder()
			t.Mkcol("plain/")
			t.Put("plain/a", "a")
			t.MkOrdered("c/", "a", "b")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, r := range t.placing("plain/", "new", "first") {
				t.CheckCondition(r, "collection-must-be-ordered", 403, 409)
			}
			for where, name := range map[string]string{
				"after none": "new", "before none": "new", "after new": "new", "before a": "a",
			} {
				for _, r := range t.placing("c/", name, where) {
					if r.Method != "MKCOL" || name != "a" { // 405, there is something
						t.CheckCondition(r, "segment-must-identify-member", 403, 409)
					}
				}
			}
			for _, where := range []string{"middle", "before", "after", "first a", "after b/", "after a%2Fb", ""} {
				for _, r := range t.placing("c/", "new", where) {
					t.CheckStatus(r, 400, 403, 409)
				}
			}
			t.CheckUnchanged(before)
			t.CheckOrder("c/", "a b")
		}},
}

// placing are the answers to requests that would make a member of a collection,
// or replace it, at a position.
func (t *T) placing(collection, name, where string) []*Response {
	list := []*Response{
		t.Do("PUT", collection+name, position(where), "new"),
		t.Do("MKCOL", collection+name, position(where), ""),
		t.Do("COPY", "f", t.to(collection+name, position(where)), ""),
		t.Do("MOVE", "f", t.to(collection+name, position(where)), ""),
	}
	return list
}

// checkSequence is [T.CheckOrder] for names with blanks.
func (t *T) checkSequence(path string, want ...string) {
	if got := t.order(path); !slices.Equal(got, want) {
		t.Errorf("%s: the order is %q, want %q", t.Path(path), got, want)
	}
}

// placedByEveryMethod makes members with Position by every method that the
// server has, and replaces members by COPY and MOVE.
func (t *T) placedByEveryMethod() {
	t.MkOrdered("e/", "a", "b")
	t.Put("f", "file")
	t.Put("g", "file")
	t.CheckStatus(t.Do("MKCOL", "e/mkcol", position("first"), ""), 201)
	t.CheckStatus(t.Do("COPY", "f", t.to("e/copy", position("after a")), ""), 201)
	t.CheckStatus(t.Do("MOVE", "f", t.to("e/move", position("before mkcol")), ""), 201)
	t.CheckOrder("e/", "move mkcol a copy b")
	t.CheckStatus(t.Do("COPY", "g", t.to("e/b", position("first")), ""), 204)
	t.CheckStatus(t.Do("MOVE", "g", t.to("e/move", position("after a")), ""), 204)
	want := "b mkcol a move copy"
	t.CheckOrder("e/", want)
	if t.HasLocks() {
		t.CheckStatus(t.TryLock("e/lock", "exclusive", "0", position("first")), 201)
		want = "lock " + want
		t.CheckOrder("e/", want)
	}
	if t.Claims("bind") {
		t.CheckStatus(t.TryBind("e/", "bind", "e/b", position("before a")), 201)
		t.CheckOrder("e/", replaceWord(want, "a", "bind a"))
	}
	if add := t.addMember("e/"); add != "" {
		r := t.Do("POST", add, position("first"), "posted")
		if t.CheckStatus(r, 201) {
			made, _ := decoded(r.Header.Get("Location"))
			got := t.order("e/")
			if self, _ := decoded(t.Path("e/")); self+"/"+got[0] != made {
				t.Errorf("POST with Position: first: %s is not first in %q", made, got)
			}
		}
	}
}

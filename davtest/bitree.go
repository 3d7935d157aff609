package davtest

import (
	"slices"
	"strings"
)

// The cases on COPY, MOVE and DELETE, and on parent-set.
var casesBindTrees = []Case{
	{ID: "BI-24", Section: "RFC 5842 2.4", Level: MustNot,
		Title: "DELETE removes no binding but that at the Request-URI, and no member of a collection that is bound elsewhere",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("a/", "a/x/", "a/x/deep/", "b/")
			t.Put("a/x/m", "member")
			t.Put("a/x/deep/n", "deep")
			t.Put("a/f", "file")
			t.Bind("b/", "y", "a/x/")
			t.Bind("b/", "g", "a/f")
			tree, file := t.ResourceID("a/x/"), t.ResourceID("a/f")
			t.Status(t.Do("DELETE", "a/", nil, ""), 200, 204)
			t.CheckUnmapped("a/", "a/x/", "a/f")
			t.CheckSame(tree, "b/y/")
			t.CheckSame(file, "b/g")
			t.CheckMembers("b/y/", "deep", "m")
			t.CheckBody("b/y/deep/n", "deep")
			t.CheckBody("b/g", "file")

			t.Bind("", "h", "b/g")
			t.Status(t.Do("DELETE", "b/g", nil, ""), 200, 204)
			t.CheckUnmapped("b/g")
			t.CheckBody("h", "file")
			if t.loopWith("Foo") {
				t.Status(t.Do("DELETE", "Coll/Bar", nil, ""), 200, 204)
				t.CheckUnmapped("Coll/Bar")
				t.CheckBody("Coll/Foo", "Foo")
			}
		}},

	{ID: "BI-25", Section: "RFC 5842 2.5", Level: Must,
		Title: "MOVE leaves the other bindings of the resource, of its members, and of what it overwrites as they are",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "d/")
			t.Put("one", "file")
			t.Bind("c/", "two", "one")
			t.Bind("c/", "three", "one")
			id := t.ResourceID("one")
			t.Status(t.Do("MOVE", "one", t.to("moved"), ""), 201)
			t.CheckUnmapped("one")
			t.CheckSame(id, "c/two", "c/three", "moved")

			tree := t.ResourceID("c/")
			t.Bind("", "again", "c/")
			t.Status(t.Do("MOVE", "c/", t.to("d/c/"), ""), 201)
			t.CheckUnmapped("c/")
			t.CheckSame(tree, "again/", "d/c/")
			t.CheckSame(id, "moved", "again/two", "d/c/three")

			t.overwrittenByMove(id)
			// Onto another binding of what is moved: that must not end it.
			t.Bind("", "twin", "moved")
			t.CheckStatus(t.Do("MOVE", "moved", t.to("twin"), ""), 204, 403)
			t.CheckSame(id, "twin")
			t.CheckBody("twin", "file")
		}},

	{ID: "BI-26", Section: "RFC 5842 2.3, 2.3.2", Level: MustNot,
		Title: "COPY onto an existing resource updates it and leaves its bindings as they are",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/")
			t.Put("g", "new")
			t.Store("g", Set(X("p"), "of g"))
			t.Put("c/x", "old")
			t.Bind("", "other", "c/x")
			id := t.ResourceID("c/x")
			t.Status(t.Do("COPY", "g", t.to("c/x"), ""), 204)
			t.CheckSame(id, "c/x", "other")
			t.CheckBody("other", "new")
			if p := t.Prop("other", X("p")); p == nil || p.Text() != "of g" {
				t.Errorf("the other binding does not show the property that was copied")
			}
			t.Put("other", "through the other")
			t.CheckBody("c/x", "through the other")
			t.CheckBody("g", "new")
			t.CheckStatus(t.Do("COPY", "other", t.to("c/x"), ""), 204, 403)
			t.CheckSame(id, "c/x", "other")
			t.CheckBody("other", "through the other")

			t.copyTreeOnto()
		}},

	{ID: "BI-27", Section: "RFC 5842 2.3, 2.3.1, 2.3.3", Level: Must,
		Title: "COPY keeps the shape: what is met twice is copied once and bound twice, a loop becomes a loop in the copy; Depth 0 copies no bindings",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("a/", "a/p/")
			t.Put("a/x", "file")
			t.Put("a/p/m", "member")
			t.Bind("a/", "y", "a/x")
			t.Bind("a/", "q", "a/p/")
			t.Status(t.Do("COPY", "a/", t.to("copy/"), ""), 201)
			t.CheckMembers("copy/", "p", "q", "x", "y")
			file, tree := t.ResourceID("copy/x"), t.ResourceID("copy/p/")
			t.CheckSame(file, "copy/y")
			t.CheckSame(tree, "copy/q/")
			t.distinct(map[string]string{
				"a/x": t.ResourceID("a/x"), "a/p/": t.ResourceID("a/p/"), "copy/x": file, "copy/p/": tree,
				"a/p/m": t.ResourceID("a/p/m"), "copy/p/m": t.ResourceID("copy/p/m"),
			})
			t.Put("copy/y", "changed")
			t.CheckBody("copy/x", "changed")
			t.CheckBody("a/x", "file")
			t.Put("copy/q/new", "new")
			t.CheckBody("copy/p/new", "new")
			t.CheckMembers("a/q/", "m")

			t.Status(t.Do("COPY", "a/", t.to("shallow/", H{"Depth": {"0"}}), ""), 201)
			t.CheckMembers("shallow/")
			t.copiedLoop()
		}},

	{ID: "BI-28", Section: "RFC 5842 2.8, 3.2", Level: Must,
		Title: "parent-set, where there is one, names every binding once, each collection under a single URL",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "d/")
			t.Put("c/x", "file")
			if t.Prop("c/x", D("parent-set")) == nil {
				t.Skipf("needs parent-set, which the server does not have")
			}
			t.CheckParents("c/x", "c/ x")
			t.Bind("c/", "a%20b%C3%A9", "c/x")
			t.Bind("d/", "y", "c/x")
			for _, path := range []string{"c/x", "c/a%20b%C3%A9", "d/y"} {
				t.CheckParents(path, "c/ x", "c/ a bé", "d/ y")
			}
			t.Bind("", "e", "c/")
			t.CheckParents("c/", " c", " e")
			parents := t.parents("e/x")
			if n := len(parents); n != 3 {
				t.Errorf("with a collection bound twice there are %d parents %q, want 3", n, parents)
			}
			if c := slices.ContainsFunc(parents, in("c/")); c == slices.ContainsFunc(parents, in("e/")) {
				t.Errorf("the parents %q do not name the one collection by one of its URLs", parents)
			}
			t.Status(t.Do("DELETE", "e", nil, ""), 200, 204)
			t.Status(t.Do("DELETE", "c/x", nil, ""), 200, 204)
			t.CheckParents("d/y", "c/ a bé", "d/ y")
			if t.loopWith("f") {
				t.CheckParents("Coll/f", "Coll/ f")
				if n := len(t.parents("Coll/")); n != 2 {
					t.Errorf("the loop has %d parents, want 2", n)
				}
			}
		}},
}

// in tells whether a parent, as [T.parents] tells it, is in the collection.
func in(collection string) func(string) bool {
	return func(parent string) bool { return strings.HasPrefix(parent, collection+" ") }
}

// copyTreeOnto copies the tree of RFC 5842 section 2.3.2, onto one in which a
// single resource has both names. Either that is updated, as the RFC has it, or
// the members are replaced (RFC 4918 section 9.8.4). Then the resource stays
// what it was wherever else it is bound.
func (t *T) copyTreeOnto() {
	t.Mkcol("CollX/", "CollY/")
	t.Put("CollX/x.gif", "R1")
	t.Put("CollX/y.gif", "R2")
	t.Put("CollY/x.gif", "R3")
	t.Bind("CollY/", "y.gif", "CollY/x.gif")
	t.Bind("", "R3", "CollY/x.gif")
	collection, id := t.ResourceID("CollY/"), t.ResourceID("R3")
	t.Bind("", "CollY2", "CollY/")
	t.Status(t.Do("COPY", "CollX/", t.to("CollY/"), ""), 204)
	t.CheckMembers("CollY/", "x.gif", "y.gif")
	t.CheckSame(id, "R3")
	if t.ResourceID("CollY/x.gif") == id {
		t.CheckSame(collection, "CollY/", "CollY2/")
		t.CheckSame(id, "CollY/y.gif")
		if body := string(t.Get("R3").Body); body != "R1" && body != "R2" {
			t.Errorf("the resource that was updated by both has the body %q", body)
		}
		return
	}
	t.CheckBody("CollY/x.gif", "R1")
	t.CheckBody("CollY/y.gif", "R2")
	t.CheckBody("R3", "R3")
	t.distinct(map[string]string{"R3": id, "CollY/x.gif": t.ResourceID("CollY/x.gif"), "CollY/y.gif": t.ResourceID("CollY/y.gif")})
}

// loopWith makes Coll/ with the binding Bar to itself, and a file called and
// holding its name. It tells whether the server allows that.
func (t *T) loopWith(file string) bool {
	t.Mkcol("Coll/")
	t.Put("Coll/"+file, file)
	return t.tryCycle("Coll/", "Bar", "Coll/")
}

// overwrittenByMove moves onto what has another binding, a file and a
// collection. The id is that of d/c/two.
func (t *T) overwrittenByMove(id string) {
	t.Put("old", "overwritten")
	t.Bind("", "survivor", "old")
	survivor := t.ResourceID("old")
	t.Status(t.Do("MOVE", "d/c/two", t.to("old"), ""), 204)
	t.CheckSame(id, "old")
	t.CheckSame(survivor, "survivor")
	t.CheckBody("survivor", "overwritten")

	t.Mkcol("e/", "source/")
	t.Put("e/m", "member")
	t.Bind("", "kept", "e/")
	t.Status(t.Do("MOVE", "source/", t.to("e/"), ""), 204)
	t.CheckMembers("e/")
	t.CheckBody("kept/m", "member")
}

// copiedLoop copies the tree of RFC 5842 section 2.3.1.
func (t *T) copiedLoop() {
	t.Mkcol("CollX/", "CollX/CollY/")
	t.Put("CollX/x.gif", "R1")
	t.Put("CollX/CollY/y.gif", "R2")
	if !t.tryCycle("CollX/CollY/", "CollZ", "CollX/") {
		return
	}
	t.Status(t.Do("COPY", "CollX/", t.to("CollA/"), ""), 201)
	source, top := t.ResourceID("CollX/"), t.ResourceID("CollA/")
	t.CheckSame(source, "CollX/CollY/CollZ/")
	t.CheckSame(top, "CollA/CollY/CollZ/", "CollA/CollY/CollZ/CollY/CollZ/")
	t.distinct(map[string]string{
		"CollX": source, "CollA": top, "CollX/CollY": t.ResourceID("CollX/CollY/"), "CollA/CollY": t.ResourceID("CollA/CollY/"),
		"CollX/x.gif": t.ResourceID("CollX/x.gif"), "CollA/x.gif": t.ResourceID("CollA/x.gif"),
	})
	t.CheckMembers("CollA/", "CollY", "x.gif")
	t.CheckMembers("CollA/CollY/", "CollZ", "y.gif")
	t.CheckBody("CollA/CollY/CollZ/CollY/y.gif", "R2")
}

// parents are what the parent-set of a resource tells: the path of a
// collection, relative to the case's and with its slash, a blank, and the
// segment, both decoded.
func (t *T) parents(path string) []string {
	set := t.Prop(path, D("parent-set"))
	if set == nil {
		t.Fatalf("%s has no parent-set", t.Path(path))
	}
	self, _ := decoded(t.Path(""))
	var list []string
	for _, p := range set.All(D("parent")) {
		hrefs, segments := p.All(D("href")), p.All(D("segment"))
		if len(hrefs) != 1 || len(segments) != 1 {
			t.Errorf("%s has a parent with %d href and %d segment", t.Path(path), len(hrefs), len(segments))
			continue
		}
		collection, ok := decoded(hrefs[0].Trimmed())
		segment, ok2 := decoded("/" + segments[0].Text())
		if !ok || !ok2 {
			t.Errorf("%s: the parent %q, %q is not percent-encoded", t.Path(path), hrefs[0].Text(), segments[0].Text())
		}
		collection = strings.TrimPrefix(strings.TrimPrefix(collection, self), "/")
		if collection != "" {
			collection += "/"
		}
		list = append(list, collection+" "+strings.TrimPrefix(segment, "/"))
	}
	slices.Sort(list)
	return list
}

// CheckParents fails the case unless the parent-set of a resource holds exactly
// the bindings, spelled as [T.parents] tells them.
func (t *T) CheckParents(path string, want ...string) {
	slices.Sort(want)
	if got := t.parents(path); !slices.Equal(got, want) {
		t.Errorf("%s has parents %q, want %q", t.Path(path), got, want)
	}
}

package davtest

import (
	"slices"
	"strings"
)

// The cases on changing an order, and on what keeps it.
var casesOrderChange = []Case{
	{ID: "OR-07", Section: "RFC 3648 7, 7.1", Level: Must,
		Title: "ORDERPATCH applies its steps in document order, with 200 or 204; moving to the same place is no error",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "three", "four", "one", "two")
			const inorder = "http://host.example/inorder.ord"
			r := t.Orderpatch("c/", inorder, step("two", "first"), step("one", "first"), step("three", "last"), step("four", "last"))
			t.CheckStatus(r, 200, 204)
			t.CheckOrder("c/", "one two three four")
			if got := t.orderingType("c/"); got != inorder {
				t.Errorf("ordering-type is %q", got)
			}
			if len(r.Body) > 0 && r.Root().Name != D("orderpatch-response") {
				t.Errorf("the body of a success is %s", nameString(r.Root().Name))
			}
			t.CheckStatus(t.Orderpatch("c/", "", step("one", "after three"), step("four", "before two"), step("two", "after one")), 200, 204)
			t.CheckOrder("c/", "four three one two")
			t.CheckStatus(t.Orderpatch("c/", "", step("three", "after four"), step("three", "before one"), step("four", "first"), step("two", "last")), 200, 204)
			t.CheckOrder("c/", "four three one two")
			t.Put("c/x%20y", "")
			t.CheckStatus(t.Orderpatch("c/", "", step("x%20y", "first")), 200, 204)
			t.checkSequence("c/", "x y", "four", "three", "one", "two")
			t.CheckStatus(t.Orderpatch("c/", ""), 200, 204, 400)
		}},

	{ID: "OR-08", Section: "RFC 3648 7, 7.2", Level: Must,
		Title: "ORDERPATCH is all or nothing; a failure is a 207 that names only the member, with the condition in its response",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "a", "b", "d")
			before := t.Snapshot()
			for _, try := range []struct{ step, blamed string }{
				{step("b", "after none"), "b"},
				{step("b", "before none"), "b"},
				{step("none", "first"), "none"},
				{step("b", "after b"), "b"},
			} {
				ms := t.Orderpatch("c/", "", step("d", "first"), try.step, step("a", "last")).Multistatus()
				t.blamesMember(ms, "c/"+try.blamed, "segment-must-identify-member")
				t.CheckOrder("c/", "a b d")
			}
			t.Status(t.Orderpatch("c/", "http://host.example/other", step("b", "after none")), 207)
			if got := t.orderingType("c/"); got != "DAV:custom" {
				t.Errorf("a refused ORDERPATCH changed ordering-type to %q", got)
			}
			t.CheckOrder("c/", "a b d")
			for _, body := range []string{
				"", "<D:orderpatch", dav("propfind", "<D:allprop/>"),
				dav("orderpatch", "<D:order-member><D:segment>a</D:segment></D:order-member>"),
				dav("orderpatch", "<D:order-member><D:segment>a</D:segment><D:position><D:before/></D:position></D:order-member>"),
			} {
				t.CheckStatus(t.Do("ORDERPATCH", "c/", nil, body), 400, 403, 409, 415, 422)
			}
			t.CheckOrder("c/", "a b d")
			t.unorderedPatched()
			t.Status(t.Do("DELETE", "plain/", nil, ""), 204)
			t.CheckUnchanged(before)
		}},

	{ID: "OR-09", Section: "RFC 3648 7", Level: Must,
		Title: "With a new ordering type unnamed members follow the named; with the same they keep their places",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "a", "b", "c", "d", "e")
			t.Status(t.Orderpatch("c/", "", step("d", "before b")), 200, 204)
			t.CheckOrder("c/", "a d b c e")
			t.Status(t.Orderpatch("c/", "DAV:custom", step("a", "after b")), 200, 204)
			t.CheckOrder("c/", "d b a c e")
			t.Status(t.Orderpatch("c/", "http://host.example/other", step("e", "first"), step("c", "after e")), 200, 204)
			t.startsWith("c/", "e", "c")
			t.Mkcol("plain/")
			for _, name := range []string{"a", "b", "c"} {
				t.Put("plain/"+name, name)
			}
			t.Status(t.Orderpatch("plain/", "DAV:custom", step("c", "first"), step("a", "after c")), 200, 204)
			t.CheckOrder("plain/", "c a b")
			t.Put("plain/0", "new")
			t.CheckOrder("plain/", "c a b 0")
			t.Status(t.Orderpatch("plain/", "DAV:unordered"), 200, 204)
			if got := t.orderingType("plain/"); got != "DAV:unordered" {
				t.Errorf("ordering-type is %q", got)
			}
			t.CheckCondition(t.Do("PUT", "plain/new", position("first"), ""), "collection-must-be-ordered", 403, 409)
		}},

	{ID: "OR-10", Section: "RFC 3648 4", Level: Must,
		Title: "Each member is in the order once; removal leaves the rest; the order is part of the collection",
		Run: func(t *T) {
			t.NeedOrder()
			t.MkOrdered("c/", "e", "d", "c", "b", "a")
			t.Status(t.Do("DELETE", "c/c", nil, ""), 204)
			t.CheckOrder("c/", "e d b a")
			t.Status(t.Do("MOVE", "c/d", t.to("out"), ""), 201)
			t.CheckOrder("c/", "e b a")
			t.Status(t.Do("MOVE", "out", t.to("c/d"), ""), 201)
			t.Status(t.Do("PUT", "c/c", position("after e"), ""), 201)
			t.CheckOrder("c/", "e c b a d")
			t.Status(t.Do("MOVE", "c/", t.to("moved/"), ""), 201)
			t.CheckOrder("moved/", "e c b a d")
			if got := t.orderingType("moved/"); got != "DAV:custom" {
				t.Errorf("after MOVE ordering-type is %q", got)
			}
			if t.Claims("bind") {
				t.Bind("", "second", "moved/")
				t.Status(t.Orderpatch("second/", "", step("a", "first")), 200, 204)
				t.CheckOrder("second/", "a e c b d")
				t.CheckOrder("moved/", "a e c b d")
			} else {
				t.Status(t.Orderpatch("moved/", "", step("a", "first")), 200, 204)
			}
			if t.HasLocks() {
				token := t.Lock("moved/", "exclusive", "0")
				t.CheckStatus(t.Orderpatch("moved/", "", step("b", "first")), 423)
				t.CheckOrder("moved/", "a e c b d")
				t.CheckStatus(t.orderpatch("moved/", submitted(token), "", step("b", "first")), 200, 204)
				t.CheckOrder("moved/", "b a e c d")
			}
		}},
}

// blamesMember fails the case unless the 207 has one response, about the path,
// with 403 or 409 and the condition.
func (t *T) blamesMember(ms *Multistatus, path, condition string) {
	r := ms.At(t.Path(path))
	switch {
	case r == nil:
		t.Errorf("the 207 blames %q, want %s", ms.Paths(), t.Path(path))
	case len(ms.Responses) != 1:
		t.Errorf("the 207 names %q, want %s alone", ms.Paths(), t.Path(path))
	case r.Code != 403 && r.Code != 409:
		t.Errorf("%s has %q, want 403 or 409", t.Path(path), r.Status)
	case !r.Condition(D(condition)):
		t.Errorf("%s has no error that holds DAV:%s", t.Path(path), condition)
	}
}

// unorderedPatched sends ORDERPATCH to a collection without an order, plain/,
// which it makes.
func (t *T) unorderedPatched() {
	t.Mkcol("plain/")
	t.Put("plain/a", "a")
	r := t.Status(t.Orderpatch("plain/", "", step("a", "first")), 207, 403, 409)
	if r.Status != 207 {
		t.CheckCondition(r, "collection-must-be-ordered", 403, 409)
		return
	}
	for _, r := range r.Multistatus().Responses {
		if !r.Condition(D("collection-must-be-ordered")) {
			t.Errorf("%q has no error that holds DAV:collection-must-be-ordered", r.Hrefs)
		}
	}
}

// startsWith fails the case unless the collection's order begins with the
// members.
func (t *T) startsWith(path string, want ...string) {
	got := t.order(path)
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("%s: the order is %q, want %q at its beginning", t.Path(path), got, want)
	}
}

// replaceWord replaces a word in a list separated by blanks.
func replaceWord(list, old, new string) string {
	words := strings.Fields(list)
	words[slices.Index(words, old)] = new
	return strings.Join(words, " ")
}

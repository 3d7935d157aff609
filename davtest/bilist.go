package davtest

import (
	"slices"
	"time"
)

// The cases on Depth infinity: 208, 508, and that everything ends.
var casesBindListing = []Case{
	{ID: "BI-17", Section: "RFC 5842 7.1", Level: Must,
		Title: "With DAV: bind the first binding of a collection has 200, each later one 208 and nothing below it",
		Run: func(t *T) {
			t.twice()
			t.Mkcol("d/")
			t.Bind("d/", "c", "a/")
			bindings := []string{"a", "b", "d/c"}
			for _, headers := range [][]string{{"bind"}, {"1, 2", "x, bind"}} {
				h := H{"Depth": {"infinity"}, "Dav": headers}
				resp := t.Do("PROPFIND", "", h, propfindBody(D("resource-id")))
				if resp.Status == 403 {
					t.Skipf("needs PROPFIND with Depth infinity, which the server refuses")
				}
				ms := resp.Multistatus()
				order := t.relative(ms)
				first := slices.IndexFunc(order, func(p string) bool { return slices.Contains(bindings, p) })
				if first < 0 {
					t.Fatalf("none of the bindings %q is listed, but %q", bindings, order)
				}
				top := order[first]
				t.CheckListed("DAV: bind", ms, "", "a", "b", "d", "d/c", top+"/m", top+"/n", top+"/sub", top+"/sub/x")
				for i, path := range order {
					want := 200
					if i > first && slices.Contains(bindings, path) {
						want = 208
					}
					if code := ms.Responses[i].PropStatus(D("resource-id")); code != want {
						t.Errorf("resource-id of %s has status %d, want %d", path, code, want)
					}
				}
			}
		}},

	{ID: "BI-18", Section: "RFC 5842 7.1", Level: Must,
		Title: "A response with 208 still gives the properties asked for, and 404 for those there are not",
		Run: func(t *T) {
			t.loop()
			t.Store("Coll/", Set(X("p"), "<x:a>value</x:a>"))
			ms := t.PropfindBound("Coll/", X("none"), D("resource-id"), D("resourcetype"), X("p"))
			r := ms.At(t.Path("Coll/Bar"))
			if got := r.Names(208); !sameNames(got, D("resource-id"), D("resourcetype"), X("p")) {
				t.Errorf("with 208: %v", got)
			}
			if got := r.Names(404); !sameNames(got, X("none")) {
				t.Errorf("with 404: %v", got)
			}
			for _, name := range []Name{D("resource-id"), D("resourcetype"), X("p")} {
				first, _ := ms.At(t.Path("Coll/")).Prop(name)
				again, _ := r.Prop(name)
				if first == nil || again == nil || first.Inner() != again.Inner() {
					t.Errorf("%s differs between 200 and 208", nameString(name))
				}
			}
		}},

	{ID: "BI-20", Section: "RFC 5842 7.1, 7.1.2, 7.2", Level: ShouldNot,
		Title: "Without DAV: bind there is no 208, and a loop ends in 508, never in 506",
		Run: func(t *T) {
			t.loop()
			for _, known := range []H{{}, {"Dav": {"1"}}, {"Dav": {"1, 2, 3", "binding"}}} {
				known["Depth"] = []string{"infinity"}
				t.checkLoopDetected(known)
			}
			t.checkLoopDetected(nil)
		},
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Status == 506 {
				errorf("506 is Variant Also Negotiates; a loop is 508")
			}
			if m, err := x.Multistatus(); x.Status == 207 && err == nil {
				knows := slices.Contains((&Response{Exchange: &Exchange{Header: x.RequestHeader}}).List("Dav"), "bind")
				for _, r := range m.Responses {
					if slices.Contains(r.codes(), 208) && !knows {
						errorf("%s has 208, which the client did not say it knows", r.at())
					}
				}
			}
			return x.Status == 207 || x.Status == 508
		}},

	{ID: "BI-21", Section: "RFC 5842 7.1", Level: Must,
		Title: "Without DAV: bind, and without a loop, a collection bound twice is listed twice, in full, with 200",
		Run: func(t *T) {
			t.twice()
			ms := t.PropfindTree("", D("resource-id"))
			t.CheckListed("no DAV: bind", ms, "",
				"a", "a/m", "a/n", "a/sub", "a/sub/x", "b", "b/m", "b/n", "b/sub", "b/sub/x")
			for i, path := range t.relative(ms) {
				if code := ms.Responses[i].PropStatus(D("resource-id")); code != 200 {
					t.Errorf("resource-id of %s has status %d", path, code)
				}
			}
		}},

	{ID: "BI-22", Section: "RFC 5842 7.1", Level: Must,
		Title: "208 belongs to Depth infinity and to collections: neither Depth 1 nor a file bound twice has it",
		Run: func(t *T) {
			t.loop()
			t.Put("Coll/f", "file")
			t.Bind("Coll/", "g", "Coll/f")
			for _, depth := range []string{"0", "1"} {
				h := H{"Depth": {depth}, "Dav": {"bind"}}
				ms := t.Do("PROPFIND", "Coll/", h, propfindBody(D("resource-id"))).Multistatus()
				if depth == "1" {
					t.CheckListed("Depth 1", ms, "Coll", "Coll/Bar", "Coll/f", "Coll/g")
				}
				for _, r := range ms.Responses {
					if code := r.PropStatus(D("resource-id")); code != 200 {
						t.Errorf("Depth %s: resource-id of %s has status %d", depth, r.at(), code)
					}
				}
			}
			ms := t.PropfindBound("Coll/", D("resource-id"))
			for _, path := range []string{"Coll/f", "Coll/g"} {
				if code := ms.At(t.Path(path)).PropStatus(D("resource-id")); code != 200 {
					t.Errorf("Depth infinity: resource-id of the file %s has status %d", path, code)
				}
			}
		}},

	// What does not end is cut off by the time the case has.
	{ID: "BI-23", Section: "RFC 5842 2.1.1, 12.2", Level: Must, Timeout: 30 * time.Second,
		Title: "Every operation with Depth infinity ends in spite of a loop, and finite paths through it work",
		Run: func(t *T) {
			t.loop()
			t.Put("Coll/Foo", "file")
			t.CheckBody("Coll/Bar/Bar/Bar/Foo", "file")
			t.Put("Coll/Bar/Bar/New", "new")
			t.CheckBody("Coll/New", "new")
			t.PropfindBound("", D("resource-id"))
			t.loopLock()
			t.loopReports()

			t.CheckStatus(t.Do("COPY", "Coll/", t.to("copy/"), ""), 201)
			t.CheckBody("copy/Bar/Bar/Foo", "file")
			t.CheckStatus(t.Do("MOVE", "Coll/", t.to("moved/"), ""), 201)
			t.CheckSame(t.ResourceID("moved/"), "moved/Bar/", "moved/Bar/Bar/")
			t.CheckBody("moved/Bar/Foo", "file")
			t.CheckStatus(t.Do("DELETE", "moved/", nil, ""), 200, 204)
			t.CheckUnmapped("moved/", "moved/Bar/", "Coll/")
			t.CheckBody("copy/Foo", "file")
			t.CheckMembers("", "copy")
		}},
}

// twice makes a/ with m, n and sub/x, and binds b to it.
func (t *T) twice() {
	t.NeedBind()
	t.Mkcol("a/", "a/sub/")
	t.Put("a/m", "m")
	t.Put("a/n", "n")
	t.Put("a/sub/x", "x")
	t.Bind("", "b", "a/")
}

// loopLock locks the loop, in depth, where there are locks. A server may be
// unable to (RFC 5842 section 7.2).
func (t *T) loopLock() {
	if !t.HasLocks() {
		return
	}
	r := t.TryLock("Coll/", "exclusive", "infinity", nil)
	if !t.CheckStatus(r, 200, 508) || r.Status == 508 {
		return
	}
	tokens := t.tokensOf("Coll/")
	t.CheckLocked("Coll/Bar/", tokens...)
	t.CheckLocked("Coll/Bar/Foo", tokens...)
	t.CheckStatus(t.Do("PUT", "Coll/Bar/Bar/Foo", nil, "x"), 423)
	if len(tokens) != 1 {
		t.Fatalf("one LOCK of the loop made the locks %q", tokens)
	}
	t.Unlock("Coll/Bar/", tokens[0])
	t.CheckLocked("Coll/Foo")
}

// loopReports searches and synchronizes the loop where the server can. Neither
// RFC says what comes of a loop, but an answer must come.
func (t *T) loopReports() {
	if t.supportsReport("Coll/", "sync-collection") {
		t.CheckStatus(t.TrySync("Coll/", "", "infinite", nil, 0), 207, 403, 409, 507, 508)
	}
	if slices.Contains(t.Do("OPTIONS", "Coll/", nil, "").List("Allow"), "SEARCH") {
		t.CheckStatus(t.Do("SEARCH", "Coll/", nil, t.searchByName("Coll/", "Loop Demo")), 207, 403, 409, 422, 507, 508)
	}
}

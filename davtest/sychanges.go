package davtest

// The cases on what counts as a change, RFC 6578 section 3.5.
var casesSyncChanges = []Case{
	{ID: "SY-07", Section: "RFC 6578 3.5.1", Level: Must,
		Title: "What is mapped anew, has another ETag, or was deleted and made again counts as changed",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/", "out/", "out/tree/")
			t.Put("c/still", "never touched")
			t.Put("c/x", "old")
			t.Put("out/f", "file")
			t.Put("out/m", "to be moved")
			check := func(what, path string, do func()) {
				t.CheckChanges(what, t.Since("c/", "1", do), path, "")
			}
			check("nothing", "", func() {})
			check("PUT of a new file", "c/new", func() { t.Put("c/new", "new") })
			check("PUT to a file", "c/x", func() { t.Put("c/x", "changed") })
			check("MKCOL", "c/d", func() { t.Mkcol("c/d/") })
			check("COPY in", "c/copy", func() { t.Status(t.Do("COPY", "out/f", t.to("c/copy"), ""), 201) })
			check("COPY onto", "c/copy", func() { t.Status(t.Do("COPY", "out/m", t.to("c/copy"), ""), 204) })
			check("MOVE in", "c/moved", func() { t.Status(t.Do("MOVE", "out/m", t.to("c/moved"), ""), 201) })
			check("MOVE of a collection in", "c/tree", func() { t.Status(t.Do("MOVE", "out/tree/", t.to("c/tree/"), ""), 201) })
			check("DELETE and PUT", "c/x", func() {
				t.Status(t.Do("DELETE", "c/x", nil, ""), 200, 204)
				t.Put("c/x", "made again")
			})
			check("DELETE and MKCOL", "c/d", func() {
				t.Status(t.Do("DELETE", "c/d/", nil, ""), 200, 204)
				t.Mkcol("c/d/")
			})
			if t.HasLocks() {
				check("LOCK of an unmapped URL", "c/locked", func() { t.Lock("c/locked", "exclusive", "0") })
			}
			if t.Claims("bind") {
				check("BIND", "c/bound", func() { t.Bind("c/", "bound", "out/f") })
				check("PUT through another binding", "c/bound", func() { t.Put("out/f", "changed") })
				t.Put("out/r", "to be rebound")
				check("REBIND in", "c/rebound", func() { t.CheckSuccess(t.TryRebind("c/", "rebound", "out/r", nil), 201) })
				check("BIND over another", "c/x", func() { t.CheckSuccess(t.TryBind("c/", "x", "out/f", nil), 200, 204) })
			}
		}},

	{ID: "SY-08", Section: "RFC 6578 3.5.2", Level: Must,
		Title: "What is unmapped counts as removed, also if it was made after the token",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/", "out/", "c/d/")
			for _, f := range []string{"c/still", "c/deleted", "c/moved", "c/within", "c/unbound", "c/rebound", "c/d/x"} {
				t.Put(f, f)
			}
			check := func(what, changed, removed string, do func()) {
				t.CheckChanges(what, t.Since("c/", "1", do), changed, removed)
			}
			check("DELETE", "", "c/deleted", func() { t.Status(t.Do("DELETE", "c/deleted", nil, ""), 200, 204) })
			check("DELETE of a collection", "", "c/d", func() { t.Status(t.Do("DELETE", "c/d/", nil, ""), 200, 204) })
			check("MOVE out", "", "c/moved", func() { t.Status(t.Do("MOVE", "c/moved", t.to("out/moved"), ""), 201) })
			check("MOVE within", "c/other", "c/within", func() { t.Status(t.Do("MOVE", "c/within", t.to("c/other"), ""), 201) })
			check("PUT and DELETE", "", "c/shortlived", func() {
				t.Put("c/shortlived", "x")
				t.Status(t.Do("DELETE", "c/shortlived", nil, ""), 200, 204)
			})
			check("PUT, MOVE within and DELETE", "", "c/one c/two", func() {
				t.Put("c/one", "x")
				t.Status(t.Do("MOVE", "c/one", t.to("c/two"), ""), 201)
				t.Status(t.Do("DELETE", "c/two", nil, ""), 200, 204)
			})
			if t.Claims("bind") {
				check("UNBIND", "", "c/unbound", func() { t.CheckSuccess(t.TryUnbind("c/", "unbound", nil), 200, 204) })
				check("REBIND out", "", "c/rebound", func() { t.CheckSuccess(t.TryRebind("out/", "y", "c/rebound", nil), 201) })
				t.Bind("c/", "again", "out/y")
				check("DELETE of another binding", "", "", func() { t.Status(t.Do("DELETE", "out/y", nil, ""), 200, 204) })
			}
		}},

	{ID: "SY-09", Section: "RFC 6578 3.3, 3.5.2", Level: Must,
		Title: "Level 1 is the members, infinite all below; of a removed collection nothing is listed singly",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/", "c/d/", "e/", "e/sub/")
			t.Put("c/still", "never touched")
			t.Put("c/d/x", "old")
			t.Put("e/sub/y", "old")
			// Whether a change below is one of the collection above is the server's.
			check := func(level, what, changed, removed string, do func(), may ...string) {
				t.CheckChanges(what+", level "+level, t.Since("", level, do), changed, removed, may...)
			}
			check("1", "PUT two levels below", "", "", func() { t.Put("c/d/x", "once") }, "c")
			check("infinite", "PUT two levels below", "c/d/x", "", func() { t.Put("c/d/x", "twice") }, "c", "c/d")
			check("infinite", "DELETE below", "", "c/d/x", func() { t.Status(t.Do("DELETE", "c/d/x", nil, ""), 200, 204) }, "c", "c/d")
			check("infinite", "MKCOL and PUT below", "e/n e/n/z", "", func() {
				t.Mkcol("e/n/")
				t.Put("e/n/z", "new")
			}, "e")
			check("infinite", "DELETE of a tree below", "", "e/n", func() { t.Status(t.Do("DELETE", "e/n/", nil, ""), 200, 204) }, "e")
			check("infinite", "changes and DELETE of the tree", "", "e/n", func() {
				t.Mkcol("e/n/")
				t.Put("e/n/z", "new")
				t.Status(t.Do("DELETE", "e/n/z", nil, ""), 200, 204)
				t.Status(t.Do("DELETE", "e/n/", nil, ""), 200, 204)
			}, "e")
			check("infinite", "MOVE of a tree", "f f/sub f/sub/y", "e", func() { t.Status(t.Do("MOVE", "e/", t.to("f/"), ""), 201) })
			check("infinite", "COPY of a tree", "g g/sub g/sub/y", "", func() { t.Status(t.Do("COPY", "f/", t.to("g/"), ""), 201) })
			t.treeMadeAgain()
			if t.Claims("bind") {
				check("infinite", "BIND of a tree", "h h/sub h/sub/y", "", func() { t.Bind("", "h", "f/") })
				check("infinite", "a change seen twice", "f/sub/y h/sub/y", "", func() { t.Put("h/sub/y", "new") }, "f", "f/sub", "h", "h/sub")
				check("infinite", "UNBIND of a tree", "", "h", func() { t.CheckSuccess(t.TryUnbind("", "h", nil), 200, 204) })
			}
		}},
}

// treeMadeAgain replaces g/, which has sub/, by another collection. A client
// must then not believe in g/sub any more: that may be told singly, or g as
// removed in one answer, which is shortened, and as changed in the next.
func (t *T) treeMadeAgain() {
	v := view{}
	apply := func(_ int, c *changes) { v.apply(c) }
	token := t.pages("", "", "infinite", 0, apply)
	t.Status(t.Do("DELETE", "g/", nil, ""), 200, 204)
	t.Mkcol("g/")
	t.Put("g/new", "new")
	t.pages("", token, "infinite", 0, apply)
	t.CheckView("", "infinite", v)
}

package davtest

// The cases on what a lock guards.
var casesLockGuard = []Case{
	{ID: "LK-09", Section: "RFC 4918 6.1, 7.4", Level: Must,
		Title: "Members under a Depth infinity lock, old and new, are locked by it; members that leave are free of it",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/old", "old")
			token := t.Lock("c/", "exclusive", "infinity")
			t.CheckLocked("c/old", token)
			t.Status(t.Do("PUT", "c/new", t.submittedAt("c/", token), "new"), 201)
			t.CheckLocked("c/new", token)
			for _, l := range t.Locks("c/new") {
				if root, _ := decoded(l.Child(D("lockroot"), D("href")).Trimmed()); root+"/" != t.Path("c/") {
					t.Errorf("lockroot at a member is %q, want %s", root, t.Path("c/"))
				}
			}
			t.Status(t.Do("MOVE", "c/old", t.to("free", submitted(token)), ""), 201)
			t.CheckLocked("free")
			t.CheckStatus(t.Do("PUT", "free", nil, "x"), 204, 200)
		}},

	{ID: "LK-10", Section: "RFC 4918 7.4", Level: Must,
		Title: "A Depth 0 lock on a collection guards its properties and membership, not the members' content",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/", "c/d/")
			t.Put("c/x", "member")
			t.Put("c/d/y", "deep")
			token := t.Lock("c/", "exclusive", "0")
			before := t.Snapshot()
			t.CheckStatus(t.Proppatch("c/", Set(X("p"), "1")), 423)
			t.CheckStatus(t.Do("PUT", "c/new", nil, "x"), 423)
			t.CheckStatus(t.Do("DELETE", "c/x", nil, ""), 423)
			t.CheckUnchanged(before)
			t.CheckLocked("c/x")
			t.CheckStatus(t.Do("PUT", "c/x", nil, "changed"), 204, 200)
			t.CheckStatus(t.Do("PUT", "c/d/new", nil, "new"), 201)
			t.CheckStatus(t.Do("DELETE", "c/d/y", nil, ""), 204)
			t.Store("c/x", Set(X("p"), "1"))
			t.CheckLocked("c/", token)
		}},

	{ID: "LK-11", Section: "RFC 4918 7.4", Level: Must,
		Title: "Guarded membership: a new member by PUT, MKCOL, LOCK; DELETE; MOVE in, out and within; COPY in",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			t.Lock("c/", "exclusive", "0")
			before := t.Snapshot()
			for _, r := range []*Response{
				t.Do("PUT", "c/new", nil, "x"),
				t.Do("MKCOL", "c/new/", nil, ""),
				t.TryLock("c/new", "exclusive", "0", nil),
				t.Do("DELETE", "c/x", nil, ""),
				t.Do("MOVE", "f", t.to("c/new"), ""),
				t.Do("MOVE", "f", t.to("c/x"), ""),
				t.Do("MOVE", "c/x", t.to("out"), ""),
				t.Do("MOVE", "c/x", t.to("c/new"), ""),
				t.Do("COPY", "f", t.to("c/new"), ""),
			} {
				t.CheckStatus(r, 423)
			}
			t.CheckUnchanged(before)
		}},

	{ID: "LK-12", Section: "RFC 4918 7", Level: Must,
		Title: "A guarded resource: PUT, PROPPATCH, DELETE, MOVE from, COPY and MOVE onto",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Put("g", "other")
			t.Lock("f", "exclusive", "0")
			before := t.Snapshot()
			for _, who := range []*T{t, t.other()} {
				for _, r := range []*Response{
					who.Do("PUT", "f", nil, "x"),
					who.Proppatch("f", Set(X("p"), "1")),
					who.Do("DELETE", "f", nil, ""),
					who.Do("MOVE", "f", t.to("out"), ""),
					who.Do("COPY", "g", t.to("f"), ""),
					who.Do("MOVE", "g", t.to("f"), ""),
				} {
					t.CheckStatus(r, 423)
				}
			}
			t.CheckUnchanged(before)
		}},

	{ID: "LK-13", Section: "RFC 4918 7, 7.5.1", Level: Must,
		Title: "Reading from a locked resource, and copying it, is free",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Lock("f", "exclusive", "0")
			other := t.other()
			t.CheckStatus(other.Do("GET", "f", nil, ""), 200)
			t.CheckStatus(other.Do("HEAD", "f", nil, ""), 200)
			t.CheckStatus(other.Do("OPTIONS", "f", nil, ""), 200, 204)
			t.CheckStatus(other.Do("PROPFIND", "f", H{"Depth": {"0"}}, ""), 207)
			t.CheckStatus(other.Do("COPY", "f", t.to("copy"), ""), 201)
			t.CheckBody("copy", "file")
		}},

	{ID: "LK-14", Section: "RFC 4918 6.4", Level: Must,
		Title: "A token works only for the creator of the lock",
		Run: func(t *T) {
			t.NeedLocks()
			second := t.Second()
			t.Put("f", "file")
			token := t.Lock("f", "exclusive", "0")
			before := t.Snapshot()
			t.CheckStatus(second.Do("PUT", "f", submitted(token), "stolen"), 403, 423)
			t.CheckStatus(second.Do("DELETE", "f", submitted(token), ""), 403, 423)
			t.CheckUnchanged(before)
			t.CheckStatus(t.Do("PUT", "f", submitted(token), "own"), 204, 200)
		}},

	{ID: "LK-15", Section: "RFC 4918 7.4, 7.5", Level: Must,
		Title: "Every lock touched needs its token: member and collection, source and destination",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("from/", "onto/")
			t.Put("from/x", "member")
			from, member, onto := t.Lock("from/", "exclusive", "0"), t.Lock("from/x", "exclusive", "0"), t.Lock("onto/", "exclusive", "0")
			before := t.Snapshot()
			for _, some := range []H{
				t.submittedAt("from/", from, "from/x", member),
				t.submittedAt("from/", from, "onto/", onto),
				t.submittedAt("from/x", member, "onto/", onto),
			} {
				t.CheckStatus(t.Do("MOVE", "from/x", t.to("onto/x", some), ""), 423, 207)
			}
			t.CheckUnchanged(before)
			all := t.submittedAt("from/", from, "from/x", member, "onto/", onto)
			t.CheckStatus(t.Do("MOVE", "from/x", t.to("onto/x", all), ""), 201)
			t.CheckBody("onto/x", "member")
		}},

	{ID: "LK-16", Section: "RFC 4918 16, 11.3", Level: Should,
		Title: "423 for a missing token has lock-token-submitted, which names a locked root",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			t.Lock("c/", "exclusive", "infinity")
			t.Lock("f", "exclusive", "0")
			check := func(r *Response, root string) {
				t.CheckCondition(r, "lock-token-submitted", 423)
				t.checkNames(r, "lock-token-submitted", root)
			}
			check(t.Do("PUT", "f", nil, "x"), "f")
			check(t.Do("PUT", "c/x", nil, "x"), "c/")
			check(t.Do("PUT", "c/new", nil, "x"), "c/")
			check(t.Proppatch("c/x", Set(X("p"), "1")), "c/")
			check(t.Do("DELETE", "c/x", nil, ""), "c/")
			check(t.Do("MKCOL", "c/new/", nil, ""), "c/")
			check(t.Do("MOVE", "f", t.to("g"), ""), "f")
			check(t.Do("COPY", "c/x", t.to("f"), ""), "f")
		}},
}

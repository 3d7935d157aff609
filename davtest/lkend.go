package davtest

// The cases on the end of a lock, on COPY and MOVE, and on requests for a lock
// that make none.
var casesLockEnd = []Case{
	{ID: "LK-26", Section: "RFC 4918 9.11, 9.11.1", Level: Must,
		Title: "UNLOCK with Lock-Token is 204 and frees all, through any URL in scope, without If",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/", "c/d/")
			t.Put("c/d/x", "deep")
			token := t.Lock("c/", "exclusive", "infinity")
			t.CheckStatus(t.Do("UNLOCK", "c/d/x", H{"Lock-Token": {"<" + token + ">"}}, ""), 204)
			for _, path := range []string{"c/", "c/d/", "c/d/x"} {
				t.CheckLocked(path)
			}
			t.CheckStatus(t.Do("PUT", "c/d/x", nil, "free"), 204, 200)
			t.CheckStatus(t.Do("DELETE", "c/", nil, ""), 204)
		}},

	{ID: "LK-27", Section: "RFC 4918 9.11.1, 10.5", Level: Must,
		Title: "UNLOCK: no token, or one without brackets, 400; another user 403; unknown or out of scope 409 with its condition",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Put("g", "other")
			token, elsewhere := t.Lock("f", "exclusive", "0"), t.Lock("g", "exclusive", "0")
			t.CheckStatus(t.Do("UNLOCK", "f", nil, ""), 400)
			t.CheckStatus(t.Do("UNLOCK", "f", H{"Lock-Token": {token}}, ""), 400)
			for _, wrong := range []string{"urn:uuid:11111111-2222-4333-8444-555555555555", elsewhere} {
				r := t.Do("UNLOCK", "f", H{"Lock-Token": {"<" + wrong + ">"}}, "")
				t.CheckCondition(r, "lock-token-matches-request-uri", 409)
			}
			if t.HasSecond() {
				t.CheckStatus(t.Second().Do("UNLOCK", "f", H{"Lock-Token": {"<" + token + ">"}}, ""), 403)
			}
			t.CheckLocked("f", token)
			t.CheckLocked("g", elsewhere)
		}},

	{ID: "LK-28", Section: "RFC 4918 6.1, 7.6", Level: Must,
		Title: "A lock ends when its root becomes unmapped; MOVE never carries it, COPY never doubles it",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("f", "file")
			t.Put("c/x", "member")
			file, member := t.Lock("f", "exclusive", "0"), t.Lock("c/x", "exclusive", "0")
			t.Status(t.Do("COPY", "f", t.to("copy"), ""), 201)
			t.Status(t.Do("COPY", "c/", t.to("copies/"), ""), 201)
			t.CheckLocked("copy")
			t.CheckLocked("copies/x")
			t.Status(t.Do("MOVE", "f", t.to("moved", submitted(file)), ""), 201)
			t.Status(t.Do("MOVE", "c/", t.to("d/", t.submittedAt("c/x", member)), ""), 201)
			t.CheckLocked("moved")
			t.CheckLocked("d/x")
			t.CheckStatus(t.Do("PUT", "moved", submitted(file), "x"), 412)
			t.CheckStatus(t.Do("PUT", "f", nil, "new"), 201)
			t.CheckLocked("f")
			t.CheckStatus(t.Do("PUT", "d/x", nil, "free"), 204, 200)
		}},

	{ID: "LK-29", Section: "RFC 4918 7.6, 6.1", Level: Must,
		Title: "What arrives in a tree under a Depth infinity lock joins that lock, and not with a conflicting lock of its own",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("tree/", "c/")
			t.Put("g", "file")
			t.Put("c/x", "member")
			tree := t.Lock("tree/", "exclusive", "infinity")
			t.Status(t.Do("MOVE", "g", t.to("tree/g", t.submittedAt("tree/", tree)), ""), 201)
			t.CheckLocked("tree/g", tree)
			t.Status(t.Do("COPY", "c/x", t.to("tree/x", t.submittedAt("tree/", tree)), ""), 201)
			t.CheckLocked("tree/x", tree)
			member := t.Lock("c/x", "exclusive", "0")
			t.CheckStatus(t.Do("MOVE", "c/", t.to("tree/c/", t.submittedAt("tree/", tree)), ""), 423, 207)
			t.CheckLocked("c/x", member)
			t.CheckMembers("tree/", "g", "x")
			both := t.submittedAt("tree/", tree, "c/x", member)
			t.Status(t.Do("MOVE", "c/", t.to("tree/c/", both), ""), 201)
			t.CheckLocked("tree/c/x", tree)
		}},

	{ID: "LK-30", Section: "RFC 4918 9.10.5, 7.7", Level: Must,
		Title: "To ask again, with a body, for a lock one holds is a conflict and not a refresh",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			token := t.Lock("f", "exclusive", "0")
			t.CheckStatus(t.TryLock("f", "exclusive", "0", submitted(token)), 423)
			t.CheckStatus(t.TryLock("f", "exclusive", "0", nil), 423)
			t.CheckLocked("f", token)
		}},

	{ID: "LK-31", Section: "RFC 4918 14.11, 11.2", Level: Should,
		Title: "lockinfo without scope or type is 400; an unknown lock type is 422 or 400",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			scope, kind := "<D:lockscope><D:exclusive/></D:lockscope>", "<D:locktype><D:write/></D:locktype>"
			lock := func(path, content string) *Response {
				return t.Do("LOCK", path, H{"Depth": {"0"}}, dav("lockinfo", content))
			}
			for _, path := range []string{"f", "new"} {
				t.CheckStatus(lock(path, scope), 400)
				t.CheckStatus(lock(path, kind), 400)
				t.CheckStatus(lock(path, ""), 400)
				t.CheckStatus(lock(path, scope+"<D:locktype><x:read/></D:locktype>"), 422, 400)
				t.CheckStatus(lock(path, "<D:lockscope><x:odd/></D:lockscope>"+kind), 422, 400)
			}
			t.CheckLocked("f")
			t.CheckUnmapped("new")
		}},
}

package davtest

// The cases on locks, RFC 5842 section 9: a lock guards the state of a resource
// whichever URL is used, and the one URL it was made at.
var casesBindLocks = []Case{
	{ID: "BI-29", Section: "RFC 5842 9", Level: Must,
		Title: "The lock root is the URL that was locked, but the resource is guarded through every URL",
		Run: func(t *T) {
			t.lockedTwin()
			token := t.Lock("x/t", "exclusive", "0")
			t.CheckLocked("x/t", token)
			t.CheckLocked("y/t", token)
			t.checkRoot("x/t", "x/t")
			t.checkRoot("y/t", "x/t")
			before := t.Graph()
			for _, path := range []string{"x/t", "y/t"} {
				t.CheckStatus(t.Do("PUT", path, nil, "changed"), 423)
				t.CheckStatus(t.Proppatch(path, Set(X("p"), "1")), 423)
				t.CheckStatus(t.Do("COPY", "f", t.to(path), ""), 423)
				t.CheckStatus(t.TryLock(path, "exclusive", "0", nil), 423)
			}
			t.CheckUnchanged(before)
			t.CheckStatus(t.Do("PUT", "y/t", submitted(token), "one"), 200, 204)
			t.CheckStatus(t.Do("PUT", "y/t", t.submittedAt("x/t", token), "two"), 200, 204)
			t.CheckBody("x/t", "two")

			t.Put("x/tree/m", "member")
			t.Bind("y/", "tree", "x/tree/")
			tree := t.Lock("x/tree/", "exclusive", "infinity")
			t.CheckLocked("y/tree/", tree)
			t.CheckLocked("y/tree/m", tree)
			t.CheckStatus(t.Do("PUT", "y/tree/new", nil, "new"), 423)
			t.CheckStatus(t.Do("PUT", "y/tree/m", nil, "changed"), 423)
			t.CheckStatus(t.Do("DELETE", "y/tree/m", nil, ""), 423)
			t.CheckStatus(t.TryBind("y/tree/", "new", "f", nil), 423)
			t.CheckMembers("x/tree/", "m")
			t.CheckBody("x/tree/m", "member")
		}},

	{ID: "BI-30", Section: "RFC 5842 9.1", Level: Must,
		Title: "Removing another binding of a locked resource needs no token, removing that at the lock root does; UNLOCK works through any",
		Run: func(t *T) {
			t.lockedTwin()
			token := t.Lock("x/t", "exclusive", "0")
			id := t.ResourceID("x/t")
			t.CheckStatus(t.Do("DELETE", "y/t", nil, ""), 200, 204)
			t.Bind("y/", "t", "x/t")
			t.CheckSuccess(t.TryUnbind("y/", "t", nil), 200, 204)
			t.Bind("y/", "t", "x/t")
			t.CheckStatus(t.Do("MOVE", "y/t", t.to("y/u"), ""), 201)
			t.CheckSuccess(t.TryRebind("y/", "t", "y/u", nil), 201)
			t.CheckSame(id, "x/t", "y/t")
			t.CheckLocked("y/t", token)
			t.checkRoot("y/t", "x/t")

			before := t.Graph()
			for _, r := range []*Response{
				t.Do("DELETE", "x/t", nil, ""), t.TryUnbind("x/", "t", nil), t.Do("MOVE", "x/t", t.to("u"), ""),
				t.TryRebind("", "u", "x/t", nil), t.TryBind("x/", "t", "f", nil), t.Do("MOVE", "f", t.to("x/t"), ""),
			} {
				t.CheckStatus(r, 423)
			}
			// The collection above it is another matter: there the 423 may be that
			// of the member.
			for _, r := range []*Response{t.Do("DELETE", "x/", nil, ""), t.TryUnbind("", "x", nil), t.TryRebind("", "u", "x/", nil)} {
				if t.CheckStatus(r, 207, 423) && r.Status == 207 && r.Multistatus().At(t.Path("x/t")).ErrorCode() != 423 {
					t.Errorf("%s %s: the 207 does not give 423 to %s", r.Method, r.Target, t.Path("x/t"))
				}
			}
			t.CheckUnchanged(before)

			t.CheckStatus(t.Do("DELETE", "y/", nil, ""), 200, 204)
			t.CheckLocked("x/t", token)
			t.Bind("", "y", "x/")
			t.CheckSuccess(t.TryUnbind("", "y", nil), 200, 204)
			t.Bind("", "z", "x/t")
			t.CheckStatus(t.Do("UNLOCK", "z", H{"Lock-Token": {"<" + token + ">"}}, ""), 204)
			t.CheckLocked("x/t")
			t.CheckStatus(t.Do("DELETE", "x/t", nil, ""), 200, 204)
			t.CheckSame(id, "z")
		}},
}

// lockedTwin makes f, x/t, bound at y/t too, and x/tree/.
func (t *T) lockedTwin() {
	t.NeedBind()
	t.NeedLocks()
	t.Mkcol("x/", "x/tree/", "y/")
	t.Put("f", "file")
	t.Put("x/t", "test")
	t.Bind("y/", "t", "x/t")
}

// checkRoot fails the case unless every lock on the resource is rooted at the
// path.
func (t *T) checkRoot(path, root string) {
	want, _ := decoded(t.Path(root))
	for _, l := range t.Locks(path) {
		if got, _ := decoded(l.Child(D("lockroot"), D("href")).Trimmed()); got != want {
			t.Errorf("at %s the lockroot is %q, want %s", t.Path(path), got, want)
		}
	}
}

package davtest

// RFC 4918 section 9.6: DELETE.
var casesDL = []Case{
	{ID: "DL-01", Section: "RFC 4918 9.6", Level: Must,
		Title: "After a 204 the URL is unmapped and the parent does not list it; an unmapped target is 404",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			t.Put("kept", "kept")
			for _, path := range []string{"f", "c/"} {
				t.CheckStatus(t.Do("DELETE", path, nil, ""), 204)
				for _, method := range []string{"GET", "HEAD", "PROPFIND"} {
					t.CheckStatus(t.Do(method, path, nil, ""), 404)
				}
			}
			t.CheckUnmapped("c/x")
			t.CheckMembers("", "kept")
			t.CheckStatus(t.Do("DELETE", "f", nil, ""), 404)
			t.CheckStatus(t.Do("DELETE", "none/x", nil, ""), 404)
		}},

	{ID: "DL-02", Section: "RFC 4918 9.6, 6.1", Level: Must,
		Title: "Locks rooted on what was deleted are gone",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("f", "file")
			t.Put("c/x", "member")
			file, member := t.Lock("f", "exclusive", "0"), t.Lock("c/x", "exclusive", "0")
			t.Status(t.Do("DELETE", "f", submitted(file), ""), 204)
			t.Status(t.Do("DELETE", "c/", t.submittedAt("c/x", member), ""), 204)
			t.CheckStatus(t.Do("PUT", "f", nil, "new"), 201)
			t.Mkcol("c/")
			t.CheckStatus(t.Do("PUT", "c/x", nil, "new"), 201)
			t.CheckLocked("f")
			t.CheckLocked("c/x")
			t.CheckStatus(t.Do("PUT", "f", submitted(file), "newer"), 412)
			t.CheckStatus(t.Do("PUT", "c/x", submitted(member), "newer"), 412)
		}},

	{ID: "DL-03", Section: "RFC 4918 9.6.1", Level: Must,
		Title: "On a collection DELETE acts with Depth infinity; other depths are refused",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/d/x", "deep")
			before := t.Snapshot()
			for _, depth := range []string{"0", "1"} {
				t.CheckStatus(t.Do("DELETE", "c/", H{"Depth": {depth}}, ""), 400)
			}
			if !t.CheckUnchanged(before) {
				return
			}
			t.CheckStatus(t.Do("DELETE", "c/d/", H{"Depth": {"infinity"}}, ""), 204)
			t.CheckStatus(t.Do("DELETE", "c/", nil, ""), 204)
			t.CheckMembers("")
		}},

	{ID: "DL-04", Section: "RFC 4918 8.8, 9.6", Level: Must,
		Title: "What is made later at the same URL is new: no old properties, locks or entity tags",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Store("c/", Set(X("old"), "1"))
			t.Put("f", "one")
			t.Store("f", Set(X("old"), "1"), Set(D("displayname"), "old"))
			tag := t.Get("f").Header.Get("Etag")
			t.Status(t.Do("DELETE", "f", nil, ""), 204)
			t.Status(t.Do("DELETE", "c/", nil, ""), 204)
			t.Put("f", "two")
			t.Mkcol("c/")
			if t.Prop("f", X("old")) != nil || t.Prop("c/", X("old")) != nil {
				t.Errorf("a dead property outlived its resource")
			}
			if name := t.Prop("f", D("displayname")); name.Text() == "old" {
				t.Errorf("displayname outlived its resource")
			}
			if now := t.Get("f").Header.Get("Etag"); now != "" && now == tag {
				t.Errorf("ETag %s for other bytes", now)
			}
		}},

	{ID: "DL-05", Section: "RFC 4918 7, 7.4", Level: Must,
		Title: "A lock on the resource, on its parent's membership, or on any member demands its token",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("p/", "c/", "c/d/", "p/c/")
			t.Put("f", "file")
			t.Put("p/x", "member")
			t.Put("c/d/x", "deep")
			own, parent, member := t.Lock("f", "exclusive", "0"), t.Lock("p/", "exclusive", "0"), t.Lock("c/d/x", "exclusive", "0")
			before := t.Snapshot()
			t.CheckStatus(t.Do("DELETE", "f", nil, ""), 423)
			t.CheckStatus(t.Do("DELETE", "p/x", nil, ""), 423)
			t.CheckStatus(t.Do("DELETE", "p/c/", nil, ""), 423)
			t.CheckStatus(t.Do("DELETE", "p/", nil, ""), 423)
			if r := t.Do("DELETE", "c/", nil, ""); t.CheckStatus(r, 423, 207) && r.Status == 207 {
				if code := r.Multistatus().At(t.Path("c/d/x")).ErrorCode(); code != 423 {
					t.Errorf("the 207 gives %d for the locked member", code)
				}
			}
			t.CheckUnchanged(before)
			t.CheckStatus(t.Do("DELETE", "f", submitted(own), ""), 204)
			t.CheckStatus(t.Do("DELETE", "p/x", t.submittedAt("p/", parent), ""), 204)
			t.CheckStatus(t.Do("DELETE", "p/", submitted(parent), ""), 204)
			t.CheckStatus(t.Do("DELETE", "c/", t.submittedAt("c/d/x", member), ""), 204)
			t.CheckMembers("")
		}},
}

package davtest

// RFC 4918 section 9.3: MKCOL.
var casesMK = []Case{
	{ID: "MK-01", Section: "RFC 4918 9.3", Level: Must,
		Title: "MKCOL on an unmapped URL makes an empty collection that its parent lists",
		Run: func(t *T) {
			t.Status(t.Do("MKCOL", "n/", nil, ""), 201)
			t.CheckMembers("", "n")
			if !t.isCollection("n/") {
				t.Errorf("the new resource is no collection")
			}
			t.CheckMembers("n/")
		}},

	{ID: "MK-02", Section: "RFC 4918 9.3, 9.3.1, 7.3", Level: Must,
		Title: "MKCOL on anything mapped fails and changes nothing",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, path := range []string{"c/", "c", "f", t.Base()} {
				if r := t.Do("MKCOL", path, nil, ""); t.CheckStatus(r, 405) && len(r.List("Allow")) == 0 {
					t.Errorf("MKCOL %s: 405 without Allow", r.Target)
				}
			}
			t.CheckUnchanged(before)
			if !t.HasLocks() {
				return
			}
			token := t.Lock("reserved", "exclusive", "0")
			before = t.Snapshot()
			t.CheckStatus(t.Do("MKCOL", "reserved", submitted(token), ""), 405)
			t.CheckUnchanged(before)
		}},

	{ID: "MK-03", Section: "RFC 4918 9.3, 9.3.1, 5.1", Level: Must,
		Title: "A missing ancestor is 409, and none is made silently; a parent that can't have members refuses too",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			t.CheckStatus(t.Do("MKCOL", "none/n/", nil, ""), 409)
			t.CheckStatus(t.Do("MKCOL", "none/deeper/n/", nil, ""), 409)
			t.CheckUnmapped("none/", "none/deeper/", "none/n/")
			t.CheckStatus(t.Do("MKCOL", "f/n/", nil, ""), 403, 409)
			t.CheckUnchanged(before)
		}},

	{ID: "MK-04", Section: "RFC 4918 9.3, 8.4", Level: Must,
		Title: "A body of a type that is not understood is refused",
		Run: func(t *T) {
			for _, media := range []string{"text/plain", "image/png"} {
				t.CheckStatus(t.Do("MKCOL", "n/", H{"Content-Type": {media}}, "\x89PNG and so on"), 415)
				t.CheckUnmapped("n/")
			}
		}},

	{ID: "MK-05", Section: "RFC 4918 7.4", Level: Must,
		Title: "In a locked parent MKCOL needs the token; under a Depth infinity lock the new collection is locked too",
		Run: func(t *T) {
			t.NeedLocks()
			for _, depth := range []string{"0", "infinity"} {
				c := "locked-" + depth + "/"
				t.Mkcol(c)
				token := t.Lock(c, "exclusive", depth)
				t.CheckStatus(t.Do("MKCOL", c+"n/", nil, ""), 423)
				t.CheckUnmapped(c + "n/")
				t.Status(t.Do("MKCOL", c+"n/", t.submittedAt(c, token), ""), 201)
				if depth == "infinity" {
					t.CheckLocked(c+"n/", token)
				} else {
					t.CheckLocked(c + "n/")
				}
			}
		}},
}

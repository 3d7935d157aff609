package davtest

// The cases on locking an unmapped URL.
var casesLockEmpty = []Case{
	{ID: "LK-17", Section: "RFC 4918 7.3, 9.10.4", Level: Must,
		Title: "LOCK on an unmapped URL makes a locked empty resource: 201, a file that is listed and served, and that stays",
		Run: func(t *T) {
			t.NeedLocks()
			r := t.Status(t.TryLock("n", "exclusive", "0", nil), 201)
			token := t.tokensOf("n")
			if len(token) != 1 || activelock(r, token[0]) == nil {
				t.Fatalf("the answer does not show the lock %v", token)
			}
			t.CheckMembers("", "n")
			if t.isCollection("n") {
				t.Errorf("the new resource is a collection")
			}
			if get := t.Do("GET", "n", nil, ""); t.CheckStatus(get, 200, 204) && len(get.Body) > 0 {
				t.Errorf("the new resource has %d bytes", len(get.Body))
			}
			t.CheckStatus(t.Do("PUT", "n", nil, "x"), 423)
			t.CheckStatus(t.Do("PUT", "n", submitted(token[0]), "content"), 204, 200)
			t.CheckBody("n", "content")
			t.Unlock("m", t.Lock("m", "exclusive", "0"))
			t.CheckStatus(t.Do("GET", "m", nil, ""), 200, 204)
			t.CheckMembers("", "m", "n")
		}},

	{ID: "LK-18", Section: "RFC 4918 9.10.6", Level: Must,
		Title: "A missing parent is 409, and none is made",
		Run: func(t *T) {
			t.NeedLocks()
			t.CheckStatus(t.TryLock("none/n", "exclusive", "0", nil), 409)
			t.CheckStatus(t.TryLock("none/deeper/n", "exclusive", "infinity", nil), 409)
			t.CheckUnmapped("none/", "none/n")
			t.CheckMembers("")
		}},
}

package davtest

import "slices"

// Extended MKCOL, RFC 5689.
var casesXM = []Case{
	{ID: "XM-01", Section: "RFC 5689 3.1", Level: Must,
		Title: "extended-mkcol is in the DAV header wherever it works",
		Run: func(t *T) {
			t.Mkcol("c/")
			some := false
			for _, in := range []string{"", "c/"} {
				claimed := slices.Contains(t.Do("OPTIONS", in, nil, "").List("Dav"), "extended-mkcol")
				r := t.Do("MKCOL", in+"n/", nil, mkcolBody(Set(D("resourcetype"), "<D:collection/>"), Set(X("p"), "1")))
				works := r.Status == 201 && t.Prop(in+"n/", X("p")) != nil
				if works != claimed {
					t.Errorf("extended-mkcol on %s: claimed %t, works %t", t.Path(in), claimed, works)
				}
				some = some || claimed
			}
			if !some {
				t.needExtendedMkcol()
			}
		}},

	{ID: "XM-02", Section: "RFC 5689 3", Level: Must,
		Title: "A mkcol body sets properties on the new collection, in document order",
		Run: func(t *T) {
			t.needExtendedMkcol()
			r := t.Do("MKCOL", "n/", nil, mkcolBody(
				"<D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:displayname>first</D:displayname>"+
					`<x:p xml:lang="de"><x:a>1</x:a> text</x:p></D:prop></D:set>`,
				Set(X("twice"), "first"), Set(X("twice"), "second"), Set(D("displayname"), "last")))
			t.checkMkcolSuccess(r)
			if !t.isCollection("n/") {
				t.Errorf("the new resource is no collection")
			}
			t.CheckMembers("n/")
			t.CheckMembers("", "n")
			for name, want := range map[Name]string{
				D("displayname"): `"last"`, X("twice"): `"second"`, X("p"): `<{urn:davtest}a>"1"</>" text"`,
			} {
				if p := t.Prop("n/", name); p == nil || p.Inner() != want {
					t.Errorf("%s is not %s", nameString(name), want)
				}
			}
			if p := t.Prop("n/", X("p")); p != nil && p.Lang != "de" {
				t.Errorf("the property has lost its xml:lang")
			}
			t.checkMkcolSuccess(t.Do("MKCOL", "bare/", nil, mkcolBody()))
			t.checkMkcolSuccess(t.Do("MKCOL", "typed", nil, mkcolBody(Set(D("resourcetype"), "<D:collection/>"))))
			t.CheckMembers("", "bare", "n", "typed")
		}},

	{ID: "XM-03", Section: "RFC 5689 3", Level: Must,
		Title: "If a property can't be set nothing is made, and a mkcol-response, never a 207, has a propstat for each",
		Run: func(t *T) {
			t.needExtendedMkcol()
			kind, good, bad := Set(D("resourcetype"), "<D:collection/>"), Set(D("displayname"), "N"), Set(D("getetag"), "1")
			for _, order := range [][]string{{kind, good, bad}, {bad, good, kind}} {
				r := t.Do("MKCOL", "n/", nil, mkcolBody(order...))
				if t.CheckStatus(r, 403, 409) {
					t.checkMkcolFailure(r, map[Name]int{D("getetag"): 403, D("displayname"): 424, D("resourcetype"): 424})
				}
				t.CheckUnmapped("n/")
			}
			t.CheckMembers("")
		}},

	{ID: "XM-04", Section: "RFC 5689 3, 3.3", Level: Must,
		Title: "A resourcetype that is unknown, or lacks collection, fails with valid-resourcetype in its propstat",
		Run: func(t *T) {
			t.needExtendedMkcol()
			for _, kind := range []string{"<D:collection/><x:odd/>", "<x:odd/>", ""} {
				r := t.Do("MKCOL", "n/", nil, mkcolBody(Set(D("displayname"), "N"), Set(D("resourcetype"), kind)))
				if !t.CheckStatus(r, 403, 409) {
					continue
				}
				t.checkMkcolFailure(r, map[Name]int{D("resourcetype"): 403, D("displayname"): 424})
				if !r.mkcolResponse().Condition(D("valid-resourcetype")) {
					t.Errorf("resourcetype %q is refused without valid-resourcetype", kind)
				}
				t.CheckUnmapped("n/")
			}
			t.CheckMembers("")
		}},

	{ID: "XM-05", Section: "RFC 5689 3", Level: Must,
		Title: "All rules of MKCOL hold with a body too: 405, 409, 423; a body of success is a mkcol-response",
		Run: func(t *T) {
			t.needExtendedMkcol()
			body := mkcolBody(Set(D("resourcetype"), "<D:collection/>"), Set(D("displayname"), "N"))
			t.Mkcol("c/", "locked/")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, path := range []string{"c/", "c", "f", t.Base()} {
				if r := t.Do("MKCOL", path, nil, body); t.CheckStatus(r, 405) && len(r.List("Allow")) == 0 {
					t.Errorf("MKCOL %s: 405 without Allow", r.Target)
				}
			}
			t.CheckStatus(t.Do("MKCOL", "none/n/", nil, body), 409)
			t.CheckStatus(t.Do("MKCOL", "f/n/", nil, body), 403, 409)
			t.CheckStatus(t.Do("MKCOL", "n/", nil, body[:len(body)-5]), 400)
			t.CheckStatus(t.Do("MKCOL", "n/", H{"If-Match": {`"davtest-never"`}}, body), 412)
			t.CheckUnchanged(before)
			t.checkMkcolSuccess(t.Do("MKCOL", "c/n/", nil, body))
			if t.HasLocks() {
				token := t.Lock("locked/", "exclusive", "infinity")
				t.CheckStatus(t.Do("MKCOL", "locked/n/", nil, body), 423)
				t.CheckUnmapped("locked/n/")
				t.checkMkcolSuccess(t.Do("MKCOL", "locked/n/", t.submittedAt("locked/", token), body))
				t.CheckLocked("locked/n/", token)
			}
		}},

	{ID: "XM-06", Section: "RFC 5689 3, RFC 4918 9.3", Level: Should,
		Title: "XML with another root is not taken as mkcol",
		Run: func(t *T) {
			for _, body := range []string{
				propertyupdate(Set(D("displayname"), "N")), propfindBody(), `<mkcol xmlns="urn:davtest"/>`, "<mkcol/>",
			} {
				t.CheckStatus(t.Do("MKCOL", "n/", nil, body), 400, 415)
				t.CheckUnmapped("n/")
			}
		}},
}

func (t *T) needExtendedMkcol() {
	if !t.Claims("extended-mkcol") {
		t.Skipf("needs extended MKCOL (RFC 5689), which the server does not offer")
	}
}

// mkcolBody is a mkcol with set elements, made by [Set].
func mkcolBody(sets ...string) string {
	var content string
	for _, s := range sets {
		content += s
	}
	return dav("mkcol", content)
}

// mkcolResponse is a mkcol-response body, read like a response element; nil if
// the body is another one.
func (r *Response) mkcolResponse() *ResponseElement {
	root, err := r.XML()
	if err != nil || root.Name != D("mkcol-response") {
		return nil
	}
	return newResponseElement(root)
}

// checkMkcolSuccess fails the case unless a collection was made. A body must
// tell success too.
func (t *T) checkMkcolSuccess(r *Response) {
	if !t.CheckStatus(r, 201) || len(r.Body) == 0 {
		return
	}
	m := r.mkcolResponse()
	if m == nil {
		t.Errorf("MKCOL %s: the body is no mkcol-response", r.Target)
		return
	}
	for _, ps := range m.Propstats {
		if ps.Code != 200 {
			t.Errorf("MKCOL %s: 201, and a propstat with %d", r.Target, ps.Code)
		}
	}
}

// checkMkcolFailure fails the case unless the body is a mkcol-response that
// gives just these properties, with these statuses.
func (t *T) checkMkcolFailure(r *Response, want map[Name]int) {
	m := r.mkcolResponse()
	if m == nil {
		t.Errorf("MKCOL %s: %d without a mkcol-response", r.Target, r.Status)
		return
	}
	named := 0
	for _, ps := range m.Propstats {
		named += len(ps.Props)
	}
	for name, code := range want {
		if got := m.PropStatus(name); got != code {
			t.Errorf("MKCOL %s: %s has status %d, want %d", r.Target, nameString(name), got, code)
		}
	}
	if named != len(want) {
		t.Errorf("MKCOL %s: %d properties have a status, want %d", r.Target, named, len(want))
	}
}

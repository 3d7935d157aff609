package davtest

import (
	"slices"
	"strings"
)

// RFC 4437: redirect references.
var casesRR = slices.Concat(casesReferenceMake, casesReferenceUse)

// The cases on making and changing a reference.
var casesReferenceMake = []Case{
	{ID: "RR-01", Section: "RFC 4437 16", Level: Practice,
		Title: "Where a reference may be made OPTIONS shows redirectrefs in DAV and MKREDIRECTREF in Allow",
		Run: func(t *T) {
			t.NeedReferences()
			r := t.Do("OPTIONS", "none", nil, "")
			if !slices.Contains(r.List("DAV"), "redirectrefs") {
				t.Errorf("DAV: %q", r.List("DAV"))
			}
			if !slices.Contains(r.List("Allow"), "MKREDIRECTREF") {
				t.Errorf("Allow: %q", r.List("Allow"))
			}
			t.Mkref("none", t.URL("target"))
			onReference := t.Ref().Do("OPTIONS", "none", nil, "").List("Allow")
			if !slices.Contains(onReference, "UPDATEREDIRECTREF") {
				t.Errorf("Allow of a reference: %q", onReference)
			}
		}},

	{ID: "RR-02", Section: "RFC 4437 6, 13, 14.1", Level: Must,
		Title: "MKREDIRECTREF: 201; resourcetype redirectref, reftarget, redirect-lifetime (temporary if not said)",
		Run: func(t *T) {
			t.NeedReferences()
			target := t.URL("target?a=1&b=2")
			t.Status(t.TryMkref("unsaid", target, ""), 201)
			t.Status(t.TryMkref("said", target, "temporary"), 201)
			t.CheckReference("unsaid", target, "temporary")
			t.CheckReference("said", target, "temporary")
			if t.permanentRef("permanent", target) {
				t.CheckReference("permanent", target, "permanent")
			}
			if t.Ref().isCollection("said") {
				t.Errorf("a reference is a collection")
			}
			t.referencesNotInAllprop("said")
		}},

	{ID: "RR-03", Section: "RFC 4437 6", Level: Must,
		Title: "A refused MKREDIRECTREF has 403 or 409 (423 for a lock), names the condition, and restores everything",
		Run: func(t *T) {
			t.NeedReferences()
			t.Put("f", "file")
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Mkref("ref", t.URL("f"))
			before := t.Snapshot()
			for _, path := range []string{"f", "c", "c/"} {
				t.CheckCondition(t.TryMkref(path, t.URL("x"), ""), "resource-must-be-null", 403, 409)
			}
			t.CheckCondition(t.Ref().TryMkref("ref", t.URL("x"), ""), "resource-must-be-null", 403, 409)
			for _, path := range []string{"none/new", "f/new"} {
				t.CheckCondition(t.TryMkref(path, t.URL("x"), ""), "parent-resource-must-be-non-null", 403, 409)
			}
			for _, target := range []string{"http://[broken/", "a b", "%zz", "http://host:port/"} {
				t.CheckCondition(t.TryMkref("new", target, ""), "legal-reftarget", 403, 409)
			}
			if r := t.TryMkref("permanent", t.URL("x"), "permanent"); r.Status == 201 {
				t.Status(t.Ref().Do("DELETE", "permanent", nil, ""), 204)
			} else {
				t.CheckCondition(r, "redirect-lifetime-supported", 403, 409)
			}
			for _, body := range []string{
				"", dav("mkredirectref", ""), dav("propfind", "<D:allprop/>"), "<D:mkredirectref",
				dav("mkredirectref", "<D:reftarget/>"), referenceBody("updateredirectref", t.URL("x"), ""),
			} {
				r := t.Do("MKREDIRECTREF", "new", nil, body)
				t.CheckStatus(r, 400, 403, 409, 415, 422)
			}
			t.CheckUnchanged(before)
			t.refusedNames()
			t.lockedReferences()
		}},

	{ID: "RR-06", Section: "RFC 4437 7", Level: Must,
		Title: "UPDATEREDIRECTREF with T changes just what is given; without T it is redirected; elsewhere must-be-redirectref",
		Run: func(t *T) {
			t.NeedReferences()
			update := func(as *T, path, target, lifetime string) *Response {
				return as.Do("UPDATEREDIRECTREF", path, nil, referenceBody("updateredirectref", target, lifetime))
			}
			first, second := t.URL("first"), "second?q"
			t.Mkref("ref", first)
			t.CheckStatus(update(t.Ref(), "ref", second, ""), 200, 204)
			t.CheckReference("ref", second, "temporary")
			if r := update(t.Ref(), "ref", "", "permanent"); r.Status == 403 || r.Status == 409 {
				if r.Condition(D("redirect-lifetime-supported")) == nil {
					t.CheckCondition(r, "redirect-lifetime-update-supported", 403, 409)
				}
			} else if t.CheckStatus(r, 200, 204) {
				t.CheckReference("ref", second, "permanent")
				t.CheckRedirects(t.Do("GET", "ref", nil, ""), 301, t.URL(second), second)
				t.CheckStatus(update(t.Ref(), "ref", first, "temporary"), 200, 204)
				t.CheckReference("ref", first, "temporary")
				second = first
			}
			t.Put("f", "file")
			before := t.Snapshot()
			t.CheckStatus(update(t, "ref", t.URL("third"), ""), 302)
			for _, path := range []string{"f", ""} {
				t.CheckCondition(update(t.Ref(), path, t.URL("third"), ""), "must-be-redirectref", 403, 409)
			}
			t.CheckCondition(update(t.Ref(), "ref", "http://[broken/", ""), "legal-reftarget", 403, 409)
			t.CheckUnchanged(before)
			t.CheckReference("ref", second, "temporary")
		}},

	{ID: "RR-11", Section: "RFC 4437 9, 13, 17.2", Level: Must,
		Title: "reftarget and redirect-lifetime are protected; the server never follows a reference, so loops just redirect",
		Run: func(t *T) {
			t.NeedReferences()
			t.Mkref("a", t.URL("b"))
			t.Mkref("b", t.URL("a"))
			t.Mkref("self", t.URL("self"))
			t.Ref().checkProtected("a", D("reftarget"))
			t.Ref().checkProtected("a", D("redirect-lifetime"))
			t.CheckReference("a", t.URL("b"), "temporary")
			for path, to := range map[string]string{"a": "b", "b": "a", "self": "self"} {
				t.CheckRedirects(t.Do("GET", path, nil, ""), 302, t.URL(to), t.URL(to))
			}
			if n := len(t.Propfind("", "1", D("getetag")).Responses); n != 4 {
				t.Errorf("a collection of three references: %d responses", n)
			}
			t.Put("f", "target")
			t.Mkref("ref", t.URL("f"))
			t.Status(t.Do("DELETE", "f", nil, ""), 204)
			t.CheckRedirects(t.Do("GET", "ref", nil, ""), 302, t.URL("f"), t.URL("f"))
			t.CheckReference("ref", t.URL("f"), "temporary")
		}},
}

// referencesNotInAllprop fails the case at level SHOULD if allprop tells what a
// reference has beyond RFC 4918.
func (t *T) referencesNotInAllprop(path string) {
	r := t.Ref().Propfind(path, "0").Responses[0]
	for _, name := range []string{"reftarget", "redirect-lifetime"} {
		if r.PropStatus(D(name)) != 0 {
			t.Shouldf("allprop tells DAV:%s", name)
		}
	}
}

// refusedNames tries names that a server need not allow. One that it refuses
// for its own sake must be told so, and leaves nothing.
func (t *T) refusedNames() {
	for _, name := range []string{"x%2Fy", "x%5Cy", "con%3A", strings.Repeat("n", 300)} {
		before := t.Snapshot()
		switch r := t.TryMkref(name, t.URL("f"), ""); r.Status {
		case 201:
			t.CheckReference(name, t.URL("f"), "temporary")
		case 403, 409:
			t.CheckCondition(r, "name-allowed", 403, 409)
			t.CheckUnchanged(before)
		default:
			t.CheckStatus(r, 201, 400, 403, 404, 409, 414)
			t.CheckUnchanged(before)
		}
	}
}

// lockedReferences tries MKREDIRECTREF below a locked collection, and
// UPDATEREDIRECTREF on a locked reference, without the token and with it.
func (t *T) lockedReferences() {
	if !t.HasLocks() {
		return
	}
	ref := t.Ref()
	t.Mkcol("locked/")
	t.Mkref("single", t.URL("f"))
	collection, single := t.Lock("locked/", "exclusive", "0"), ref.Lock("single", "exclusive", "0")
	before := t.Snapshot()
	create := func(h H) *Response {
		return t.Do("MKREDIRECTREF", "locked/new", h, referenceBody("mkredirectref", t.URL("f"), ""))
	}
	update := func(h H) *Response {
		return ref.Do("UPDATEREDIRECTREF", "single", h, referenceBody("updateredirectref", t.URL("g"), ""))
	}
	for _, r := range []*Response{create(nil), update(nil)} {
		if !t.CheckStatus(r, 423, 403, 409) {
			continue
		}
		if r.Condition(D("locked-update-allowed")) == nil {
			t.Errorf("%s %s: no DAV:error that holds DAV:locked-update-allowed", r.Method, r.Target)
		}
	}
	t.CheckUnchanged(before)
	t.CheckStatus(create(t.submittedAt("locked/", collection)), 201)
	t.CheckStatus(update(submitted(single)), 200, 204)
	t.CheckReference("single", t.URL("g"), "temporary")
}

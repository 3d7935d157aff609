package davtest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// The live properties of RFC 4918 section 15.
var casesLive = []Case{
	{ID: "PF-18", Section: "RFC 4918 15.9, 14.3", Level: Must,
		Title: "resourcetype is on every resource: DAV:collection on collections, empty on files",
		Run: func(t *T) {
			t.Put("f", "x")
			for path, want := range map[string][]Name{"f": nil, "": {D("collection")}} {
				e := t.Prop(path, D("resourcetype"))
				if e == nil {
					t.Errorf("%s has none", t.Path(path))
					continue
				}
				var got []Name
				for _, c := range e.Children() {
					got = append(got, c.Name)
				}
				if !sameNames(got, want...) || e.Trimmed() != "" {
					t.Errorf("%s: %s", t.Path(path), e.Inner())
				}
			}
		}},

	{ID: "PF-19", Section: "RFC 4918 15.6", Level: Must,
		Title: "getetag is the ETag of GET, byte for byte, and protected",
		Run: func(t *T) {
			t.Put("f", "x")
			t.sameAsHeader("f", "getetag", "ETag")
			t.checkProtected("f", D("getetag"))
		}},

	{ID: "PF-20", Section: "RFC 4918 15.7", Level: Must,
		Title: "getlastmodified is the Last-Modified of GET, an rfc1123-date; it should be protected",
		Run: func(t *T) {
			t.Put("f", "x")
			t.sameAsHeader("f", "getlastmodified", "Last-Modified")
			value := t.Prop("f", D("getlastmodified")).Text()
			if _, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", value); value != "" && err != nil {
				t.Errorf("%q is no rfc1123-date", value)
			}
			if code := t.tryStore("f", D("getlastmodified"), "Sun, 06 Nov 1994 08:49:37 GMT"); code != 403 {
				t.Shouldf("setting it: %d, want 403", code)
			}
		}},

	{ID: "PF-21", Section: "RFC 4918 15.3, 15.4, 15.5", Level: Must,
		Title: "getcontentlength, getcontenttype and getcontentlanguage are there exactly when GET has the header, and equal it",
		Run: func(t *T) {
			for name, size := range map[string]int{"none": 0, "one": 1, "million": 1_000_000} {
				h := H{"Content-Type": {"text/plain;charset=utf-8"}, "Content-Language": {"de"}}
				t.Status(t.Do("PUT", name, h, strings.Repeat("x", size)), 201)
				t.sameAsHeader(name, "getcontentlength", "Content-Length")
				t.sameAsHeader(name, "getcontenttype", "Content-Type")
				t.sameAsHeader(name, "getcontentlanguage", "Content-Language")
			}
			t.checkProtected("one", D("getcontentlength"))
			if t.Prop("one", D("getcontentlanguage")) != nil {
				if code := t.tryStore("one", D("getcontentlanguage"), "fr"); code != 200 {
					t.Shouldf("getcontentlanguage should not be protected: %d", code)
				}
				t.sameAsHeader("one", "getcontentlanguage", "Content-Language")
			}
		}},

	{ID: "PF-22", Section: "RFC 4918 15.1", Level: Should,
		Title: "creationdate is an RFC 3339 date-time, and a PUT does not change it",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				e := t.Prop(path, D("creationdate"))
				if e == nil {
					continue // the server may not remember it
				}
				if !dateTime.MatchString(e.Text()) {
					t.Errorf("%s: %q", t.Path(path), e.Text())
				}
			}
			before := t.Prop("f", D("creationdate")).Text()
			t.Sleep(1100 * time.Millisecond) // longer than the resolution of the property may be
			t.Put("f", "other")
			if after := t.Prop("f", D("creationdate")).Text(); after != before {
				t.Errorf("was %q, after a PUT %q", before, after)
			}
		}},

	{ID: "PF-23", Section: "RFC 4918 15.2", Level: Should,
		Title: "displayname is the client's: free text, kept, and not made from the URL",
		Run: func(t *T) {
			t.Put("f", "x")
			if e := t.Prop("f", D("displayname")); e != nil && e.Text() == "f" {
				t.Errorf("made from the URL: %q", e.Text())
			}
			const name = "\u00c4 <x> & more"
			t.Store("f", Set(D("displayname"), escape(name)))
			t.Put("f", "y")
			t.Status(t.Do("MOVE", "f", t.to("g"), ""), 201)
			if got := t.Prop("g", D("displayname")).Text(); got != name {
				t.Errorf("%q, want %q", got, name)
			}
		}},

	{ID: "PF-24", Section: "RFC 4918 15.8, 15.10", Level: Must,
		Title: "lockdiscovery and supportedlock are there even without a lock, and protected",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				if e := t.Prop(path, D("lockdiscovery")); e == nil || len(e.Children()) > 0 {
					t.Errorf("%s: lockdiscovery is missing or not empty", t.Path(path))
				}
				var scopes []string
				for _, entry := range t.Prop(path, D("supportedlock")).entries() {
					if entry.Child(D("locktype"), D("write")) != nil {
						for _, scope := range entry.Child(D("lockscope")).Children() {
							scopes = append(scopes, scope.Name.Local)
						}
					}
				}
				slices.Sort(scopes)
				if !slices.Equal(scopes, []string{"exclusive", "shared"}) {
					t.Errorf("%s: write locks of scope %q", t.Path(path), scopes)
				}
				t.checkProtected(path, D("lockdiscovery"))
				t.checkProtected(path, D("supportedlock"))
			}
		}},

	{ID: "PF-25", Section: "RFC 4918 9.1.5, 15.4", Level: Practice,
		Title: "Collections have no getcontentlength and getcontenttype unless GET gives that entity",
		Run: func(t *T) {
			head := t.Do("HEAD", "", nil, "")
			for name, field := range map[string]string{"getcontentlength": "Content-Length", "getcontenttype": "Content-Type"} {
				if e := t.Prop("", D(name)); e != nil && (head.Status != 200 || e.Text() != head.Header.Get(field)) {
					t.Errorf("%s is %q; HEAD has status %d, %s: %q", name, e.Text(), head.Status, field, head.Header.Get(field))
				}
			}
		}},
}

var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// entries are the lockentry elements of a supportedlock, which may be nil.
func (e *Element) entries() []*Element {
	if e == nil {
		return nil
	}
	return e.All(D("lockentry"))
}

// sameAsHeader fails the case unless a property is there exactly when GET has
// the field, with the same value. HEAD should have it too, but may leave it out
// (RFC 9110 section 9.3.2).
func (t *T) sameAsHeader(path, property, field string) {
	e := t.Prop(path, D(property))
	for _, method := range []string{"HEAD", "GET"} {
		values := t.Status(t.Do(method, path, nil, ""), 200).Header.Values(field)
		switch {
		case e == nil && len(values) == 0:
		case len(values) == 0 && method == "HEAD":
			t.Shouldf("HEAD on %s leaves out %s, which is %q", t.Path(path), field, e.Text())
		case e == nil:
			t.Errorf("%s has no %s, but %s gives %s: %q", t.Path(path), property, method, field, values)
		case len(values) != 1 || e.Text() != values[0]:
			t.Errorf("%s of %s is %q, %s gives %s: %q", property, t.Path(path), e.Text(), method, field, values)
		}
	}
}

// tryStore sets a property and returns the status it has in the answer.
func (t *T) tryStore(path string, name Name, value string) int {
	return t.Proppatch(path, Set(name, value)).Multistatus().At(t.Path(path)).PropStatus(name)
}

// checkProtected fails the case unless setting and removing the property have
// 403 and leave it as it is.
func (t *T) checkProtected(path string, name Name) {
	before := t.Prop(path, name)
	for _, instruction := range []string{Set(name, "1"), Remove(name)} {
		ms := t.Proppatch(path, instruction).Multistatus()
		if code := ms.At(t.Path(path)).PropStatus(name); code != 403 {
			t.Errorf("%s of %s: status %d, want 403", instruction, t.Path(path), code)
		}
		propstatError(t, ms, t.Path(path), "cannot-modify-protected-property")
	}
	switch after := t.Prop(path, name); {
	case (before == nil) != (after == nil):
		t.Errorf("PROPPATCH made or removed %s of %s", nameString(name), t.Path(path))
	case before != nil && before.Inner() != after.Inner():
		t.Errorf("%s of %s was %s, is %s", nameString(name), t.Path(path), before.Inner(), after.Inner())
	}
}

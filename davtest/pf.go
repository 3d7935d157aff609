package davtest

import (
	"slices"
	"strings"
)

// PROPFIND. RFC 4918 section 9.1. Live properties are in live.go.
var casesPF = slices.Concat(casesPropfind, casesLive)

var casesPropfind = []Case{
	{ID: "PF-01", Section: "RFC 4918 9.1", Level: Must,
		Title: "Every resource takes PROPFIND with Depth 0 and 1",
		Run: func(t *T) {
			t.Put("f", "x")
			paths := []string{t.Base(), "", "f"}
			if t.HasLocks() {
				t.Lock("locked", "exclusive", "0")
				paths = append(paths, "locked")
			}
			for _, p := range paths {
				for _, depth := range []string{"0", "1"} {
					if t.Propfind(p, depth, D("resourcetype")).At(t.Path(p)) == nil {
						t.Errorf("Depth %s on %s: no response for the Request-URI", depth, t.Path(p))
					}
				}
			}
		}},

	{ID: "PF-02", Section: "RFC 4918 9.1, 9.1.1", Level: Should,
		Title: "Depth infinity gives the whole tree, or 403 with propfind-finite-depth",
		Run: func(t *T) {
			t.threeLevels()
			resp := t.Do("PROPFIND", "", H{"Depth": {"infinity"}}, propfindBody(D("resourcetype")))
			if resp.Status == 403 {
				t.CheckCondition(resp, "propfind-finite-depth", 403)
				return
			}
			t.checkPaths(resp.Multistatus(), "", "c", "c/d", "c/d/x", "c/y", "z")
		}},

	{ID: "PF-03", Section: "RFC 4918 9.1", Level: Should,
		Title: "No Depth header means infinity",
		Run: func(t *T) {
			t.threeLevels()
			resp := t.Do("PROPFIND", "", nil, propfindBody(D("resourcetype")))
			if resp.Status == 403 {
				t.CheckCondition(resp, "propfind-finite-depth", 403)
				return
			}
			t.checkPaths(resp.Multistatus(), "", "c", "c/d", "c/d/x", "c/y", "z")
		}},

	{ID: "PF-04", Section: "RFC 4918 9.1", Level: Must,
		Title: "An empty body means allprop",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(X("p"), "1"))
			want := t.Propfind("f", "0").Responses[0].Names(200)
			for _, length := range [][]string{nil, {"0"}} {
				resp, err := t.Raw("PROPFIND", "f", t.Head("PROPFIND", "f", H{"Depth": {"0"}, "Content-Length": length}))
				if err != nil {
					t.Fatalf("PROPFIND with Content-Length %q: %v", length, err)
				}
				if got := resp.Multistatus().Responses[0].Names(200); !sameNames(got, want...) {
					t.Errorf("Content-Length %q: %v, allprop: %v", length, got, want)
				}
			}
		}},

	{ID: "PF-05", Section: "RFC 4918 9.1", Level: Must,
		Title: "Exactly the members within the depth are listed, once each",
		Run: func(t *T) {
			t.threeLevels()
			t.checkPaths(t.Propfind("", "0", D("resourcetype")), "")
			t.checkPaths(t.Propfind("", "1", D("resourcetype")), "", "c", "z")
			t.checkPaths(t.Propfind("c/", "1", D("resourcetype")), "c", "c/d", "c/y")
		}},

	{ID: "PF-06", Section: "RFC 4918 10.2", Level: Must,
		Title: "Depth is ignored on resources without members",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, depth := range []string{"1", "infinity"} {
				t.checkPaths(t.Propfind("f", depth, D("resourcetype")), "f")
			}
		}},

	{ID: "PF-07", Section: "RFC 4918 10.2", Level: Practice,
		Title: "Other values of Depth are refused; the case of infinity is not significant",
		Run: func(t *T) {
			for _, depth := range []string{"2", "-1", "x", "1, 0"} {
				t.CheckStatus(t.Do("PROPFIND", "", H{"Depth": {depth}}, propfindBody()), 400)
			}
			want := t.Do("PROPFIND", "", H{"Depth": {"infinity"}}, propfindBody()).Status
			t.CheckStatus(t.Do("PROPFIND", "", H{"Depth": {"Infinity"}}, propfindBody()), want)
		}},

	{ID: "PF-08", Section: "RFC 4918 14.20, A.3", Level: Must,
		Title: "A propfind with choices that exclude each other is refused",
		Run: func(t *T) {
			const prop = "<D:prop><D:getetag/></D:prop>"
			for _, body := range []string{
				"<D:allprop/><D:propname/>", "<D:propname/><D:allprop/>", prop + "<D:allprop/>", "<D:allprop/>" + prop,
				prop + "<D:propname/>", "<D:propname/>" + prop,
			} {
				resp := t.Do("PROPFIND", "", H{"Depth": {"0"}}, dav("propfind", body))
				if resp.Status != 400 {
					t.Errorf("propfind of %s: status %d", body, resp.Status)
				}
			}
		}},

	{ID: "PF-09", Section: "RFC 4918 17, A.4", Level: Must,
		Title: "Unknown children of propfind count as absent; if nothing known is left it is refused",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, body := range []string{"<x:expired-props/>", ""} {
				t.CheckStatus(t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", body)), 400)
			}
			want := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")).Multistatus()
			got := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", "<D:propname/><x:leave-out>*boss*</x:leave-out>")).Multistatus()
			if !sameNames(got.Responses[0].Names(200), want.Responses[0].Names(200)...) {
				t.Errorf("x:leave-out changes the answer")
			}
		}},

	{ID: "PF-10", Section: "RFC 4918 9.1, 9.1.2", Level: Must,
		Title: "A named property has 200 and its value, or 404 and the empty name",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(X("here"), "value"))
			absent := []Name{X("gone"), {Local: "bare"}, {Space: "urn:davtest:other", Local: "here"}, D("no-such-property")}
			r := t.Propfind("f", "0", append(absent, X("here"))...).Responses[0]
			if e, code := r.Prop(X("here")); code != 200 || e.Text() != "value" {
				t.Errorf("x:here: status %d, value %q", code, e.Text())
			}
			for _, name := range absent {
				if e, code := r.Prop(name); code != 404 || len(e.Nodes) > 0 {
					t.Errorf("%s: status %d", nameString(name), code)
				}
			}
		}},

	{ID: "PF-11", Section: "RFC 4918 9.1, 14.2", Level: Must,
		Title: "allprop gives all dead properties, and every live property of RFC 4918 that the resource has",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				t.Store(path, Set(X("one"), "1"), Set(Name{Space: "urn:davtest:other", Local: "two"}, "2"))
				want := append(t.Propfind(path, "0", coreProperties...).Responses[0].Names(200),
					X("one"), Name{Space: "urn:davtest:other", Local: "two"}, D("resourcetype"))
				r := t.Propfind(path, "0").Responses[0]
				for _, name := range want {
					if e, code := r.Prop(name); code != 200 {
						t.Errorf("allprop on %s: %s has status %d", t.Path(path), nameString(name), code)
					} else if name == X("one") && e.Text() != "1" {
						t.Errorf("allprop on %s: x:one is %q", t.Path(path), e.Text())
					}
				}
			}
		}},

	{ID: "PF-12", Section: "RFC 4918 9.1, 14.8", Level: Must,
		Title: "include adds live properties to allprop; unknown ones have 404",
		Run: func(t *T) {
			t.Put("f", "x")
			extra := D("supported-report-set")
			code := t.Propfind("f", "0", extra).Responses[0].PropStatus(extra)
			body := dav("propfind", "<D:allprop/><D:include><D:supported-report-set/><x:none/></D:include>")
			r := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, body).Multistatus().Responses[0]
			if got := r.PropStatus(extra); got != code {
				t.Errorf("supported-report-set: included %d, asked for by name %d", got, code)
			}
			if got := r.PropStatus(X("none")); got != 404 {
				t.Errorf("x:none: status %d", got)
			}
			if got := r.PropStatus(D("resourcetype")); got != 200 {
				t.Errorf("with include allprop lacks resourcetype")
			}
		}},

	{ID: "PF-13", Section: "RFC 4918 9.1, 14.21", Level: Must,
		Title: "propname gives every property name, with no values, with 200 only",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				t.Store(path, Set(X("dead"), "value"))
				r := t.Do("PROPFIND", path, H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")).Multistatus().Responses[0]
				for _, ps := range r.Propstats {
					for _, e := range ps.Props {
						if ps.Code != 200 || len(e.Nodes) > 0 {
							t.Errorf("propname on %s: %s with status %d and content %q", t.Path(path), nameString(e.Name), ps.Code, e.Inner())
						}
					}
				}
				want := t.Propfind(path, "0").Responses[0].Names(200)
				want = append(want, t.Propfind(path, "0", slices.Concat(coreProperties, extensionProperties)...).Responses[0].Names(200)...)
				for _, name := range want {
					if r.PropStatus(name) != 200 {
						t.Errorf("propname on %s lacks %s", t.Path(path), nameString(name))
					}
				}
			}
		}},

	{ID: "PF-14", Section: "RFC 4331 2, RFC 5842 3, RFC 5995 3.2.1, RFC 6578 4, RFC 3648 4.1, RFC 4437 13, RFC 3253 3.11", Level: ShouldNot,
		Title: "allprop leaves out the properties of extensions",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				r := t.Propfind(path, "0").Responses[0]
				for _, name := range extensionProperties {
					if code := r.PropStatus(name); code != 0 {
						t.Errorf("allprop on %s has %s", t.Path(path), nameString(name))
					}
				}
			}
		}},

	{ID: "PF-15", Section: "RFC 4918 9.1, 9.1.2", Level: Must,
		Title: "A property that fails has its own status, and the others succeed",
		Run: func(t *T) {
			t.Skipf("needs access control (RFC 3744) to make a property unreadable")
		}},

	{ID: "PF-16", Section: "RFC 4918 4.4", Level: Must,
		Title: "The same local name in two namespaces and in none are three properties",
		Run: func(t *T) {
			t.Put("f", "x")
			names := []Name{X("author"), {Space: "urn:davtest:other", Local: "author"}, {Local: "author"}}
			for i, name := range names {
				t.Store("f", Set(name, strings.Repeat("x", i+1)))
			}
			r := t.Propfind("f", "0", names...).Responses[0]
			for i, name := range names {
				if e, code := r.Prop(name); code != 200 || e.Text() != strings.Repeat("x", i+1) {
					t.Errorf("%s: status %d, value %q", nameString(name), code, e.Text())
				}
			}
		}},

	{ID: "PF-17", Section: "RFC 4918 7, 9.1", Level: Must,
		Title: "PROPFIND needs no lock token and changes nothing",
		Run: func(t *T) {
			t.NeedLocks()
			t.threeLevels()
			t.Lock("c/", "exclusive", "infinity")
			watched := []Name{D("getetag"), D("getlastmodified"), D("sync-token"), D("lockdiscovery"), D("displayname")}
			before := t.Propfind("c/", "1", watched[:3]...)
			who := t
			if t.HasSecond() {
				who = t.Second()
			}
			for _, depth := range []string{"0", "1", "infinity"} {
				who.CheckStatus(who.Do("PROPFIND", "c/", H{"Depth": {depth}}, propfindBody(watched...)), 207, 403)
			}
			who.Propfind("c/d/x", "0")
			after := t.Propfind("c/", "1", watched[:3]...)
			for _, r := range before.Responses {
				for _, name := range watched[:3] {
					was, _ := r.Prop(name)
					is, _ := after.At(r.Hrefs[0]).Prop(name)
					if was.Text() != is.Text() {
						t.Errorf("%s of %s was %q, is %q", nameString(name), r.Hrefs[0], was.Text(), is.Text())
					}
				}
			}
		}},
}

// coreProperties are the live properties of RFC 4918 section 15.
var coreProperties = []Name{
	D("creationdate"), D("displayname"), D("getcontentlanguage"), D("getcontentlength"), D("getcontenttype"),
	D("getetag"), D("getlastmodified"), D("lockdiscovery"), D("resourcetype"), D("supportedlock"),
}

// extensionProperties are live properties that allprop should leave out.
var extensionProperties = []Name{
	D("quota-available-bytes"), D("quota-used-bytes"), D("resource-id"), D("parent-set"), D("add-member"),
	D("sync-token"), D("ordering-type"), D("reftarget"), D("redirect-lifetime"), D("supported-method-set"),
	D("supported-live-property-set"), D("supported-report-set"), D("supported-query-grammar-set"),
	D("current-user-principal"), D("current-user-privilege-set"), D("acl"),
}

// checkPaths fails the case unless the Multi-Status has exactly one response
// for each of the paths.
func (t *T) checkPaths(m *Multistatus, want ...string) {
	var paths []string
	for _, p := range want {
		d, _ := decoded(t.Path(p))
		paths = append(paths, d)
	}
	slices.Sort(paths)
	if got := slices.Sorted(slices.Values(m.Paths())); !slices.Equal(got, paths) {
		t.Errorf("responses for %q, want %q", got, paths)
	}
}

package davtest

import (
	"slices"
	"strings"
)

// Reports, RFC 3253 sections 3.1, 3.6 and 3.8.
var casesRP = []Case{
	{ID: "RP-01", Section: "RFC 3253 3.6", Level: Must,
		Title: "A report that the resource does not support is refused with supported-report; without Depth a report is for Depth 0",
		Run: func(t *T) {
			t.needReports()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			before := t.Snapshot()
			for _, path := range []string{"c/", "c/x"} {
				if !slices.Contains(t.Do("OPTIONS", path, nil, "").List("Allow"), "REPORT") {
					continue
				}
				unknown := []string{"<x:report xmlns:x='urn:davtest'/>", dav("propfind", "<D:allprop/>")}
				if !t.supportsReport(path, "version-tree") {
					unknown = append(unknown, dav("version-tree", "<D:prop><D:getetag/></D:prop>"))
				}
				for _, body := range unknown {
					t.CheckCondition(t.Do("REPORT", path, nil, body), "supported-report", 403, 409)
				}
				t.CheckStatus(t.Do("REPORT", path, nil, "<D:expand-property"), 400)
			}
			t.CheckStatus(t.Do("REPORT", "none", nil, expandBody("")), 404)
			t.CheckUnchanged(before)
			if t.supportsReport("c/", "expand-property") {
				ms := t.Do("REPORT", "c/", nil, expandBody(`<D:property name="resourcetype"/>`)).Multistatus()
				t.CheckListed("a report without Depth", ms, "c")
			}
		}},

	{ID: "RP-02", Section: "RFC 3253 3.1.3 to 3.1.5", Level: Must,
		Title: "supported-method-set, supported-live-property-set and supported-report-set are protected, and true",
		Run: func(t *T) {
			sets := []Name{D("supported-method-set"), D("supported-live-property-set"), D("supported-report-set")}
			if !slices.ContainsFunc(sets, func(n Name) bool { return t.Prop("", n) != nil }) {
				t.Skipf("needs the supported-... properties (RFC 3253), which the server does not offer")
			}
			t.Mkcol("c/")
			t.Put("f", "file")
			for _, path := range []string{"c/", "f"} {
				for _, n := range sets {
					if t.Prop(path, n) == nil {
						t.Errorf("%s has no %s", t.Path(path), nameString(n))
						continue
					}
					ms := t.Proppatch(path, Set(n, "")).Multistatus()
					if code := ms.At(t.Path(path)).PropStatus(n); code != 403 {
						t.Errorf("PROPPATCH of %s: status %d, want 403", nameString(n), code)
					}
				}
				t.checkMethods(path)
				t.checkLiveProperties(path, sets)
				t.runReports(path)
			}
		}},

	{ID: "RP-03", Section: "RFC 3253 3.8", Level: Should,
		Title: "expand-property works wherever REPORT does, and makes of each href of a property a response with the nested properties",
		Run: func(t *T) {
			t.needReports()
			t.Put("f", "file")
			t.Store("f", Set(X("p"), "value"))
			for _, path := range []string{"", "f"} {
				if reports := slices.Contains(t.Do("OPTIONS", path, nil, "").List("Allow"), "REPORT"); reports != t.supportsReport(path, "expand-property") {
					t.Errorf("%s: REPORT is allowed: %t, and expand-property supported: %t", t.Path(path), reports, !reports)
				}
			}
			property, hrefs := t.expandable("f")
			body := expandBody(`<D:property name="` + property.Local + `"><D:property name="displayname"/><D:property name="resourcetype"/></D:property>` +
				`<D:property name="getetag"/><D:property name="p" namespace="urn:davtest"/><D:property name="none" namespace="urn:davtest"/>`)
			ms := t.Do("REPORT", "f", nil, body).Multistatus()
			t.CheckListed("the report", ms, "f")
			r := ms.At(t.Path("f"))
			if got := r.Names(200); !sameNames(got, property, D("getetag"), X("p")) {
				t.Errorf("with 200: %v", got)
			}
			if got := r.Names(404); !sameNames(got, X("none")) {
				t.Errorf("with 404: %v", got)
			}
			for _, n := range []Name{D("getetag"), X("p")} {
				if got, _ := r.Prop(n); got != nil && got.Inner() != t.Prop("f", n).Inner() {
					t.Errorf("%s is %s", nameString(n), got.Inner())
				}
			}
			expanded, _ := r.Prop(property)
			for _, nested := range t.expanded(expanded, hrefs...) {
				kind, _ := nested.Prop(D("resourcetype"))
				if want := t.Prop(targetOf(nested.at()), D("resourcetype")); kind == nil || kind.Inner() != want.Inner() {
					t.Errorf("resourcetype of %s in the report is not what PROPFIND says", nested.at())
				}
				if code := nested.PropStatus(D("displayname")); code != 200 && code != 404 {
					t.Errorf("displayname of %s has status %d", nested.at(), code)
				}
			}
			t.expandTwice()
		}},
}

// needReports SKIPs the case unless the case's collection has the method REPORT.
func (t *T) needReports() {
	if !slices.Contains(t.Do("OPTIONS", "", nil, "").List("Allow"), "REPORT") {
		t.Skipf("needs REPORT (RFC 3253), which the server does not offer")
	}
}

func expandBody(properties string) string { return dav("expand-property", properties) }

// checkMethods holds supported-method-set against Allow. A method that is not
// allowed now may be in another state of the resource, but it must be known.
func (t *T) checkMethods(path string) {
	allowed := t.Do("OPTIONS", path, nil, "").List("Allow")
	for _, method := range allowed {
		if !t.supportsMethod(path, method) {
			t.Errorf("%s: %s is allowed and not in supported-method-set", t.Path(path), method)
		}
	}
	never := H{"If-Match": {`"davtest-never"`}, "If": {"(<DAV:no-lock>)"}}
	for _, m := range t.Prop(path, D("supported-method-set")).All(D("supported-method")) {
		method, _ := m.Attribute(Name{Local: "name"})
		if slices.Contains(allowed, method) {
			continue
		}
		if r := t.Do(method, path, never, ""); r.Status == 501 {
			t.Errorf("%s: %s is in supported-method-set, and the server does not know it", t.Path(path), method)
		}
	}
}

// checkLiveProperties holds supported-live-property-set against propname, where
// a resource without dead properties names its live ones.
func (t *T) checkLiveProperties(path string, sets []Name) {
	names := t.Do("PROPFIND", path, H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")).Multistatus().Responses[0].Names(200)
	for _, n := range sets {
		if !slices.Contains(names, n) {
			t.Errorf("%s: propname does not tell %s", t.Path(path), nameString(n))
		}
		if !t.supportsProperty(path, n) {
			t.Errorf("%s: supported-live-property-set lacks %s", t.Path(path), nameString(n))
		}
	}
	for _, n := range names {
		if !t.supportsProperty(path, n) {
			t.Shouldf("%s: supported-live-property-set lacks %s, which propname tells", t.Path(path), nameString(n))
		}
	}
	for _, p := range t.Prop(path, D("supported-live-property-set")).All(D("supported-live-property")) {
		for _, named := range p.Child(D("prop")).Children() {
			if code := t.Propfind(path, "0", named.Name).Responses[0].PropStatus(named.Name); code != 200 && code != 404 {
				t.Errorf("%s: PROPFIND of the supported %s gives it status %d", t.Path(path), nameString(named.Name), code)
			}
		}
	}
}

// runReports asks for every report that the resource says it supports. Those the
// suite has no body for must at least be known.
func (t *T) runReports(path string) {
	bodies := map[Name]string{
		D("expand-property"): expandBody(`<D:property name="resourcetype"/>`),
		D("sync-collection"): syncBody("", "1", 0),
	}
	for _, supported := range t.Prop(path, D("supported-report-set")).All(D("supported-report")) {
		kinds := supported.Child(D("report")).Children()
		if len(kinds) != 1 {
			t.Errorf("%s: a supported-report with %d reports", t.Path(path), len(kinds))
			continue
		}
		if body, known := bodies[kinds[0].Name]; known {
			t.CheckStatus(t.Do("REPORT", path, nil, body), 207)
			continue
		}
		r := t.Do("REPORT", path, nil, `<r:`+kinds[0].Name.Local+` xmlns:r="`+escape(kinds[0].Name.Space)+`"/>`)
		if r.Condition(D("supported-report")) != nil || r.Status == 405 || r.Status >= 500 {
			t.Errorf("%s: the supported report %s answers %d", t.Path(path), nameString(kinds[0].Name), r.Status)
		}
	}
}

// expandable is a property of the resource that has hrefs of resources, and
// those. If there is none the case SKIPs.
func (t *T) expandable(path string) (Name, []string) {
	for _, n := range []Name{D("current-user-principal"), D("parent-set")} {
		var hrefs []string
		if p := t.Prop(path, n); p != nil {
			for _, e := range p.Descendants() {
				if e.Name == D("href") {
					hrefs = append(hrefs, e.Trimmed())
				}
			}
		}
		if len(hrefs) > 0 {
			return n, hrefs
		}
	}
	t.Skipf("needs a property with the href of a resource: current-user-principal or parent-set")
	return Name{}, nil
}

// expanded are the responses in an expanded property: one for each href that was
// in it, and no bare href left.
func (t *T) expanded(property *Element, hrefs ...string) []*ResponseElement {
	var list []*ResponseElement
	var found []string
	if property != nil {
		for _, e := range property.Descendants() {
			switch {
			case e.Name == D("response"):
				r := newResponseElement(e)
				list = append(list, r)
				found = append(found, pathOf(r.at()))
			case e.Name == D("href") && e.Parent.Name != D("response"):
				t.Errorf("the href %s in %s is not expanded", e.Trimmed(), nameString(property.Name))
			}
		}
	}
	var want []string
	for _, h := range hrefs {
		want = append(want, pathOf(h))
	}
	if strings.Join(found, " ") != strings.Join(want, " ") {
		t.Errorf("expanded: %q, want %q", found, want)
	}
	return list
}

// expandTwice expands the parents of a file, and theirs, where there is
// parent-set (RFC 5842 section 3.2).
func (t *T) expandTwice() {
	t.Mkcol("c/")
	t.Put("c/x", "member")
	if t.Prop("c/x", D("parent-set")) == nil {
		return
	}
	nested := `<D:property name="parent-set"><D:property name="resourcetype"/></D:property>`
	r := t.Do("REPORT", "c/x", nil, expandBody(`<D:property name="parent-set">`+nested+`</D:property>`)).Multistatus().At(t.Path("c/x"))
	set, _ := r.Prop(D("parent-set"))
	outer := set.Child(D("parent"), D("response"))
	if outer == nil || pathOf(newResponseElement(outer).at()) != pathOf(t.Path("c/")) {
		t.Errorf("the parent of c/x is not expanded to a response for %s", t.Path("c/"))
		return
	}
	set, _ = newResponseElement(outer).Prop(D("parent-set"))
	if inner := set.Child(D("parent"), D("response")); inner == nil || pathOf(newResponseElement(inner).at()) != pathOf(t.Path("")) {
		t.Errorf("the parent of the parent of c/x is not expanded to a response for %s", t.Path(""))
	}
}

package davtest

import (
	"slices"
	"strings"
)

// RFC 5323: SEARCH with DAV:basicsearch.
var casesSE = slices.Concat(casesSearch, casesSearchWhere, casesSearchTypes, casesSearchOptional, casesSearchResult)

// The cases on SEARCH as such: announcement, grammars, scopes.
var casesSearch = []Case{
	{ID: "SE-01", Section: "RFC 5323 3, 3.1-3.3", Level: Must,
		Title: "An arbiter has SEARCH in Allow, <DAV:basicsearch> in DASL, and both in its properties",
		Run: func(t *T) {
			t.NeedSearch()
			r := t.Do("OPTIONS", "", nil, "")
			if !slices.Contains(r.List("Allow"), "SEARCH") {
				t.Errorf("Allow: %q", r.List("Allow"))
			}
			if !slices.Contains(r.List("DASL"), "<DAV:basicsearch>") {
				t.Errorf("DASL: %q", r.List("DASL"))
			}
			versioned := t.Prop("", D("supported-method-set")) != nil // RFC 3253 or 3744
			if versioned && !t.supportsMethod("", "SEARCH") {
				t.Errorf("supported-method-set has no SEARCH")
			}
			set := t.Prop("", D("supported-query-grammar-set"))
			if set == nil {
				if versioned {
					t.Errorf("there is no supported-query-grammar-set")
				}
				return
			}
			if !slices.ContainsFunc(set.All(D("supported-query-grammar")), func(e *Element) bool {
				return e.Child(D("grammar"), D("basicsearch")) != nil
			}) {
				t.Errorf("supported-query-grammar-set is %s", set.Inner())
			}
			t.checkProtected("", D("supported-query-grammar-set"))
		}},

	{ID: "SE-02", Section: "RFC 5323 2.2.2", Level: Must,
		Title: "The body is searchrequest or query-schema-discovery with one grammar; an unknown one fails search-grammar-supported",
		Run: func(t *T) {
			t.NeedSearch()
			t.Put("f", "x")
			for _, root := range []string{"searchrequest", "query-schema-discovery"} {
				r := t.Search(dav(root, "<x:grammar><x:question/></x:grammar>"))
				if r.Condition(D("search-grammar-discovery-supported")) == nil {
					t.checkRefused(root+" of an unknown grammar", r, "search-grammar-supported", 403, 409, 422)
				}
				t.checkRefused(root+" of no grammar", t.Search(dav(root, "")), "", 400, 403, 409, 422)
			}
			whole := query{scopes: t.everything()}.basicsearch()
			for what, body := range map[string]string{
				"another root":  dav("propfind", "<D:allprop/>"),
				"a bare query":  strings.Replace(whole, "<D:basicsearch>", `<D:basicsearch xmlns:D="DAV:">`, 1),
				"half a body":   "<D:searchrequest",
				"no select":     dav("searchrequest", "<D:basicsearch><D:from>"+t.everything()[0]+"</D:from></D:basicsearch>"),
				"no from":       dav("searchrequest", "<D:basicsearch><D:select><D:allprop/></D:select></D:basicsearch>"),
				"an empty from": query{}.body(),
			} {
				t.checkRefused(what, t.Search(body), "", 400, 422)
			}
			for _, kind := range []string{"text/xml", "application/xml", `text/xml; charset="utf-8"`} {
				ms := t.Do("SEARCH", "", H{"Content-Type": {kind}}, query{scopes: t.everything()}.body()).Multistatus()
				t.checkFoundIn("labelled "+kind, ms, ". f")
			}
		}},

	{ID: "SE-03", Section: "RFC 5323 2.3", Level: Must,
		Title: "Success is a 207 with one response for each match, with the selected properties in propstat",
		Run: func(t *T) {
			t.NeedSearch()
			t.Mkcol("c/")
			t.files(map[string]string{"a": "1", "b": "2", "c/a": "1", "%C3%A9%26": "1"})
			q := query{names: []Name{X("k"), D("getcontentlength"), X("none")}, scopes: t.everything(), where: compare("eq", X("k"), "1")}
			ms := t.Search(q.body()).Multistatus()
			t.checkFoundIn("k is 1", ms, "a c/a é&")
			q.where = compare("eq", X("k"), "nowhere")
			if n := len(t.Search(q.body()).Multistatus().Responses); n != 0 {
				t.Errorf("nothing matches: %d responses", n)
			}
			for _, r := range ms.Responses {
				if k, status := r.Prop(X("k")); status != 200 || k.Text() != "1" {
					t.Errorf("%s: k is %s with %d", r.at(), k.Inner(), status)
				}
				if r.PropStatus(D("getcontentlength")) != 200 || r.PropStatus(X("none")) != 404 {
					t.Errorf("%s: status %d for what is there, %d for what is not", r.at(), r.PropStatus(D("getcontentlength")), r.PropStatus(X("none")))
				}
				if len(r.Names(200)) != 2 {
					t.Errorf("%s: %v were not asked for", r.at(), r.Names(200))
				}
			}
			q = query{scopes: t.everything(), where: compare("eq", X("k"), "2")}
			all := t.Search(q.body()).Multistatus()
			t.checkFoundIn("k is 2", all, "b")
			if r := all.At(t.Path("b")); r.PropStatus(X("k")) != 200 || r.PropStatus(D("getetag")) != 200 {
				t.Errorf("allprop selects k with %d, getetag with %d", r.PropStatus(X("k")), r.PropStatus(D("getetag")))
			}
		},
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Method != "SEARCH" || x.Status != 207 {
				return false
			}
			ms, err := x.Multistatus()
			if err != nil {
				return false // told elsewhere
			}
			for _, r := range ms.Responses {
				schema := r.Element.Child(D("query-schema")) != nil
				if len(r.Propstats) == 0 && !schema && r.Code != 507 {
					errorf("%s has status %q and no propstat", r.at(), r.Status)
				}
			}
			return len(ms.Responses) > 0
		}},

	{ID: "SE-04", Section: "RFC 5323 2.3", Level: Should,
		Title: "A resource with several URLs in scope is reported by one of them",
		Run: func(t *T) {
			t.NeedSearch()
			t.NeedBind()
			t.Mkcol("c/")
			t.files(map[string]string{"a": "1", "b": "2", "c/x": "1"})
			t.Bind("", "again", "a")
			t.Bind("c/", "third", "a")
			t.Bind("", "d", "c/")
			ms := t.TryWhere(compare("eq", X("k"), "1")).Multistatus()
			seen := map[string]string{}
			for _, path := range t.found(ms) {
				id := t.ResourceID(strings.ReplaceAll(path, " ", "%20"))
				if other, twice := seen[id]; twice {
					t.Errorf("one resource is found as %s and as %s", other, path)
				}
				seen[id] = path
			}
			if len(seen) != 2 {
				t.Errorf("%d resources are found, want 2", len(seen))
			}
		}},

	{ID: "SE-05", Section: "RFC 5323 5.4, 5.4.1, 5.4.2", Level: Must,
		Title: "A scope is a full or relative reference with depth 0, 1 or infinity, which a file ignores",
		Run: func(t *T) {
			t.NeedSearch()
			t.threeLevels() // c/, c/d/, c/d/x, c/y and z
			all := ". c c/d c/d/x c/y z"
			t.searchScopes([]scoped{
				{t.Path(""), "0", "."},
				{t.Path(""), "1", ". c z"},
				{t.Path(""), "infinity", all},
				{t.URL(""), "infinity", all},
				{"./", "infinity", all},
				{strings.TrimSuffix(t.Path(""), "/"), "1", ". c z"},
			}, t.Errorf)
			t.searchScopes([]scoped{
				{t.Path("c/"), "0", "c"},
				{t.URL("c/"), "1", "c c/d c/y"},
				{"c/", "infinity", "c c/d c/d/x c/y"},
				{"c/d", "1", "c/d c/d/x"},
				{"c/y", "0", "c/y"},
				{"c/y", "1", "c/y"},
				{t.URL("z"), "infinity", "z"},
			}, t.Shouldf)
			if t.HasReferences() { // of which each stands for itself (RFC 5323 section 5.4)
				t.Mkref("c/ref", t.URL("z"))
				t.searchScopes([]scoped{{t.Path("c/"), "1", "c c/d c/ref c/y"}, {t.Path("c/ref"), "infinity", "c/ref"}}, t.Shouldf)
			}
			for _, s := range []string{scope(t.Path(""), "2"), scope(t.Path(""), ""), element(D("scope"), element(D("depth"), "0"))} {
				t.checkRefused(s, t.Search(query{scopes: []string{s}}.body()), "", 400, 403, 409, 422)
			}
		}},

	{ID: "SE-06", Section: "RFC 5323 2.2.2, 2.4", Level: Must,
		Title: "A bad scope fails search-scope-valid; several scopes work or fail search-multiple-scope-supported",
		Run: func(t *T) {
			t.NeedSearch()
			t.threeLevels()
			for _, href := range []string{t.Path("none/"), t.URL("none"), "http://elsewhere.davtest.invalid/", "ftp://" + t.Host() + t.Path("")} {
				r := t.Search(query{scopes: []string{scope(href, "infinity")}}.body())
				t.checkRefused("scope "+href, r, "search-scope-valid", 403, 409)
			}
			several := query{scopes: []string{scope(t.Path("c/"), "1"), scope(t.Path("z"), "0"), scope(t.Path("c/d/"), "infinity")}}
			r := t.Search(several.body())
			if r.Status != 207 {
				t.checkRefused("several scopes", r, "search-multiple-scope-supported", 403, 409)
				return
			}
			t.checkFoundIn("several scopes", r.Multistatus(), "c c/d c/d/x c/y z")
			several.scopes = append(several.scopes, scope(t.Path("none"), "0"))
			t.checkRefused("one scope of several is bad", t.Search(several.body()), "search-scope-valid", 403, 409)
		}},
}

// scoped is a scope, and what is in it.
type scoped struct{ href, depth, want string }

// searchScopes searches scopes for everything. A scope that the server does not
// search is told through unsupported.
func (t *T) searchScopes(list []scoped, unsupported errorf) {
	for _, s := range list {
		r := t.Search(query{names: []Name{D("getetag")}, scopes: []string{scope(s.href, s.depth)}}.body())
		if r.Condition(D("search-scope-valid")) != nil {
			unsupported("scope %s, depth %s is refused", s.href, s.depth)
			continue
		}
		if t.CheckStatus(r, 207) {
			t.checkFoundIn("scope "+s.href+", depth "+s.depth, r.Multistatus(), s.want)
		}
	}
}

// checkFoundIn fails the case unless the resources, words separated by blanks,
// are what was found, in any order.
func (t *T) checkFoundIn(what string, ms *Multistatus, want string) {
	if got, wanted := sorted(t.found(ms)), sorted(strings.Fields(want)); !slices.Equal(got, wanted) {
		t.Errorf("%s: found %q, want %q", what, got, wanted)
	}
}

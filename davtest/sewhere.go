package davtest

import (
	"strings"
)

// The cases on conditions that every server must know.
var casesSearchWhere = []Case{
	{ID: "SE-07", Section: "RFC 5323 5.5.1, Appendix A", Level: Must,
		Title: "Three-valued logic: only TRUE matches",
		Run: func(t *T) {
			t.NeedSearch()
			t.files(map[string]string{"f": "v"})
			const (
				yes     = "<D:eq><D:prop><x:k/></D:prop><D:literal>v</D:literal></D:eq>"
				no      = "<D:eq><D:prop><x:k/></D:prop><D:literal>w</D:literal></D:eq>"
				unknown = "<D:eq><D:prop><x:none/></D:prop><D:literal>v</D:literal></D:eq>"
			)
			for _, try := range []struct{ where, truth string }{
				{yes, "T"}, {no, "F"}, {unknown, "U"},
				{not(yes), "F"}, {not(no), "T"}, {not(unknown), "U"},
				{and(yes, yes), "T"}, {and(yes, no), "F"}, {and(no, yes), "F"}, {and(no, no), "F"},
				{and(unknown, yes), "U"}, {and(yes, unknown), "U"}, {and(unknown, no), "F"}, {and(no, unknown), "F"}, {and(unknown, unknown), "U"},
				{or(yes, yes), "T"}, {or(yes, no), "T"}, {or(no, yes), "T"}, {or(no, no), "F"},
				{or(unknown, yes), "T"}, {or(yes, unknown), "T"}, {or(unknown, no), "U"}, {or(no, unknown), "U"}, {or(unknown, unknown), "U"},
				{not(not(unknown)), "U"}, {and(not(unknown), or(yes, unknown)), "U"},
			} {
				// The collection has neither property: what is said of it is UNKNOWN.
				found, foundNot := map[string]string{"T": "f"}[try.truth], map[string]string{"F": "f"}[try.truth]
				t.CheckFound(and(try.where, compare("eq", X("k"), "v")), found)
				t.CheckFound(and(not(try.where), compare("eq", X("k"), "v")), foundNot)
			}
			t.CheckFound(unknown, "")
			t.CheckFound(not(unknown), "")
		}},

	{ID: "SE-08", Section: "RFC 5323 5.5.2", Level: Must,
		Title: "An operator that the server lacks is 422",
		Run: func(t *T) {
			t.NeedSearch()
			t.files(map[string]string{"f": "v"})
			foreign := "<x:op>" + propOf(X("k")) + "</x:op>"
			for _, where := range []string{foreign, "<D:davtest/>", and(compare("eq", X("k"), "v"), foreign), or(compare("eq", X("k"), "v"), foreign), not(foreign)} {
				t.CheckStatus(t.TryWhere(where), 422)
			}
			s := t.Schema()
			if s == nil {
				return // what else it lacks can't be known
			}
			for name, where := range optionalOperators() {
				if !s.operators()[name] {
					t.CheckStatus(t.TryWhere(where), 422)
				}
			}
		}},

	{ID: "SE-09", Section: "RFC 5323 5.5.3, 5.5.4", Level: Must,
		Title: "What PROPFIND would not give is NULL; an empty string is not; structured values compare as UNKNOWN",
		Run: func(t *T) {
			t.NeedSearch()
			t.Mkcol("c/")
			t.files(map[string]string{"empty": "", "full": "v", "none": "-"})
			t.Store("full", Set(X("s"), "<x:inner>v</x:inner>"))
			t.CheckFound(on("is-defined", X("k")), "empty full")
			t.CheckFound(not(on("is-defined", X("k"))), ". c none")
			t.CheckFound(compare("eq", X("k"), ""), "empty")
			t.CheckFound(compare("lt", X("k"), "a"), "empty")
			t.CheckFound(on("is-defined", X("s")), "full")
			for _, where := range []string{compare("eq", X("s"), "v"), compare("eq", X("s"), ""), compare("lt", X("s"), "z"), compare("gt", X("s"), "")} {
				t.CheckFound(where, "")
				t.CheckFound(not(where), "")
			}
			structured := compare("eq", D("resourcetype"), "collection")
			t.CheckFound(and(isCollection, structured), "")
			t.CheckFound(and(isCollection, not(structured)), "")
			for _, name := range []Name{D("getcontentlength"), D("getcontenttype"), D("getetag"), D("displayname"), D("creationdate"), D("resourcetype")} {
				t.definedAsListed(name)
			}
		}},

	{ID: "SE-12", Section: "RFC 5323 5.7-5.9, 5.13, 5.14", Level: Must,
		Title: "and, or, not, eq, lt, lte, gt, gte, is-collection and is-defined work, nested; without where all match",
		Run: func(t *T) {
			t.NeedSearch()
			t.Mkcol("c/", "c/d/")
			t.files(map[string]string{"a": "apple", "b": "banana", "c/x": "cherry", "c/d/y": "apple", "z": "-"})
			k := X("k")
			for where, want := range map[string]string{
				"":                                           ". a b c c/d c/d/y c/x z",
				compare("eq", k, "apple"):                    "a c/d/y",
				compare("lt", k, "banana"):                   "a c/d/y",
				compare("lte", k, "banana"):                  "a b c/d/y",
				compare("gt", k, "banana"):                   "c/x",
				compare("gte", k, "banana"):                  "b c/x",
				not(compare("eq", k, "apple")):               "b c/x",
				isCollection:                                 ". c c/d",
				not(isCollection):                            "a b c/d/y c/x z",
				on("is-defined", k):                          "a b c/d/y c/x",
				and(isCollection, on("is-defined", k)):       "",
				or(isCollection, compare("eq", k, "banana")): ". b c c/d",
				and(compare("gt", k, "apple"), compare("lt", k, "cherry"), not(isCollection)):         "b",
				or(and(not(isCollection), not(on("is-defined", k))), and(compare("eq", k, "cherry"))): "c/x z",
				not(or(isCollection, not(on("is-defined", k)), compare("gte", k, "banana"))):          "a c/d/y",
			} {
				t.CheckFound(where, want)
			}
			deep := compare("eq", k, "cherry")
			for range 20 {
				deep = not(not(or(and(deep))))
			}
			t.CheckFound(deep, "c/x")
		}},
}

// definedAsListed fails the case unless is-defined finds just the resources on
// which PROPFIND gives the property with 200.
func (t *T) definedAsListed(name Name) {
	var want []string
	for _, r := range t.Propfind("", "1", name).Responses {
		if r.PropStatus(name) != 200 {
			continue
		}
		self, _ := decoded(t.Path(""))
		path, _ := decoded(r.Hrefs[0])
		if path = strings.TrimPrefix(strings.TrimPrefix(path, self), "/"); path == "" {
			path = "."
		}
		want = append(want, path)
	}
	t.CheckFound(on("is-defined", name), strings.Join(want, " "))
}

// optionalOperators are uses of the operators that a server may lack, by name.
func optionalOperators() map[string]string {
	return map[string]string{
		"like":             compare("like", X("k"), "v%"),
		"contains":         contains("word"),
		"language-defined": on("language-defined", X("k")),
		"language-matches": compare("language-matches", X("k"), "en"),
	}
}

package davtest

import (
	"slices"
	"strings"
)

// The cases on what a server may lack, and must then say so.
var casesSearchOptional = []Case{
	{ID: "SE-13", Section: "RFC 5323 5.12, 5.15, 5.16, 5.18", Level: May,
		Title: "like, contains, language-defined, language-matches and caseless are right, or 422",
		Run: func(t *T) {
			t.NeedSearch()
			listed := t.Schema().operators()
			tried := 0
			for name, check := range map[string]func(*T){
				"like": (*T).checkLike, "contains": (*T).checkContains,
				"language-defined": (*T).checkLanguage, "language-matches": (*T).checkLanguage,
			} {
				r := t.TryWhere(optionalOperators()[name])
				if r.Status == 422 && !listed[name] {
					continue
				}
				if t.CheckStatus(r, 207) {
					check(t)
					tried++
				}
			}
			if t.caseless("eq", "any", "yes").Status != 422 {
				t.checkCaseless()
				tried++
			}
			if tried == 0 {
				t.Skipf("the server has none of the optional operators")
			}
		}},

	{ID: "SE-16", Section: "RFC 5323 4, 5.19", Level: Must,
		Title: "query-schema-discovery gives the schema, or search-grammar-discovery-supported; every promise in it holds",
		Run: func(t *T) {
			t.NeedSearch()
			t.files(map[string]string{"f": "v"})
			r := t.Search(dav("query-schema-discovery", query{scopes: t.everything()}.discovery()))
			if r.Status != 207 {
				t.CheckCondition(r, "search-grammar-discovery-supported", 403, 409)
				return
			}
			response := r.Multistatus().Responses[0]
			if response.Code != 200 {
				t.Errorf("the response with the schema has status %q", response.Status)
			}
			s := t.Schema()
			if s.root.Child(D("properties")) == nil || s.root.Child(D("operators")) == nil {
				t.Fatalf("the schema lacks properties or operators")
			}
			for _, desc := range s.root.Child(D("properties")).All(D("propdesc")) {
				t.promised(desc)
			}
			t.operatorsDescribed(s)
			for name, where := range optionalOperators() {
				if status := t.TryWhere(where).Status; s.operators()[name] != (status == 207) {
					t.Errorf("%s is listed: %t; its use has status %d", name, s.operators()[name], status)
				}
			}
			bad := dav("query-schema-discovery", query{scopes: []string{scope(t.Path("none"), "0")}}.discovery())
			if r := t.Search(bad); r.Status != 207 {
				t.checkRefused("the schema of a bad scope", r, "search-scope-valid", 403, 409)
			}
		}},
}

// promised uses the properties of a propdesc in every place that it promises.
func (t *T) promised(desc *Element) {
	names := []Name{X("any-other")}
	if prop := desc.Child(D("prop")); prop != nil {
		names = nil
		for _, e := range prop.Children() {
			names = append(names, e.Name)
		}
	} else if desc.Child(D("any-other-property")) == nil {
		t.Errorf("a propdesc has neither prop nor any-other-property")
	}
	for _, name := range names {
		q := query{names: []Name{D("resourcetype")}, scopes: t.everything()}
		if desc.Child(D("searchable")) != nil {
			for _, where := range []string{on("is-defined", name), compare("eq", name, literalOf(desc)), compare("lt", name, literalOf(desc))} {
				q.where = where
				t.CheckStatus(t.Search(q.body()), 207)
			}
			q.where = ""
		}
		if desc.Child(D("sortable")) != nil {
			q.orderby = orderBy(ascending(name))
			t.CheckStatus(t.Search(q.body()), 207)
			q.orderby = ""
		}
		if desc.Child(D("selectable")) != nil {
			q.names = []Name{name}
			if r := t.Search(q.body()); t.CheckStatus(r, 207) {
				for _, found := range r.Multistatus().Responses {
					if found.PropStatus(name) == 0 {
						t.Errorf("%s is not in the response about %s", nameString(name), found.at())
					}
				}
			}
		}
	}
}

// literalOf is a literal of the datatype that a propdesc tells.
func literalOf(desc *Element) string {
	kind := desc.Child(D("datatype"))
	if kind == nil || len(kind.Children()) == 0 {
		return "text"
	}
	switch local := strings.ToLower(kind.Children()[0].Name.Local); {
	case strings.Contains(local, "date"):
		return "2026-01-02T03:04:05Z"
	case strings.Contains(local, "string"), strings.Contains(local, "uri"):
		return "text"
	}
	return "1"
}

// operatorsDescribed fails the case unless every opdesc has an operator first,
// and then operands.
func (t *T) operatorsDescribed(s *schema) {
	operands := []Name{D("operand-property"), D("operand-literal"), D("operand-typed-literal")}
	for _, desc := range s.root.Child(D("operators")).All(D("opdesc")) {
		list := desc.Children()
		if len(list) == 0 || slices.Contains(operands, list[0].Name) {
			t.Errorf("an opdesc does not begin with an operator: %s", desc.Inner())
			continue
		}
		for _, e := range list[1:] {
			if !slices.Contains(operands, e.Name) {
				t.Errorf("%s has the operand %s", nameString(list[0].Name), nameString(e.Name))
			}
		}
		if pcdata, _ := desc.Attribute(Name{Local: "allow-pcdata"}); list[0].Name == D("contains") && pcdata != "yes" {
			t.Errorf("contains has text, and its opdesc does not allow it")
		}
	}
}

func (t *T) checkLike() {
	t.files(map[string]string{
		"percent": "50%", "digits": "50x", "abc": "abc", "abbc": "abbc", "ac": "ac", "back": `a\c`, "under": "a_c", "e": "é", "none": "-", "empty": "",
	})
	for pattern, want := range map[string]string{
		`50\%`: "percent", `50_`: "percent digits", `a_c`: "abc back under", `a%c`: "abc abbc ac back under", `a\_c`: "under", `a\\c`: "back",
		`%bb%`: "abbc", `abc`: "abc", `b`: "", `_`: "e", `__`: "ac", `%`: "percent digits abc abbc ac back under e empty", ``: "empty", `%c%`: "abc abbc ac back under",
	} {
		t.CheckFound(compare("like", X("k"), pattern), want)
	}
	t.CheckFound(and(not(compare("like", X("k"), "%5%")), not(compare("like", X("k"), "%a%"))), "e empty")
	t.Status(t.Do("PUT", "image", H{"Content-Type": {"image/x-davtest"}}, "x"), 201)
	t.Status(t.Do("PUT", "images", H{"Content-Type": {"images/x-davtest"}}, "x"), 201)
	t.CheckFound(compare("like", D("getcontenttype"), "image/%"), "image")
}

func (t *T) checkContains() {
	text := H{"Content-Type": {"text/plain"}}
	t.Status(t.Do("PUT", "one.txt", text, "The quick zibeline jumps"), 201)
	t.Status(t.Do("PUT", "two.txt", text, "over the lazy quokka. Zibeline, again: zibeline"), 201)
	t.Status(t.Do("PUT", "zibeline.txt", text, "nothing of the kind"), 201)
	t.Store("zibeline.txt", Set(X("p"), "zibeline"))
	t.CheckFound(contains("zibeline"), "one.txt two.txt")
	t.CheckFound(contains("quokka"), "two.txt")
	t.CheckFound(contains("davtestabsent"), "")
	t.CheckFound(and(contains("zibeline"), contains("quokka")), "two.txt")
	t.CheckFound(and(not(isCollection), contains("zibeline"), not(contains("quokka"))), "one.txt")
	t.Put("one.txt", "changed: an okapi")
	t.CheckFound(contains("zibeline"), "two.txt")
	t.CheckFound(contains("okapi"), "one.txt")
	t.Status(t.Do("MOVE", "two.txt", t.to("moved.txt"), ""), 201)
	t.CheckFound(contains("quokka"), "moved.txt")
	t.Status(t.Do("COPY", "moved.txt", t.to("copy.txt"), ""), 201)
	t.CheckFound(contains("quokka"), "moved.txt copy.txt")
	t.Status(t.Do("DELETE", "moved.txt", nil, ""), 204)
	t.CheckFound(contains("quokka"), "copy.txt")
	for _, phrase := range []string{`"`, `'`, `quokka"`, "*", "AND", "quokka OR", "(", "-quokka", "NEAR/2", "k:v", "  ", "quokka*", "\\", "%", "ü"} {
		if r := t.TryWhere(contains(phrase)); r.Status != 207 && (r.Status < 400 || r.Status > 499) {
			t.Errorf("contains %q: status %d", phrase, r.Status)
		}
	}
	q := query{names: []Name{D("getetag")}, scopes: t.everything(), where: contains("quokka"), orderby: orderBy("<D:order><D:score/><D:descending/></D:order>")}
	for _, r := range t.Search(q.body()).Multistatus().Responses {
		switch r.score() {
		case -1:
			t.Shouldf("%s has no score", r.at())
		case -2:
			t.Errorf("%s has the score %q", r.at(), r.Element.Child(D("score")).Text())
		}
	}
}

func (t *T) checkLanguage() {
	t.Mkcol("l/")
	for name, lang := range map[string]string{"at": "de-AT", "de": "de", "en": "en", "none": ""} {
		t.Put("l/"+name, name)
		set := "<D:set><D:prop>" + element(X("t"), "word") + "</D:prop></D:set>"
		if lang != "" {
			set = strings.Replace(set, "<D:prop>", `<D:prop xml:lang="`+lang+`">`, 1)
		}
		t.Store("l/"+name, set)
	}
	t.CheckFound(on("language-defined", X("t")), "l/at l/de l/en")
	t.CheckFound(not(on("language-defined", X("t"))), "l/none")
	for lang, want := range map[string]string{"de": "l/at l/de", "DE": "l/at l/de", "de-AT": "l/at", "d": "", "en": "l/en", "fr": ""} {
		t.CheckFound(compare("language-matches", X("t"), lang), want)
	}
	t.Status(t.Do("DELETE", "l/", nil, ""), 204)
}

// caseless compares with the attribute, and returns the answer.
func (t *T) caseless(operator, literal, caseless string) *Response {
	return t.TryWhere(compareCaseless(operator, X("c"), literal, caseless))
}

func (t *T) checkCaseless() {
	for name, value := range map[string]string{"lower": "straße é", "upper": "STRASSE É", "mixed": "Apple", "small": "apple"} {
		t.Put(name, name)
		t.Store(name, Set(X("c"), value))
	}
	t.CheckFound(compareCaseless("eq", X("c"), "APPLE", "yes"), "mixed small")
	t.CheckFound(compareCaseless("eq", X("c"), "apple", "no"), "small")
	t.CheckFound(compareCaseless("lte", X("c"), "apple", "yes"), "mixed small")
	t.CheckFound(compareCaseless("gt", X("c"), "APPLE", "yes"), "lower upper")
	ms := t.caseless("eq", "Strasse é", "yes").Multistatus()
	if got := sorted(t.found(ms)); !slices.Equal(got, []string{"lower", "upper"}) {
		t.Shouldf("the Unicode caseless match of Strasse é finds %q, want lower and upper", got)
	}
	if t.TryWhere(compareCaseless("like", X("c"), "APP%", "yes")).Status == 207 {
		t.CheckFound(compareCaseless("like", X("c"), "APP%", "yes"), "mixed small")
		t.CheckFound(compareCaseless("like", X("c"), "app%", "no"), "small")
	}
}

package davxml

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

const (
	selectAll = `<select><allprop/></select>`
	fromRoot  = `<from><scope><href>/</href><depth>infinity</depth></scope></from>`
)

// searchrequest is a query with more in it than select and from.
func searchrequest(more string) string {
	return `<searchrequest xmlns="DAV:" xmlns:x="urn:x" xmlns:xs="` + schemaNamespace + `" xmlns:xsi="` + instanceNamespace + `"><basicsearch>` +
		selectAll + fromRoot + more + `</basicsearch></searchrequest>`
}

func readSearch(t *testing.T, body string) *Search {
	t.Helper()
	s, err := ReadSearch(strings.NewReader(body), Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return s
}

func TestSearchWhole(t *testing.T) {
	got := readSearch(t, `<D:searchrequest xmlns:D="DAV:"><D:basicsearch><D:limit><D:nresults> 7 </D:nresults></D:limit>
		<D:orderby><D:order><D:prop><D:getcontentlength/></D:prop><D:descending/></D:order>
			<D:order caseless="yes"><D:prop><a/></D:prop><D:ascending/></D:order><D:order><D:prop><D:b/></D:prop></D:order><D:order><D:score/></D:order></D:orderby>
		<D:where><D:is-collection/></D:where>
		<D:from><D:scope><D:depth>1</D:depth><D:href> http://host/c/ </D:href></D:scope></D:from>
		<D:select><D:prop><D:x/><y/></D:prop></D:select></D:basicsearch></D:searchrequest>`)
	want := &Search{Grammar: Basicsearch, Select: Propfind{Kind: Prop, Names: []dav.Name{dav.DAV("x"), {Local: "y"}}},
		Scopes: []SearchScope{{Href: "http://host/c/", Depth: dav.Depth1}}, Where: &dav.Where{Op: dav.IsCollection},
		Order: []dav.SearchOrder{{Name: dav.DAV("getcontentlength"), Descending: true}, {Name: dav.Name{Local: "a"}, Caseless: true}, {Name: dav.DAV("b")}, {Score: true}},
		Limit: 7}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	d := readSearch(t, `<query-schema-discovery xmlns="DAV:"><basicsearch>`+fromRoot+`</basicsearch></query-schema-discovery>`)
	if !d.Discovery || len(d.Scopes) != 1 || d.Scopes[0].Depth != dav.DepthInfinity || d.Limit != -1 {
		t.Errorf("SE-16: %+v", d)
	}
	if g := readSearch(t, `<searchrequest xmlns="DAV:"><x:sql xmlns:x="urn:x">select</x:sql></searchrequest>`).Grammar; g != (dav.Name{Space: "urn:x", Local: "sql"}) {
		t.Errorf("SE-02: the grammar is %v", g)
	}
}

// dump writes a condition so that it can be compared.
func dump(w *dav.Where) string {
	names := map[dav.SearchOperator]string{}
	for name, op := range dav.SearchOperators {
		names[op] = name.Local
	}
	var in []string
	for _, t := range w.Terms {
		in = append(in, dump(t))
	}
	if w.Op.HasProperty() {
		in = append(in, w.Name.Local)
	}
	if w.Op.HasLiteral() || w.Op == dav.Contains {
		in = append(in, fmt.Sprintf("%q", w.Text))
	}
	if w.Typed {
		in = append(in, w.Type.String())
	}
	if w.Caseless {
		in = append(in, "caseless")
	}
	return names[w.Op] + "(" + strings.Join(in, " ") + ")"
}

func TestSearchWhere(t *testing.T) {
	for _, c := range []struct{ id, where, want string }{
		{"SE-12 nested", `<and><or><is-collection/><not><eq><prop><a/></prop><literal>x</literal></eq></not></or><is-defined><prop><x:b/></prop></is-defined></and>`,
			`and(or(is-collection() not(eq(a "x"))) is-defined(b))`},
		{"SE-12 comparisons", `<or><lt><literal>1</literal><prop><a/></prop></lt><lte><prop><a/></prop><literal/></lte><gt><prop><a/></prop><literal>2</literal></gt><gte><prop><a/></prop><literal>3</literal></gte></or>`,
			`or(lt(a "1") lte(a "") gt(a "2") gte(a "3"))`},
		{"SE-10 white space", `<eq><prop><a/></prop><literal> &#9;x
</literal></eq>`, `eq(a " \tx\n")`},
		{"SE-11 type", `<lt><prop><a/></prop><typed-literal xsi:type="xs:integer">3</typed-literal></lt>`, `lt(a "3" integer)`},
		{"SE-11 no type", `<lt><prop><a/></prop><typed-literal>3</typed-literal></lt>`, `lt(a "3" string)`},
		{"SE-11 default namespace", `<lt><prop><a/></prop><typed-literal xmlns:i="` + instanceNamespace + `" i:type="float" xmlns="` + schemaNamespace + `">3</typed-literal></lt>`, ``},
		{"SE-11 another prefix", `<lt><prop><a/></prop><typed-literal xmlns:q="` + schemaNamespace + `" xsi:type="q:dateTime">3</typed-literal></lt>`, `lt(a "3" dateTime)`},
		{"SE-13 like", `<like caseless="yes"><prop><a/></prop><literal>a\%</literal></like>`, `like(a "a\\%" caseless)`},
		{"SE-13 not caseless", `<eq caseless="no"><prop><a/></prop><literal>A</literal></eq>`, `eq(a "A")`},
		{"SE-13 contains", `<contains> Peter  Forsberg </contains>`, `contains("Peter  Forsberg")`},
		{"SE-13 languages", `<and><language-defined><prop><a/></prop></language-defined><language-matches><prop><a/></prop><literal>en</literal></language-matches></and>`,
			`and(language-defined(a) language-matches(a "en"))`},
		{"RFC 5323 1.4 extensions", `<eq x:y="z"><x:more/><prop><a/></prop><literal>1</literal><x:more><prop><b/></prop></x:more></eq>`, `eq(a "1")`},
	} {
		t.Run(c.id, func(t *testing.T) {
			s, err := ReadSearch(strings.NewReader(searchrequest("<where>"+c.where+"</where>")), Limits{})
			if c.want == "" { // typed-literal itself is in another namespace then, so there is no literal
				wantKind(t, err, dav.Unprocessable)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := dump(s.Where); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSearchRefused(t *testing.T) {
	where := func(s string) string { return searchrequest("<where>" + s + "</where>") }
	order := func(s string) string { return searchrequest("<orderby><order" + s + "</order></orderby>") }
	root := func(s string) string { return `<searchrequest xmlns="DAV:">` + s + `</searchrequest>` }
	for name, c := range map[string]struct {
		kind dav.Kind
		body string
	}{
		"SE-02 missing body":            {dav.Invalid, ""},
		"SE-02 another root":            {dav.Invalid, `<propfind xmlns="DAV:"><allprop/></propfind>`},
		"SE-02 no namespace":            {dav.Invalid, `<searchrequest/>`},
		"SE-02 no grammar":              {dav.Invalid, root("")},
		"SE-02 two queries":             {dav.Unprocessable, root("<basicsearch>" + selectAll + fromRoot + "</basicsearch><basicsearch/>")},
		"not well-formed":               {dav.Invalid, root("<basicsearch>")},
		"a DTD":                         {dav.Forbidden, `<!DOCTYPE a [<!ENTITY b "c">]>` + root("")},
		"no select":                     {dav.Unprocessable, root("<basicsearch>" + fromRoot + "</basicsearch>")},
		"select of nothing":             {dav.Unprocessable, root("<basicsearch><select/>" + fromRoot + "</basicsearch>")},
		"select of both":                {dav.Unprocessable, root("<basicsearch><select><allprop/><prop/></select>" + fromRoot + "</basicsearch>")},
		"no scope":                      {dav.Unprocessable, root("<basicsearch>" + selectAll + "<from/></basicsearch>")},
		"SE-05 no depth":                {dav.Unprocessable, root("<basicsearch>" + selectAll + "<from><scope><href>/</href></scope></from></basicsearch>")},
		"SE-05 depth 2":                 {dav.Unprocessable, root("<basicsearch>" + selectAll + "<from><scope><href>/</href><depth>2</depth></scope></from></basicsearch>")},
		"select twice":                  {dav.Unprocessable, searchrequest(selectAll)},
		"SE-08 unknown operator":        {dav.Unprocessable, where("<x:op/>")},
		"SE-08 unknown within":          {dav.Unprocessable, where("<not><near/></not>")},
		"empty where":                   {dav.Unprocessable, where("")},
		"two in where":                  {dav.Unprocessable, where("<is-collection/><is-collection/>")},
		"two in not":                    {dav.Unprocessable, where("<not><is-collection/><is-collection/></not>")},
		"empty and":                     {dav.Unprocessable, where("<and/>")},
		"no property":                   {dav.Unprocessable, where("<eq><literal>1</literal></eq>")},
		"empty prop":                    {dav.Unprocessable, where("<eq><prop/><literal>1</literal></eq>")},
		"two in prop":                   {dav.Unprocessable, where("<eq><prop><a/><b/></prop><literal>1</literal></eq>")},
		"no literal":                    {dav.Unprocessable, where("<eq><prop><a/></prop></eq>")},
		"two literals":                  {dav.Unprocessable, where("<eq><prop><a/></prop><literal/><literal/></eq>")},
		"literal of is-defined":         {dav.Unprocessable, where("<is-defined><prop><a/></prop><literal/></is-defined>")},
		"typed pattern":                 {dav.Unprocessable, where("<like><prop><a/></prop><typed-literal/></like>")},
		"SE-11 unknown type":            {dav.Unprocessable, where(`<eq><prop><a/></prop><typed-literal xsi:type="xs:gYear">1</typed-literal></eq>`)},
		"SE-11 type of another":         {dav.Unprocessable, where(`<eq><prop><a/></prop><typed-literal xsi:type="x:integer">1</typed-literal></eq>`)},
		"SE-11 unbound prefix":          {dav.Unprocessable, where(`<eq><prop><a/></prop><typed-literal xsi:type="z:integer">1</typed-literal></eq>`)},
		"SE-13 caseless perhaps":        {dav.Unprocessable, where(`<eq caseless="maybe"><prop><a/></prop><literal>1</literal></eq>`)},
		"order of nothing":              {dav.Unprocessable, order(">")},
		"order of two":                  {dav.Unprocessable, order("><prop><a/></prop><prop><b/></prop>")},
		"order in both directions":      {dav.Unprocessable, order("><prop><a/></prop><ascending/><descending/>")},
		"order by score and a property": {dav.Unprocessable, order("><score/><prop><a/></prop>")},
		"order caselessly perhaps":      {dav.Unprocessable, order(` caseless="1"><prop><a/></prop>`)},
		"limit that is no number":       {dav.Unprocessable, searchrequest("<limit><nresults>-1</nresults></limit>")},
		"limit of nothing":              {dav.Unprocessable, searchrequest("<limit><nresults/></limit>")},
		"more operators than there may": {dav.TooLarge, where("<and>" + strings.Repeat("<is-collection/>", 500) + "</and>")},
		"deeper than there may":         {dav.TooLarge, where(strings.Repeat("<not>", 200) + "<is-collection/>" + strings.Repeat("</not>", 200))},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadSearch(strings.NewReader(c.body), Limits{})
			wantKind(t, err, c.kind)
			if got != nil {
				t.Errorf("with an error came %+v", got)
			}
		})
	}
	if n := readSearch(t, searchrequest("<limit><nresults>99999999999999999999</nresults></limit>")).Limit; n < 1<<30 {
		t.Errorf("a limit beyond all bounds is read as %d", n)
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"", bodies["searchrequest"].good, searchrequest(`<where><lt><prop><a/></prop><typed-literal xsi:type="xs:integer">3</typed-literal></lt></where>`),
		searchrequest(`<where><not><like caseless="yes"><prop><a/></prop><literal>%\_</literal></like></not></where><orderby><order><prop><a/></prop></order></orderby><limit><nresults>3</nresults></limit>`),
		`<query-schema-discovery xmlns="DAV:"><basicsearch>` + fromRoot + `</basicsearch></query-schema-discovery>`,
		inUTF16(bigEndian, bodies["searchrequest"].good), `<searchrequest xmlns="DAV:"><a/></searchrequest>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s, err := ReadSearch(strings.NewReader(body), Limits{})
		switch {
		case err != nil:
			checkRefusal(t, err)
		case s.Grammar == dav.Name{}:
			t.Fatal("accepted without a grammar")
		case s.Grammar == Basicsearch && (len(s.Scopes) == 0 || s.Where != nil && !sound(s.Where)):
			t.Fatalf("accepted: %+v", s)
		}
	})
}

// sound tells whether operators have as many terms as they take.
func sound(w *dav.Where) bool {
	for _, t := range w.Terms {
		if t == nil || !sound(t) {
			return false
		}
	}
	switch w.Op {
	case dav.And, dav.Or:
		return len(w.Terms) > 0
	case dav.Not:
		return len(w.Terms) == 1
	}
	return len(w.Terms) == 0 && w.Op.HasProperty() == (w.Name != dav.Name{})
}

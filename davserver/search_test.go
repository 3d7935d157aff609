package davserver_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// query is a searchrequest for the scope and depth; more follows on from.
func query(selected, scope, depth, more string) string {
	return `<D:searchrequest xmlns:D="DAV:" xmlns:x="urn:x"><D:basicsearch><D:select>` + selected + `</D:select><D:from><D:scope><D:href>` + scope +
		`</D:href><D:depth>` + depth + `</D:depth></D:scope></D:from>` + more + `</D:basicsearch></D:searchrequest>`
}

const nothing = `<D:prop><D:resourcetype/></D:prop>`

func where(s string) string { return `<D:where>` + s + `</D:where>` }

func eq(prop, literal string) string {
	return `<D:eq><D:prop>` + prop + `</D:prop><D:literal>` + literal + `</D:literal></D:eq>`
}

// hrefs are those of the responses, and of the one with 507.
func (a *answer) hrefs() (list []string, shortened string) {
	a.Helper()
	a.want(http.StatusMultiStatus)
	for _, r := range a.responses() {
		if r.Status == http.StatusInsufficientStorage {
			shortened = r.Href
		} else {
			list = append(list, r.Href)
		}
	}
	return list, shortened
}

func (a *answer) wantHits(want string) {
	a.Helper()
	got, shortened := a.hrefs()
	slices.Sort(got)
	if g := strings.Join(got, " "); g != want || shortened != "" {
		a.Errorf("%s: %q, shortened %q; want %q", a.request, g, shortened, want)
	}
}

func (s *server) tree() {
	s.must(201, "MKCOL", "/c/", "")
	s.must(201, "PUT", "/c/a.txt", "some text")
	s.must(201, "PUT", "/c/b%20b.png", "123")
	s.must(201, "PUT", "/z", "1234567890", "Content-Type", "image/gif")
	s.must(207, "PROPPATCH", "/c/a.txt", proppatch(set(`<x:k>v</x:k>`)))
}

func TestSearchAnnounced(t *testing.T) {
	s := newMemoryServer(t)
	for _, p := range []string{"/", "*"} {
		s.must(200, "OPTIONS", p, "").wantHeader("DASL", "<DAV:basicsearch>")
	}
	s.must(200, "OPTIONS", "/none", "").wantHeader("DASL", "")
	s.must(207, "PROPFIND", "/", propfind(`<D:supported-query-grammar-set/>`), "Depth", "0").wantBody("<D:grammar><D:basicsearch/></D:grammar>")
	s.must(207, "PROPFIND", "/", "", "Depth", "0").wantNot("supported-query-grammar-set")
	p := newServer(t, plain{backendtest.NewMemory(nil)}, davserver.Options{})
	p.must(200, "OPTIONS", "/", "").wantHeader("DASL", "")
	p.must(405, "SEARCH", "/", query(nothing, "/", "0", ""))
}

func TestSearchHits(t *testing.T) {
	for _, prefix := range []string{"", "/dav"} {
		s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: prefix})
		in := func(p string) string { return prefix + p }
		s.must(201, "MKCOL", in("/c/"), "")
		s.must(201, "PUT", in("/c/a.txt"), "some text")
		s.must(201, "PUT", in("/c/b%20b.png"), "123")
		for scope, want := range map[string]string{
			in("/c/"): "/c/ /c/a.txt /c/b%20b.png", "http://example.com" + in("/c"): "/c/ /c/a.txt /c/b%20b.png", "": "/c/ /c/a.txt /c/b%20b.png",
			".": "/c/ /c/a.txt /c/b%20b.png", "b%20b.png": "/c/b%20b.png", "./a.txt": "/c/a.txt", "../c/a.txt": "/c/a.txt",
		} {
			want = prefix + strings.ReplaceAll(want, " /", " "+prefix+"/")
			s.do("SEARCH", in("/c/"), query(nothing, scope, "infinity", "")).wantHits(want) // SE-05
		}
		s.do("SEARCH", in("/c/"), query(nothing, ".", "infinity", where(eq("<x:k/>", "none")))).wantHits("") // MS-11
	}
}

// SE-09, SE-10, SE-17: a query sees live properties as PROPFIND tells them.
func TestSearchLive(t *testing.T) {
	s := newMemoryServer(t)
	s.tree()
	like := func(prop, pattern string) string {
		return `<D:like><D:prop>` + prop + `</D:prop><D:literal>` + pattern + `</D:literal></D:like>`
	}
	defined := func(prop string) string { return `<D:is-defined><D:prop>` + prop + `</D:prop></D:is-defined>` }
	etag := s.must(200, "HEAD", "/z", "").Header().Get("ETag")
	modified := s.must(200, "HEAD", "/z", "").Header().Get("Last-Modified")
	date, err := http.ParseTime(modified)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{eq("<D:getcontenttype/>", "image/png"), "/c/b%20b.png"},
		{like("<D:getcontenttype/>", "image/%"), "/c/b%20b.png /z"},
		{like("<D:getcontenttype/>", "text/%"), "/c/a.txt"},
		{eq("<D:getcontentlength/>", "09"), "/c/a.txt"},
		{`<D:gt><D:prop><D:getcontentlength/></D:prop><D:literal>9</D:literal></D:gt>`, "/z"},
		{eq("<D:getetag/>", strings.ReplaceAll(etag, `"`, "&quot;")), "/z"},
		{`<D:lt><D:prop><D:getlastmodified/></D:prop><D:literal>2000-01-01T00:00:00Z</D:literal></D:lt>`, ""},
		{`<D:and><D:is-collection/><D:gte><D:prop><D:creationdate/></D:prop><D:literal>2000-01-01T00:00:00Z</D:literal></D:gte></D:and>`, "/ /c/"},
		{`<D:and>` + eq("<D:getcontentlength/>", "10") + `<D:eq><D:prop><D:getlastmodified/></D:prop><D:typed-literal>` + modified + `</D:typed-literal></D:eq></D:and>`, "/z"},
		{`<D:and>` + eq("<D:getcontentlength/>", "10") + eq("<D:getlastmodified/>", date.Format(time.RFC3339)) + `</D:and>`, "/z"},
		{defined("<D:getcontentlength/>"), "/c/a.txt /c/b%20b.png /z"},
		{defined("<D:resourcetype/>"), "/ /c/ /c/a.txt /c/b%20b.png /z"},
		{defined("<D:lockdiscovery/>"), "/ /c/ /c/a.txt /c/b%20b.png /z"},
		{defined("<D:getcontentlanguage/>"), ""},
		{eq("<D:resourcetype/>", ""), ""},
		{`<D:not>` + eq("<D:resourcetype/>", "") + `</D:not>`, ""},
		{eq("<D:lockdiscovery/>", ""), ""},
		{eq("<x:k/>", "v"), "/c/a.txt"},
		{`<D:contains>TEXT</D:contains>`, "/c/a.txt"},
	} {
		s.do("SEARCH", "/", query(nothing, "/", "infinity", where(c[0]))).wantHits(c[1])
	}
}

// SE-03: responses are like those of PROPFIND.
func TestSearchSelect(t *testing.T) {
	s := newMemoryServer(t)
	s.tree()
	a := s.must(207, "SEARCH", "/", query(`<D:prop><x:k/><x:none/><D:getcontentlength/></D:prop>`, "/c/a.txt", "0", ""))
	if got := a.props("/c/a.txt"); got["k"] != "v" || got["none"] != "404" || got["getcontentlength"] != "9" || len(got) != 3 {
		t.Errorf("SE-03: %v", got)
	}
	search := s.must(207, "SEARCH", "/", query(`<D:allprop/>`, "/c/a.txt", "0", "")).Body.String()
	if listed := s.must(207, "PROPFIND", "/c/a.txt", "", "Depth", "0").Body.String(); search != listed {
		t.Errorf("search tells %s, PROPFIND %s", search, listed)
	}
}

// SE-15: what is left out is told by 507 for the arbiter, once, whether it is a
// hit itself or not; what is told is in order.
func TestSearchShortened(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{Hits: 4}})
	s.tree()
	order := `<D:orderby><D:order><D:prop><D:getcontentlength/></D:prop><D:descending/></D:order></D:orderby>`
	limit := func(n string) string { return `<D:limit><D:nresults>` + n + `</D:nresults></D:limit>` }
	for _, c := range []struct{ more, want, shortened string }{
		{order + limit("2"), "/z /c/a.txt", "/"},
		{order + limit("0"), "", "/"},
		{order + limit("1000"), "/z /c/a.txt /c/b%20b.png", "/"}, // / itself would be the fourth
		{order, "/z /c/a.txt /c/b%20b.png", "/"},
		{order + where(`<D:is-defined><D:prop><D:getcontentlength/></D:prop></D:is-defined>`) + limit("3"), "/z /c/a.txt /c/b%20b.png", ""},
	} {
		got, shortened := s.must(207, "SEARCH", "/", query(nothing, "/", "infinity", c.more)).hrefs()
		if strings.Join(got, " ") != c.want || shortened != c.shortened {
			t.Errorf("%s: %q, shortened %q; want %q, %q", c.more, got, shortened, c.want, c.shortened)
		}
	}
	if got, _ := s.must(207, "SEARCH", "/", query(nothing, "/", "1", order)).hrefs(); strings.Join(got, " ") != "/z / /c/" {
		t.Errorf("the arbiter is out of its place: %q", got)
	}
	got, shortened := s.must(207, "SEARCH", "/", query(nothing, "/", "infinity", "")).wantBody("number-of-matches-within-limits").hrefs()
	if len(got) != 3 || slices.Contains(got, "/") || shortened != "/" {
		t.Errorf("unordered: %q, shortened %q", got, shortened)
	}
	got, shortened = s.must(207, "SEARCH", "/", query(nothing, "/", "1", "")).hrefs()
	if len(got) != 3 || !slices.Contains(got, "/") || shortened != "" {
		t.Errorf("whole: %q, shortened %q", got, shortened)
	}
}

func TestSearchRefused(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{SearchTerms: 3}})
	s.tree()
	scopes := strings.Replace(query(nothing, "/", "0", ""), "</D:from>", "<D:scope><D:href>/c/</D:href><D:depth>0</D:depth></D:scope></D:from>", 1)
	for name, c := range map[string]struct {
		status    int
		condition string
		body      string
	}{
		"SE-02 another grammar":   {403, "search-grammar-supported", `<D:searchrequest xmlns:D="DAV:"><x:sql xmlns:x="urn:x"/></D:searchrequest>`},
		"SE-02 no body":           {400, "", ""},
		"SE-06 several scopes":    {403, "search-multiple-scope-supported", scopes},
		"SE-06 unmapped":          {409, "search-scope-valid", query(nothing, "/none/", "0", "")},
		"SE-06 another server":    {403, "search-scope-valid", query(nothing, "http://elsewhere/", "0", "")},
		"SE-06 another scheme":    {403, "search-scope-valid", query(nothing, "ftp://example.com/", "0", "")},
		"SE-06 no URL":            {409, "search-scope-valid", query(nothing, "http://[", "0", "")},
		"SE-06 no server":         {409, "search-scope-valid", query(nothing, "mailto:a@b", "0", "")},
		"SE-06 with a query":      {409, "search-scope-valid", query(nothing, "/?a", "0", "")},
		"SE-06 the server's own":  {403, "search-scope-valid", query(nothing, "/.quire/", "0", "")},
		"SE-06 versions":          {403, "search-scope-valid", strings.Replace(query(nothing, "/", "0", ""), "<D:depth>", "<D:include-versions/><D:depth>", 1)},
		"SE-08 unknown operator":  {422, "", query(nothing, "/", "0", where(`<x:op/>`))},
		"SE-10 length of letters": {422, "", query(nothing, "/", "0", where(eq("<D:getcontentlength/>", "abc")))},
		"SE-10 no date":           {422, "", query(nothing, "/", "0", where(eq("<D:getlastmodified/>", "yesterday")))},
		"SE-13 broken pattern":    {422, "", query(nothing, "/", "0", where(`<D:like><D:prop><x:k/></D:prop><D:literal>\a</D:literal></D:like>`))},
		"SE-13 no word":           {422, "", query(nothing, "/", "0", where(`<D:contains>-</D:contains>`))},
		"too many operators":      {413, "", query(nothing, "/", "0", where(`<D:and>`+strings.Repeat(`<D:is-collection/>`, 3)+`</D:and>`))},
		"SE-16 unmapped":          {409, "search-scope-valid", strings.NewReplacer("searchrequest", "query-schema-discovery").Replace(query(nothing, "/none", "0", ""))},
	} {
		t.Run(name, func(t *testing.T) {
			a := (&server{t, s.Handler}).do("SEARCH", "/", c.body).want(c.status)
			if c.condition != "" {
				a.wantBody("<D:" + c.condition + "/>")
			}
		})
	}
	s.do("SEARCH", "/none", query(nothing, "/", "0", "")).want(404)
	s.do("SEARCH", "/", query(nothing, "/", "0", ""), "Content-Type", "text/plain").want(415)
	s.do("SEARCH", "/", query(nothing, "/", "0", ""), "If", `(<urn:none>)`).want(412)
}

// SE-16: the schema says what can be done, and that can be done.
func TestSearchSchema(t *testing.T) {
	s := newMemoryServer(t)
	a := s.must(207, "SEARCH", "/", strings.ReplaceAll(query(nothing, "/", "0", ""), "searchrequest", "query-schema-discovery"))
	a.wantOutcomes("/ 200").wantBody("<D:query-schema><D:basicsearchschema ", "<D:any-other-property/>", `<D:opdesc allow-pcdata="yes"><D:contains/></D:opdesc>`,
		`<D:propdesc><D:prop><D:getcontentlength/></D:prop><D:datatype><xs:integer/></D:datatype><D:searchable/><D:selectable/><D:sortable/></D:propdesc>`,
		`<D:propdesc><D:prop><D:resourcetype/></D:prop><D:selectable/></D:propdesc>`)
}

// searched is a backend whose search goes as told.
type searched struct {
	davserver.Backend
	search func(yield func(*dav.Resource, error) bool, shortened func())
}

func (b searched) Search(_ context.Context, _ dav.SearchRequest, shortened func()) iter.Seq2[*dav.Resource, error] {
	return func(yield func(*dav.Resource, error) bool) { b.search(yield, shortened) }
}

// A search that fails half-way never passes for whole; what fails before its first
// hit has a status of its own.
func TestSearchFails(t *testing.T) {
	failure := errors.New("broken")
	body := query(nothing, "/", "infinity", "")
	s := newServer(t, searched{backendtest.NewMemory(nil), func(yield func(*dav.Resource, error) bool, _ func()) { yield(nil, failure) }}, davserver.Options{})
	s.do("SEARCH", "/", body).want(500)

	s = newServer(t, searched{backendtest.NewMemory(nil), func(yield func(*dav.Resource, error) bool, _ func()) {
		if yield(&dav.Resource{Path: "/f"}, nil) {
			yield(nil, failure)
		}
	}}, davserver.Options{})
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the connection is not broken")
		}
	}()
	s.do("SEARCH", "/", body)
}

// RFC 5323 section 5.16.1: a hit tells its score.
func TestSearchScore(t *testing.T) {
	s := newServer(t, searched{backendtest.NewMemory(nil), func(yield func(*dav.Resource, error) bool, _ func()) {
		yield(&dav.Resource{Path: "/f", Score: 77}, nil)
	}}, davserver.Options{})
	s.must(207, "SEARCH", "/", query(nothing, "/", "infinity", "")).wantBody("</D:propstat><D:score>77</D:score></D:response>")
}

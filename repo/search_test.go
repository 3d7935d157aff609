package repo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// property is what a name stands for: getcontentlength, getlastmodified and
// extension, which depends on the URL, are live, the others dead.
func property(n dav.Name) (*dav.SearchProperty, error) {
	p := &dav.SearchProperty{Name: n}
	text := func(s string) dav.Value { return dav.Value{State: dav.Simple, Text: s} }
	switch n.Local {
	case "getcontentlength":
		p.Type = dav.Integer
		p.Live = func(r *dav.Resource) dav.Value {
			if r.Collection {
				return dav.Value{}
			}
			return text(fmt.Sprint(r.Length))
		}
	case "getlastmodified":
		p.Type = dav.DateTime
		p.Live = func(r *dav.Resource) dav.Value {
			return dav.Value{State: dav.Simple, Text: r.Modified.Format(time.RFC1123), Time: r.Modified}
		}
	case "extension":
		p.Live = func(r *dav.Resource) dav.Value {
			_, after, _ := strings.Cut(r.Path.Name(), ".")
			return text(after)
		}
	}
	return p, nil
}

func term(op dav.SearchOperator, name, literal string) *dav.Where {
	return &dav.Where{Op: op, Name: dav.Name{Space: "u", Local: name}, Text: literal}
}

func terms(op dav.SearchOperator, list ...*dav.Where) *dav.Where {
	return &dav.Where{Op: op, Terms: list}
}

func setTo(t testing.TB, r *repo.Repository, p dav.Path, name, value string) {
	t.Helper()
	set(t, r, p, name, `<`+name+` xmlns="u">`+value+`</`+name+`>`)
}

func set(t testing.TB, r *repo.Repository, p dav.Path, name, xml string) {
	t.Helper()
	err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: p, Updates: []dav.PropertyUpdate{
		{Property: dav.Property{Name: dav.Name{Space: "u", Local: name}, XML: xml}}}})
	if err != nil {
		t.Fatal(err)
	}
}

// request fills in a search of everything.
func request(t testing.TB, q dav.SearchRequest) dav.SearchRequest {
	t.Helper()
	if q.Path == "" {
		q.Path = "/"
	}
	if q.Scope == "" {
		q.Scope, q.Depth = "/", dav.DepthInfinity
	}
	if q.Where != nil {
		if err := q.Where.Prepare(property); err != nil {
			t.Fatal(err)
		}
	}
	for i := range q.Order {
		q.Order[i].Property, _ = property(q.Order[i].Name)
	}
	return q
}

// find runs a search and returns the paths of the hits, in their order.
func find(t testing.TB, r *repo.Repository, q dav.SearchRequest) (paths []string, shortened bool) {
	t.Helper()
	for res, err := range r.Search(t.Context(), request(t, q), func() { shortened = true }) {
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, string(res.Path))
	}
	return paths, shortened
}

// wantFound searches everything for what meets the condition.
func wantFound(t testing.TB, r *repo.Repository, w *dav.Where, want string) {
	t.Helper()
	wantFoundIn(t, r, dav.SearchRequest{Where: w, Limit: -1}, want)
}

func wantFoundIn(t testing.TB, r *repo.Repository, q dav.SearchRequest, want string) {
	t.Helper()
	got, shortened := find(t, r, q)
	slices.Sort(got)
	if g := strings.Join(got, " "); g != want || shortened {
		t.Errorf("found %q, shortened %t; want %q", g, shortened, want)
	}
}

func TestSearchSmall(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/d")
	put(t, r, "/c/a.txt", "12345")
	put(t, r, "/c/d/b.png", "1")
	put(t, r, "/z", "123")
	setTo(t, r, "/c/a.txt", "k", "v")
	setTo(t, r, "/c/d/b.png", "k", "w")
	setTo(t, r, "/c/d", "k", "v")
	wantFound(t, r, nil, "/ /c /c/a.txt /c/d /c/d/b.png /z")
	wantFound(t, r, term(dav.Equal, "k", "v"), "/c/a.txt /c/d")
	wantFound(t, r, terms(dav.Or, term(dav.Equal, "k", "v"), term(dav.IsDefined, "k", "")), "/c/a.txt /c/d /c/d/b.png")
	wantFound(t, r, term(dav.Greater, "getcontentlength", "1"), "/c/a.txt /z")
	wantFound(t, r, term(dav.Equal, "extension", "png"), "/c/d/b.png")
	for scope, want := range map[dav.Path][3]string{
		"/": {"/", "/ /c /z", "/ /c /c/a.txt /c/d /c/d/b.png /z"}, "/c": {"/c", "/c /c/a.txt /c/d", "/c /c/a.txt /c/d /c/d/b.png"}, "/z": {"/z", "/z", "/z"},
	} {
		for depth, want := range want {
			wantFoundIn(t, r, dav.SearchRequest{Scope: scope, Depth: dav.Depth(depth), Limit: -1}, want)
		}
	}
}

// SE-04, SE-05: a resource is a hit once, by a URL in scope, whatever leads to it.
func TestSearchBindings(t *testing.T) {
	r := open(t, repo.Options{})
	bind := func(collection dav.Path, segment string, source dav.Path) {
		t.Helper()
		if _, err := r.Bind(t.Context(), dav.BindRequest{Collection: collection, Segment: segment, Source: source}, nil); err != nil {
			t.Fatal(err)
		}
	}
	mkcol(t, r, "/a")
	mkcol(t, r, "/a/in")
	mkcol(t, r, "/b")
	put(t, r, "/a/in/f", "x")
	setTo(t, r, "/a/in/f", "k", "v")
	bind("/b", "g", "/a/in/f")
	bind("/a/in", "up", "/a")
	bind("/b", "root", "/")
	k := term(dav.Equal, "k", "v")
	for scope, want := range map[dav.Path][]string{
		"/": {"/a/in/f", "/b/g"}, "/a": {"/a/in/f"}, "/b": {"/b/g", "/b/root/a/in/f"}, "/a/in": {"/a/in/f"}, "/b/root": {"/b/root/a/in/f", "/b/root/b/g"},
	} {
		got, _ := find(t, r, dav.SearchRequest{Scope: scope, Depth: dav.DepthInfinity, Where: k, Limit: -1})
		if len(got) != 1 || !slices.Contains(want, got[0]) {
			t.Errorf("SE-04: in %s is %q, want one of %q", scope, got, want)
		}
		all, _ := find(t, r, dav.SearchRequest{Scope: scope, Depth: dav.DepthInfinity, Limit: -1})
		ids := map[dav.ResourceID]bool{}
		for _, p := range all {
			for res, err := range r.List(t.Context(), dav.Path(p), dav.Query{}) {
				if err != nil || ids[res.ID] {
					t.Errorf("SE-04: in %s %s is a second time, or %v", scope, p, err)
				} else {
					ids[res.ID] = true
				}
			}
		}
	}
	wantFoundIn(t, r, dav.SearchRequest{Scope: "/b", Depth: dav.Depth1, Where: k, Limit: -1}, "/b/g")
	wantFoundIn(t, r, dav.SearchRequest{Scope: "/b", Depth: dav.Depth0, Where: k, Limit: -1}, "")
}

// SE-05: a redirect reference is itself in scope, not what it leads to.
func TestSearchRedirectReference(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	if err := r.Mkredirectref(t.Context(), dav.MkredirectrefRequest{Path: "/ref", Redirect: dav.Redirect{Target: "/c"}}); err != nil {
		t.Fatal(err)
	}
	wantFoundIn(t, r, dav.SearchRequest{Scope: "/ref", Depth: dav.DepthInfinity, Limit: -1}, "/ref")
	wantRefused(t, r, dav.SearchRequest{Scope: "/ref/f", Depth: dav.DepthInfinity}, dav.Conflict, dav.SearchScopeValid)
}

func wantRefused(t *testing.T, r *repo.Repository, q dav.SearchRequest, kind dav.Kind, condition dav.Name) {
	t.Helper()
	for res, err := range r.Search(t.Context(), request(t, q), func() { t.Error("shortened") }) {
		if e, ok := errors.AsType[*dav.Error](err); !ok || e.Kind != kind || e.Condition.Name != condition {
			t.Errorf("%v, %v; want %v with %v", res, err, kind, condition)
		}
		return
	}
	t.Error("nothing found, and no error")
}

func TestSearchRefused(t *testing.T) {
	r := open(t, repo.Options{})
	put(t, r, "/f", "x")
	wantRefused(t, r, dav.SearchRequest{Scope: "/none", Depth: dav.Depth0}, dav.Conflict, dav.SearchScopeValid)
	wantRefused(t, r, dav.SearchRequest{Path: "/none"}, dav.NotFound, dav.Name{})
	wantRefused(t, r, dav.SearchRequest{Conditions: &dav.Conditions{If: []dav.IfList{{Conditions: []dav.IfCondition{{Token: "urn:none"}}}}}}, dav.PreconditionFailed, dav.Name{})
	many := terms(dav.Or)
	for i := range 65 {
		many.Terms = append(many.Terms, term(dav.IsDefined, fmt.Sprint("p", i), ""))
	}
	wantRefused(t, r, dav.SearchRequest{Where: many}, dav.Unprocessable, dav.Name{})
	many.Terms = many.Terms[1:]
	wantFound(t, r, many, "")
}

// SE-14: order, with NULL first.
func TestSearchOrder(t *testing.T) {
	r := open(t, repo.Options{})
	for name, v := range map[string][2]string{"a": {"x", "1"}, "b": {"x", "2"}, "c": {"w", "3"}, "d": {"", "4"}, "e": {"-", "5"}, "g": {"Y", "-"}, "h": {"y", "6"}, "s": {"<z/>", "7"}} {
		p := dav.Path("/" + name)
		put(t, r, p, strings.Repeat("x", int(name[0])%9))
		for i, n := range []string{"k", "n"} {
			if v[i] != "-" {
				setTo(t, r, p, n, v[i])
			}
		}
	}
	key := func(name string, more ...func(*dav.SearchOrder)) dav.SearchOrder {
		o := dav.SearchOrder{Name: dav.Name{Space: "u", Local: name}}
		for _, m := range more {
			m(&o)
		}
		return o
	}
	down := func(o *dav.SearchOrder) { o.Descending = true }
	caseless := func(o *dav.SearchOrder) { o.Caseless = true }
	for _, c := range []struct {
		want  string
		order []dav.SearchOrder
	}{
		{"/e /s /d /g /c /a /b /h", []dav.SearchOrder{key("k"), key("n")}},
		{"/e /s /d /g /c /b /a /h", []dav.SearchOrder{key("k"), key("n", down)}},
		{"/h /b /a /c /g /d /s /e", []dav.SearchOrder{key("k", down), key("n", down)}},
		{"/e /s /d /c /a /b /g /h", []dav.SearchOrder{key("k", caseless), key("n")}},
		{"/c /d /e /g /h /a /s /b", []dav.SearchOrder{key("getcontentlength")}},
	} {
		q := dav.SearchRequest{Where: terms(dav.Not, &dav.Where{Op: dav.IsCollection}), Order: c.order, Limit: -1}
		if got, _ := find(t, r, q); strings.Join(got, " ") != c.want {
			t.Errorf("found %q, want %q", got, c.want)
		}
		q.Limit = 3
		best := strings.Join(strings.Fields(c.want)[:3], " ")
		if got, shortened := find(t, r, q); strings.Join(got, " ") != best || !shortened {
			t.Errorf("SE-15: the first three are %q, shortened %t; want %q", got, shortened, best)
		}
	}
}

// SE-15: limits, of the request and of the repository.
func TestSearchLimits(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := open(t, repo.Options{MaxExamined: 700, Now: func() time.Time { return now }})
	fill(t, r, "/c", 600)
	for limit, want := range map[int]bool{0: true, 1: true, 599: true, 600: true, 601: true, 602: false, 1000: false, -1: false} {
		got, shortened := find(t, r, dav.SearchRequest{Scope: "/c", Depth: dav.DepthInfinity, Limit: limit})
		most := 601
		if limit >= 0 {
			most = min(most, limit)
		}
		if len(got) != most || shortened != want && limit != 601 {
			t.Errorf("limit %d: %d hits, shortened %t; want %d, %t", limit, len(got), shortened, most, want)
		}
	}
	fill(t, r, "/d", 600)
	got, shortened := find(t, r, dav.SearchRequest{Limit: -1})
	if len(got) != 700 || !shortened {
		t.Errorf("%d hits of more than may be looked at, shortened %t; want 700", len(got), shortened)
	}
	byLength := []dav.SearchOrder{{Name: dav.Name{Local: "getcontentlength"}}}
	if got, shortened := find(t, r, dav.SearchRequest{Limit: -1, Order: byLength}); len(got) != 700 || !shortened {
		t.Errorf("in order: %d hits, shortened %t; want 700", len(got), shortened)
	}
	if got, shortened := find(t, r, dav.SearchRequest{Limit: -1, Where: term(dav.Equal, "none", "x")}); len(got) != 0 || shortened {
		t.Errorf("what an index knows not to be there: %d, shortened %t", len(got), shortened)
	}
}

// A search works no longer than it may.
func TestSearchTime(t *testing.T) {
	var now atomic.Int64
	r := open(t, repo.Options{MaxSearchTime: time.Second, Now: func() time.Time { return time.UnixMilli(1e9 + now.Add(20)) }})
	fill(t, r, "/c", 1500)
	got, shortened := find(t, r, dav.SearchRequest{Limit: -1})
	if !shortened || len(got) == 0 || len(got) > 1200 {
		t.Errorf("%d hits, shortened %t", len(got), shortened)
	}
}

// The caller may stop at any hit, and a request may be given up.
func TestSearchStops(t *testing.T) {
	r := open(t, repo.Options{})
	fill(t, r, "/c", 700)
	n := 0
	for _, err := range r.Search(t.Context(), request(t, dav.SearchRequest{Limit: -1}), func() {}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 20 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range r.Search(ctx, request(t, dav.SearchRequest{Limit: -1}), func() { t.Error("shortened") }) {
		cancel()
		last = err
	}
	if dav.KindOf(last) != dav.Unavailable {
		t.Errorf("%v, want unavailable", last)
	}
}

// SE-09, SE-13: what PROPPATCH and COPY store is what a search sees, values of any
// length included.
func TestSearchValues(t *testing.T) {
	r := open(t, repo.Options{})
	long := strings.Repeat("ä", 300)
	put(t, r, "/f", "x")
	set(t, r, "/f", "k", `<k xmlns="u" xml:lang="de">`+long+`b</k>`)
	setTo(t, r, "/f", "e", "")
	setTo(t, r, "/f", "s", "<b>x</b>")
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/f", To: "/g"}, nil); err != nil {
		t.Fatal(err)
	}
	both := "/f /g"
	for i := range 250 { // so that the indexes are worth their while
		put(t, r, dav.Path(fmt.Sprintf("/other%d", i)), "")
	}
	for _, c := range []struct {
		where *dav.Where
		want  string
	}{
		{term(dav.Equal, "k", long+"b"), both},
		{term(dav.Equal, "k", long+"a"), ""},
		{term(dav.Less, "k", long+"c"), both},
		{term(dav.Less, "k", long+"b"), ""},
		{term(dav.Greater, "k", long+"a"), both},
		{term(dav.Like, "k", long+"_"), both},
		{term(dav.Like, "k", long+"_%a"), ""},
		{term(dav.LanguageMatches, "k", "de"), both},
		{term(dav.Equal, "e", ""), both},
		{term(dav.Equal, "s", ""), ""},
		{term(dav.IsDefined, "s", ""), both},
		{terms(dav.Not, term(dav.LanguageDefined, "e", "")), both},
	} {
		wantFound(t, r, c.where, c.want)
	}
	setTo(t, r, "/f", "k", "new")
	wantFound(t, r, term(dav.Equal, "k", "new"), "/f")
	wantFound(t, r, term(dav.Like, "k", long+"%"), "/g")
}

// SE-03: a hit is told like by a listing.
func TestSearchTells(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "content")
	setTo(t, r, "/c/f", "k", "v")
	if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c", Depth: dav.DepthInfinity}, nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []dav.Query{
		{}, {Dead: dav.DeadAll, Locks: true}, {Dead: dav.DeadNamed, Names: []dav.Name{{Space: "u", Local: "k"}}}, {Parents: true, SyncToken: true, Changes: true, Quota: true, Dead: dav.DeadAll},
	} {
		want := map[dav.Path]string{}
		listed := q
		listed.Depth = dav.DepthInfinity
		for res, err := range r.List(t.Context(), "/", listed) {
			if err != nil {
				t.Fatal(err)
			}
			want[res.Path] = spelledOut(res)
		}
		for res, err := range r.Search(t.Context(), request(t, dav.SearchRequest{Limit: -1, Query: q}), func() {}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := spelledOut(res); got != want[res.Path] {
				t.Errorf("%s: search tells\n%s, a listing\n%s", res.Path, got, want[res.Path])
			}
		}
	}
}

// spelledOut is a resource in writing, without what changes from moment to moment.
func spelledOut(r *dav.Resource) string {
	c := *r
	used := int64(-1)
	if c.Quota != nil {
		used, c.Quota = c.Quota.Used, nil
	}
	return fmt.Sprintf("%+v %d", c, used)
}

// searches searches in all ways, where an index is worth its while.
func searches(t *testing.T, r *repo.Repository) {
	t.Helper()
	mkcol(t, r, "/many")
	for i := range 150 {
		put(t, r, dav.Path(fmt.Sprint("/many/f", i)), "\x00")
	}
	put(t, r, "/many/text", "some words")
	put(t, r, "/many/big", "some more words "+big)
	setTo(t, r, "/many/f7", "k", "v")
	k := term(dav.Equal, "k", "v")
	for _, q := range []dav.SearchRequest{
		{}, {Where: k}, {Where: term(dav.Like, "k", "v%")}, {Where: contains("some words")}, {Where: terms(dav.Or, k, contains("more words"))},
		{Where: terms(dav.Not, contains("words"))}, {Where: terms(dav.Or, k, term(dav.Equal, "extension", "x"), contains("words"))},
		{Where: k, Query: dav.Query{Dead: dav.DeadAll, Locks: true}}, {Where: contains("words"), Order: []dav.SearchOrder{{Score: true}}},
		{Order: []dav.SearchOrder{{Name: dav.Name{Space: "u", Local: "k"}}}}, {Scope: "/many", Depth: dav.Depth1, Where: k},
	} {
		q.Limit = 1000
		find(t, r, q)
	}
	remove(t, r, "/many/text")
	remove(t, r, "/many")
}

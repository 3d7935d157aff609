package repo_test

import (
	"fmt"
	"slices"
	"strings"
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

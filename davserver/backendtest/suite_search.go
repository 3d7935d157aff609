package backendtest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func isSearcher(b davserver.Backend) bool {
	_, ok := b.(davserver.Searcher)
	return ok
}

var searchTests = []test{
	{"SE-05 scopes", func(f *fixture) {
		f.searchTree()
		for scope, want := range map[dav.Path][3]string{
			"/": {"/", "/ /c /z", "/ /c /c/d /c/d/x /c/y /z"}, "/c": {"/c", "/c /c/d /c/y", "/c /c/d /c/d/x /c/y"}, "/c/y": {"/c/y", "/c/y", "/c/y"},
		} {
			for depth, want := range want {
				f.wantHits(dav.SearchRequest{Scope: scope, Depth: dav.Depth(depth), Limit: -1}, want)
			}
		}
		f.wantNoSearch(dav.SearchRequest{Scope: "/none"}, dav.Conflict, dav.SearchScopeValid)
		f.wantNoSearch(dav.SearchRequest{Scope: "/", Path: "/none"}, dav.NotFound, dav.Name{})
	}},
	{"SE-09 SE-12 values", func(f *fixture) {
		f.searchTree()
		for _, c := range []struct {
			where *dav.Where
			want  string
		}{
			{is(dav.Equal, "k", "1"), "/c /c/d/x"},
			{is(dav.Less, "k", "2"), "/c /c/d/x /c/y"},
			{is(dav.Equal, "k", ""), "/c/y"},
			{is(dav.IsDefined, "k", ""), "/c /c/d /c/d/x /c/y"},
			{is(dav.Equal, "k", "e"), ""},
			{join(dav.Not, is(dav.Equal, "k", "1")), "/c/y"},
			{join(dav.Not, is(dav.IsDefined, "k", "")), "/ /z"},
			{join(dav.And, is(dav.Equal, "k", "1"), join(dav.Not, &dav.Where{Op: dav.IsCollection})), "/c/d/x"},
			{join(dav.Or, is(dav.Equal, "none", ""), is(dav.Like, "k", "_")), "/c /c/d/x"},
		} {
			f.wantHits(dav.SearchRequest{Scope: "/", Depth: dav.DepthInfinity, Where: c.where, Limit: -1}, c.want)
		}
	}},
	{"SE-13 contains", func(f *fixture) {
		f.mustPut("/a", "the quick zibeline")
		f.mustPut("/b", "Zibeline, quick")
		quick := func() *dav.Where { return &dav.Where{Op: dav.Contains, Text: "quick zibeline"} }
		everywhere := dav.SearchRequest{Scope: "/", Depth: dav.DepthInfinity, Limit: -1, Where: quick()}
		f.wantHits(everywhere, "/a")
		f.mustPut("/a", "changed")
		f.mustPut("/b", "quick zibeline")
		everywhere.Where = quick()
		f.wantHits(everywhere, "/b")
	}},
	{"SE-14 SE-15 order and limit", func(f *fixture) {
		f.searchTree()
		by := []dav.SearchOrder{{Name: dav.Name{Space: "u", Local: "k"}, Descending: true}}
		for limit, want := range map[int]string{-1: "/c /c/d/x /c/y /c/d / /z", 2: "/c /c/d/x", 6: "/c /c/d/x /c/y /c/d / /z", 0: ""} {
			got, short := f.hits(dav.SearchRequest{Scope: "/", Depth: dav.DepthInfinity, Order: by, Limit: limit})
			if strings.Join(got, " ") != want || short != (limit >= 0 && limit < 6) {
				f.Errorf("limit %d: %q, shortened %t; want %q", limit, got, short, want)
			}
		}
	}},
	{"SE-17 a search changes nothing", func(f *fixture) {
		f.searchTree()
		state := func() (all []string) {
			for r, err := range f.b.List(f.Context(), "/", dav.Query{Depth: dav.DepthInfinity, Dead: dav.DeadAll}) {
				if err != nil {
					f.Fatal(err)
				}
				all = append(all, string(r.Path)+" "+string(r.ETag)+r.Modified.String()+strconv.Itoa(len(r.Dead)))
			}
			return all
		}
		before := state()
		f.hits(dav.SearchRequest{Scope: "/", Depth: dav.DepthInfinity, Where: &dav.Where{Op: dav.Contains, Text: "x"}, Limit: 1})
		if after := state(); !slices.Equal(before, after) {
			f.Errorf("before %q, after %q", before, after)
		}
	}},
}

// searchTree makes /c/d/x, /c/y and /z, most with the property k.
func (f *fixture) searchTree() {
	f.Helper()
	f.mustMkcol("/c")
	f.mustMkcol("/c/d")
	for _, p := range []dav.Path{"/c/d/x", "/c/y", "/z"} {
		f.mustPut(p, "x")
	}
	for p, v := range map[dav.Path]string{"/c": "1", "/c/d": "<e/>", "/c/d/x": "1", "/c/y": ""} {
		u := dav.PropertyUpdate{Property: dav.Property{Name: dav.Name{Space: "u", Local: "k"}, XML: `<k xmlns="u">` + v + `</k>`}}
		if err := f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: p, Updates: []dav.PropertyUpdate{u}}); err != nil {
			f.Fatal(err)
		}
	}
}

func is(op dav.SearchOperator, name, literal string) *dav.Where {
	return &dav.Where{Op: op, Name: dav.Name{Space: "u", Local: name}, Text: literal}
}

func join(op dav.SearchOperator, terms ...*dav.Where) *dav.Where {
	return &dav.Where{Op: op, Terms: terms}
}

// search runs a search whose properties are dead.
func (f *fixture) search(r dav.SearchRequest, each func(*dav.Resource, error)) (shortened bool) {
	f.Helper()
	dead := func(n dav.Name) (*dav.SearchProperty, error) { return &dav.SearchProperty{Name: n}, nil }
	if r.Path == "" {
		r.Path = "/"
	}
	if r.Where != nil {
		if err := r.Where.Prepare(dead); err != nil {
			f.Fatal(err)
		}
	}
	for i := range r.Order {
		r.Order[i].Property, _ = dead(r.Order[i].Name)
	}
	for res, err := range f.b.(davserver.Searcher).Search(f.Context(), r, func() { shortened = true }) {
		each(res, err)
	}
	return shortened
}

func (f *fixture) hits(r dav.SearchRequest) (paths []string, shortened bool) {
	f.Helper()
	shortened = f.search(r, func(res *dav.Resource, err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
		paths = append(paths, string(res.Path))
	})
	return paths, shortened
}

func (f *fixture) wantHits(r dav.SearchRequest, want string) {
	f.Helper()
	got, shortened := f.hits(r)
	slices.Sort(got)
	if g := strings.Join(got, " "); g != want || shortened {
		f.Errorf("in %s with depth %v are %q, shortened %t; want %q", r.Scope, r.Depth, g, shortened, want)
	}
}

func (f *fixture) wantNoSearch(r dav.SearchRequest, kind dav.Kind, condition dav.Name) {
	f.Helper()
	var last error
	f.search(r, func(_ *dav.Resource, err error) { last = err })
	if e, _ := last.(*dav.Error); e == nil || e.Kind != kind || e.Condition.Name != condition {
		f.Errorf("a search in %s: %v, want %v with %v", r.Scope, last, kind, condition)
	}
}

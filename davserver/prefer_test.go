package davserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func hrefs(a *answer) (list []string) {
	a.Helper()
	for _, r := range a.responses() {
		list = append(list, r.Href)
	}
	return list
}

// PR-01, PR-02, PR-06 to PR-08 on PROPFIND.
func TestPreferPropfind(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "MKCOL", "/c/d", "")
	s.must(201, "PUT", "/c/d/f", "x")
	ask := propfind("<D:resourcetype/><x:none/>")
	for _, c := range []struct {
		headers []string
		applied string
		minimal bool
		noroot  bool
	}{
		{nil, "", false, false},
		{[]string{"Prefer", "return=minimal"}, "return=minimal", true, false},
		{[]string{"Prefer", "depth-noroot, return=minimal"}, "return=minimal, depth-noroot", true, true},
		{[]string{"Prefer", "RETURN = \"minimal\"; x=\"a,b\"", "Prefer", "Depth-NoRoot"}, "return=minimal, depth-noroot", true, true},
		{[]string{"Prefer", "return=Minimal"}, "", false, false},
		{[]string{"Prefer", "return=other, return=minimal"}, "", false, false},
		{[]string{"Prefer", "return=minimal, return=representation"}, "", false, false},
		{[]string{"Prefer", "return=representation, depth-noroot"}, "depth-noroot", false, true},
		{[]string{"Brief", "t"}, "", true, false},
		{[]string{"Brief", "f"}, "", false, false},
		{[]string{"Brief", "t", "Prefer", "respond-async"}, "", false, false},
	} {
		for depth, all := range map[string][]string{"0": {"/c/"}, "1": {"/c/", "/c/d/"}, "infinity": {"/c/", "/c/d/", "/c/d/f"}, "": {"/c/", "/c/d/", "/c/d/f"}} {
			headers, applied := c.headers, c.applied
			if depth != "" {
				headers = append([]string{"Depth", depth}, c.headers...)
			}
			want := all
			if c.noroot && depth == "0" {
				applied = strings.TrimSuffix(strings.TrimSuffix(applied, "depth-noroot"), ", ")
			} else if c.noroot {
				want = all[1:]
			}
			a := s.do("PROPFIND", "/c/", ask, headers...).want(207).wantHeader("Preference-Applied", applied).wantHeader("Vary", "Prefer, Brief")
			if got := hrefs(a); !slices.Equal(got, want) {
				t.Errorf("%v: %v, want %v", headers, got, want)
			}
			if strings.Contains(a.Body.String(), "404") == c.minimal && len(want) > 0 {
				t.Errorf("%v: %s", headers, a.Body)
			}
		}
	}
	s.do("PROPFIND", "/c/d/f", ask, "Depth", "1", "Prefer", "depth-noroot").wantOutcomes()
	s.do("PROPFIND", "/none", ask, "Prefer", "depth-noroot").want(404)
	s.do("PROPFIND", "/c/d/f", propfind("<x:none/>"), "Prefer", "return=minimal").want(207).
		wantBody("<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
}

// PR-03, PR-08 on PROPPATCH.
func TestPreferProppatch(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	if a := s.do("PROPPATCH", "/f", proppatch(set("<x:a>1</x:a>")), "Prefer", "return=minimal").want(204).wantHeader("Preference-Applied", "return=minimal"); a.Body.Len() > 0 {
		t.Errorf("%s", a.Body)
	}
	s.do("PROPPATCH", "/f", proppatch(set("<x:b>1</x:b>")), "Brief", "t").want(204).wantHeader("Preference-Applied", "")
	if p := s.do("PROPFIND", "/f", "").props("/f"); p["a"] != "1" || p["b"] != "1" {
		t.Errorf("%v", p)
	}
	a := s.do("PROPPATCH", "/f", proppatch(set("<x:a>2</x:a><D:getetag/>")), "Prefer", "return=minimal").want(207).wantHeader("Preference-Applied", "")
	if p := a.props("/f"); fmt.Sprint(p) != "map[a:424 getetag:403]" {
		t.Errorf("%v", p)
	}
	s.do("PROPPATCH", "/f", proppatch(set("<x:a>1</x:a>")), "Prefer", "return=minimal, return=representation").want(207)
}

// PR-04, PR-07: what was made or replaced comes back.
func TestPreferRepresentation(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	wantContent := func(a *answer, status int, path, body string) {
		t.Helper()
		a.want(status).wantHeader("Preference-Applied", "return=representation").wantHeader("Content-Location", path).
			wantHeader("Vary", "Prefer, Brief").wantHeader("Content-Length", fmt.Sprint(len(body))).wantHeader("X-Content-Type-Options", "nosniff")
		get := s.must(200, "GET", path, "")
		for _, h := range []string{"ETag", "Content-Type", "Content-Language", "Last-Modified", "Content-Security-Policy"} {
			a.wantHeader(h, get.Header().Get(h))
		}
		if a.Body.String() != body || get.Body.String() != body {
			t.Errorf("%s: %q, GET %q, want %q", a.request, a.Body, get.Body, body)
		}
	}
	const prefer, representation = "Prefer", "return=representation"
	wantContent(s.do("PUT", "/f", "one", prefer, representation, "Content-Type", "text/x-a", "Content-Language", "de"), 201, "/f", "one")
	wantContent(s.do("PUT", "/f", "", prefer, representation), 200, "/f", "")
	wantContent(s.do("PUT", "/f", "two", prefer, representation, "Range", "bytes=0-0"), 200, "/f", "two")
	wantContent(s.do("COPY", "/f", "", "Destination", "/g%20h", prefer, representation), 201, "/g%20h", "two")
	wantContent(s.do("COPY", "/f", "", "Destination", "/g%20h", prefer, representation), 200, "/g%20h", "two")
	wantContent(s.do("MOVE", "/f", "", "Destination", "/i", prefer, representation), 201, "/i", "two")

	s.do("COPY", "/c", "", "Destination", "/d", prefer, representation).want(201).wantHeader("Preference-Applied", "").wantHeader("Content-Location", "")
	s.do("PUT", "/k", "x", prefer, "return=minimal").want(201).wantHeader("Preference-Applied", "").wantHeader("Vary", "Prefer, Brief")
	s.do("PUT", "/k", "x").want(204).wantHeader("Vary", "Prefer, Brief")
}

// PR-05: a condition that was false, and what is there instead.
func TestPreferOnFailedCondition(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	etag := s.must(201, "PUT", "/f", "current", "Content-Type", "text/x-a").Header().Get("ETag")
	s.must(201, "PUT", "/g", "other")
	const prefer, representation = "Prefer", "return=representation"
	for _, a := range []*answer{
		s.do("PUT", "/f", "new", "If-Match", `"stale"`, prefer, representation),
		s.do("PUT", "/f", "new", "If-None-Match", `*`, prefer, representation),
		s.do("PUT", "/f", "new", "If", `(["stale"])`, prefer, representation),
		s.do("COPY", "/f", "", "Destination", "/g", "If-Match", `"stale"`, prefer, representation),
		s.do("MOVE", "/f", "", "Destination", "/h", "If-Match", `"stale"`, prefer, representation),
	} {
		a.want(412).wantHeader("Preference-Applied", "return=representation").wantHeader("Content-Location", "/f").
			wantHeader("ETag", etag).wantHeader("Content-Type", "text/x-a")
		if a.Body.String() != "current" {
			t.Errorf("%s: %s", a.request, a.Body)
		}
	}
	for _, a := range []*answer{ // nothing to show, or nothing that was asked about
		s.do("PUT", "/f", "new", "If-Match", `"stale"`),
		s.do("PUT", "/f", "new", "If-Match", `"stale"`, prefer, "return=minimal"),
		s.do("PUT", "/none", "new", "If-Match", `*`, prefer, representation),
		s.do("COPY", "/f", "", "Destination", "/g", "Overwrite", "F", prefer, representation),
		s.do("COPY", "/c", "", "Destination", "/d", "If-Match", `"stale"`, prefer, representation),
	} {
		a.want(412).wantHeader("Preference-Applied", "").wantBody("precondition-failed")
	}
	s.do("GET", "/g", "").wantBody("other")
	s.do("HEAD", "/f", "").wantHeader("ETag", etag)
}

package davserver_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// A1, HT-01, HT-03, BI-01, XM-01, OR-01: what works on each resource is told there,
// and no more.
func TestOptions(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/f", "x")
	for target, want := range map[string]struct{ dav, not, allow, never string }{
		"/":       {"1 2 3 bind extended-mkcol ordered-collections", "redirectrefs", "GET HEAD POST COPY PROPFIND PROPPATCH LOCK UNLOCK BIND UNBIND REBIND REPORT", "PUT DELETE MKCOL MOVE"},
		"/c":      {"1 2 3 bind extended-mkcol ordered-collections", "redirectrefs", "GET HEAD POST DELETE COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK BIND UNBIND REBIND REPORT", "PUT MKCOL"},
		"/f":      {"1 2 3 bind", "extended-mkcol ordered-collections redirectrefs", "GET HEAD PUT DELETE COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK REPORT", "MKCOL POST BIND UNBIND REBIND"},
		"/none":   {"1 2 3 bind extended-mkcol redirectrefs", "ordered-collections", "PUT MKCOL LOCK", "GET POST DELETE COPY MOVE PROPFIND PROPPATCH UNLOCK BIND REPORT"},
		"/none/x": {"1 2 3 bind extended-mkcol redirectrefs", "ordered-collections", "PUT MKCOL LOCK", "GET POST DELETE COPY MOVE PROPFIND PROPPATCH UNLOCK BIND REPORT"},
	} {
		a := s.do("OPTIONS", target, "").want(200).wantHeader("MS-Author-Via", "DAV")
		a.wantList("DAV", want.dav, want.not+" access-control")
		a.wantList("Allow", "OPTIONS "+want.allow, want.never+" PATCH TRACE")
		if a := s.do("MKCOL", target, ""); a.Code == 405 {
			a.wantList("Allow", "OPTIONS "+want.allow, want.never)
		}
	}
	star := newRequest("OPTIONS", "/", "")
	star.RequestURI = "*"
	star.URL.Path = "*"
	s.send(star).want(200).wantHeader("DAV", s.do("OPTIONS", "/", "").Header().Get("DAV"))
	s.do("OPTIONS", "/f", "", "If-None-Match", "*", "If-Match", `"x"`).want(200) // A9
	s.do("OPTIONS", "/f", "", "If", "(<DAV:no-lock>)").want(412)                 // IF-08
	s.do("FOO", "/f", "").want(501)
}

// wantList wants the list in a header to hold the words of some, and none of
// those of not.
func (a *answer) wantList(name, some, not string) *answer {
	a.Helper()
	list := strings.Split(a.Header().Get(name), ", ")
	for _, w := range strings.Fields(some) {
		if !slices.Contains(list, w) {
			a.Errorf("%s: %s: %v, without %s", a.request, name, list, w)
		}
	}
	for _, w := range strings.Fields(not) {
		if slices.Contains(list, w) {
			a.Errorf("%s: %s: %v, with %s", a.request, name, list, w)
		}
	}
	return a
}

// A backend that can do no more than it must.
func TestOptionsOfPlainBackend(t *testing.T) {
	s := newServer(t, plain{backendtest.NewMemory(nil)}, davserver.Options{})
	s.do("OPTIONS", "/", "").want(200).wantHeader("DAV", "1, 3").wantHeader("Allow", "OPTIONS, GET, HEAD, POST, COPY, PROPFIND, PROPPATCH, REPORT")
	s.do("OPTIONS", "/none", "").want(200).wantHeader("DAV", "1, 3").wantHeader("Allow", "OPTIONS, PUT, MKCOL")
	for _, method := range []string{"LOCK", "UNLOCK", "BIND", "UNBIND", "REBIND", "PATCH", "TRACE"} {
		s.do(method, "/", "").want(405).wantHeader("Allow", "OPTIONS, GET, HEAD, POST, COPY, PROPFIND, PROPPATCH, REPORT")
	}
	s.do("MKCOL", "/n", "<D:mkcol xmlns:D='DAV:'/>").want(415)
	a := s.do("PROPFIND", "/", propfind("<D:supportedlock/><D:lockdiscovery/><D:parent-set/><D:sync-token/>"), "Depth", "0").want(207)
	for name, v := range a.props("/") {
		if v != "404" {
			t.Errorf("%s where there is none: %s", name, v)
		}
	}
}

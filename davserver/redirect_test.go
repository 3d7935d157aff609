package davserver_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

func mkredirectref(target, lifetime string) string {
	body := `<D:mkredirectref xmlns:D="DAV:"><D:reftarget><D:href>` + target + `</D:href></D:reftarget>`
	if lifetime != "" {
		body += `<D:redirect-lifetime>` + lifetime + `</D:redirect-lifetime>`
	}
	return body + `</D:mkredirectref>`
}

func updateredirectref(inner string) string {
	return `<D:updateredirectref xmlns:D="DAV:">` + inner + `</D:updateredirectref>`
}

func (s *server) refer(at, target string) {
	s.Helper()
	s.must(201, "MKREDIRECTREF", at, mkredirectref(target, "")).wantHeader("Cache-Control", "no-store")
}

func TestRedirectref(t *testing.T) { // RR-02, RR-04, RR-06
	s := newMemoryServer(t)
	s.refer("/ref", "t/x.html")
	a := s.do("GET", "/ref", "").want(302).wantHeader("Location", "http://example.com/t/x.html").wantHeader("Redirect-Ref", "t/x.html")
	a.wantRefusal()
	const own = "<D:resourcetype/><D:reftarget/><D:redirect-lifetime/><D:getcontentlength/><D:getcontenttype/>"
	got := s.do("PROPFIND", "/ref", propfind(own), "Depth", "0", "Apply-To-Redirect-Ref", "T").want(207).props("/ref")
	for name, want := range map[string]string{"resourcetype": "<D:redirectref", "reftarget": ">t/x.html</D:href>", "redirect-lifetime": "<D:temporary",
		"getcontentlength": "404", "getcontenttype": "404"} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	s.do("PROPFIND", "/ref", "", "Depth", "0", "Apply-To-Redirect-Ref", "T").want(207).wantNot("reftarget", "redirect-lifetime") // section 13

	update := updateredirectref("<D:redirect-lifetime><D:permanent/></D:redirect-lifetime>")
	s.do("UPDATEREDIRECTREF", "/ref", update).want(302)
	s.do("GET", "/ref", "").want(302)
	s.do("UPDATEREDIRECTREF", "/ref", update, "Apply-To-Redirect-Ref", "T").want(200).wantHeader("Cache-Control", "no-store")
	s.do("GET", "/ref", "").want(301).wantHeader("Location", "http://example.com/t/x.html")
	s.do("UPDATEREDIRECTREF", "/ref", updateredirectref("<D:reftarget><D:href>/y?a&amp;b#c</D:href></D:reftarget>"), "Apply-To-Redirect-Ref", "T").want(200)
	s.do("HEAD", "/ref", "").want(301).wantHeader("Location", "http://example.com/y?a&b#c").wantHeader("Redirect-Ref", "/y?a&b#c")
	s.must(201, "PUT", "/f", "x")
	s.do("UPDATEREDIRECTREF", "/f", update).want(403).wantBody("<D:must-be-redirectref/>")
	s.do("UPDATEREDIRECTREF", "/none", update).want(404)
	s.do("UPDATEREDIRECTREF", "/", update, "Apply-To-Redirect-Ref", "T").want(403).wantBody("<D:must-be-redirectref/>")
}

func TestEveryMethodIsRedirected(t *testing.T) { // RR-04
	s := newMemoryServer(t)
	s.refer("/ref", "/f")
	s.must(201, "PUT", "/f", "x")
	for method, body := range map[string]string{
		"OPTIONS": "", "GET": "", "HEAD": "", "PUT": "y", "DELETE": "", "MKCOL": "", "PROPFIND": "",
		"PROPPATCH": proppatch(set("<x:a/>")), "LOCK": lockExclusive, "COPY": "", "MOVE": "",
		"BIND": bindBody("bind", "x", "/f"), "ORDERPATCH": orderpatchBody(""), "MKREDIRECTREF": mkredirectref("/x", ""),
	} {
		for _, target := range []string{"/ref", "/ref/"} {
			for _, flag := range []string{"", "F", "?"} {
				s.do(method, target, body, "Destination", "/to", "Apply-To-Redirect-Ref", flag).want(302).
					wantHeader("Location", "http://example.com/f").wantHeader("Redirect-Ref", "/f")
			}
		}
	}
	s.do("UNLOCK", "/ref", "", "Lock-Token", "<urn:x>").want(302)
	s.do("GET", "/f", "", "Apply-To-Redirect-Ref", "T").want(200).wantBody("x") // RR-07
	s.do("GET", "/to", "").want(404)
}

func TestTheReferenceItself(t *testing.T) { // RR-05
	s := newMemoryServer(t)
	s.refer("/ref", "/f")
	s.must(201, "PUT", "/f", "x")
	itself := []string{"Apply-To-Redirect-Ref", "T"}
	s.do("GET", "/ref", "", itself...).want(403)
	s.do("PUT", "/ref", "x", itself...).want(403)
	s.do("PUT", "/ref/", "x", itself...).want(403)
	s.do("MKREDIRECTREF", "/ref", mkredirectref("/x", ""), itself...).want(409).wantBody("<D:resource-must-be-null/>")
	s.do("PROPPATCH", "/ref", proppatch(set("<x:a/>")), itself...).want(207)
	s.do("PROPPATCH", "/ref", proppatch(set("<D:reftarget/>")), itself...).want(207).wantBody("cannot-modify-protected-property") // RR-11
	allow := s.do("OPTIONS", "/ref", "", itself...).want(200).Header().Get("Allow")
	if methods := strings.Split(allow, ", "); !slices.Contains(methods, "UPDATEREDIRECTREF") || slices.Contains(methods, "GET") || slices.Contains(methods, "PUT") {
		t.Errorf("a reference allows %s", allow)
	}
	s.do("COPY", "/ref", "", append(itself, "Destination", "/copy")...).want(201)
	s.do("GET", "/copy", "").want(302).wantHeader("Location", "http://example.com/f")
	s.do("MOVE", "/copy", "", append(itself, "Destination", "/moved")...).want(201)
	s.do("LOCK", "/moved", lockExclusive, itself...).want(200)
	s.do("UPDATEREDIRECTREF", "/moved", updateredirectref(""), itself...).want(423).wantBody("<D:locked-update-allowed>")
	s.do("DELETE", "/ref", "", itself...).want(204)
	s.do("GET", "/ref", "").want(404)
	s.do("GET", "/f", "").want(200).wantBody("x")
}

func TestListedReferences(t *testing.T) { // RR-08, RFC 4437 sections 8.1 and 8.2
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c/", "")
	s.must(201, "PUT", "/c/diary.html", "x")
	s.refer("/c/nunavut", "http://example.ca/art/inuit/")
	s.must(201, "MKREDIRECTREF", "/c/old", mkredirectref("new", "<D:permanent/>"))
	for _, depth := range []string{"1", "infinity"} {
		list := s.do("PROPFIND", "/c/", propfind("<D:resourcetype/><D:reftarget/>"), "Depth", depth).want(207).responses()
		if len(list) != 4 {
			t.Fatalf("%d responses, want 4", len(list))
		}
		for i, want := range map[int]struct {
			href, location string
			status         int
		}{2: {"/c/nunavut", "http://example.ca/art/inuit/", 302}, 3: {"/c/old", "http://example.com/c/new", 301}} {
			if r := list[i]; r.Href != want.href || r.Status != want.status || r.Location != want.location || len(r.Propstats) > 0 {
				t.Errorf("got %+v, want %+v", r, want)
			}
		}
	}
	s.do("GET", "/c/", "").want(200).wantBody(`<a href="/c/nunavut">nunavut</a></li>`, "diary.html</a> 1 bytes")
	a := s.do("PROPFIND", "/c/", propfind("<D:reftarget/>"), "Depth", "1", "Apply-To-Redirect-Ref", "T").want(207).wantNot("<D:location")
	if got := a.props("/c/nunavut")["reftarget"]; !strings.Contains(got, ">http://example.ca/art/inuit/</D:href>") {
		t.Errorf("reftarget: %s", got)
	}
}

func TestLocation(t *testing.T) { // RR-10, RFC 4437 sections 10 and 11
	public, err := url.Parse("https://dav.example/files")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ target, request, want string }{
		{"t/x.html", "/c/ref", "http://example.com/dav/c/t/x.html"},
		{"../y", "/c/ref", "http://example.com/dav/y"},
		{"/i-d/a%20b", "/c/ref", "http://example.com/i-d/a%20b"},
		{"//other.example/x", "/c/ref", "http://other.example/x"},
		{"?q=1", "/c/ref", "http://example.com/dav/c/ref?q=1"},
		{"HTTP://Other.example:80/./x", "/c/ref", "HTTP://Other.example:80/./x"},
		{"urn:isbn:1", "/c/ref", "urn:isbn:1"},
		{"/a", "/c/ref/y/z", "http://example.com/a/y/z"},
		{"/a/", "/c/ref/y/z", "http://example.com/a/y/z"},
		{"t", "/c/ref/y/z/", "http://example.com/dav/c/t/y/z/"},
		{"http://other.example", "/c/ref/y", "http://other.example/y"},
		{"http://other.example/a%2Fb/?q=1", "/c/ref/%C3%BC%20y", "http://other.example/a%2Fb/%C3%BC%20y?q=1"},
	} {
		s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"})
		s.must(201, "MKCOL", "/dav/c/", "")
		s.refer("/dav/c/ref", c.target)
		s.do("GET", "/dav"+c.request, "").want(302).wantHeader("Location", c.want).wantHeader("Redirect-Ref", c.target)
	}
	for _, c := range []struct {
		o       davserver.Options
		target  string
		headers []string
		want    string
	}{
		{davserver.Options{PublicURL: public}, "http://inside.example/ref", nil, "https://dav.example/files/x"},
		{davserver.Options{}, "http://example.com:8080/ref", nil, "http://example.com:8080/x"},
		{davserver.Options{}, "http://[::1]:80/ref", nil, "http://[::1]/x"},
		{davserver.Options{}, "https://example.com/ref", nil, "https://example.com/x"},
		{davserver.Options{}, "http://inside.example/ref", []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "outside.example"}, "https://outside.example/x"},
	} {
		s := newServer(t, backendtest.NewMemory(nil), c.o)
		s.refer("/ref", "x")
		r := newRequest(http.MethodGet, c.target, "", c.headers...)
		r.RemoteAddr = "127.0.0.1:1"
		s.send(r).want(302).wantHeader("Location", c.want)
	}
}

func TestMkredirectrefRefused(t *testing.T) { // RR-03
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	s.must(201, "MKCOL", "/c/", "")
	s.lock("/c/")
	for _, c := range []struct {
		target, body string
		status       int
		condition    string
	}{
		{"/f", mkredirectref("/x", ""), 409, "resource-must-be-null"},
		{"/", mkredirectref("/x", ""), 409, "resource-must-be-null"},
		{"/none/ref", mkredirectref("/x", ""), 409, "parent-resource-must-be-non-null"},
		{"/f/ref", mkredirectref("/x", ""), 409, "parent-resource-must-be-non-null"},
		{"/.quire/ref", mkredirectref("/x", ""), 403, "name-allowed"},
		{"/a%2Fb", mkredirectref("/x", ""), 403, "name-allowed"},
		{"/%00", mkredirectref("/x", ""), 403, "name-allowed"},
		{"/c/ref", mkredirectref("/x", ""), 423, "locked-update-allowed"},
		{"/ref", mkredirectref("/x", "<D:eternal/>"), 403, "redirect-lifetime-supported"},
		{"/ref", mkredirectref("/x", " "), 403, "redirect-lifetime-supported"},
		{"/ref", mkredirectref("", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref("/a b", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref("/\u00fc", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref("/%zz", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref("a#b#c", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref("http://[::1/", ""), 403, "legal-reftarget"},
		{"/ref", mkredirectref(strings.Repeat("x", 5000), ""), 403, "legal-reftarget"},
		{"/ref", "", 400, ""},
		{"/ref", `<D:mkredirectref xmlns:D="DAV:"/>`, 400, ""},
		{"/ref", updateredirectref(""), 400, ""},
		{"/ref", mkredirectref("/x", "<D:permanent/><D:temporary/>"), 400, ""},
	} {
		s.do("MKREDIRECTREF", c.target, c.body).want(c.status).wantBody(c.condition)
	}
	s.do("PROPFIND", "/", propfind("<D:resourcetype/>"), "Depth", "infinity").want(207).wantNot("/ref")
	s.do("GET", "/f", "").want(200).wantBody("x")
}

// References to each other redirect, each to the other: nobody follows them
// (RR-11).
func TestRedirectLoop(t *testing.T) {
	s := newMemoryServer(t)
	s.refer("/a", "b")
	s.refer("/b", "a")
	s.do("GET", "/a", "").want(302).wantHeader("Location", "http://example.com/b")
	s.do("GET", "/b", "").want(302).wantHeader("Location", "http://example.com/a")
	s.do("PROPFIND", "/", "", "Depth", "infinity").want(207)
}

func TestNoRedirectrefs(t *testing.T) {
	s := newServer(t, plain{backendtest.NewMemory(nil)}, davserver.Options{})
	s.do("MKREDIRECTREF", "/ref", mkredirectref("/x", "")).want(405)
	s.do("MKREDIRECTREF", "/%00", mkredirectref("/x", "")).want(400)
	if h := s.do("OPTIONS", "/ref", "").Header(); strings.Contains(strings.ToLower(h.Get("DAV")+h.Get("Allow")), "redirectref") {
		t.Errorf("OPTIONS tells %v", h)
	}
}

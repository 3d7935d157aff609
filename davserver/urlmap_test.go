package davserver_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

const (
	here  = "127.0.0.1:4711"
	there = "192.0.2.9:4711"
)

// CM-11, CM-19, HR-09, A15: what a Destination names. Requests are for
// http://dav.example:8080 unless a proxy says otherwise.
func TestDestination(t *testing.T) {
	public := func(s string) davserver.Options { u, _ := url.Parse(s); return davserver.Options{PublicURL: u} }
	for _, c := range []struct {
		name    string
		o       davserver.Options
		peer    string
		headers []string
		dest    string
		status  int
	}{
		{"path", davserver.Options{}, there, nil, "/g", 201},
		{"own host", davserver.Options{}, there, nil, "http://dav.example:8080/g", 201},
		{"own host in other letters", davserver.Options{}, there, nil, "HTTP://DAV.example:8080/g", 201},
		{"another port", davserver.Options{}, there, nil, "http://dav.example/g", 502},
		{"another host", davserver.Options{}, there, nil, "http://other.example:8080/g", 502},
		{"another scheme", davserver.Options{}, there, nil, "https://dav.example:8080/g", 502},
		{"TLS proxy", davserver.Options{}, here, []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "dav.example"}, "https://dav.example/g", 201},
		{"TLS proxy, port spelled out", davserver.Options{}, here, []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "dav.example"}, "https://dav.example:443/g", 201},
		{"TLS proxy on IPv6", davserver.Options{}, "[::1]:99", []string{"X-Forwarded-Proto", "https"}, "https://dav.example:8080/g", 201},
		{"TLS proxy on a Unix socket", davserver.Options{}, "@", []string{"X-Forwarded-Proto", "https"}, "https://dav.example:8080/g", 201},
		{"Forwarded", davserver.Options{}, here, []string{"Forwarded", `for=192.0.2.1;proto=https;host="dav.example:99", for=x`}, "https://dav.example:99/g", 201},
		{"a stranger's word", davserver.Options{}, there, []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "dav.example"}, "https://dav.example/g", 502},
		{"nobody is trusted", davserver.Options{TrustedProxies: []netip.Prefix{}}, here, []string{"X-Forwarded-Proto", "https"}, "https://dav.example:8080/g", 502},
		{"a named proxy", davserver.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}, there, []string{"X-Forwarded-Proto", "https"}, "https://dav.example:8080/g", 201},
		{"public URL", public("https://pub.example"), there, nil, "https://pub.example/g", 201},
		{"public URL, spoken to directly", public("https://pub.example"), there, nil, "http://dav.example:8080/g", 201},
		{"public URL, another", public("https://pub.example"), there, nil, "https://dav.example/g", 502},
		{"empty", davserver.Options{}, there, nil, "", 400},
		{"fragment", davserver.Options{}, there, nil, "/g#x", 400},
		{"query", davserver.Options{}, there, nil, "/g?x", 400},
		{"user", davserver.Options{}, there, nil, "http://me@dav.example:8080/g", 400},
		{"relative", davserver.Options{}, there, nil, "g", 400},
		{"network path", davserver.Options{}, there, nil, "//dav.example:8080/g", 400},
		{"no host", davserver.Options{}, there, nil, "http:/g", 400},
		{"encoded slash", davserver.Options{}, there, nil, "/a%2Fb", 400},
		{"up", davserver.Options{}, there, nil, "/a/../../g", 400},
		{"broken", davserver.Options{}, there, nil, "/%zz", 400},
		{"slash at the end", davserver.Options{}, there, nil, "/g/", 201}, // G3
		{"reserved", davserver.Options{}, there, nil, "/.quire/g", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, backendtest.NewMemory(nil), c.o)
			s.must(201, "PUT", "/f", "x")
			r := newRequest("COPY", "http://dav.example:8080/f", "", append(c.headers, "Destination", c.dest)...)
			r.RemoteAddr = c.peer
			a := s.send(r).want(c.status)
			if c.status == http.StatusBadGateway {
				a.wantBody("X-Forwarded-Proto") // what to set
			}
			if c.status == http.StatusCreated {
				s.do("GET", "/g", "").want(200)
			}
		})
	}
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	s.do("COPY", "/f", "").want(400)                                           // CM-01
	s.do("COPY", "/f", "", "Destination", "/g", "Destination", "/h").want(400) // two
}

// W5, HT-02, HR-03: a share below a prefix.
func TestPrefix(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/a/dav"})
	s.must(201, "MKCOL", "/a/dav/c", "").wantHeader("Content-Location", "/a/dav/c/")
	s.must(201, "PUT", "/a/dav/c/x%20y", "x")
	s.do("PROPFIND", "/a/dav/c", "", "Depth", "1").want(207).
		wantBody("<D:href>/a/dav/c/</D:href>", "<D:href>/a/dav/c/x%20y</D:href>").wantHeader("Content-Location", "/a/dav/c/")
	s.do("PROPFIND", "/a/dav", "", "Depth", "0").want(207).wantBody("<D:href>/a/dav/</D:href>")
	s.do("OPTIONS", "/a/dav/c", "").want(200).wantList("DAV", "1 2 3", "")

	s.do("MOVE", "/a/dav/c/x%20y", "", "Destination", "/a/dav/c/z").want(201)
	s.do("MOVE", "/a/dav/c/z", "", "Destination", "/c/z").want(502).wantBody("/a/dav/")
	s.do("PUT", "/a/dav/c/z", "y", "If", "</a/dav/c/z> ([\"no\"])").want(412)
	s.do("PUT", "/a/dav/c/z", "y", "If", "</c/z> (Not [\"no\"])").want(204) // not here, so no tag matches

	for target, next := range map[string]string{"/": "/a/", "/a": "/a/dav/", "/a/": "/a/dav/"} {
		s.do("OPTIONS", target, "").want(200).wantHeader("DAV", "").wantHeader("Allow", "OPTIONS, PROPFIND")
		a := s.do("PROPFIND", target, propfind("<D:resourcetype/><D:getetag/>"), "Depth", "1").want(207).wantBody("<D:href>" + next + "</D:href>")
		if p := a.props(next); p["getetag"] != "404" || p["resourcetype"] == "" {
			t.Errorf("%s at depth 1: %v", target, p)
		}
		s.do("PROPFIND", target, "", "Depth", "0").want(207).wantNot(next + "<")
		s.do("GET", target, "").want(404).wantBody("/a/dav/")
		s.do("PUT", target, "x").want(405).wantHeader("Allow", "OPTIONS, PROPFIND")
	}
	for _, target := range []string{"/b", "/a/davx", "/a/da"} {
		s.do("PROPFIND", target, "", "Depth", "0").want(404)
		s.do("OPTIONS", target, "").want(404)
	}
}

// A proxy may change the path too.
func TestPublicPath(t *testing.T) {
	u, _ := url.Parse("https://pub.example/files")
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav", PublicURL: u})
	s.must(201, "PUT", "/dav/f", "x")
	s.do("PROPFIND", "/dav/", "", "Depth", "1").wantBody("<D:href>/files/</D:href>", "<D:href>/files/f</D:href>")
	s.do("COPY", "/dav/f", "", "Destination", "https://pub.example/files/g").want(201)
	s.do("COPY", "/dav/f", "", "Destination", "/files/h").want(201)
	s.do("COPY", "/dav/f", "", "Destination", "/dav/i").want(502)
	s.do("COPY", "/dav/f", "", "Destination", "http://example.com/dav/i").want(201) // past the proxy
}

// HR-10, SC-06: what a request URL names.
func TestRequestURL(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c/", "")
	s.must(201, "PUT", "/c/~a", "x")
	s.do("GET", "/c/%7Ea", "").want(200)
	s.do("GET", "/c//./~a", "").want(200)
	for _, target := range []string{"/c%2F~a", "/c/%00", "/c/%ff", "/c/../c/~a", "/c/%2e%2e/x", `/c/..%5Cx`} {
		s.do("GET", target, "").want(400)
	}
	r := newRequest("DELETE", "/c/", "")
	r.URL.Path, r.URL.RawPath = "/c/#x", ""
	s.send(r).want(404)
	s.do("GET", "/c/~a", "").want(200)
}

// The reserved segment is nobody's.
func TestReserved(t *testing.T) {
	s := newMemoryServer(t)
	for _, p := range []string{"/.quire", "/.quire/", "/.quire/x"} {
		for _, method := range []string{"GET", "HEAD", "PROPFIND", "PROPPATCH", "DELETE", "UNLOCK"} {
			s.do(method, p, "").want(404)
		}
		for _, method := range []string{"PUT", "MKCOL", "LOCK"} {
			s.do(method, p, "").want(403)
		}
		s.do("OPTIONS", p, "").want(200).wantHeader("Allow", "OPTIONS")
	}
	s.must(201, "PUT", "/.quired", "")
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/c/.quire", "")
	b := newFaulty()
	if _, _, err := b.whole.Put(t.Context(), putRequest("/.quire", "mine")); err != nil {
		t.Fatal(err)
	}
	s = newServer(t, b, davserver.Options{})
	s.do("PROPFIND", "/", "", "Depth", "1").want(207).wantNot(".quire")
	s.do("GET", "/", "").want(200).wantNot(".quire")
}

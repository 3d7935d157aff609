package davserver_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// AM-01: collections say where POST adds members: it is protected, and known as
// live.
func TestAddMemberProperty(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"})
	s.must(201, "MKCOL", "/dav/c%20d/", "")
	s.must(201, "PUT", "/dav/c%20d/f", "x")
	a := s.must(207, "PROPFIND", "/dav/c%20d/", propfind("<D:add-member/><D:supported-live-property-set/>"), "Depth", "1")
	p := a.props("/dav/c%20d/")
	if !strings.Contains(p["add-member"], "<D:href>/dav/c%20d/</D:href>") || !strings.Contains(p["supported-live-property-set"], "<D:add-member/>") {
		t.Errorf("the collection has %v", p)
	}
	if p := a.props("/dav/c%20d/f"); p["add-member"] != "404" {
		t.Errorf("the file has add-member: %v", p)
	}
	s.do("PROPFIND", "/dav/c%20d/", "", "Depth", "0").wantNot("add-member")
	s.do("PROPPATCH", "/dav/c%20d/", proppatch(set("<D:add-member/>"))).want(207).wantBody("403 Forbidden", "cannot-modify-protected-property")
	if allow := s.do("OPTIONS", "/dav/c%20d/", "").Header().Get("Allow"); !strings.Contains(allow, "POST") {
		t.Errorf("Allow of a collection: %s", allow)
	}
	if allow := s.do("OPTIONS", "/dav/c%20d/f", "").Header().Get("Allow"); strings.Contains(allow, "POST") {
		t.Errorf("Allow of a file: %s", allow)
	}
}

// AM-02: each POST makes another member, of the bytes and the type that were
// sent.
func TestAddMember(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	seen := map[string]bool{}
	for range 3 {
		a := s.must(201, "POST", "/c/", "body", "Content-Type", "text/x-a", "Content-Language", "de", "X-OC-Mtime", "1000000000")
		at := a.Header().Get("Location")
		if !strings.HasPrefix(at, "/c/") || seen[at] || a.Header().Get("ETag") == "" || a.Header().Get("X-OC-Mtime") != "accepted" {
			t.Errorf("Location: %s, headers %v", at, a.Header())
		}
		seen[at] = true
		s.do("GET", at, "").want(200).wantBody("body").wantHeader("Content-Type", "text/x-a").
			wantHeader("Content-Language", "de").wantHeader("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT")
	}
	if n := len(s.do("PROPFIND", "/c/", "", "Depth", "1").responses()); n != 4 {
		t.Errorf("%d responses, want 4", n)
	}
	s.must(201, "POST", "/c/", "body", "Slug", "p", "Prefer", "return=representation").wantBody("body").
		wantHeader("Location", "/c/p").wantHeader("Content-Location", "/c/p")
	s.must(201, "PUT", "/f", "x")
	for _, target := range []string{"/f", "/none", "/none/", "/c/none/"} {
		s.do("POST", target, "x").want(405)
	}
}

// AM-03: the name is what is suggested if that is free and harms nobody.
func TestSlug(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "MKCOL", "/c/d", "")
	s.must(201, "PUT", "/c/taken.txt", "old")
	long := strings.Repeat("%C3%A9", 200)
	for _, c := range []struct{ slug, want string }{
		{"plain.txt", "plain.txt"},
		{"taken.txt", "taken-2.txt"},
		{"taken.txt", "taken-3.txt"},
		{"d", "d-2"},
		{"../x", "-x"},
		{"a/b", "a-b"},
		{`a\..\b`, "a-..-b"},
		{"%2E%2E%2Fy", "-y"},
		{"%2Ehidden", "hidden"},
		{"caf%C3%A9 1.txt", "caf%C3%A9%201.txt"},
		{"100%", "100-"},
		{"a%00b%0D%0Ac", "a-b--c"},
		{"%FF.txt", "-.txt"},
		{"%E2%80%AEtxt.exe", "-txt.exe"}, // right-to-left override
		{`"C:*?<>|"`, "-C-------"},
		{" . trimmed . ", "trimmed"},
		{long, strings.Repeat("%C3%A9", 100)},
		{long + ".text", strings.Repeat("%C3%A9", 97) + ".text"},
	} {
		a := s.must(201, "POST", "/c/", "new", "Slug", c.slug)
		if at := a.Header().Get("Location"); at != "/c/"+c.want {
			t.Errorf("Slug %q became %s, want %s", c.slug, at, c.want)
		}
	}
	for _, slug := range []string{"", ".", "..", "/", "%2F", "...", "%00"} {
		at := s.must(201, "POST", "/c/", "new", "Slug", slug).Header().Get("Location")
		if name := strings.TrimPrefix(at, "/c/"); len(name) < 20 {
			t.Errorf("Slug %q became %s", slug, at)
		}
	}
	s.must(201, "POST", "/", "new", "Slug", ".quire").wantHeader("Location", "/quire")
	for range 12 {
		s.must(201, "POST", "/c/", "new", "Slug", "often")
	}
	s.do("GET", "/c/taken.txt", "").wantBody("old")
}

// AM-04: what would stop PUT stops POST, before the body is read.
func TestAddMemberRefused(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	token := s.lock("/c/", "Depth", "0")
	s.do("POST", "/c/", "x", "Slug", "a").want(423).wantBody("lock-token-submitted", "<D:href>/c/</D:href>")
	s.do("POST", "/c/", "x", "Slug", "a", "If", "(<"+token+">)").want(201)
	s.do("POST", "/c/", "x", "Slug", "b", "If", "</c/> (<"+token+">)").want(201)
	s.do("POST", "/c/", "x", "Slug", "c", "If", "(<urn:x>)").want(412)
	s.do("POST", "/c/", "x", "Slug", "c", "If", "(<urn:x>) (<"+token+">)").want(201)
	s.do("POST", "/c/", "x", "If", "(<"+token+">)", "Content-Range", "bytes 0-0/2").want(400)
	s.do("POST", "/c/", "x", "If", "(<"+token+">)", "Content-Encoding", "gzip").want(415)
	s.do("POST", "/c/", "x", "If", "(<"+token+">)", "If-None-Match", "*").want(412)
	if n := len(s.do("PROPFIND", "/c/", "", "Depth", "1").responses()); n != 4 {
		t.Errorf("%d responses, want 4", n)
	}
	small := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{Body: 3}})
	small.do("POST", "/", "long").want(413)

	deep := ""
	for range 16 {
		deep += "/" + strings.Repeat("d", 1020)
		s.must(201, "MKCOL", deep, "")
	}
	s.do("POST", deep, "x", "Slug", strings.Repeat("n", 100)).want(400).wantBody("too long")

	body := &untouched{}
	r := httptest.NewRequest("POST", "/c/", body)
	s.send(r).want(423)
	if body.read {
		t.Error("the body of a refused POST was read")
	}
}

type untouched struct{ read bool }

func (b *untouched) Read([]byte) (int, error) {
	b.read = true
	return 0, io.EOF
}

// A page of another site must not make a browser add members.
func TestAddMemberCrossOrigin(t *testing.T) {
	s := newMemoryServer(t)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		s.do("POST", "/", "x", headers...).want(http.StatusForbidden)
	}
	s.do("POST", "/", "x", "Sec-Fetch-Site", "same-origin", "Origin", "http://example.com").want(201)
	s.do("POST", "/", "x", "Origin", "http://example.com").want(201)
}

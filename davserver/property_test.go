package davserver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// PF-10 to PF-14, A4, A7, MS-10.
func TestPropfindForms(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/c/f", "x", "Content-Language", "de")
	s.must(207, "PROPPATCH", "/c/f", proppatch(set("<x:a>1</x:a><D:displayname>me &lt;</D:displayname>")))

	all := []string{"a", "creationdate", "displayname", "getcontentlanguage", "getcontentlength", "getcontenttype", "getetag",
		"getlastmodified", "lockdiscovery", "resourcetype", "supportedlock"}
	collection := []string{"creationdate", "getlastmodified", "lockdiscovery", "resourcetype", "supportedlock"}
	wantNames := func(a *answer, href string, want []string) {
		t.Helper()
		var got []string
		for name := range a.props(href) {
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", href, got, want)
		}
	}
	for _, body := range []string{"", `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`} {
		a := s.do("PROPFIND", "/c/", body, "Depth", "1").want(207).wantNot("404")
		wantNames(a, "/c/", collection)
		wantNames(a, "/c/f", all)
		if first := a.responses()[0].Href; first != "/c/" {
			t.Errorf("%s comes first", first)
		}
	}
	a := s.do("PROPFIND", "/c/f", `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`).want(207).wantNot("404")
	names := a.props("/c/f")
	for _, name := range append(slices.Clone(all), "resource-id", "parent-set", "current-user-principal", "supported-method-set", "supported-report-set") {
		if _, ok := names[name]; !ok {
			t.Errorf("propname has no %s", name)
		}
	}
	live := s.do("PROPFIND", "/c/f", propfind("<D:supported-live-property-set/>")).props("/c/f")["supported-live-property-set"]
	for name, value := range names {
		if value != "" {
			t.Errorf("propname gives %s a value: %q", name, value)
		}
		if !slices.Contains(all, name) && !strings.Contains(live, "<D:"+name+"/>") {
			t.Errorf("propname has %s, which nothing else tells of", name)
		}
	}
	a = s.do("PROPFIND", "/c/f", `<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:allprop/><D:include><D:resource-id/><x:a/><x:none/><D:getetag/></D:include></D:propfind>`).want(207)
	wantNames(a, "/c/f", slices.Sorted(slices.Values(append(all, "resource-id", "none"))))
	if p := a.props("/c/f"); p["none"] != "404" || !strings.Contains(p["resource-id"], "urn:uuid:") {
		t.Errorf("%v", p)
	}
	a = s.do("PROPFIND", "/c/", propfind("<x:none/><D:getetag/><D:resourcetype/><D:getcontentlength/><D:resourcetype/><x:a/>"), "Depth", "1").want(207)
	if p := a.props("/c/"); p["getetag"] != "404" || p["getcontentlength"] != "404" || p["a"] != "404" || !strings.Contains(p["resourcetype"], "collection") {
		t.Errorf("collection: %v", p)
	}
	p := a.props("/c/f")
	if p["getcontentlength"] != "1" || p["none"] != "404" || p["resourcetype"] != "" || p["a"] != "1" {
		t.Errorf("file: %v", p)
	}
	if head := s.do("HEAD", "/c/f", ""); p["getetag"] != head.Header().Get("ETag") { // PF-19
		t.Errorf("getetag %s, ETag %s", p["getetag"], head.Header().Get("ETag"))
	}
	for _, r := range a.responses() { // A7
		if len(r.Propstats) != 2 || r.Propstats[0].Status != 200 || r.Propstats[1].Status != 404 {
			t.Errorf("%s: propstats %+v", r.Href, r.Propstats)
		}
	}
	s.do("PROPFIND", "/c/f", `<D:propfind xmlns:D="DAV:"><D:prop/></D:propfind>`).want(207).wantBody("HTTP/1.1 200 OK")
	s.do("PROPFIND", "/c/f", propfind("<x:none/>")).want(207).wantNot("200 OK")     // MS-17
	s.do("PROPFIND", "/none", "").want(404)                                         // MS-18
	s.do("PROPFIND", "/c/f", "", "If-None-Match", "*", "If-Match", `"x"`).want(207) // A9
	s.do("PROPFIND", "/c/f", "", "If", "(<DAV:no-lock>)").want(412)                 // IF-08
}

// W8: Windows shows 2,000 members if they take less than 1,000,000 bytes.
func TestPropfindTerse(t *testing.T) {
	s := newMemoryServer(t)
	for i := range 100 {
		s.must(201, "PUT", fmt.Sprintf("/A%%20longer%%20name%%20of%%20%d.docx", i), "x")
	}
	a := s.do("PROPFIND", "/", "", "Depth", "1", "User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.19045").want(207).wantNot("404", "supportedlock")
	if most := 1_000_000 / 2000 * 101; a.Body.Len() > most {
		t.Errorf("%d bytes, want at most %d", a.Body.Len(), most)
	}
	s.do("PROPFIND", "/", propfind("<D:supportedlock/>"), "Depth", "0", "User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.19045").wantBody("<D:lockentry>")
}

// PF-02.
func TestPropfindLimit(t *testing.T) {
	for members, status := range map[int]int{0: 207, 4: 207, 3: 403, -1: 403} {
		s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{Members: members}})
		s.must(201, "MKCOL", "/c", "")
		s.must(201, "MKCOL", "/c/d", "")
		s.must(201, "PUT", "/c/d/f", "x")
		for _, depth := range [][]string{nil, {"Depth", "infinity"}} {
			a := s.do("PROPFIND", "/", "", depth...).want(status)
			if status == 403 {
				a.wantBody("<D:propfind-finite-depth/>")
			}
		}
		s.do("PROPFIND", "/", "", "Depth", "1").want(207)
	}
}

// PP-03 to PP-09, MS-20.
func TestProppatch(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	a := s.do("PROPPATCH", "/f", proppatch(set("<x:a>1</x:a><x:b/>")+`<D:remove><D:prop><x:none/><x:a/></D:prop></D:remove>`)).want(207)
	if p := a.props("/f"); len(a.responses()) != 1 || fmt.Sprint(p) != "map[a: b: none:]" {
		t.Errorf("%v: %s", p, a.Body)
	}
	a = s.do("PROPPATCH", "/f", proppatch(set("<x:c/><D:getetag>x</D:getetag>")+`<D:remove><D:prop><x:b/><D:quota-used-bytes/></D:prop></D:remove>`)).want(207)
	if p := a.props("/f"); fmt.Sprint(p) != "map[b:424 c:424 getetag:403 quota-used-bytes:403]" {
		t.Errorf("%v", p)
	}
	a.wantBody("<D:error><D:cannot-modify-protected-property/></D:error>")
	for _, ps := range a.responses()[0].Propstats { // MS-13
		if (len(ps.Error) > 0) != (ps.Status == 403) {
			t.Errorf("%d: %v", ps.Status, ps.Error)
		}
	}
	if p := s.do("PROPFIND", "/f", "").props("/f"); p["b"] == "404" || p["c"] != "" {
		t.Errorf("a failed PROPPATCH changed something: %v", p)
	}
	for _, name := range []string{"getetag", "getlastmodified", "getcontentlength", "getcontenttype", "creationdate", "resourcetype", "lockdiscovery", "supportedlock", "resource-id"} {
		for _, body := range []string{set("<D:" + name + "/>"), "<D:remove><D:prop><D:" + name + "/></D:prop></D:remove>"} { // PP-05
			if p := s.do("PROPPATCH", "/f", proppatch(body)).props("/f"); p[name] != "403" {
				t.Errorf("%s: %v", name, p)
			}
		}
	}
	// MS-21: what comes before the instructions, also before ones that can't be done.
	bad := proppatch(set("<D:getetag/>"))
	s.do("PROPPATCH", "/none", bad).want(404)
	s.do("PROPPATCH", "/f", bad, "If-Match", `"x"`).want(412)
	s.lock("/f")
	s.do("PROPPATCH", "/f", bad).want(423).wantBody("<D:lock-token-submitted><D:href>/f</D:href></D:lock-token-submitted>")
	s.do("PROPPATCH", "/f", "").want(400) // PP-08
}

// PF-21, PP-06: the language of a body is a live property that can be set.
func TestProppatchLanguage(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x", "Content-Language", "de")
	s.must(201, "MKCOL", "/c", "")
	lang := func(v string) string { return set("<D:getcontentlanguage>" + v + "</D:getcontentlanguage>") }
	for _, v := range []string{"en", "en-GB, fr", "!!", "", "de"} {
		before := s.do("HEAD", "/f", "").Header().Get("Content-Language")
		want, status := v, ""
		if v == "!!" || v == "" {
			want, status = before, "409"
		}
		if p := s.do("PROPPATCH", "/f", proppatch(lang(v))).props("/f"); p["getcontentlanguage"] != status {
			t.Errorf("%q: %v", v, p)
		}
		s.do("GET", "/f", "").wantHeader("Content-Language", want)
		if p := s.do("PROPFIND", "/f", "").props("/f"); p["getcontentlanguage"] != want {
			t.Errorf("%q: %v", v, p)
		}
	}
	s.do("PROPPATCH", "/f", proppatch("<D:remove><D:prop><D:getcontentlanguage/></D:prop></D:remove>")).wantBody("200 OK")
	s.do("GET", "/f", "").wantHeader("Content-Language", "")
	s.do("PROPPATCH", "/c", proppatch(lang("en"))).wantBody("409 Conflict").wantHeader("Content-Location", "/c/")
}

// W1, C2, C7: clients set the modification time by a property.
func TestProppatchModified(t *testing.T) {
	s := newMemoryServer(t)
	const was = "Sun, 09 Sep 2001 01:46:40 GMT"
	for _, c := range []struct{ instruction, modified string }{
		{set("<Z:Win32LastModifiedTime>Thu, 09 Oct 2025 17:54:43 GMT</Z:Win32LastModifiedTime>"), "Thu, 09 Oct 2025 17:54:43 GMT"},
		{set("<Z:Win32LastModifiedTime>soon</Z:Win32LastModifiedTime>"), was},
		{set("<D:lastmodified>1760032483</D:lastmodified>"), "Thu, 09 Oct 2025 17:54:43 GMT"},
		{set("<D:lastmodified>2025-10-09T17:54:43Z</D:lastmodified>"), "Thu, 09 Oct 2025 17:54:43 GMT"},
		{set("<D:lastmodified> Thu, 09 Oct 2025 17:54:43 GMT </D:lastmodified>"), "Thu, 09 Oct 2025 17:54:43 GMT"},
		{set("<x:lastmodified>1760032483</x:lastmodified>"), was},
		{"<D:remove><D:prop><D:lastmodified/></D:prop></D:remove>", was},
		{set("<D:lastmodified>1760032483</D:lastmodified><D:getetag/>"), was},
	} {
		s.do("PUT", "/f", "x", "X-OC-Mtime", "1000000000")
		etag := s.do("HEAD", "/f", "").Header().Get("ETag")
		s.do("PROPPATCH", "/f", proppatch(c.instruction)).want(207)
		s.do("HEAD", "/f", "").wantHeader("Last-Modified", c.modified).wantHeader("ETag", etag)
	}
	s.do("PROPPATCH", "/f", proppatch(set("<Z:Win32CreationTime>a</Z:Win32CreationTime><Z:Win32LastAccessTime>b</Z:Win32LastAccessTime>"+
		"<Z:Win32LastModifiedTime>Thu, 09 Oct 2025 17:54:43 GMT</Z:Win32LastModifiedTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>"))).want(207).wantNot("403", "424")
	p := s.do("PROPFIND", "/f", "").props("/f")
	for name, want := range map[string]string{"Win32CreationTime": "a", "Win32LastAccessTime": "b", "Win32LastModifiedTime": "Thu, 09 Oct 2025 17:54:43 GMT", "Win32FileAttributes": "00000020"} {
		if p[name] != want {
			t.Errorf("%s: %q", name, p[name])
		}
	}
}

// PP-09, SC-05.
func TestProppatchLimits(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{PropertyBytes: 200, Properties: 3, PropertiesBytes: 350, XMLProperties: 10}})
	s.must(201, "PUT", "/f", "x")
	patch := func(body string, want string) {
		t.Helper()
		if p := s.do("PROPPATCH", "/f", proppatch(body)).want(207).props("/f"); fmt.Sprint(p) != want {
			t.Errorf("%.60s: %v, want %s", body, p, want)
		}
	}
	long := strings.Repeat("y", 100)
	patch(set("<x:a/><x:b>"+long+long+"</x:b>"), "map[a:424 b:507]") // one too long
	patch(set("<x:a/><x:b/><x:c/>"), "map[a: b: c:]")
	patch(set("<x:d/>"), "map[d:507]") // one too many
	patch("<D:remove><D:prop><x:a/></D:prop></D:remove>"+set("<x:d/>"), "map[a: d:]")
	patch(set("<x:b>"+long+"</x:b><x:c>"+long+"</x:c><x:d>"+long+"</x:d>"), "map[b:424 c:424 d:507]") // together too long
	patch(set("<x:b>"+long+"</x:b><x:c>"+long+"</x:c>"), "map[b: c:]")
	for range 5 { // what is replaced or removed makes room
		patch(set("<x:b>"+long+"</x:b>"), "map[b:]")
		patch("<D:remove><D:prop><x:c/></D:prop></D:remove>"+set("<x:c>"+long+"</x:c>"), "map[c:]")
	}
}

// full is a store without room.
type full struct{ whole }

func (full) Proppatch(context.Context, dav.ProppatchRequest) error {
	return &dav.Error{Kind: dav.NoSpace, Message: "the disk is full"}
}

// PP-09.
func TestProppatchOnFullDisk(t *testing.T) {
	s := newServer(t, full{newFaulty().whole}, davserver.Options{})
	s.must(201, "PUT", "/f", "x")
	a := s.do("PROPPATCH", "/f", proppatch("<D:remove><D:prop><x:a/></D:prop></D:remove>"+set("<x:b/><x:c/>"))).want(207).wantBody("the disk is full")
	if p := a.props("/f"); fmt.Sprint(p) != "map[a:424 b:507 c:424]" {
		t.Errorf("%v", p)
	}
	// A removal needs no room, but if it is refused for want of it that is told.
	if p := s.do("PROPPATCH", "/f", proppatch("<D:remove><D:prop><x:a/></D:prop></D:remove>")).want(207).props("/f"); p["a"] != "507" {
		t.Errorf("%v", p)
	}
}

func TestProppatchWithoutStore(t *testing.T) {
	b := backendtest.NewMemory(nil)
	s := newServer(t, struct {
		davserver.Backend
		davserver.Locker
	}{b, b.(davserver.Locker)}, davserver.Options{})
	s.must(201, "PUT", "/f", "x")
	if p := s.do("PROPPATCH", "/f", proppatch(set("<x:a/><D:getetag/>"))).want(207).props("/f"); p["a"] != "403" || p["getetag"] != "403" {
		t.Errorf("%v", p)
	}
	s.do("PROPPATCH", "/none", proppatch(set("<x:a/>"))).want(404)
	s.do("PROPPATCH", "/f", proppatch(set("<x:a/>")), "If", "(<DAV:no-lock>)").want(412)
	s.lock("/f")
	s.do("PROPPATCH", "/f", proppatch(set("<x:a/>"))).want(423)
}

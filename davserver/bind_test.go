package davserver_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

func bindBody(root, segment, href string) string {
	return `<?xml version="1.0" encoding="utf-8"?><D:` + root + ` xmlns:D="DAV:"><D:segment>` + segment + `</D:segment><D:href>` + href + `</D:href></D:` + root + `>`
}

const unbindFoo = `<D:unbind xmlns:D="DAV:"><D:segment>foo</D:segment></D:unbind>`

// BI-19: the founding example, to the letter.
func TestFoundingExample(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/Coll/", "")
	s.must(207, "PROPPATCH", "/Coll/", proppatch(set("<D:displayname>Loop Demo</D:displayname>")))
	s.must(201, "BIND", "/Coll/", bindBody("bind", "Bar", "/Coll/")).wantHeader("Location", "/Coll/Bar/") // HR-05
	ask := `<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/><D:resource-id/></D:prop></D:propfind>`
	id := s.must(207, "PROPFIND", "/Coll/", ask, "Depth", "0").props("/Coll/")["resource-id"]
	if !strings.Contains(id, "<D:href>urn:uuid:") {
		t.Fatalf("resource-id: %s", id)
	}
	id = strings.Replace(id, ` xmlns:D="DAV:"`, "", 1)
	prop := `<D:prop><D:displayname xmlns:D="DAV:">Loop Demo</D:displayname>` + id + `</D:prop>`
	want := `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<D:multistatus xmlns:D="DAV:">` +
		`<D:response><D:href>/Coll/</D:href><D:propstat>` + prop + `<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>` +
		`<D:response><D:href>/Coll/Bar</D:href><D:propstat>` + prop + `<D:status>HTTP/1.1 208 Already Reported</D:status></D:propstat></D:response>` +
		`</D:multistatus>`
	for _, headers := range [][]string{
		{"DAV", "bind", "Depth", "infinity"},
		{"DAV", "bind"},
		{"DAV", "1, Bind", "Depth", "Infinity"},
		{"DAV", "1", "DAV", "bind"},
	} {
		if got := s.do("PROPFIND", "/Coll/", ask, headers...).want(207).Body.String(); got != want {
			t.Errorf("%v:\n%s\nwant\n%s", headers, got, want)
		}
	}
	for _, headers := range [][]string{{}, {"DAV", "1, 2"}, {"DAV", "binding"}, {"DAV", "<bind>"}} { // BI-20
		s.do("PROPFIND", "/Coll/", ask, headers...).want(508)
	}
	s.do("PROPFIND", "/Coll/", ask, "Depth", "1").want(207).wantBody("<D:href>/Coll/Bar/</D:href>").wantNot("208") // BI-22

	s.must(201, "PUT", "/Coll/Foo", "x")
	a := s.do("PROPFIND", "/Coll/", ask, "DAV", "bind").want(207).wantBody("<D:href>/Coll/Foo</D:href>", "<D:href>/Coll/Bar</D:href>").wantNot("/Coll/Bar/")
	if n := len(a.responses()); n != 3 {
		t.Errorf("%d responses, want 3", n)
	}
	s.do("GET", "/Coll/Bar/Bar/Bar/Foo", "").want(200).wantBody("x") // BI-23
}

// BI-18: a response with 208 keeps what is not found, and is there if nothing is.
func TestReportedProperties(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "BIND", "/c", bindBody("bind", "again", "/c"))
	for ask, want := range map[string]map[int]int{
		propfind("<D:resource-id/><x:none/>"):                             {208: 1, 404: 1},
		propfind("<x:none/>"):                                             {208: 0, 404: 1},
		`<D:propfind xmlns:D="DAV:"><D:prop/></D:propfind>`:               {208: 0},
		`<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`:           {208: -1},
		`<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`:            {208: -1},
		propfind("<D:resource-id/><x:none/>") + "<!-- return=minimal -->": {208: 1},
		propfind("<x:none/>") + "<!-- return=minimal -->":                 {208: 0},
	} {
		headers := []string{"DAV", "bind"}
		if strings.Contains(ask, "minimal") {
			headers = append(headers, "Prefer", "return=minimal")
		}
		r := s.do("PROPFIND", "/c", ask, headers...).want(207).responses()[1]
		if r.Href != "/c/again" || len(r.Propstats) != len(want) {
			t.Fatalf("%s: %+v", ask, r)
		}
		for i, ps := range r.Propstats {
			n, ok := want[ps.Status]
			if !ok || n >= 0 && n != len(ps.Properties) || i == 0 && ps.Status != 208 {
				t.Errorf("%s: propstat %d: %+v", ask, i, ps)
			}
		}
	}
}

// Once a listing streams, a loop ends in 508 for the member that closes it.
func TestLoopWithinListing(t *testing.T) {
	b := newFaulty()
	b.list = members(3, nil)
	inner := b.list
	b.list = func(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			inner(ctx, p, q)(yield)
			yield(&dav.Resource{Path: "/c/loop", Collection: true, Err: &dav.Error{Kind: dav.Loop, Message: "a loop of bindings"}}, nil)
		}
	}
	s := newServer(t, b, davserver.Options{})
	rs := s.do("PROPFIND", "/c/", "").want(207).wantNot("208").responses()
	if last := rs[len(rs)-1]; last.Href != "/c/loop/" || last.Status != 508 {
		t.Errorf("%+v", last)
	}
}

// BI-05, BI-08, BI-11, BI-13: what comes back of what is done.
func TestBindUnbindRebind(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "MKCOL", "/d", "")
	s.must(201, "PUT", "/f", "body")
	s.do("BIND", "/c/", bindBody("bind", "a%20b", "http://example.com/f")).want(201).wantHeader("Location", "/c/a%20b")
	s.do("GET", "/c/a%20b", "").want(200).wantBody("body")
	s.do("BIND", "/c", bindBody("bind", "\n a%20b\n ", " /f\n")).want(204)
	s.do("BIND", "/c", bindBody("bind", "a%20b", "/f"), "Overwrite", "F").want(412).wantBody("<D:can-overwrite/>")
	s.do("BIND", "/c", bindBody("bind", "a%20b", "/f"), "Overwrite", "x").want(400)
	s.do("REBIND", "/d", bindBody("rebind", "foo", "/c/a%20b")).want(201).wantHeader("Location", "/d/foo")
	s.do("GET", "/c/a%20b", "").want(404)
	s.do("BIND", "/c", bindBody("bind", "foo", "/f")).want(201)
	s.do("REBIND", "/d", bindBody("rebind", "foo", "/c/foo"), "Overwrite", "F").want(412).wantBody("<D:can-overwrite/>")
	s.do("REBIND", "/d", bindBody("rebind", "foo", "/c/foo")).want(204)
	s.do("UNBIND", "/d", unbindFoo).want(204)
	s.do("UNBIND", "/d", unbindFoo).want(409).wantBody("<D:unbind-source-exists/>")
	s.do("GET", "/f", "").want(200).wantBody("body")
}

// BI-06, BI-07, BI-12, BI-14: what is refused, and how.
func TestBindRefusals(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/f", "x")
	for _, segment := range []string{"", " ", ".", "..", "a/b", "/", "%2F", "a%2fb", "%2e%2e", "%2E", "%00", "%", "%zz", "%ff", "x&#x5c;..", strings.Repeat("a", 1025)} {
		for _, root := range []string{"bind", "rebind"} {
			s.do(strings.ToUpper(root), "/c", bindBody(root, segment, "/f")).want(403).wantBody("<D:name-allowed/>")
		}
		s.do("UNBIND", "/c", `<D:unbind xmlns:D="DAV:"><D:segment>`+segment+`</D:segment></D:unbind>`).want(403).wantBody("<D:unbind-source-exists/>")
	}
	for _, c := range []struct {
		method, target, body string
		status               int
		condition            string
	}{
		{"BIND", "/f", bindBody("bind", "a", "/f"), 409, "bind-into-collection"},
		{"REBIND", "/f", bindBody("rebind", "a", "/c"), 409, "rebind-into-collection"},
		{"UNBIND", "/f", unbindFoo, 409, "unbind-from-collection"},
		{"BIND", "/c", bindBody("bind", "a", "/none"), 409, "bind-source-exists"},
		{"REBIND", "/c", bindBody("rebind", "a", "/none"), 409, "rebind-source-exists"},
		{"BIND", "/c", bindBody("bind", "a", "http://other.example/f"), 403, "cross-server-binding"},
		{"REBIND", "/c", bindBody("rebind", "a", "https://example.com/f"), 403, "cross-server-binding"},
		{"BIND", "/", bindBody("bind", ".quire", "/f"), 403, "name-allowed"},
		{"BIND", "/", bindBody("bind", "%2equire", "/f"), 403, "name-allowed"},
		{"REBIND", "/", bindBody("rebind", ".quire", "/f"), 403, "name-allowed"},
		{"UNBIND", "/", `<D:unbind xmlns:D="DAV:"><D:segment>.quire</D:segment></D:unbind>`, 403, "unbind-source-exists"},
		{"BIND", "/c", bindBody("bind", "a", "/.quire/x"), 403, "bind-source-exists"},
		{"REBIND", "/c", bindBody("rebind", "a", "/.quire/"), 403, "rebind-source-exists"},
		{"BIND", "/c", bindBody("bind", "a", "/"), 403, "binding-allowed"},
		{"REBIND", "/c", bindBody("rebind", "a", "/"), 403, "protected-source-url-deletion-allowed"},
		{"BIND", "/none", bindBody("bind", "a", "/f"), 404, ""},
		{"BIND", "/c", bindBody("rebind", "a", "/f"), 400, ""},
		{"BIND", "/c", `<D:bind xmlns:D="DAV:"><D:segment>a</D:segment></D:bind>`, 400, ""},
		{"BIND", "/c", `<D:bind xmlns:D="DAV:"><D:href>/f</D:href></D:bind>`, 400, ""},
		{"BIND", "/c", `<D:bind xmlns:D="DAV:"><D:segment>a</D:segment><D:segment>b</D:segment><D:href>/f</D:href></D:bind>`, 400, ""},
		{"BIND", "/c", bindBody("bind", "a", "f"), 400, ""},
		{"BIND", "/c", bindBody("bind", "a", "/f?x"), 400, ""},
		{"BIND", "/c", bindBody("bind", "a", ""), 400, ""},
		{"BIND", "/c", "", 400, ""},
		{"UNBIND", "/c", "", 400, ""},
		{"UNBIND", "/c", `<D:unbind xmlns:D="DAV:"/>`, 400, ""},
	} {
		a := s.do(c.method, c.target, c.body).want(c.status)
		if c.condition != "" {
			a.wantBody("<D:" + c.condition + "/>")
		}
	}
	s.do("BIND", "/c", bindBody("bind", "a", "/f"), "Content-Type", "image/png").want(415)
	if n := len(s.do("PROPFIND", "/", "", "DAV", "bind").want(207).responses()); n != 3 {
		t.Errorf("%d resources, want 3", n)
	}
}

// BI-10, BI-30: conditions and tokens reach the backend, and what stands in the
// way is told by member.
func TestBindConditions(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "MKCOL", "/c/foo", "")
	s.must(201, "PUT", "/f", "x")
	s.do("BIND", "/c", bindBody("bind", "a", "/f"), "If", "(<DAV:no-lock>)").want(412)
	s.must(201, "PUT", "/c/foo/x", "x")
	token := s.lock("/c/foo/x")
	s.do("UNBIND", "/c", unbindFoo).wantOutcomes("/c/foo/x 423").wantBody("<D:lock-token-submitted><D:href>/c/foo/x</D:href>")
	s.do("UNBIND", "/c", unbindFoo, "If", "</c/foo/x> (<"+token+">)").want(204)
	token = s.lock("/c")
	s.do("BIND", "/c", bindBody("bind", "a", "/f")).want(423).wantBody("<D:locked-update-allowed")
	s.do("BIND", "/c", bindBody("bind", "a", "/f"), "If", "(<"+token+">)").want(201)
}

// BI-28: every binding, each once, written as in URLs and as in XML.
func TestParentSet(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"})
	s.must(201, "MKCOL", "/dav/a%20b", "")
	s.must(201, "PUT", "/dav/a%20b/x&y", "x")
	s.must(201, "BIND", "/dav/", bindBody("bind", "%C3%A4%3C", "/dav/a%20b/x&amp;y"))
	got := s.do("PROPFIND", "/dav/a%20b/x&y", propfind("<D:parent-set/>")).want(207).props("/dav/a%20b/x&y")["parent-set"]
	for _, want := range []string{
		"<D:parent><D:href>/dav/a%20b/</D:href><D:segment>x&amp;y</D:segment></D:parent>",
		"<D:parent><D:href>/dav/</D:href><D:segment>%C3%A4%3C</D:segment></D:parent>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if p := s.do("PROPFIND", "/dav/", propfind("<D:parent-set/>"), "Depth", "0").want(207).props("/dav/"); p["parent-set"] != "" {
		t.Errorf("of the root: %v", p)
	}
}

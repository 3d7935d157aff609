package davserver_test

import (
	"strings"
	"testing"
)

func mkcolBody(properties string) string {
	return `<D:mkcol xmlns:D="DAV:" xmlns:x="urn:x">` + set(properties) + `</D:mkcol>`
}

const plainType = `<D:resourcetype><D:collection/></D:resourcetype>`

// XM-02, XM-05, PR-03.
func TestExtendedMkcol(t *testing.T) {
	s := newMemoryServer(t)
	a := s.do("MKCOL", "/c",
		`<D:mkcol xmlns:D="DAV:" xmlns:x="urn:x">`+set(plainType+"<D:displayname>first</D:displayname><x:a>1</x:a>")+
			`<D:remove><D:prop><x:a/></D:prop></D:remove>`+set("<D:displayname>last</D:displayname>")+`</D:mkcol>`).want(201)
	if a.Body.Len() != 0 || a.Header().Get("Content-Location") != "/c/" {
		t.Errorf("%v %s", a.Header(), a.Body)
	}
	if p := s.do("PROPFIND", "/c/", "", "Depth", "0").props("/c/"); p["displayname"] != "last" || p["a"] != "1" {
		t.Errorf("%v", p)
	}
	s.do("MKCOL", "/min", mkcolBody("<x:a/>"), "Prefer", "return=minimal").want(201).wantHeader("Preference-Applied", "return=minimal").wantHeader("Content-Length", "")
	s.do("MKCOL", "/none-set", `<D:mkcol xmlns:D="DAV:"/>`).want(201)
	s.do("MKCOL", "/c", mkcolBody(plainType)).want(405)
	s.do("MKCOL", "/no/c", mkcolBody(plainType)).want(409)
	s.do("MKCOL", "/d", mkcolBody(plainType), "If", "(<DAV:no-lock>)").want(412)
	s.lock("/c")
	s.do("MKCOL", "/c/d", mkcolBody(plainType)).want(423)
}

// XM-03, XM-04: one property that can't be set, and nothing is made.
func TestExtendedMkcolFails(t *testing.T) {
	s := newMemoryServer(t)
	for _, c := range []struct {
		properties string
		status     int
		parts      []string
	}{
		{"<D:displayname>x</D:displayname><D:getetag>x</D:getetag>", 403, []string{
			"<D:propstat><D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat>",
			"<D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error><D:responsedescription>",
		}},
		{`<D:resourcetype><D:collection/><x:odd/></D:resourcetype><x:a>1</x:a>`, 403, []string{
			"<D:propstat><D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:valid-resourcetype/></D:error>",
			`<D:prop><N:a xmlns:N="urn:x"/></D:prop><D:status>HTTP/1.1 424`,
		}},
		{`<D:resourcetype/>`, 403, []string{"<D:valid-resourcetype/>"}},
		{`<D:resourcetype><x:collection/></D:resourcetype>`, 403, []string{"<D:valid-resourcetype/>"}},
		{"<D:getcontentlanguage>de</D:getcontentlanguage>", 409, []string{"HTTP/1.1 409 Conflict"}},
		{"<x:a>" + strings.Repeat("x", 300<<10) + "</x:a>", 507, []string{"HTTP/1.1 507 Insufficient Storage"}},
	} {
		for _, prefer := range []string{"", "return=minimal"} {
			a := s.do("MKCOL", "/c", mkcolBody(c.properties), "Prefer", prefer).want(c.status).wantBody(c.parts...).
				wantHeader("Content-Type", "application/xml; charset=utf-8").wantHeader("Preference-Applied", "")
			a.wantBody(`<?xml version="1.0" encoding="utf-8"?>`+"\n"+`<D:mkcol-response xmlns:D="DAV:"><D:propstat>`, "</D:propstat></D:mkcol-response>")
		}
	}
	for body, status := range map[string]int{ // XM-06, XL-07
		proppatch(set("<x:a/>")):                    400,
		`<D:mkcol xmlns:D="DAV:"><D:set></D:mkcol>`: 400,
		`<mkcol/>`:                              400,
		`<!DOCTYPE a><D:mkcol xmlns:D="DAV:"/>`: 403,
	} {
		s.do("MKCOL", "/c", body).want(status)
	}
	for _, ct := range []string{"text/plain", "image/png"} { // MK-04
		s.do("MKCOL", "/c", mkcolBody(plainType), "Content-Type", ct).want(415)
	}
	s.do("GET", "/c/", "").want(404)
	s.must(201, "PUT", "/f", "x")
	s.do("MKCOL", "/f", mkcolBody("<D:getetag/>")).want(405)
	s.must(201, "MKREDIRECTREF", "/r", `<D:mkredirectref xmlns:D="DAV:"><D:reftarget><D:href>/f</D:href></D:reftarget></D:mkredirectref>`)
	s.do("MKCOL", "/r", mkcolBody("<D:getetag/>")).want(302)
}

package davserver_test

import (
	"context"
	"iter"
	"log/slog"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

func expandBody(properties string) string {
	return `<D:expand-property xmlns:D="DAV:">` + properties + `</D:expand-property>`
}

// RP-03: in a live property, level by level.
func TestExpandLiveProperty(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"})
	s.must(201, "MKCOL", "/dav/a", "")
	s.must(201, "MKCOL", "/dav/a/b", "")
	s.must(207, "PROPPATCH", "/dav/a", proppatch(set("<D:displayname>A &amp; B</D:displayname>")))
	a := s.do("REPORT", "/dav/a/b/", expandBody(`<D:property name="parent-set">`+
		`<D:property name="displayname"/><D:property name="none" namespace="urn:x"/>`+
		`<D:property name="parent-set"><D:property name="resourcetype"/></D:property></D:property>`+
		`<D:property name="getetag"/><D:property name="displayname"/>`)).want(207)
	a.wantBody(`<D:response><D:href>/dav/a/b/</D:href><D:propstat><D:prop>`+
		`<D:parent-set xmlns:D="DAV:" xmlns=""><D:parent><D:response xmlns:D="DAV:" xmlns=""><D:href>/dav/a/</D:href><D:propstat><D:prop>`+
		`<D:displayname xmlns:D="DAV:">A &amp; B</D:displayname>`+
		`<D:parent-set xmlns:D="DAV:" xmlns=""><D:parent><D:response xmlns:D="DAV:" xmlns=""><D:href>/dav/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response><D:segment>a</D:segment></D:parent></D:parent-set></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`+
		`<D:propstat><D:prop><N:none xmlns:N="urn:x"/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response><D:segment>b</D:segment></D:parent></D:parent-set></D:prop>`,
		`<D:propstat><D:prop><D:getetag/><D:displayname/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response></D:multistatus>`)

	s.do("REPORT", "/dav/a/b/", expandBody(`<D:property name="parent-set"><D:property name="none"/></D:property><D:property name="gone"/>`),
		"Prefer", "return=minimal").want(207).wantNot("404").
		wantBody(`<D:href>/dav/a/</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`)
	if n := len(s.do("REPORT", "/dav/", expandBody(`<D:property name="parent-set"><D:property name="displayname"/></D:property>`), "Depth", "infinity").want(207).responses()); n != 3 {
		t.Errorf("Depth: infinity: %d responses, want 3", n)
	}
	s.do("REPORT", "/dav/a", expandBody("")).want(207).wantHeader("Content-Location", "/dav/a/").wantBody("<D:href>/dav/a/</D:href>")
	s.do("REPORT", "/dav/none", expandBody("")).want(404)
	s.do("REPORT", "/dav/a", expandBody(""), "If", "(<DAV:no-lock>)").want(412)
	for _, property := range []string{"<D:property/>", `<D:property name=""/>`, `<D:property name="a b"/>`, `<D:property name="x:y"/>`, `<D:property name="a" namespace="http://www.w3.org/2000/xmlns/"/>`} {
		s.do("REPORT", "/dav/a", expandBody(property)).want(400)
	}
	newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{Members: -1}}).
		do("REPORT", "/", expandBody(""), "Depth", "infinity").want(403).wantBody("<D:propfind-finite-depth/>")
}

// RP-03: in a dead property, whatever its prefixes, and whatever the hrefs are.
func TestExpandDeadProperty(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	s.must(201, "PUT", "/g%20h", "x")
	value := `<x:see>see <href xmlns="DAV:"> /g%20h </href>, ` +
		`<y:also xmlns:y="urn:y" xmlns="urn:d"><D:href>http://example.com/f</D:href><href>/f</href></y:also>` +
		`<D:href>/none/</D:href><D:href>http://other.example/f</D:href><D:href>urn:uuid:1</D:href><D:href/><D:href>/.quire/none</D:href></x:see>`
	s.must(207, "PROPPATCH", "/f", proppatch(set(value)))
	a := s.do("REPORT", "/f", expandBody(`<D:property name="see" namespace="urn:x"><D:property name="getcontentlength"/></D:property>`)).want(207)
	found := `<D:propstat><D:prop><D:getcontentlength>1</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
	const open = `<D:response xmlns:D="DAV:" xmlns=""><D:href>`
	a.wantBody(
		`see `+open+`/g%20h</D:href>`+found+`, <y:also `,
		open+`/f</D:href>`+found+`<href>/f</href></y:also>`,
		open+`/none/</D:href><D:status>HTTP/1.1 404 Not Found</D:status>`,
		open+`http://other.example/f</D:href><D:status>HTTP/1.1 502 Bad Gateway</D:status>`,
		open+`urn:uuid:1</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`,
		open+`/.quire/none</D:href><D:status>HTTP/1.1 404 Not Found</D:status>`,
		`<D:href/>`,
	)
	if r := a.responses(); len(r) != 1 || len(r[0].Propstats) != 1 {
		t.Errorf("%+v", r)
	}
	// Without anything nested the value is as it is, and so is text.
	s.do("REPORT", "/f", expandBody(`<D:property name="see" namespace="urn:x"/><D:property name="getetag"><D:property name="getetag"/></D:property>`)).
		want(207).wantBody(`<D:href>http://example.com/f</D:href>`).wantNot(`<D:response xmlns`, "404")
}

// What multiplies from level to level ends, and is told.
func TestExpandIsBounded(t *testing.T) {
	b := newFaulty()
	asked := 0
	var values []string // of a, in the order asked for; the last one stays
	property := func(hrefs, text int) string {
		return `<x:a xmlns:x="urn:x" xmlns:D="DAV:">` + strings.Repeat("<D:href>/f</D:href>", hrefs) + strings.Repeat("x", text) + `</x:a>`
	}
	b.list = func(_ context.Context, p dav.Path, _ dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			xml := values[min(asked, len(values)-1)]
			asked++
			yield(&dav.Resource{Path: p, Dead: []dav.Property{{Name: dav.Name{Space: "urn:x", Local: "a"}, XML: xml}}}, nil)
		}
	}
	s := newServer(t, b, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
	expand := func(levels int) *answer {
		asked = 0
		return s.do("REPORT", "/f", expandBody(strings.Repeat(`<D:property name="a" namespace="urn:x">`, levels)+strings.Repeat(`</D:property>`, levels)))
	}
	tooMany := func(a *answer) {
		t.Helper()
		if a.wantOutcomes("/f 507").wantBody("<D:number-of-matches-within-limits/>"); asked > 10_010 {
			t.Errorf("the backend was asked %d times", asked)
		}
	}
	values = []string{property(20, 0)}
	expand(4).wantOutcomes("/f 0") // 20 + 400 + 8,000
	tooMany(expand(60))
	expand(1000).want(413)

	none := property(0, 0) // REPORT looks at the resource twice
	values = []string{none, property(10_000, 0), none}
	expand(2).wantOutcomes("/f 0")
	values[1] = property(10_001, 0)
	tooMany(expand(2))

	values = []string{property(100, 200<<10)} // few hrefs to long values
	tooMany(expand(2))
}

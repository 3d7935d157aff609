package davserver_test

import (
	"strings"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

var askPrincipal = propfind("<D:current-user-principal/>")

// CU-01: who asks finds its principal resource, nobody finds out that there is
// none; the property is computed.
func TestCurrentUserPrincipal(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"})
	s.must(201, "PUT", "/dav/f", "x")
	own := s.must(207, "PROPFIND", "/dav/", askPrincipal, "Depth", "1", "Test-User", "ann")
	for _, href := range []string{"/dav/", "/dav/f"} {
		if got := own.props(href)["current-user-principal"]; !strings.Contains(got, "<D:href>/dav/.quire/principals/ann</D:href>") {
			t.Errorf("current-user-principal of %s is %s", href, got)
		}
		if got := s.do("PROPFIND", href, askPrincipal, "Depth", "0").props(href)["current-user-principal"]; !strings.Contains(got, "<D:unauthenticated/>") {
			t.Errorf("for nobody current-user-principal of %s is %s", href, got)
		}
	}
	s.do("PROPFIND", "/dav/", "", "Depth", "0", "Test-User", "ann").want(207).wantNot("current-user-principal")
	s.do("PROPFIND", "/dav/", `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`, "Depth", "0").wantBody("<D:current-user-principal/>")
	s.do("PROPPATCH", "/dav/f", proppatch(set("<D:current-user-principal/>")), "Test-User", "ann").
		want(207).wantBody("403 Forbidden", "cannot-modify-protected-property")
}

// A principal resource can be read by whose it is, whatever the name, and by
// nobody else.
func TestPrincipalResource(t *testing.T) {
	s := newMemoryServer(t)
	for name, path := range map[string]string{
		"ann":         "/.quire/principals/ann",
		"Ann B <a@b>": "/.quire/principals/Ann%20B%20%3Ca@b%3E",
		"é/ü":         "/.quire/principals/~w6kvw7w",
		"..":          "/.quire/principals/~Li4",
		"~Li4":        "/.quire/principals/~fkxpNA",
	} {
		as := []string{"Depth", "0", "Test-User", name}
		if got := s.must(207, "PROPFIND", "/", askPrincipal, as...).props("/")["current-user-principal"]; !strings.Contains(got, "<D:href>"+path+"</D:href>") {
			t.Errorf("current-user-principal of %q is %s, want %s", name, got, path)
			continue
		}
		p := s.must(207, "PROPFIND", path, propfind("<D:resourcetype/><D:displayname/><D:principal-URL/><D:current-user-principal/><D:getetag/>"), as...).props(path)
		if !strings.Contains(p["resourcetype"], "<D:principal/>") || strings.Contains(p["resourcetype"], "collection") ||
			p["displayname"] != name || !strings.Contains(p["principal-URL"], path) ||
			!strings.Contains(p["current-user-principal"], path) || p["getetag"] != "404" {
			t.Errorf("%s of %q has %v", path, name, p)
		}
		s.do("PROPFIND", path, "", "Depth", "0", "Test-User", "bob").want(404)
		s.do("PROPFIND", path, "", "Depth", "0").want(404)
		s.do("GET", path, "", as...).want(200).wantHeader("Content-Type", "text/html; charset=utf-8")
		s.do("OPTIONS", path, "", as...).want(200).wantHeader("Allow", "OPTIONS, GET, HEAD, PROPFIND, REPORT").wantHeader("DAV", "1, 3") // HT-01: no locks here
		for _, method := range []string{"PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "POST", "BIND"} {
			s.do(method, path, "", as...).want(405)
		}
	}
	s.do("PROPFIND", "/", "", "Depth", "1", "Test-User", "ann").want(207).wantNot(".quire")
	s.do("GET", "/", "", "Test-User", "ann").want(200).wantNot(".quire")
}

// The collection of the principals lists the one who asks.
func TestPrincipalCollection(t *testing.T) {
	s := newMemoryServer(t)
	const all = "/.quire/principals/"
	ask := propfind("<D:resourcetype/><D:displayname/>")
	for _, c := range []struct{ user, depth, want string }{
		{"", "0", all}, {"", "1", all}, {"ann", "0", all}, {"ann", "1", all + " " + all + "ann"}, {"ann", "infinity", all + " " + all + "ann"},
	} {
		var got []string
		for _, r := range s.must(207, "PROPFIND", all, ask, "Depth", c.depth, "Test-User", c.user).responses() {
			got = append(got, r.Href)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("to %q with Depth %s: %v, want %s", c.user, c.depth, got, c.want)
		}
	}
	s.do("PROPFIND", all, ask, "Depth", "0").wantBody("<D:collection/>").wantNot("principal/>")
	s.do("GET", all, "", "Test-User", "ann").want(200).wantBody(`href="/.quire/principals/ann"`).wantNot("mount")
	s.do("PROPFIND", "/.quire/", "", "Depth", "1", "Test-User", "ann").want(404)
	s.do("PUT", all+"bob", "x", "Test-User", "ann").want(403)
	s.do("MKCOL", all+"bob", "", "Test-User", "ann").want(403)
	s.must(201, "PUT", "/f", "x")
	s.do("MOVE", "/f", "", "Destination", all+"ann", "Test-User", "ann").want(403)
	s.do("PROPFIND", all, ask, "Depth", "0", "If", "(<urn:x>)").want(412)
}

// expand-property leads from any resource to the principal (RFC 3253 3.8).
func TestExpandPrincipal(t *testing.T) {
	s := newMemoryServer(t)
	s.do("REPORT", "/", `<D:expand-property xmlns:D="DAV:"><D:property name="current-user-principal"><D:property name="displayname"/></D:property></D:expand-property>`,
		"Test-User", "ann").want(207).wantBody("<D:href>/.quire/principals/ann</D:href>", ">ann</D:displayname>")
	s.do("REPORT", "/.quire/principals/ann", `<D:expand-property xmlns:D="DAV:"><D:property name="principal-URL"><D:property name="resourcetype"/></D:property></D:expand-property>`,
		"Test-User", "ann").want(207).wantBody("<D:principal/>")
}

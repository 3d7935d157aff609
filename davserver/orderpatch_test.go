package davserver_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

const byHand = "urn:x:by-hand"

func orderpatchBody(inner string) string {
	return `<?xml version="1.0"?><d:orderpatch xmlns:d="DAV:">` + inner + `</d:orderpatch>`
}

func orderMember(segment, position string) string {
	return `<d:order-member><d:segment>` + segment + `</d:segment><d:position>` + position + `</d:position></d:order-member>`
}

func after(segment string) string { return `<d:after><d:segment>` + segment + `</d:segment></d:after>` }

// ordered makes /c/ with members in this order.
func (s *server) ordered(names ...string) {
	s.Helper()
	s.must(201, "MKCOL", "/c/", "", "Ordering-Type", byHand)
	for _, n := range names {
		s.must(201, "PUT", "/c/"+n, n)
	}
}

func (s *server) wantOrder(want ...string) {
	s.Helper()
	for _, depth := range []string{"1", "infinity"} {
		var got []string
		for _, r := range s.do("PROPFIND", "/c/", propfind("<D:resourcetype/>"), "Depth", depth, "Apply-To-Redirect-Ref", "T").responses()[1:] {
			got = append(got, strings.TrimPrefix(r.Href, "/c/"))
		}
		if !slices.Equal(got, want) {
			s.Errorf("depth %s: the order is %q, want %q", depth, got, want)
		}
	}
}

func TestOrderingType(t *testing.T) { // OR-02
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/plain", "")
	s.must(201, "MKCOL", "/unordered", "", "Ordering-Type", "DAV:unordered")
	s.ordered()
	s.must(201, "PUT", "/f", "x")
	for target, want := range map[string]string{"/plain/": "DAV:unordered", "/unordered/": "DAV:unordered", "/c/": byHand} {
		got := s.do("PROPFIND", target, propfind("<D:ordering-type/>"), "Depth", "0").props(target)["ordering-type"]
		if !strings.Contains(got, ">"+want+"</D:href>") {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
		s.do("PROPPATCH", target, proppatch(set("<D:ordering-type><D:href>urn:other</D:href></D:ordering-type>"))).want(207).
			wantBody("cannot-modify-protected-property", "403")
	}
	s.do("PROPFIND", "/f", propfind("<D:ordering-type/>"), "Depth", "0").want(207).wantBody("404")
	s.do("PROPFIND", "/c/", "", "Depth", "0").want(207).wantNot("ordering-type") // section 4.1
	for _, bad := range []string{"by-hand", "", "urn: x", "urn:\u00e9"} {
		s.do("MKCOL", "/bad", "", "Ordering-Type", bad).want(400)
		s.do("ORDERPATCH", "/c/", orderpatchBody("<d:ordering-type><d:href>"+bad+"</d:href></d:ordering-type>")).want(400)
	}
	s.do("GET", "/bad", "").want(404)
}

func TestPosition(t *testing.T) { // OR-04
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	s.must(201, "PUT", "/g", "x")
	s.ordered("b", "d")
	s.must(201, "MKCOL", "/c/a/", "", "Position", "First")
	s.must(201, "PUT", "/c/c%20c", "x", "Position", "after  b")
	s.must(201, "COPY", "/f", "", "Destination", "/c/copied", "Position", "before c%20c")
	s.must(201, "MOVE", "/g", "", "Destination", "/c/moved", "Position", "after a")
	s.must(201, "LOCK", "/c/locked", lockExclusive, "Position", "first")
	s.must(201, "BIND", "/c/", bindBody("bind", "bound", "/f"), "Position", "before d")
	s.must(201, "MKREDIRECTREF", "/c/ref", mkredirectref("x", ""), "Position", "last")
	s.must(201, "REBIND", "/c/", bindBody("rebind", "rebound", "/f"), "Position", "after copied")
	s.wantOrder("locked", "a/", "moved", "b", "copied", "rebound", "c%20c", "bound", "d", "ref")
	s.must(204, "PUT", "/c/d", "x", "Position", "first")
	s.wantOrder("d", "locked", "a/", "moved", "b", "copied", "rebound", "c%20c", "bound", "ref")
}

func TestPositionRefused(t *testing.T) { // OR-06
	s := newMemoryServer(t)
	s.ordered("a")
	s.must(201, "PUT", "/f", "x")
	for _, bad := range []string{"", "second", "before", "first a", "after a/b", "after %zz", "after .."} {
		s.do("PUT", "/c/x", "x", "Position", bad).want(400)
	}
	s.do("PUT", "/c/x", "x", "Position", "first", "Position", "last").want(400)
	s.do("PUT", "/x", "x", "Position", "first").want(409).wantBody("<D:collection-must-be-ordered/>")
	s.do("MKCOL", "/x", "", "Position", "first").want(409).wantBody("<D:collection-must-be-ordered/>")
	s.do("PUT", "/c/x", "x", "Position", "after none").want(403).wantBody("<D:segment-must-identify-member/>")
	s.do("COPY", "/f", "", "Destination", "/c/x", "Position", "after x").want(403).wantBody("<D:segment-must-identify-member/>")
	s.do("PUT", "/c/a", "y", "Position", "before a").want(403).wantBody("<D:segment-must-identify-member/>")
	s.wantOrder("a")
	s.do("GET", "/x", "").want(404)
	s.do("GET", "/c/a", "").want(200).wantBody("a")
}

func TestOrderpatch(t *testing.T) { // OR-07, OR-09: RFC 3648 section 7.1
	s := newMemoryServer(t)
	s.ordered("three.html", "four.html", "one.html", "two.html")
	s.do("ORDERPATCH", "/c", orderpatchBody("<d:ordering-type><d:href>http://example.org/inorder.ord</d:href></d:ordering-type>"+
		orderMember("two.html", "<d:first/>")+orderMember("one.html", "<d:first/>")+
		orderMember("three.html", "<d:last/>")+orderMember("four.html", "<d:last/>"))).want(200).wantHeader("Content-Location", "/c/")
	s.wantOrder("one.html", "two.html", "three.html", "four.html")
	s.do("ORDERPATCH", "/c/", orderpatchBody(orderMember("two.html", after("one.html"))+orderMember("f%6Fur.html", after("one.html")))).want(200)
	s.wantOrder("one.html", "four.html", "two.html", "three.html")
	s.do("ORDERPATCH", "/c/", orderpatchBody("")).want(200)
	token := s.lock("/c/", "Depth", "0")
	s.do("ORDERPATCH", "/c/", orderpatchBody(orderMember("two.html", "<d:last/>"))).want(423).wantBody("lock-token-submitted") // OR-10
	s.do("ORDERPATCH", "/c/", orderpatchBody(orderMember("two.html", "<d:last/>")), "If", "(<"+token+">)").want(200)
	s.wantOrder("one.html", "four.html", "three.html", "two.html")
}

func TestOrderpatchFails(t *testing.T) { // OR-08: RFC 3648 section 7.2
	s := newMemoryServer(t)
	s.ordered("nunavut.map", "iqaluit.map", "nunavut.desc")
	a := s.do("ORDERPATCH", "/c/", orderpatchBody(orderMember("nunavut.desc", after("nunavut.map"))+orderMember("iqaluit.map", after("pangnirtung.img")))).
		wantOutcomes("/c/iqaluit.map 403")
	if r := a.responses()[0]; len(r.Error) != 1 || r.Error[0].Name.Local != "segment-must-identify-member" || r.Description == "" {
		t.Errorf("the response has %v and %q", r.Error, r.Description)
	}
	s.wantOrder("nunavut.map", "iqaluit.map", "nunavut.desc")
	s.must(201, "MKCOL", "/u/", "")
	s.must(201, "PUT", "/u/a", "x")
	s.do("ORDERPATCH", "/u/", orderpatchBody(orderMember("a", "<d:first/>"))).wantOutcomes("/u/a 409").wantBody("<D:collection-must-be-ordered/>")
	s.do("ORDERPATCH", "/c/", "").want(400)
	s.do("ORDERPATCH", "/c/", orderpatchBody(orderMember("..", "<d:first/>"))).want(400)
	s.do("ORDERPATCH", "/none/", orderpatchBody("")).want(404)
	if allow := s.do("ORDERPATCH", "/u/a", orderpatchBody("")).want(405).Header().Get("Allow"); strings.Contains(allow, "ORDERPATCH") {
		t.Errorf("a file allows %s", allow)
	}
}

// orderless has no capability, and no eye for what concerns order.
type orderless struct{ davserver.Backend }

func (o orderless) Put(ctx context.Context, r dav.PutRequest) (*dav.Resource, bool, error) {
	r.Position = nil
	return o.Backend.Put(ctx, r)
}

func (o orderless) Mkcol(ctx context.Context, r dav.MkcolRequest) error {
	r.Ordering, r.Position = "", nil
	return o.Backend.Mkcol(ctx, r)
}

// A backend that knows no order leaves it to the server to say so.
func TestNoOrder(t *testing.T) {
	s := newServer(t, orderless{backendtest.NewMemory(nil)}, davserver.Options{})
	s.do("MKCOL", "/c", "", "Ordering-Type", byHand).want(403).wantBody("<D:ordered-collections-supported/>")
	s.do("GET", "/c", "").want(404)
	s.do("PUT", "/f", "x", "Position", "first").want(409).wantBody("<D:collection-must-be-ordered/>")
	s.do("GET", "/f", "").want(404)
	s.do("MKCOL", "/c", "", "Ordering-Type", "DAV:unordered").want(201)
	s.do("ORDERPATCH", "/c", orderpatchBody("")).want(405)
	s.do("PROPFIND", "/c/", propfind("<D:ordering-type/>"), "Depth", "0").want(207).wantBody("404")
	if h := s.do("OPTIONS", "/c/", "").Header(); strings.Contains(h.Get("DAV")+h.Get("Allow"), "order") {
		t.Errorf("OPTIONS tells %v", h)
	}
}

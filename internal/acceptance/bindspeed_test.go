package acceptance

import (
	"fmt"
	"net/http"
	"testing"
)

// PROPFIND with Depth: infinity and DAV: bind over a graph in which each of 100
// collections is bound 100 times costs no more per response than over a tree of
// as many collections with 100 files each (RFC 5842 section 7.1).
func BenchmarkPropfindBindings(b *testing.B) {
	const width = 100
	s := serveRepo(b)
	must := func(status int, method, path, body string) {
		if _, err := s.do(status, method, path, body, "Content-Type", "application/xml"); err != nil {
			b.Fatal(err)
		}
	}
	must(http.StatusCreated, "MKCOL", "/tree", "")
	must(http.StatusCreated, "MKCOL", "/graph", "")
	for i := range width {
		must(http.StatusCreated, "MKCOL", fmt.Sprintf("/tree/%03d", i), "")
		s.put(b, width, fmt.Sprintf("/tree/%03d/", i), "")
		must(http.StatusCreated, "MKCOL", fmt.Sprintf("/graph/%03d", i), "")
	}
	for i := range width {
		for j := range width {
			must(http.StatusCreated, "BIND", fmt.Sprintf("/graph/%03d", i),
				fmt.Sprintf(`<D:bind xmlns:D="DAV:"><D:segment>%05d</D:segment><D:href>/graph/%03d</D:href></D:bind>`, j, j))
		}
	}
	const ask = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><resource-id/></prop></propfind>`
	list := func(path string) func() {
		return func() {
			if _, err := s.do(http.StatusMultiStatus, "PROPFIND", path, ask, "Depth", "infinity", "DAV", "bind"); err != nil {
				b.Fatal(err)
			}
		}
	}
	// As fast, but for what one run differs from the next.
	duel(b, 0.9, "response", 1+width+width*width, list("/graph/"), "tree", list("/tree/"))
}

package davserver

import (
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// serveOutside answers for URLs outside the share. Its parents are shown as
// collections that hold nothing but the way to it, since Windows asks each of
// them before it mounts; they claim no DAV (RFC 4918 section 10.1).
func (q *request) serveOutside() error {
	if !q.urls.above(q.path) {
		return q.notFound()
	}
	switch q.r.Method {
	case http.MethodOptions:
		q.w.Header().Set("Allow", "OPTIONS, PROPFIND")
		q.w.WriteHeader(http.StatusOK)
		return nil
	case "PROPFIND":
		return q.propfindParent()
	case http.MethodGet, http.MethodHead:
		return &dav.Error{Kind: dav.NotFound, Path: q.path, Message: "the share is at " + q.href(dav.Root, true)}
	}
	return &dav.Error{Kind: dav.NotAllowed, Path: q.path, Message: "the share is at " + q.href(dav.Root, true)}
}

// above tells whether p is a parent of the share, in a world where clients see
// the same paths as the server.
func (u *urls) above(p dav.Path) bool {
	return u.prefix == u.outer && p != u.prefix && p.Contains(u.prefix)
}

func (m *mapping) contains(r *http.Request) bool {
	_, _, inside, err := locate(m.urls.prefix, r.URL.EscapedPath())
	return err == nil && inside
}

func (q *request) propfindParent() error {
	a, depth, err := q.readPropfind()
	if err != nil {
		return err
	}
	a.url.prefix = "" // these paths are whole
	a.live = a.live[:0:0]
	for i := range liveProperties {
		if liveProperties[i].name == resourcetype {
			a.live = append(a.live, &liveProperties[i])
		}
	}
	a.resolve()
	way := []*dav.Resource{{Path: q.path, Collection: true}}
	if depth != dav.Depth0 {
		rest := strings.TrimPrefix(string(q.urls.prefix), strings.TrimSuffix(string(q.path), "/")+"/")
		next, _, _ := strings.Cut(rest, "/")
		way = append(way, &dav.Resource{Path: q.path.Join(next), Collection: true})
	}
	a.begin(way[0])
	for _, r := range way {
		a.write(r)
	}
	return a.end()
}

package davserver

import (
	"net/http"
	"slices"
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
	ask, depth, err := q.readPropfind()
	if err != nil {
		return err
	}
	q.url.prefix = "" // these paths are whole
	a := q.newAnswer(ask, q.liveOnly(resourcetype))
	way := []*dav.Resource{{Path: q.path, Collection: true}}
	if depth != dav.Depth0 {
		rest := strings.TrimPrefix(string(q.urls.prefix), strings.TrimSuffix(string(q.path), "/")+"/")
		next, _, _ := strings.Cut(rest, "/")
		way = append(way, &dav.Resource{Path: q.path.Join(next), Collection: true})
	}
	a.begin(q.href(q.path, true))
	for _, r := range way {
		if err := a.write(r); err != nil {
			a.breakOff(err)
		}
	}
	return a.end()
}

// liveOnly are the live properties of those names.
func (q *request) liveOnly(names ...dav.Name) (live []*liveProperty) {
	for _, p := range q.live {
		if slices.Contains(names, p.name) {
			live = append(live, p)
		}
	}
	return live
}

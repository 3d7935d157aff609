package davserver

import (
	"errors"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handlePropfind is PROPFIND (RFC 4918 section 9.1). Responses go out as the
// backend yields resources; the status waits for the first.
func (q *request) handlePropfind() error {
	ask, depth, err := q.readPropfind()
	if err != nil {
		return err
	}
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	a := q.newAnswer(ask, q.live)
	a.prefs.NoRoot = q.prefs.NoRoot && depth != dav.Depth0
	return a.list(depth, c, a.write)
}

// list answers with what there is to tell of the resource at the request URI
// and of its members; write sends it for one.
func (a *answer) list(depth dav.Depth, c *dav.Conditions, write func(*dav.Resource) error) error {
	query := a.query(depth)
	query.Conditions = c
	query.Bind = davxml.HasToken(a.r.Header, "DAV", "bind")
	for res, err := range a.resources(a.path, query) {
		switch {
		case err != nil && a.mw == nil:
			return err
		case err != nil:
			a.breakOff(err)
		case a.mw == nil && res.Err != nil:
			return res.Err
		case a.mw == nil:
			a.locateCollection(res)
			a.begin(a.href(res.Path, res.Collection))
			if a.prefs.NoRoot {
				continue
			}
		case reserved(res.Path) && !reserved(a.path):
			continue
		}
		if err := write(res); err != nil {
			a.breakOff(err)
		}
	}
	if a.mw == nil {
		return errors.New("the backend yielded nothing for a resource")
	}
	return a.end()
}

// readPropfind reads what is asked.
func (q *request) readPropfind() (*davxml.Propfind, dav.Depth, error) {
	depth, err := davxml.ParseDepth(q.r.Header, dav.DepthInfinity)
	if err != nil {
		return nil, 0, err
	}
	if err := q.wantXML(); err != nil {
		return nil, 0, err
	}
	ask, err := davxml.ReadPropfind(q.r.Body, q.limits.xml())
	if err != nil {
		return nil, 0, err
	}
	return ask, depth, q.wantFinite(depth)
}

// wantFinite refuses to list all descendants where that is not wished.
func (q *request) wantFinite(depth dav.Depth) error {
	if depth == dav.DepthInfinity && q.limits.Members < 0 {
		return &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.PropfindFiniteDepth},
			Message: "a listing with Depth: infinity is not given here"}
	}
	return nil
}

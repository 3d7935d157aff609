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
	query := a.query(depth)
	query.Conditions = c
	query.Bind = davxml.HasToken(q.r.Header, "DAV", "bind")
	for res, err := range q.backend.List(q.ctx(), q.path, query) {
		switch {
		case err != nil && a.mw == nil:
			return err
		case err != nil:
			a.breakOff(err)
		case a.mw == nil && res.Err != nil:
			return res.Err
		case a.mw == nil:
			q.locateCollection(res)
			a.begin(q.href(res.Path, res.Collection))
		case reserved(res.Path):
			continue
		}
		if err := a.write(res); err != nil {
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
	if depth == dav.DepthInfinity && q.limits.Members < 0 {
		return nil, 0, &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.PropfindFiniteDepth},
			Message: "a listing with Depth: infinity is not given here"}
	}
	return ask, depth, nil
}

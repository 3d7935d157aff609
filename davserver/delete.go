package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handleDelete is DELETE (RFC 4918 section 9.6).
func (q *request) handleDelete() error {
	if err := q.wantNoBody(); err != nil {
		return err
	}
	if err := q.wantInfinity(); err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	o := outcomes{q: q}
	err = q.backend.Delete(q.ctx(), dav.DeleteRequest{Path: q.path, Conditions: c}, o.report)
	if answered, err := o.finish(err); answered || err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// wantInfinity refuses a Depth that DELETE and MOVE can't have on a collection
// (RFC 4918 sections 9.6.1 and 9.9.2). On a file there is nothing to reach.
func (q *request) wantInfinity() error {
	depth, err := davxml.ParseDepth(q.r.Header, dav.DepthInfinity)
	if err != nil || depth == dav.DepthInfinity {
		return err
	}
	res, err := q.lookup(q.path, dav.Query{})
	if err != nil {
		return err
	}
	if res.Collection {
		return invalid(q.r.Method + " of a collection has Depth: infinity")
	}
	return nil
}

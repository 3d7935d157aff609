package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handleOrderpatch is ORDERPATCH (RFC 3648 section 7).
func (q *request) handleOrderpatch() error {
	if err := q.wantXML(); err != nil {
		return err
	}
	body, err := davxml.ReadOrderpatch(q.r.Body, q.limits.xml())
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	o := outcomes{q: q, collection: true}
	err = q.orderer.Orderpatch(q.ctx(), dav.OrderpatchRequest{Path: q.path, Type: body.Type, Members: body.Members, Conditions: c}, o.report)
	if answered, err := o.finish(err); answered || err != nil {
		return err
	}
	q.locateCollection(&dav.Resource{Path: q.path, Collection: true})
	q.w.WriteHeader(http.StatusOK)
	return nil
}

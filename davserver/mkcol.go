package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
)

// handleMkcol is MKCOL (RFC 4918 section 9.3).
func (q *request) handleMkcol() error {
	if err := q.wantNoBody(); err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	if err := q.backend.Mkcol(q.ctx(), dav.MkcolRequest{Path: q.path, Conditions: c}); err != nil {
		return err
	}
	q.locateCollection(&dav.Resource{Path: q.path, Collection: true})
	q.w.WriteHeader(http.StatusCreated)
	return nil
}

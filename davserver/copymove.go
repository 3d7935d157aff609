package davserver

import (
	"context"
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handleCopy is COPY (RFC 4918 section 9.8).
func (q *request) handleCopy() error {
	depth, err := davxml.ParseDepth(q.r.Header, dav.DepthInfinity)
	if err != nil {
		return err
	}
	if depth == dav.Depth1 {
		return invalid("COPY has Depth: 0 or infinity")
	}
	return q.transfer(depth, q.backend.Copy)
}

// handleMove is MOVE (RFC 4918 section 9.9).
func (q *request) handleMove() error {
	if err := q.wantInfinity(); err != nil {
		return err
	}
	return q.transfer(dav.DepthInfinity, q.backend.Move)
}

func (q *request) transfer(depth dav.Depth, do func(context.Context, dav.CopyRequest, dav.Report) (bool, error)) error {
	if err := q.wantNoBody(); err != nil {
		return err
	}
	to, err := q.destination()
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	overwrite, err := davxml.ParseOverwrite(q.r.Header)
	if err != nil {
		return err
	}
	c.NoOverwrite = !overwrite
	at, err := q.position()
	if err != nil {
		return err
	}
	modified := clientModified(q.r.Header)
	o := outcomes{q: q}
	created, err := do(q.ctx(), dav.CopyRequest{From: q.path, To: to, Depth: depth, Modified: modified, Position: at, Conditions: c}, o.report)
	if answered, err := o.finish(err); answered || err != nil {
		return q.orCurrent(err)
	}
	if !modified.IsZero() {
		q.w.Header().Set("X-OC-Mtime", "accepted")
	}
	q.done(to, created)
	return nil
}

// created answers a method that may have made a resource.
func (q *request) created(created bool) {
	if created {
		q.w.WriteHeader(http.StatusCreated)
	} else {
		q.w.WriteHeader(http.StatusNoContent)
	}
}

// destination is the Destination header (RFC 4918 section 10.3). Whether it
// ends in a slash makes no difference: the source says what it is.
func (q *request) destination() (dav.Path, error) {
	values := q.r.Header.Values("Destination")
	if len(values) != 1 || values[0] == "" {
		return "", invalid("there has to be one Destination header, with a URL in it")
	}
	to, _, foreign, err := q.url.reference(values[0])
	switch {
	case err != nil:
		return "", err
	case foreign != nil:
		return "", foreign
	case reserved(to):
		return "", q.forbidden("/" + Reserved + "/ is the server's own")
	}
	return to, nil
}

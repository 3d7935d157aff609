package davserver

import (
	"context"
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handleBind is BIND (RFC 5842 section 4).
func (q *request) handleBind() error {
	return q.addBinding("bind", q.binder.Bind, dav.BindSourceExists)
}

// handleRebind is REBIND (RFC 5842 section 6).
func (q *request) handleRebind() error {
	return q.addBinding("rebind", q.binder.Rebind, dav.RebindSourceExists)
}

func (q *request) addBinding(root string, do func(context.Context, dav.BindRequest, dav.Report) (bool, error), missing dav.Name) error {
	body, err := q.readBinding(root)
	if err != nil {
		return err
	}
	r := dav.BindRequest{Collection: q.path}
	if r.Segment, err = q.newSegment(body.Segment); err != nil {
		return err
	}
	if r.Source, err = q.bindSource(body.Href, missing); err != nil {
		return err
	}
	if r.Conditions, err = q.conditions(); err != nil {
		return err
	}
	if r.Position, err = q.position(); err != nil {
		return err
	}
	overwrite, err := davxml.ParseOverwrite(q.r.Header)
	if err != nil {
		return err
	}
	r.Conditions.NoOverwrite = !overwrite
	o := outcomes{q: q, collection: true}
	created, err := do(q.ctx(), r, o.report)
	if answered, err := o.finish(err); answered || err != nil {
		return err
	}
	if created {
		at := r.Collection.Join(r.Segment)
		made, _ := q.lookup(at, dav.Query{}) // tells no more than whether the URL ends in a slash
		q.w.Header().Set("Location", q.href(at, made.Collection))
	}
	q.created(created)
	return nil
}

// handleUnbind is UNBIND (RFC 5842 section 5).
func (q *request) handleUnbind() error {
	body, err := q.readBinding("unbind")
	if err != nil {
		return err
	}
	segment, err := davxml.DecodeSegment(body.Segment)
	if err != nil || reserved(q.path.Join(segment)) {
		return q.refuseBinding(dav.UnbindSourceExists, "no member of a collection can have this name")
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	o := outcomes{q: q, collection: true}
	err = q.binder.Unbind(q.ctx(), dav.UnbindRequest{Collection: q.path, Segment: segment, Conditions: c}, o.report)
	if answered, err := o.finish(err); answered || err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (q *request) readBinding(root string) (*davxml.Binding, error) {
	if err := q.wantXML(); err != nil {
		return nil, err
	}
	return davxml.ReadBinding(q.r.Body, q.limits.xml(), root)
}

// newSegment is the decoded name that a binding is to have.
func (q *request) newSegment(s string) (string, error) {
	segment, err := davxml.DecodeSegment(s)
	switch {
	case err != nil:
		return "", q.refuseBinding(dav.NameAllowed, err.Error())
	case reserved(q.path.Join(segment)):
		return "", q.refuseBinding(dav.NameAllowed, "/"+Reserved+"/ is the server's own")
	}
	return segment, nil
}

// bindSource is the resource that href in the body names. missing is the
// condition that there be one.
func (q *request) bindSource(href string, missing dav.Name) (dav.Path, error) {
	p, _, foreign, err := q.url.reference(href)
	switch {
	case err != nil:
		return "", err
	case foreign != nil:
		return "", q.refuseBinding(dav.CrossServerBinding, foreign.Error())
	case reserved(p):
		return "", q.refuseBinding(missing, "/"+Reserved+"/ is the server's own")
	case p.IsRoot() && q.r.Method == "BIND": // else what is reserved could be made below its second name
		return "", q.refuseBinding(dav.BindingAllowed, "the root can't have a further binding")
	}
	return p, nil
}

func (q *request) refuseBinding(condition dav.Name, why string) error {
	return &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: condition}, Message: why}
}

package davserver

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleMkcol is MKCOL (RFC 4918 section 9.3), which may say what properties
// the collection is to have (RFC 5689).
func (q *request) handleMkcol() error {
	p, err := q.readMkcol()
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	if p.failed {
		return p.answerMkcol(c)
	}
	r := dav.MkcolRequest{Path: q.path, Properties: p.request.Updates, Conditions: c}
	if r.Ordering, err = q.ordering(); err != nil {
		return err
	}
	if r.Position, err = q.position(); err != nil {
		return err
	}
	if err := q.backend.Mkcol(q.ctx(), r); err != nil {
		return err
	}
	q.locateCollection(&dav.Resource{Path: q.path, Collection: true})
	if len(p.verdicts) > 0 { // that all was set is told by an empty body, to everybody
		q.applied(davxml.Preferences{Minimal: q.prefs.Minimal, Brief: q.prefs.Brief})
	}
	q.w.WriteHeader(http.StatusCreated)
	return nil
}

// readMkcol reads what properties the new collection is to have.
func (q *request) readMkcol() (*patch, error) {
	p := q.newPatch(&dav.Resource{Path: q.path, Collection: true})
	if q.store == nil {
		return p, q.wantNoBody()
	}
	if err := q.wantXML(); err != nil {
		return nil, err
	}
	updates, err := davxml.ReadMkcol(q.r.Body, q.limits.xml())
	if err != nil {
		return nil, err
	}
	for i := range updates {
		if u := &updates[i]; u.Name == resourcetype {
			p.setType(u)
		} else {
			p.add(u)
		}
	}
	return p, nil
}

// validResourcetype is the condition of RFC 5689 section 3.3.
var validResourcetype = dav.DAV("valid-resourcetype")

// setType judges the resourcetype of a new collection, which is that alone.
func (p *patch) setType(u *dav.PropertyUpdate) {
	p.name(u.Name)
	types := davxml.ChildNames(u.XML)
	if i := slices.Index(types, dav.DAV("collection")); i < 0 || len(types) > 1 {
		p.fail(u.Name, &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: validResourcetype},
			Message: "what is made here is a collection, and of no other type"})
	}
}

// answerMkcol tells why nothing was made, by property, unless what is at the URL
// is reason enough.
func (p *patch) answerMkcol(c *dav.Conditions) error {
	switch _, err := p.q.lookup(p.q.path, dav.Query{Conditions: c}); {
	case err == nil:
		return &dav.Error{Kind: dav.NotAllowed, Path: p.q.path, Message: "there is a resource at this URL already"}
	case dav.KindOf(err) != dav.NotFound:
		return err
	}
	status := 0
	var list []davxml.Propstat
	for _, v := range p.verdicts {
		ps := davxml.Propstat{Name: v.name, Status: http.StatusFailedDependency, Err: v.err}
		if v.err != nil {
			if ps.Status = statuses[v.err.Kind]; status == 0 {
				status = ps.Status
			}
		}
		list = append(list, ps)
	}
	body := davxml.AppendMkcolResponse(nil, list, p.q.href)
	h := p.q.w.Header()
	h.Set("Content-Type", multistatus.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	p.q.w.WriteHeader(status)
	p.q.w.Write(body)
	return nil
}

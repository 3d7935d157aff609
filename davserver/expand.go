package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// Bounds of one expand-property, whose hrefs could else multiply from level to
// level without end.
const (
	mostExpanded      = 10_000   // hrefs
	mostExpandedBytes = 16 << 20 // put in their place
)

// expansion answers what expand-property wants to know of a resource, and for
// some of the properties what it wants to know of the resources in their values.
type expansion struct {
	*answer
	nested map[dav.Name]*expansion
	room   *room
}

// room is what is left for all that is nested.
type room struct{ hrefs, bytes int }

// handleExpandProperty is the report expand-property (RFC 3253 section 3.8).
func (q *request) handleExpandProperty(body *davxml.Report, _ *dav.Resource, c *dav.Conditions) error {
	depth, err := davxml.ParseDepth(q.r.Header, dav.Depth0)
	if err != nil {
		return err
	}
	if err := q.wantFinite(depth); err != nil {
		return err
	}
	e := q.newExpansion(body.Expand, &room{mostExpanded, mostExpandedBytes})
	return e.list(depth, c, e.write)
}

func (q *request) newExpansion(list []davxml.ExpandProperty, left *room) *expansion {
	e := &expansion{nested: make(map[dav.Name]*expansion), room: left}
	ask := &davxml.Propfind{Kind: davxml.Prop}
	for _, p := range list {
		ask.Names = append(ask.Names, p.Name)
		if len(p.Nested) > 0 {
			e.nested[p.Name] = q.newExpansion(p.Nested, left)
		}
	}
	e.answer = q.newAnswer(ask, q.live)
	return e
}

func (e *expansion) write(r *dav.Resource) error {
	resp := e.tell(r)
	if err := e.expand(resp); err != nil {
		e.failure(resp, e.href(r.Path, r.Collection), err)
	}
	return e.send(resp)
}

// expand replaces the hrefs in the properties that have something nested.
func (e *expansion) expand(resp *multistatus.Response) error {
	if len(e.nested) == 0 || len(resp.Propstats) == 0 || resp.Propstats[0].Status >= 300 {
		return nil
	}
	found := resp.Propstats[0].Properties
	for i := range found {
		p := &found[i]
		nested := e.nested[p.Name]
		if nested == nil || p.Form == multistatus.Text {
			continue
		}
		whole := p.Value
		if p.Form == multistatus.Inner {
			whole = davxml.AppendProperty(nil, p.Name, p.Value)
		}
		value, err := davxml.ReplaceHrefs(nil, string(whole), nested.replace)
		if err != nil {
			return err
		}
		p.Form, p.Value = multistatus.Whole, value
	}
	return nil
}

// replace appends the response that stands for an href.
func (e *expansion) replace(b []byte, href string) ([]byte, error) {
	if e.room.hrefs--; e.room.hrefs < 0 {
		return b, tooMany("the properties hold more hrefs than one request may expand")
	}
	before := len(b)
	resp, err := e.resource(href)
	if err == nil {
		b, err = multistatus.AppendResponse(b, resp)
	}
	if e.room.bytes -= len(b) - before; err == nil && e.room.bytes < 0 {
		err = tooMany("the expanded properties are longer than an answer may be")
	}
	return b, err
}

// resource is the response for the resource that an href in a property names.
func (e *expansion) resource(href string) (*multistatus.Response, error) {
	p, slash, foreign, err := e.url.reference(href)
	switch {
	case foreign != nil:
		e.failure(&e.resp, href, foreign)
		return &e.resp, nil
	case err != nil: // such as the URN of a resource-id
		e.resp = multistatus.Response{Href: href, Status: http.StatusNotFound}
		return &e.resp, nil
	}
	res, err := e.lookup(p, e.query(dav.Depth0))
	if err != nil {
		e.failure(&e.resp, e.href(p, slash), err)
		return &e.resp, nil
	}
	resp := e.tell(&res)
	return resp, e.expand(resp)
}

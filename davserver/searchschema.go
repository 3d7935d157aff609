package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// tellSchema answers query-schema-discovery (RFC 5323 section 4): which
// properties a query can look at, and which operators it can have. It is the
// same for every scope that there is.
func (q *request) tellSchema(scope dav.Path, c *dav.Conditions) error {
	if _, err := q.lookup(q.path, dav.Query{Conditions: c}); err != nil {
		return err
	}
	if _, err := q.lookup(scope, dav.Query{}); err != nil {
		return q.searchRefused(dav.Conflict, dav.SearchScopeValid, q.told(err).Message)
	}
	var properties []davxml.SchemaProperty
	for _, p := range q.live {
		d := davxml.SchemaProperty{Name: p.name, Selectable: true}
		if p.searchable() && p.form == multistatus.Text {
			d.Datatype, d.Searchable, d.Sortable = p.datatype, true, true
		}
		properties = append(properties, d)
	}
	a := q.newAnswer(&davxml.Propfind{}, nil)
	a.begin(q.href(q.path, q.slash))
	a.resp = multistatus.Response{Href: a.self, Status: http.StatusOK, Extra: davxml.AppendQuerySchema(nil, properties)}
	if err := a.gone(a.mw.Write(&a.resp)); err != nil {
		a.breakOff(err)
	}
	return a.end()
}

package davserver

import (
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// report is a row of the table that REPORT is dispatched from, and that
// supported-report-set tells.
type report struct {
	name   dav.Name
	on     target
	needs  capability
	handle func(q *request, body *davxml.Report, res *dav.Resource, c *dav.Conditions) error
}

func reportTable() []report {
	return []report{
		{davxml.ExpandPropertyReport, onMapped | onPrincipals, 0, (*request).handleExpandProperty},
		{davxml.SyncCollectionReport, onCollections, canSync, (*request).handleSync},
	}
}

// handleReport is REPORT (RFC 3253 section 3.6).
func (q *request) handleReport() error {
	if err := q.wantXML(); err != nil {
		return err
	}
	body, err := davxml.ReadReport(q.r.Body, q.limits.xml())
	if err != nil {
		return err
	}
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	res, err := q.lookup(q.path, dav.Query{Conditions: c})
	if err != nil {
		return err
	}
	for i := range q.reports {
		if r := &q.reports[i]; r.name == body.Name && r.on&targetOf(&res) != 0 && q.has(r.needs) {
			return r.handle(q, body, &res, c)
		}
	}
	return &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.SupportedReport},
		Message: "there is no such report on this resource"}
}

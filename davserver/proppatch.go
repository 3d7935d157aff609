package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleProppatch is PROPPATCH (RFC 4918 section 9.2). What is wrong before an
// instruction is tried is one plain status; after that the answer is a
// Multi-Status with all done, or nothing.
func (q *request) handleProppatch() error {
	if err := q.wantXML(); err != nil {
		return err
	}
	updates, err := davxml.ReadPropertyupdate(q.r.Body, q.limits.xml())
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	res, err := q.lookup(q.path, dav.Query{Dead: dav.DeadAll})
	if err != nil {
		return err
	}
	p := q.newPatch(&res)
	for i := range updates {
		p.add(&updates[i])
	}
	p.request.Conditions, p.request.Check = c, p.failed
	if err := p.apply(); err != nil {
		return err
	}
	q.locateCollection(&res)
	q.applied(davxml.Preferences{Minimal: q.prefs.Minimal && !p.failed, Brief: q.prefs.Brief})
	if q.prefs.Minimal && !p.failed { // RFC 8144 section 2.2
		q.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return p.answer()
}

// apply does what was asked for, or finds out whether something comes before
// the failure that is known of.
func (p *patch) apply() error {
	if p.q.store == nil {
		return p.judgeAlone()
	}
	err := p.q.store.Proppatch(p.q.ctx(), p.request)
	if err == nil || dav.KindOf(err) != dav.NoSpace {
		return err
	}
	p.fail(p.neediest(), p.q.told(err)) // it was tried, so it is told by property
	return nil
}

// neediest is the property to blame when there is no room: the first one set.
func (p *patch) neediest() dav.Name {
	for _, u := range p.request.Updates {
		if !u.Remove {
			return u.Name
		}
	}
	return p.verdicts[0].name
}

// judgeAlone judges conditions and locks where the backend has no part in it.
func (p *patch) judgeAlone() error {
	c := p.request.Conditions
	res, err := p.q.lookup(p.q.path, dav.Query{Conditions: c, Locks: p.q.locker != nil})
	if err != nil {
		return err
	}
	return c.Permit(p.q.path, res.Locks)
}

// answer tells each property's outcome, without values.
func (p *patch) answer() error {
	r := multistatus.Response{Href: p.q.href(p.res.Path, p.res.Collection)}
	for _, v := range p.verdicts {
		status, cond := http.StatusOK, []multistatus.Condition(nil)
		switch {
		case v.err != nil:
			status, cond = statuses[v.err.Kind], p.q.conditionOf(v.err)
		case p.failed:
			status = http.StatusFailedDependency
		}
		ps := propstatOf(&r, status)
		ps.Properties = append(ps.Properties, multistatus.Property{Name: v.name})
		if v.err != nil {
			ps.Error, ps.Description = cond, v.err.Message
		}
	}
	p.q.w.Header().Set("Content-Type", multistatus.ContentType)
	p.q.w.WriteHeader(http.StatusMultiStatus)
	mw := multistatus.NewWriter(p.q.w)
	if err := mw.Write(&r); err != nil {
		panic(http.ErrAbortHandler)
	}
	if err := mw.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// propstatOf is the propstat of r with that status, made if there is none.
func propstatOf(r *multistatus.Response, status int) *multistatus.Propstat {
	for i := range r.Propstats {
		if r.Propstats[i].Status == status {
			return &r.Propstats[i]
		}
	}
	r.Propstats = append(r.Propstats, multistatus.Propstat{Status: status})
	return &r.Propstats[len(r.Propstats)-1]
}

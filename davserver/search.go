package davserver

import (
	"net/url"
	"slices"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleSearch is SEARCH (RFC 5323) with the one grammar DAV:basicsearch. Hits
// go out as the backend finds them.
func (q *request) handleSearch() error {
	s, err := q.readSearch()
	if err != nil {
		return err
	}
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	scope, err := q.searchScope(s)
	if err != nil {
		return err
	}
	if s.Discovery {
		return q.tellSchema(scope, c)
	}
	a := q.newAnswer(&s.Select, q.live)
	a.redirects = true // a reference that is found stands for itself (RFC 5323 section 5.4)
	r := dav.SearchRequest{Path: q.path, Scope: scope, Depth: s.Scopes[0].Depth, Where: s.Where, Order: s.Order,
		Limit: q.limits.Hits, Query: a.query(dav.Depth0), Conditions: c}
	if s.Limit >= 0 {
		r.Limit = min(s.Limit, r.Limit)
	}
	if err := a.prepareSearch(&r); err != nil {
		return err
	}
	h := hits{answer: a, ordered: len(r.Order) > 0}
	return h.tell(r)
}

func (q *request) readSearch() (*davxml.Search, error) {
	if err := q.wantXML(); err != nil {
		return nil, err
	}
	s, err := davxml.ReadSearch(q.r.Body, q.limits.xml())
	switch {
	case err != nil:
		return nil, err
	case s.Grammar != davxml.Basicsearch:
		return nil, q.searchRefused(dav.Forbidden, dav.SearchGrammarSupported, "the server knows no query grammar but DAV:basicsearch")
	case len(s.Scopes) > 1:
		return nil, q.searchRefused(dav.Forbidden, dav.SearchMultipleScopeSupported, "a search has one scope here")
	case s.Scopes[0].Versions:
		return nil, q.searchRefused(dav.Forbidden, dav.SearchScopeValid, "versions are not searched here")
	}
	return s, nil
}

func (q *request) searchRefused(kind dav.Kind, condition dav.Name, why string) error {
	return &dav.Error{Kind: kind, Path: q.path, Condition: dav.Condition{Name: condition}, Message: why}
}

// searchScope is the path that the scope names. A relative reference is
// relative to the request URI (RFC 5323 section 5.4.1).
func (q *request) searchScope(s *davxml.Search) (dav.Path, error) {
	base, err := url.Parse(q.href(q.path, q.slash))
	if err != nil {
		return "", err
	}
	ref, err := url.Parse(s.Scopes[0].Href)
	if err != nil {
		return "", q.searchRefused(dav.Conflict, dav.SearchScopeValid, "the scope is no URL")
	}
	if ref.Scheme == "" && ref.Host == "" {
		ref = base.ResolveReference(ref)
	}
	p, _, foreign, err := q.url.reference(ref.String())
	switch {
	case err != nil:
		return "", q.searchRefused(dav.Conflict, dav.SearchScopeValid, q.told(err).Message)
	case foreign != nil:
		return "", q.searchRefused(dav.Forbidden, dav.SearchScopeValid, q.told(foreign).Message)
	case reserved(p):
		return "", q.searchRefused(dav.Forbidden, dav.SearchScopeValid, "what is the server's own can't be searched")
	}
	return p, nil
}

// prepareSearch looks up what the query names.
func (a *answer) prepareSearch(r *dav.SearchRequest) error {
	if r.Where != nil {
		if err := r.Where.Prepare(a.searchProperty); err != nil {
			return err
		}
	}
	for i := range r.Order {
		if r.Order[i].Score {
			continue
		}
		var err error
		if r.Order[i].Property, err = a.searchProperty(r.Order[i].Name); err != nil {
			return err
		}
	}
	return nil
}

// searchProperty is what the name stands for in a query.
func (a *answer) searchProperty(name dav.Name) (*dav.SearchProperty, error) {
	p := &dav.SearchProperty{Name: name}
	if i := slices.IndexFunc(a.live, func(l *liveProperty) bool { return l.name == name }); i >= 0 {
		live := a.live[i]
		if !live.searchable() {
			return nil, &dav.Error{Kind: dav.Unprocessable, Path: a.path, Message: "resources can't be searched by " + name.Local}
		}
		p.Type, p.Live = live.datatype, a.searchValue(live)
	}
	return p, nil
}

// searchable tells whether a query can look at the property: its value, or at
// least whether there is one, follows from the state of the resource alone.
func (p *liveProperty) searchable() bool { return p.query == nil || p.form == multistatus.Inner }

// searchValue gives the values of a live property just as PROPFIND tells them,
// so that a query finds out no more (RFC 5323 section 7).
func (a *answer) searchValue(p *liveProperty) func(*dav.Resource) dav.Value {
	var buf []byte
	return func(r *dav.Resource) (v dav.Value) {
		if p.on&targetOf(r) == 0 {
			return v
		}
		if p.query != nil { // which did not ask, so append can't tell
			return dav.Value{State: dav.Structured}
		}
		b, ok := p.append(a, buf[:0], r)
		buf = b
		switch {
		case !ok:
			return v
		case p.form == multistatus.Inner:
			return dav.Value{State: dav.Structured}
		}
		v = dav.Value{State: dav.Simple, Text: string(b)}
		if p.date != nil {
			v.Time = p.date(r).Truncate(time.Second) // more is not told
		}
		return v
	}
}

// hits is the answer to a search as it goes out.
type hits struct {
	*answer
	ordered   bool
	shortened bool
	arbiter   *dav.Resource // a hit that waits for the end
}

// tell answers with the hits. If there are more than it tells, a response for
// the arbiter says so with 507 (RFC 5323 section 2.3.1), in place of the one
// that it may have as a hit: no two responses are about one href. A hit that is
// the arbiter therefore waits until that is known.
func (h *hits) tell(r dav.SearchRequest) error {
	for res, err := range h.searcher.Search(h.ctx(), r, func() { h.shortened = true }) {
		if err != nil && h.mw == nil {
			return err
		}
		h.beginOnce()
		switch {
		case err != nil:
			h.breakOff(err)
		case reserved(res.Path):
			continue
		case h.href(res.Path, res.Collection) == h.self && h.holdsBack(res):
			continue
		}
		if err := h.write(res); err != nil {
			h.breakOff(err)
		}
	}
	h.beginOnce()
	if err := h.last(); err != nil {
		h.breakOff(err)
	}
	return h.end()
}

func (h *hits) beginOnce() {
	if h.mw == nil {
		h.begin(h.href(h.path, h.slash))
	}
}

// holdsBack tells whether the hit res, which is the arbiter, has to wait or,
// as the result is shortened, is left out.
func (h *hits) holdsBack(res *dav.Resource) bool {
	if h.shortened || h.ordered { // ordered hits come after the word that there are more
		return h.shortened
	}
	own := *res
	own.Dead, own.Locks, own.Parents = slices.Clone(res.Dead), slices.Clone(res.Locks), slices.Clone(res.Parents)
	h.arbiter = &own
	return true
}

func (h *hits) last() error {
	switch {
	case h.shortened:
		h.failure(&h.resp, h.self, &dav.Error{Kind: dav.NoSpace, Path: h.path, Condition: dav.Condition{Name: dav.NumberOfMatchesWithinLimits},
			Message: "there may be more matches than are told here"})
		return h.gone(h.mw.Write(&h.resp))
	case h.arbiter != nil:
		return h.write(h.arbiter)
	}
	return nil
}

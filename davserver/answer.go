package davserver

import (
	"net/http"
	"slices"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// answer tells of resources what a request asks to know: it makes the
// responses of PROPFIND, of the reports and of searches, and streams them. Its
// buffers serve one resource after the other.
type answer struct {
	*request
	stream
	ask       *davxml.Propfind
	live      []*liveProperty    // what there can be
	wanted    []wanted           // ask, resolved
	prefs     davxml.Preferences // that it follows
	deadNames []dav.Name         // of the wanted ones that are not live
	principal string
	at        time.Time
	hrefOf    func(dav.Path, bool) string

	principalHref string // once it was told

	on             target // what the resource is
	resp           multistatus.Response
	propstats      [2]multistatus.Propstat
	found, missing []multistatus.Property
	scratch        []byte
	locks          []dav.Lock
}

// wanted is a property to be told. A nil live is a dead one.
type wanted struct {
	name  dav.Name
	live  *liveProperty
	quiet bool // not asked for by name, so no word if it is not there
}

// newAnswer answers ask, of resources that have the live properties.
func (q *request) newAnswer(ask *davxml.Propfind, live []*liveProperty) *answer {
	a := &answer{request: q, ask: ask, live: live, principal: dav.Principal(q.ctx()), at: q.now()}
	a.prefs = davxml.Preferences{Minimal: q.prefs.Minimal, Brief: q.prefs.Brief}
	a.hrefOf = q.href
	a.resolve()
	return a
}

// resolve looks up once what is asked for.
func (a *answer) resolve() {
	if a.ask.Kind != davxml.Prop {
		for _, p := range a.live {
			if a.ask.Kind == davxml.PropName || a.inAllprop(p) {
				a.wanted = append(a.wanted, wanted{p.name, p, true})
			}
		}
	}
	for _, name := range slices.Concat(a.ask.Names, a.ask.Include) {
		if slices.ContainsFunc(a.wanted, func(w wanted) bool { return w.name == name }) {
			continue
		}
		w := wanted{name: name}
		if i := slices.IndexFunc(a.live, func(p *liveProperty) bool { return p.name == name }); i >= 0 {
			w.live = a.live[i]
		} else {
			a.deadNames = append(a.deadNames, name)
		}
		a.wanted = append(a.wanted, w)
	}
}

func (a *answer) inAllprop(p *liveProperty) bool {
	return !p.extension && !(a.quirks.terse && p.name == supportedlock)
}

// query is what the backend has to tell for it.
func (a *answer) query(depth dav.Depth) dav.Query {
	query := dav.Query{Depth: depth}
	if depth == dav.DepthInfinity {
		query.Limit = a.limits.Members
	}
	switch {
	case a.ask.Kind != davxml.Prop:
		query.Dead = dav.DeadAll
	case len(a.deadNames) > 0:
		query.Dead, query.Names = dav.DeadNamed, a.deadNames
	}
	for i := range a.wanted {
		if live := a.wanted[i].live; live != nil && live.query != nil {
			live.query(&query)
		}
	}
	return query
}

// tell is the response for r. It is valid until the next call.
func (a *answer) tell(r *dav.Resource) *multistatus.Response {
	switch {
	case r.Err != nil:
		a.failure(&a.resp, a.href(r.Path, r.Collection), r.Err)
	case r.Redirect != nil && !a.redirects:
		a.tellRedirect(r)
	default:
		a.fill(r)
	}
	return &a.resp
}

// fill makes resp the answer for r: what is there before what is not, which
// some clients rely on. A collection that the listing has told of already has
// 208 in place of 200, and no slash, like the example of RFC 5842 section 7.1.1.
func (a *answer) fill(r *dav.Resource) {
	status := http.StatusOK
	if r.Reported {
		status = http.StatusAlreadyReported
	}
	a.scratch = a.url.appendHref(a.scratch[:0], r.Path, r.Collection && !r.Reported)
	href := string(a.scratch)
	a.on, a.found, a.missing = targetOf(r), a.found[:0], a.missing[:0]
	for i := range a.wanted {
		a.tellWanted(&a.wanted[i], r)
	}
	if a.ask.Kind != davxml.Prop {
		a.tellDead(r)
	}
	ps := a.propstats[:0]
	if a.prefs.Minimal {
		a.missing = a.missing[:0]
	}
	if len(a.found) > 0 || len(a.missing) == 0 || r.Reported {
		ps = append(ps, multistatus.Propstat{Properties: a.found, Status: status})
	}
	if len(a.missing) > 0 {
		ps = append(ps, multistatus.Propstat{Properties: a.missing, Status: http.StatusNotFound})
	}
	a.resp = multistatus.Response{Href: href, Propstats: ps, Extra: davxml.Score(r.Score)}
}

func (a *answer) tellWanted(w *wanted, r *dav.Resource) {
	if w.live == nil {
		a.tellNamed(w.name, r)
		return
	}
	start := len(a.scratch)
	b, ok := a.scratch, w.live.on&a.on != 0
	if ok {
		b, ok = w.live.append(a, b, r)
	}
	switch {
	case !ok && w.quiet:
	case !ok:
		a.missing = append(a.missing, multistatus.Property{Name: w.name})
	case a.ask.Kind == davxml.PropName:
		a.found = append(a.found, multistatus.Property{Name: w.name})
	default:
		a.scratch = b
		a.found = append(a.found, multistatus.Property{Name: w.name, Form: w.live.form, Value: b[start:]})
	}
}

// tellNamed tells of a dead property that was asked for by name. Where all
// dead ones are told anyway, only of its absence.
func (a *answer) tellNamed(name dav.Name, r *dav.Resource) {
	for i := range r.Dead {
		if r.Dead[i].Name == name {
			if a.ask.Kind == davxml.Prop {
				a.found = append(a.found, a.dead(&r.Dead[i]))
			}
			return
		}
	}
	a.missing = append(a.missing, multistatus.Property{Name: name})
}

func (a *answer) tellDead(r *dav.Resource) {
	for i := range r.Dead {
		d := &r.Dead[i]
		switch {
		case a.isLive(d.Name):
		case a.ask.Kind == davxml.PropName:
			a.found = append(a.found, multistatus.Property{Name: d.Name})
		default:
			a.found = append(a.found, a.dead(d))
		}
	}
}

// isLive tells whether a dead property has the name of a live one, as after an
// upgrade; the live one is the truth then.
func (a *answer) isLive(n dav.Name) bool {
	return slices.ContainsFunc(a.live, func(p *liveProperty) bool { return p.name == n })
}

func (a *answer) dead(d *dav.Property) multistatus.Property {
	start := len(a.scratch)
	a.scratch = append(a.scratch, d.XML...)
	return multistatus.Property{Name: d.Name, Form: multistatus.Whole, Value: a.scratch[start:]}
}

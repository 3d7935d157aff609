package davserver

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handlePropfind is PROPFIND (RFC 4918 section 9.1). Responses go out as the
// backend yields resources; the status waits for the first.
func (q *request) handlePropfind() error {
	a, depth, err := q.readPropfind()
	if err != nil {
		return err
	}
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	a.resolve()
	query := a.query(depth)
	query.Conditions = c
	for res, err := range q.backend.List(q.ctx(), q.path, query) {
		switch {
		case err != nil && a.mw == nil:
			return err
		case err != nil:
			a.breakOff(err)
		case a.mw == nil && res.Err != nil:
			return res.Err
		case a.mw == nil:
			q.locateCollection(res)
			a.begin(res)
		case reserved(res.Path):
			continue
		}
		a.write(res)
	}
	if a.mw == nil {
		return errors.New("the backend yielded nothing for a resource")
	}
	return a.end()
}

// readPropfind reads what is asked.
func (q *request) readPropfind() (*answer, dav.Depth, error) {
	depth, err := davxml.ParseDepth(q.r.Header, dav.DepthInfinity)
	if err != nil {
		return nil, 0, err
	}
	if err := q.wantXML(); err != nil {
		return nil, 0, err
	}
	ask, err := davxml.ReadPropfind(q.r.Body, q.limits.xml())
	if err != nil {
		return nil, 0, err
	}
	if depth == dav.DepthInfinity && q.limits.Members < 0 {
		return nil, 0, &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.PropfindFiniteDepth},
			Message: "a listing with Depth: infinity is not given here"}
	}
	a := &answer{request: q, ask: ask, live: q.live, principal: dav.Principal(q.ctx()), at: q.now()}
	a.hrefOf = q.href
	return a, depth, nil
}

// answer writes the properties of resources as a PROPFIND asks for them. Its
// buffers serve one resource after the other.
type answer struct {
	*request
	ask       *davxml.Propfind
	live      []*liveProperty // what resources have
	wanted    []wanted        // ask, resolved
	deadNames []dav.Name      // of the wanted ones that are not live
	principal string
	at        time.Time
	hrefOf    func(dav.Path, bool) string

	mw             *multistatus.Writer
	self           string // href of the request URI
	resp           multistatus.Response
	on             target // what the resource is
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

func (a *answer) begin(first *dav.Resource) {
	a.self = a.href(first.Path, first.Collection)
	a.w.Header().Set("Content-Type", multistatus.ContentType)
	a.w.WriteHeader(http.StatusMultiStatus)
	a.mw = multistatus.NewWriter(a.w)
}

// end closes the document. A client that has gone gets nothing more.
func (a *answer) end() error {
	if err := a.mw.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// breakOff tells of a listing that failed after its first byte, and breaks the
// connection, so that nobody takes what there is for the whole.
func (a *answer) breakOff(err error) {
	a.failure(&a.resp, a.self, err)
	if a.mw.Break(&a.resp) == nil {
		http.NewResponseController(a.w).Flush()
	}
	panic(http.ErrAbortHandler)
}

func (a *answer) write(r *dav.Resource) {
	if r.Err != nil {
		a.failure(&a.resp, a.href(r.Path, r.Collection), r.Err)
	} else {
		a.fill(r)
	}
	err := a.mw.Write(&a.resp)
	if _, refused := errors.AsType[*dav.Error](err); refused { // an unfit response is the trouble of its resource alone
		a.failure(&a.resp, a.href(r.Path, r.Collection), err)
		err = a.mw.Write(&a.resp)
	}
	if err != nil {
		a.log.DebugContext(a.ctx(), "listing given up", "path", a.path, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// fill makes resp the answer for r: what is there before what is not, which
// some clients rely on.
func (a *answer) fill(r *dav.Resource) {
	a.scratch = a.url.appendHref(a.scratch[:0], r.Path, r.Collection)
	href := string(a.scratch)
	a.on, a.found, a.missing = targetOf(r), a.found[:0], a.missing[:0]
	for i := range a.wanted {
		a.tell(&a.wanted[i], r)
	}
	if a.ask.Kind != davxml.Prop {
		a.tellDead(r)
	}
	ps := a.propstats[:0]
	if len(a.found) > 0 || len(a.missing) == 0 {
		ps = append(ps, multistatus.Propstat{Properties: a.found, Status: http.StatusOK})
	}
	if len(a.missing) > 0 {
		ps = append(ps, multistatus.Propstat{Properties: a.missing, Status: http.StatusNotFound})
	}
	a.resp = multistatus.Response{Href: href, Propstats: ps}
}

func (a *answer) tell(w *wanted, r *dav.Resource) {
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
	return n.Space == dav.Namespace && slices.ContainsFunc(a.live, func(p *liveProperty) bool { return p.name == n })
}

func (a *answer) dead(d *dav.Property) multistatus.Property {
	start := len(a.scratch)
	a.scratch = append(a.scratch, d.XML...)
	return multistatus.Property{Name: d.Name, Form: multistatus.Whole, Value: a.scratch[start:]}
}

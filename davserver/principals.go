package davserver

import (
	"encoding/base64"
	"iter"
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// This file holds the principal resources: one for everybody who asks, to that
// one alone, as who else there is the server does not know. It is where
// current-user-principal leads (RFC 5397).

// principals is the collection of all principal resources.
const principals dav.Path = "/" + Reserved + "/principals"

func amongPrincipals(p dav.Path) bool { return principals.Contains(p) }

// principalPath is the URL of who's principal resource. Names that no URL can
// hold, such as those with a slash, and those that could be taken for one of
// these, are encoded.
func principalPath(who string) dav.Path {
	const encoded = "~"
	if strings.HasPrefix(who, encoded) || dav.CheckSegment(who) != nil {
		who = encoded + base64.RawURLEncoding.EncodeToString([]byte(who))
	}
	return principals.Join(who)
}

// resources yields the resources of the backend and those of the server's own,
// as Backend.List does.
func (q *request) resources(p dav.Path, query dav.Query) iter.Seq2[*dav.Resource, error] {
	if !reserved(p) {
		return q.backend.List(q.ctx(), p, query)
	}
	return func(yield func(*dav.Resource, error) bool) {
		who := dav.Principal(q.ctx())
		own, nobody := principalPath(who), who == ""
		known := func(p dav.Path) bool { return p == principals || p == own && !nobody }
		if !known(p) {
			yield(nil, q.notFound())
			return
		}
		err := query.Conditions.Judge(p, func(p dav.Path) (dav.State, error) { return dav.State{Exists: known(p)}, nil })
		if err != nil {
			yield(nil, err)
			return
		}
		if p == own {
			yield(principalResource(own, &query, who), nil)
			return
		}
		if yield(principalResource(principals, &query, "Principals"), nil) && !nobody && query.Depth != dav.Depth0 {
			yield(principalResource(own, &query, who), nil)
		}
	}
}

// principalResource is a principal resource, or the collection of them, called
// name.
func principalResource(p dav.Path, query *dav.Query, name string) *dav.Resource {
	r := &dav.Resource{Path: p, Collection: p == principals}
	wanted := query.Dead == dav.DeadAll
	for _, n := range query.Names {
		wanted = wanted || n == displayname
	}
	if wanted {
		xml := davxml.AppendProperty(nil, displayname, davxml.AppendText(nil, name))
		r.Dead = []dav.Property{{Name: displayname, XML: string(xml)}}
	}
	return r
}

// serveReserved answers for what is the server's own: it can be read.
func (q *request) serveReserved() error {
	t, err := q.target(nil)
	if err != nil || t != onPrincipals {
		return q.refuseReserved()
	}
	if !slices.Contains(q.methodsOn(onPrincipals), q.r.Method) {
		return &dav.Error{Kind: dav.NotAllowed, Path: q.path, Message: "a principal resource can only be read"}
	}
	return q.dispatch()
}

// getReserved answers GET with a page on a principal resource.
func (q *request) getReserved() error {
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	res, err := q.lookup(q.path, dav.Query{Conditions: c})
	if err != nil {
		return err
	}
	return q.listCollection(&res)
}

// appendPrincipal is current-user-principal (RFC 5397 section 3).
func appendPrincipal(a *answer, b []byte, _ *dav.Resource) ([]byte, bool) {
	if a.principal == "" {
		return append(b, "<D:unauthenticated/>"...), true
	}
	if a.principalHref == "" {
		a.principalHref = a.hrefOf(principalPath(a.principal), false)
	}
	return davxml.AppendHref(b, a.principalHref), true
}

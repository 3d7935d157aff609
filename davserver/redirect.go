package davserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleMkredirectref is MKREDIRECTREF (RFC 4437 section 6).
func (q *request) handleMkredirectref() error {
	body, err := q.readRedirectref("mkredirectref")
	if err != nil {
		return err
	}
	r := dav.MkredirectrefRequest{Path: q.path, Redirect: dav.Redirect{Target: *body.Target}}
	if body.Permanent != nil {
		r.Redirect.Permanent = *body.Permanent
	}
	if r.Position, err = q.position(); err != nil {
		return err
	}
	if r.Conditions, err = q.conditions(); err != nil {
		return err
	}
	if err := q.redirector.Mkredirectref(q.ctx(), r); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusCreated)
	return nil
}

// handleUpdateredirectref is UPDATEREDIRECTREF (RFC 4437 section 7).
func (q *request) handleUpdateredirectref() error {
	body, err := q.readRedirectref("updateredirectref")
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	r := dav.UpdateredirectrefRequest{Path: q.path, Target: body.Target, Permanent: body.Permanent, Conditions: c}
	if err := q.redirector.Updateredirectref(q.ctx(), r); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusOK)
	return nil
}

func (q *request) readRedirectref(root string) (*davxml.Redirectref, error) {
	q.w.Header().Set("Cache-Control", "no-store")
	if err := q.wantXML(); err != nil {
		return nil, err
	}
	return davxml.ReadRedirectref(q.r.Body, q.limits.xml(), root)
}

// unnameable is the error of a request whose URL can name no resource here:
// err, as the method tells it.
func (q *request) unnameable(err error) error {
	if q.r.Method != "MKREDIRECTREF" || q.redirector == nil {
		return err
	}
	return &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.NameAllowed},
		Message: "this can't be the URL of a redirect reference", Err: err}
}

// redirected sets the headers of an answer that redirects (RFC 4437 section 5).
func (q *request) redirected(r *dav.Redirected) {
	h := q.w.Header()
	h.Set("Location", q.location(r, q.slash))
	h.Set("Redirect-Ref", r.Target)
}

// tellRedirect makes resp the answer for a reference among the members of a
// collection (RFC 4437 section 8).
func (a *answer) tellRedirect(r *dav.Resource) {
	at := dav.Redirected{Redirect: *r.Redirect, Path: r.Path}
	a.resp = multistatus.Response{
		Href: a.href(r.Path, false), Status: redirectStatus(&at), Location: a.location(&at, false),
	}
}

func redirectStatus(r *dav.Redirected) int {
	if r.Permanent {
		return http.StatusMovedPermanently
	}
	return http.StatusFound
}

// location is the URL that r leads to: its target, resolved against the URL of
// the reference, and after it what followed the reference in the URL of the
// request, which ended in a slash or not (RFC 4437 sections 10 and 11).
func (q *request) location(r *dav.Redirected, slash bool) string {
	target, err := url.Parse(r.Target)
	if err != nil || target.IsAbs() && r.Rest == "" {
		return r.Target
	}
	if !target.IsAbs() {
		base, err := url.Parse(q.url.absolute(r.Path, false))
		if err != nil {
			return r.Target
		}
		target = base.ResolveReference(target)
	}
	if r.Rest == "" {
		return target.String()
	}
	rest := dav.Path(r.Rest).Href(slash)
	if target.Opaque != "" {
		target.Opaque = strings.TrimSuffix(target.Opaque, "/") + rest
		return target.String()
	}
	target.RawPath = strings.TrimSuffix(target.EscapedPath(), "/") + rest
	if target.Path, err = url.PathUnescape(target.RawPath); err != nil {
		return r.Target
	}
	return target.String()
}

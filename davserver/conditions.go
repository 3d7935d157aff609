package davserver

import (
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// conditions are those of a method that changes something (RFC 9110 section
// 13.1, RFC 4918 section 10.4).
func (q *request) conditions() (*dav.Conditions, error) {
	c, err := q.ifHeader()
	if err != nil {
		return nil, err
	}
	h := q.r.Header
	c.IfMatch = davxml.ParseETags(h.Values("If-Match"))
	c.IfNoneMatch = davxml.ParseETags(h.Values("If-None-Match"))
	c.IfUnmodifiedSince = davxml.ParseDate(h, "If-Unmodified-Since")
	return c, nil
}

// readConditions are those of GET and HEAD. If-None-Match and
// If-Modified-Since are left to http.ServeContent, which judges them on the
// state that was opened and knows what a 304 has to say.
func (q *request) readConditions() (*dav.Conditions, error) {
	c, err := q.conditions()
	if err != nil {
		return nil, err
	}
	c.IfNoneMatch = dav.ETags{}
	return c, nil
}

// ifHeader are the conditions of PROPFIND, OPTIONS and whatever else must not
// heed the conditional headers of HTTP: there are clients that send those with
// every request, to get past caches. The If header counts everywhere.
func (q *request) ifHeader() (*dav.Conditions, error) {
	q.redirects = davxml.ParseApplyToRedirectRef(q.r.Header)
	c := &dav.Conditions{Principal: dav.Principal(q.ctx()), Redirects: q.redirects}
	var err error
	c.If, c.Tokens, err = davxml.ParseIf(q.r.Header, q.url.resolve)
	return c, err
}

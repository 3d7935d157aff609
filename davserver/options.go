package davserver

import (
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// handleOptions answers for existing and for missing paths alike: clients take
// anything but a DAV header here for "no WebDAV" (RFC 4918 section 10.1).
func (q *request) handleOptions() error {
	c, err := q.ifHeader()
	if err != nil {
		return err
	}
	allow, err := q.allow(c)
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("DAV", q.dav)
	h.Set("Allow", allow)
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// allow is the value of Allow (RFC 9110 section 10.2.1): what works on the
// resource now.
func (q *request) allow(c *dav.Conditions) (string, error) {
	if reserved(q.path) {
		return "OPTIONS", nil
	}
	res, err := q.lookup(q.path, dav.Query{Conditions: c})
	switch {
	case err == nil:
		return q.allowed(&res), nil
	case dav.KindOf(err) == dav.NotFound:
		return q.allowed(nil), nil
	}
	return "", err
}

// allowNow is allow for a 405, which has to have some Allow.
func (q *request) allowNow() string {
	if !q.url.contains(q.r) {
		return "OPTIONS, PROPFIND"
	}
	allow, err := q.allow(nil)
	if err != nil {
		return "OPTIONS"
	}
	return allow
}

// allowed are the methods for res; nil is a URL that is not mapped.
func (q *request) allowed(res *dav.Resource) string {
	m := []string{"OPTIONS"}
	switch {
	case res == nil:
		m = append(m, "PUT", "MKCOL")
	case res.Path.IsRoot():
		m = append(m, "GET", "HEAD", "COPY", "PROPFIND", "PROPPATCH")
	case res.Collection:
		m = append(m, "GET", "HEAD", "DELETE", "COPY", "MOVE", "PROPFIND", "PROPPATCH")
	default:
		m = append(m, "GET", "HEAD", "PUT", "DELETE", "COPY", "MOVE", "PROPFIND", "PROPPATCH")
	}
	if q.locker != nil {
		m = append(m, "LOCK")
		if res != nil {
			m = append(m, "UNLOCK")
		}
	}
	return strings.Join(m, ", ")
}

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
	t, err := q.target(c)
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("DAV", q.compliance(t))
	h.Set("Allow", q.allow(t))
	if t&onMapped != 0 && q.has(canSearch) {
		h.Set("DASL", "<DAV:basicsearch>") // RFC 5323 section 3.2
	}
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// target is what the request URI leads to.
func (q *request) target(c *dav.Conditions) (target, error) {
	res, err := q.lookup(q.path, dav.Query{Conditions: c})
	switch {
	case err == nil:
		return targetOf(&res), nil
	case dav.KindOf(err) == dav.NotFound && reserved(q.path):
		return onReserved, nil
	case dav.KindOf(err) == dav.NotFound:
		return onUnmapped, nil
	}
	return 0, err
}

// allow is the value of Allow (RFC 9110 section 10.2.1): what works on t now.
func (q *request) allow(t target) string { return strings.Join(q.methodsOn(t), ", ") }

// allowNow is allow for a 405, which has to have some Allow.
func (q *request) allowNow() string {
	if !q.url.contains(q.r) {
		return "OPTIONS, PROPFIND"
	}
	t, err := q.target(nil)
	if err != nil {
		return "OPTIONS"
	}
	return q.allow(t)
}

package davserver

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// applied says which preferences the answer follows (RFC 7240 section 3), and
// that it could have been another.
func (q *request) applied(p davxml.Preferences) {
	h := q.w.Header()
	h.Add("Vary", "Prefer, Brief")
	if v := davxml.FormatPreferences(p); v != "" {
		h.Set("Preference-Applied", v)
	}
}

// done answers a method that made what is at p, or replaced it: with its
// content for a client that prefers that (RFC 8144 section 3.1).
func (q *request) done(p dav.Path, created bool) {
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	if !q.prefs.Representation || !q.represent(status, p) {
		q.applied(davxml.Preferences{})
		q.created(created)
	}
}

// orCurrent is err, the failure of a change. If a condition on the request URI
// was false, and the client prefers that, it answers with the content that
// stands, and is nil (RFC 8144 section 3.2).
func (q *request) orCurrent(err error) error {
	e, ok := errors.AsType[*dav.Error](err)
	if ok && e.Kind == dav.PreconditionFailed && e.Path == q.path &&
		q.prefs.Representation && q.represent(http.StatusPreconditionFailed, q.path) {
		return nil
	}
	return err
}

// represent answers with the content of the file at p. It is false, and nothing
// was answered, if there is none that could be had.
func (q *request) represent(status int, p dav.Path) bool {
	c := &dav.Conditions{Principal: dav.Principal(q.ctx()), Redirects: true}
	res, body, err := q.backend.Open(q.ctx(), p, c)
	if err != nil || body == nil {
		return false
	}
	defer body.Close()
	q.contentHeader(res)
	h := q.w.Header()
	h.Set("Content-Location", q.href(res.Path, false))
	h.Set("Content-Length", strconv.FormatInt(res.Length, 10))
	q.applied(davxml.Preferences{Representation: true})
	q.w.WriteHeader(status)
	if _, err := io.Copy(q.w, body); err != nil {
		panic(http.ErrAbortHandler)
	}
	return true
}

package davserver

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// statuses is the one place where kinds of errors become statuses.
var statuses = [...]int{
	dav.Internal:            http.StatusInternalServerError,
	dav.Invalid:             http.StatusBadRequest,
	dav.Unauthenticated:     http.StatusUnauthorized,
	dav.Forbidden:           http.StatusForbidden,
	dav.NotFound:            http.StatusNotFound,
	dav.NotAllowed:          http.StatusMethodNotAllowed,
	dav.Conflict:            http.StatusConflict,
	dav.PreconditionFailed:  http.StatusPreconditionFailed,
	dav.TooLarge:            http.StatusRequestEntityTooLarge,
	dav.UnsupportedMedia:    http.StatusUnsupportedMediaType,
	dav.RangeNotSatisfiable: http.StatusRequestedRangeNotSatisfiable,
	dav.Unprocessable:       http.StatusUnprocessableEntity,
	dav.Locked:              http.StatusLocked,
	dav.FailedDependency:    http.StatusFailedDependency,
	dav.NotImplemented:      http.StatusNotImplemented,
	dav.ForeignServer:       http.StatusBadGateway,
	dav.Unavailable:         http.StatusServiceUnavailable,
	dav.NoSpace:             http.StatusInsufficientStorage,
	dav.Loop:                http.StatusLoopDetected,
	dav.Redirection:         http.StatusFound, // or 301, as the reference says
}

// statusOf is the status of e.
func statusOf(e *dav.Error) int {
	if e.Kind == dav.Redirection {
		return redirectStatus(e.Redirected)
	}
	return statuses[e.Kind]
}

// retryAfter, in seconds, goes with 503.
const retryAfter = "5"

// told is err as the client may know it. The cause of an internal error goes
// to the log alone.
func (q *request) told(err error) *dav.Error {
	e, ok := errors.AsType[*dav.Error](err)
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		e = &dav.Error{Kind: dav.Unavailable, Message: "the request was given up before it was done"}
	case !ok || e.Kind == dav.Internal:
		q.log.ErrorContext(q.ctx(), "request failed", "method", q.r.Method, "path", q.path, "error", err)
		e = &dav.Error{Kind: dav.Internal, Message: "the server failed at this; its log says why"}
	case e.Kind == dav.Invalid: // what it says quotes the request, perhaps a lock token
		q.log.DebugContext(q.ctx(), "request refused", "method", q.r.Method, "path", q.path, "error", e.Kind)
	default:
		q.log.DebugContext(q.ctx(), "request refused", "method", q.r.Method, "path", q.path, "error", err)
	}
	return e
}

// refuse answers the whole request with err.
func (q *request) refuse(err error) {
	e := q.told(err)
	h := q.w.Header()
	switch e.Kind {
	case dav.NotAllowed:
		h.Set("Allow", q.allowNow())
	case dav.Unavailable:
		h.Set("Retry-After", retryAfter)
	case dav.Redirection:
		q.redirected(e.Redirected)
	}
	body := davxml.AppendError(nil, e, q.href)
	h.Set("Content-Type", multistatus.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(statusOf(e))
	if q.r.Method != http.MethodHead {
		q.w.Write(body)
	}
}

// failure fills r with what went wrong with the resource at href.
func (q *request) failure(r *multistatus.Response, href string, err error) {
	e := q.told(err)
	*r = multistatus.Response{Href: href, Status: statusOf(e), Error: q.conditionOf(e), Description: e.Message}
	if e.Kind == dav.Redirection {
		r.Location = q.location(e.Redirected, false)
	}
}

// conditionOf is the condition element of e for a Multi-Status; nil if none.
func (q *request) conditionOf(e *dav.Error) []multistatus.Condition {
	if e.Condition.Name.Local == "" {
		return nil
	}
	c := multistatus.Condition{Name: e.Condition.Name}
	for _, p := range e.Condition.Paths {
		c.Hrefs = append(c.Hrefs, q.href(p.Path, p.Collection))
	}
	return []multistatus.Condition{c}
}

func invalid(why string) error { return &dav.Error{Kind: dav.Invalid, Message: why} }

func (q *request) forbidden(why string) error {
	return &dav.Error{Kind: dav.Forbidden, Path: q.path, Message: why}
}

func (q *request) notFound() error {
	return &dav.Error{Kind: dav.NotFound, Path: q.path, Message: "there is no resource at this URL"}
}

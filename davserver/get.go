package davserver

import (
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// contentPolicy keeps what users stored from acting as the user who looks at
// it: no scripts, no forms, an origin of its own.
const contentPolicy = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"

// handleGet is GET and HEAD (RFC 4918 section 9.4).
func (q *request) handleGet() error {
	if reserved(q.path) {
		return q.getReserved()
	}
	c, err := q.readConditions()
	if err != nil {
		return err
	}
	res, body, err := q.backend.Open(q.ctx(), q.path, c)
	if err != nil {
		return err
	}
	switch {
	case res.Collection && q.wantsMount():
		return q.serveMount(res)
	case res.Collection:
		return q.listCollection(res)
	}
	defer body.Close()
	return q.serveContent(res, body)
}

func (q *request) serveContent(res *dav.Resource, body io.ReadSeeker) error {
	q.contentHeader(res)
	w := &rangeWriter{ResponseWriter: q.w}
	http.ServeContent(w, q.contentRequest(), "", res.Modified, body)
	if w.refused {
		q.w.Header().Del("Content-Language") // of the file, not of the refusal
		return &dav.Error{Kind: dav.RangeNotSatisfiable, Path: q.path, Message: "the file has no byte in this range"}
	}
	return nil
}

// contentHeader sets what goes with the content of a file.
func (q *request) contentHeader(res *dav.Resource) {
	h := q.w.Header()
	q.validators(res)
	h.Set("Content-Type", mediaType(res))
	if res.Language != "" {
		h.Set("Content-Language", res.Language)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentPolicy)
}

// contentRequest is the request as http.ServeContent is to judge it. Of a header
// it reads the first line alone, and no further than to what is no entity tag;
// it refuses ranges that RFC 9110 section 14.2 ignores. What the backend has
// judged is left out.
func (q *request) contentRequest() *http.Request {
	r := *q.r
	r.Header = maps.Clone(q.r.Header)
	r.Header.Del("If-Match")
	r.Header.Del("If-Unmodified-Since")
	if tags := davxml.ParseETags(r.Header.Values("If-None-Match")); tags.Sent {
		r.Header.Del("If-Modified-Since")
		r.Header.Set("If-None-Match", davxml.FormatETags(tags))
	}
	unit, ranges, _ := strings.Cut(r.Header.Get("Range"), "=")
	if r.Method == http.MethodGet && strings.EqualFold(unit, "bytes") && ranges != "" {
		r.Header.Set("Range", "bytes="+ranges)
	} else {
		r.Header.Del("Range")
	}
	return &r
}

// rangeWriter holds back the 416 of http.ServeContent, so that it gets the body
// that every refusal has. It passes files on whole, for the kernel to copy.
type rangeWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *rangeWriter) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		w.refused = true
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func (w *rangeWriter) ReadFrom(r io.Reader) (int64, error) { return io.Copy(w.ResponseWriter, r) }

func (w *rangeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

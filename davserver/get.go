package davserver

import (
	"io"
	"net/http"

	"github.com/quiredav/quire/dav"
)

// contentPolicy keeps what users stored from acting as the user who looks at
// it: no scripts, no forms, an origin of its own.
const contentPolicy = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"

// handleGet is GET and HEAD (RFC 4918 section 9.4).
func (q *request) handleGet() error {
	c, err := q.readConditions()
	if err != nil {
		return err
	}
	res, body, err := q.backend.Open(q.ctx(), q.path, c)
	if err != nil {
		return err
	}
	if res.Collection {
		return q.listCollection(res)
	}
	defer body.Close()
	return q.serveContent(res, body)
}

func (q *request) serveContent(res *dav.Resource, body io.ReadSeeker) error {
	h := q.w.Header()
	q.validators(res)
	h.Set("Content-Type", mediaType(res))
	if res.Language != "" {
		h.Set("Content-Language", res.Language)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentPolicy)
	w := &rangeWriter{ResponseWriter: q.w}
	http.ServeContent(w, q.r, "", res.Modified, body)
	if w.refused {
		h.Del("Content-Language") // of the file, not of the refusal
		return &dav.Error{Kind: dav.RangeNotSatisfiable, Path: q.path, Message: "the file has no byte in this range"}
	}
	return nil
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

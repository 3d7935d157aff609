package davserver

import (
	"net/http"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// mountQuery, on the URL of a collection, asks for its mount document, as in the
// example of RFC 4709 section 4.
const mountQuery = "?action=davmount"

func (q *request) wantsMount() bool { return q.r.URL.Query().Get("action") == "davmount" }

// serveMount answers GET with the mount document of a collection: a browser
// hands it to the WebDAV client of its system (RFC 4709).
func (q *request) serveMount(res *dav.Resource) error {
	who := dav.Principal(q.ctx())
	h := q.w.Header()
	if who != "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Authorization")
	body := davxml.AppendMount(nil, q.url.absolute(res.Path, true), who)
	h.Set("Content-Type", davxml.MountType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	q.w.WriteHeader(http.StatusOK)
	if q.r.Method != http.MethodHead {
		q.w.Write(body)
	}
	return nil
}

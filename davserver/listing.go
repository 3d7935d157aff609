package davserver

import (
	"bufio"
	"html"
	"net/http"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// listCollection answers GET on a collection with a page of links, streamed.
func (q *request) listCollection(res *dav.Resource) error {
	q.locateCollection(res)
	if q.r.Method == http.MethodHead {
		q.listingHeader(res)
		return nil
	}
	var page *bufio.Writer
	for m, err := range q.resources(q.path, dav.Query{Depth: dav.Depth1}) {
		switch {
		case err != nil && page == nil:
			return err
		case err != nil:
			q.told(err)
			page.Flush()
			panic(http.ErrAbortHandler)
		case page == nil:
			q.listingHeader(res)
			page = bufio.NewWriter(q.w)
			q.listingHead(page, m)
		case !reserved(m.Path) || reserved(q.path):
			q.listingRow(page, m)
		}
	}
	if page == nil {
		return q.notFound()
	}
	page.WriteString("</ul>\n</body>\n</html>\n")
	return page.Flush()
}

func (q *request) listingHeader(res *dav.Resource) {
	h := q.w.Header()
	q.validators(res)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	q.w.WriteHeader(http.StatusOK)
}

func (q *request) listingHead(page *bufio.Writer, res *dav.Resource) {
	title := html.EscapeString(string(res.Path))
	page.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n")
	if !reserved(res.Path) {
		page.WriteString("<p><a type=\"" + davxml.MountType + "\" href=\"" + html.EscapeString(q.href(res.Path, true)+mountQuery) + "\">Mount in a WebDAV client</a></p>\n")
	}
	page.WriteString("<ul>\n")
	if !res.Path.IsRoot() && !reserved(res.Path.Parent()) {
		q.listingLink(page, res.Path.Parent(), true, "..")
		page.WriteString("</li>\n")
	}
}

func (q *request) listingRow(page *bufio.Writer, m *dav.Resource) {
	name := m.Path.Name()
	if m.Collection {
		name += "/"
	}
	q.listingLink(page, m.Path, m.Collection, name)
	if !m.Collection && m.Redirect == nil && m.Err == nil {
		page.WriteString(" " + strconv.FormatInt(m.Length, 10) + " bytes")
	}
	page.WriteString("</li>\n")
}

func (q *request) listingLink(page *bufio.Writer, p dav.Path, collection bool, text string) {
	page.WriteString("<li><a href=\"" + html.EscapeString(q.href(p, collection)) + "\">" + html.EscapeString(text) + "</a>")
}

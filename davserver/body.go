package davserver

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// wantXML refuses a body that is no XML by its Content-Type; a missing one is
// taken for XML, as clients are careless there.
func (q *request) wantXML() error {
	if err := q.wantPlainCoding(); err != nil {
		return err
	}
	ct := q.r.Header.Get("Content-Type")
	if ct == "" || q.r.ContentLength == 0 {
		return nil
	}
	mt, _, err := mime.ParseMediaType(ct)
	if err != nil {
		mt, _, _ = strings.Cut(ct, ";")
	}
	switch strings.ToLower(strings.TrimSpace(mt)) {
	case "text/xml", "application/xml":
		return nil
	}
	return &dav.Error{Kind: dav.UnsupportedMedia, Path: q.path, Message: "the body has to be application/xml"}
}

// wantPlainCoding refuses a body that would have to be decoded first.
func (q *request) wantPlainCoding() error {
	if ce := q.r.Header.Get("Content-Encoding"); ce != "" && !strings.EqualFold(ce, "identity") {
		return &dav.Error{Kind: dav.UnsupportedMedia, Path: q.path, Message: "a body with a Content-Encoding is not understood"}
	}
	return nil
}

// wantNoBody refuses a body that would go unread (RFC 4918 section 8.4).
func (q *request) wantNoBody() error {
	some, err := hasBody(q.r)
	switch {
	case err != nil:
		return brokenOff(err)
	case some:
		return &dav.Error{Kind: dav.UnsupportedMedia, Path: q.path, Message: "a body with " + q.r.Method + " is not understood"}
	}
	return nil
}

func hasBody(r *http.Request) (bool, error) {
	if r.ContentLength >= 0 {
		return r.ContentLength > 0, nil
	}
	n, err := io.ReadFull(r.Body, make([]byte, 1))
	if err == io.EOF {
		err = nil
	}
	return n > 0, err
}

func brokenOff(err error) error {
	return &dav.Error{Kind: dav.Invalid, Message: "the body broke off", Err: err}
}

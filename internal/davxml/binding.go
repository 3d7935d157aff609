package davxml

import (
	"io"
	"net/url"
	"strings"

	"github.com/quiredav/quire/dav"
)

// Binding is the body of BIND, REBIND or UNBIND (RFC 5842 sections 4 to 6).
type Binding struct {
	Segment string // as it stands there, percent-encoded; see [DecodeSegment]
	Href    string // as it stands there; "" in UNBIND
}

// ReadBinding reads the body of a method: root is bind, rebind or unbind.
func ReadBinding(body io.Reader, l Limits, root string) (*Binding, error) {
	d, err := open(body, l, root)
	if err == errEmpty {
		return nil, invalid("the body is missing; DAV:" + root + " is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	b := &Binding{}
	segments, hrefs := 0, 0
	err = d.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("segment"):
			segments++
			b.Segment = d.content()
		case dav.DAV("href"):
			hrefs++
			b.Href = d.content()
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, err
	case segments != 1:
		return nil, invalid(root + " has to have one segment in it")
	case root == "unbind":
		b.Href = ""
	case hrefs != 1 || b.Href == "":
		return nil, invalid(root + " has to have one href in it")
	}
	return b, nil
}

// AppendBinding appends the body of a method: root is bind, rebind or unbind.
func AppendBinding(b []byte, root string, x *Binding) []byte {
	b = append(b, prolog+`<D:`+root+` xmlns:D="DAV:">`...)
	b = appendElement(b, "D:segment", x.Segment)
	if x.Href != "" {
		b = appendElement(b, "D:href", x.Href)
	}
	return append(b, "</D:"+root+">"...)
}

// DecodeSegment decodes a path segment as it stands in a URL (RFC 3986 section
// 3.3). The error, of kind Invalid, says why it can't name a member of a
// collection; see [dav.CheckSegment].
func DecodeSegment(s string) (string, error) {
	seg, err := url.PathUnescape(s)
	if err != nil {
		return "", invalid("the segment has a broken percent-encoding")
	}
	return seg, dav.CheckSegment(seg)
}

// AppendSegment appends a decoded segment as it stands in a URL and in XML.
func AppendSegment(b []byte, segment string) []byte {
	return appendText(b, dav.Path(segment).Href(false))
}

// content is the text of the current element, without the white space around it.
func (d *document) content() string { return strings.Trim(string(d.Content()), " \t\r\n") }

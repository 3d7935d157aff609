package davxml

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// ReadMkcol reads a mkcol body (RFC 5689 section 5.1): the properties to set, in
// document order. An empty body has none.
func ReadMkcol(body io.Reader, l Limits) ([]dav.PropertyUpdate, error) {
	d, err := open(body, l, "mkcol")
	if err == errEmpty {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	var updates []dav.PropertyUpdate
	err = d.children(func(name dav.Name) (err error) {
		if name == dav.DAV("set") {
			updates, err = d.updates(updates, false)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, err
	}
	return updates, nil
}

// AppendMkcol appends the body for the properties to be set. One whose XML is ""
// is set empty.
func AppendMkcol(b []byte, updates []dav.PropertyUpdate) []byte {
	b = append(b, prolog+`<D:mkcol xmlns:D="DAV:">`...)
	if len(updates) > 0 {
		b = append(b, "<D:set><D:prop>"...)
		for _, u := range updates {
			if u.XML == "" {
				b = appendEmpty(b, u.Name)
			} else {
				b = append(b, u.XML...)
			}
		}
		b = append(b, "</D:prop></D:set>"...)
	}
	return append(b, "</D:mkcol>"...)
}

// ChildNames are the names of the elements in a property like
// [dav.Property.XML], such as the types in a resourcetype.
func ChildNames(element string) (names []dav.Name) {
	s := xmlscan.New(strings.NewReader(element), xmlscan.Options{MaxToken: len(element) + 1})
	s.Root()
	for s.Child(1) {
		names = append(names, s.Name())
	}
	return names
}

// Propstat tells what became of a property in the answer to MKCOL.
type Propstat struct {
	Name   dav.Name
	Status int
	Err    *dav.Error // its condition and sentence are told; may be nil
}

// AppendMkcolResponse appends the document that answers an extended MKCOL which
// failed at a property (RFC 5689 section 5.2).
func AppendMkcolResponse(b []byte, list []Propstat, href func(p dav.Path, collection bool) string) []byte {
	b = append(b, prolog+`<D:mkcol-response xmlns:D="DAV:">`...)
	for _, p := range list {
		b = append(b, "<D:propstat><D:prop>"...)
		b = appendEmpty(b, p.Name)
		b = append(b, "</D:prop>"...)
		b = appendElement(b, "D:status", "HTTP/1.1 "+strconv.Itoa(p.Status)+" "+http.StatusText(p.Status))
		if p.Err != nil {
			if c := p.Err.Condition; c.Name.Local != "" {
				b = append(b, "<D:error>"...)
				b = appendCondition(b, c.Name, c.Paths, href)
				b = append(b, "</D:error>"...)
			}
			if p.Err.Message != "" {
				b = appendElement(b, "D:responsedescription", p.Err.Message)
			}
		}
		b = append(b, "</D:propstat>"...)
	}
	return append(b, "</D:mkcol-response>"...)
}

package davxml

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// Limits bound what a request body may cost. A zero field means its default. A
// body over a limit is TooLarge.
type Limits struct {
	Bytes         int64 // of the body, what its values must carry from outside included; default 4 MiB
	Depth         int   // elements open at once; default 128
	Properties    int   // named or changed in one request; default 1,000
	PropertyBytes int   // of one property or lock owner as it is kept; default 1 MiB
	Terms         int   // operators and sort keys of one query; default 500
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 4 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 128
	}
	if l.Properties <= 0 {
		l.Properties = 1000
	}
	if l.PropertyBytes <= 0 {
		l.PropertyBytes = 1 << 20
	}
	if l.Terms <= 0 {
		l.Terms = 500
	}
	return l
}

// document is a body being read. Elements that its reader does not ask for are
// skipped with all they hold (RFC 4918 section 17). Nothing that was read
// counts before end has returned nil.
type document struct {
	xmlscan.Scanner
	limits Limits
	buf    []byte // a captured value
}

// documents that were closed, for the sake of their buffers.
var documents = sync.Pool{New: func() any { return new(document) }}

// errEmpty says that there was no document; it never leaves the package.
var errEmpty = errors.New("the body is empty")

// open reads up to the start of the root, which must be one of the DAV: elements
// locals, if there are any. Without error, the caller closes the document.
func open(body io.Reader, l Limits, locals ...string) (*document, error) {
	d := documents.Get().(*document)
	d.limits = l.withDefaults()
	d.Reset(body, xmlscan.Options{
		MaxBytes: d.limits.Bytes,
		MaxDepth: d.limits.Depth,
		MaxToken: max(d.limits.PropertyBytes, 64<<10),
	})
	if err := d.root(locals); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *document) root(locals []string) error {
	root := d.Root()
	switch err := d.Err(); {
	case errors.Is(err, xmlscan.ErrEmpty):
		return errEmpty
	case err != nil:
		return refuse(err)
	case len(locals) > 0 && (root.Space != dav.Namespace || !slices.Contains(locals, root.Local)):
		return invalid("the body is a " + quote(root.String()) + " element where DAV:" + locals[0] + " is wanted")
	}
	return nil
}

func (d *document) close() {
	const most = 64 << 10 // of a buffer that is worth keeping
	if cap(d.buf) > most {
		d.buf = nil
	}
	d.Reset(nil, xmlscan.Options{})
	documents.Put(d)
}

// end reads what is left.
func (d *document) end() error {
	if err := d.Finish(); err != nil {
		return refuse(err)
	}
	return nil
}

// children calls f at the start of each child of the current element, until
// the first error.
func (d *document) children(f func(name dav.Name) error) error {
	for depth := d.Depth(); d.Child(depth); {
		if err := f(d.Name()); err != nil {
			return err
		}
	}
	return nil // a fault of the document comes out at its end
}

// value captures the current element as [dav.Property.XML] wants it.
func (d *document) value() (string, error) {
	d.buf = d.Capture(d.buf[:0])
	if d.Err() == nil && len(d.buf) > d.limits.PropertyBytes {
		return "", tooLarge(fmt.Sprintf("a property or lock owner takes more than %d bytes", d.limits.PropertyBytes))
	}
	return string(d.buf), nil
}

func (d *document) countProperties(n int) error {
	if n > d.limits.Properties {
		return tooLarge(fmt.Sprintf("the body names more than %d properties", d.limits.Properties))
	}
	return nil
}

// refuse turns an error of the scanner or of the body into what the client is
// told.
func refuse(err error) error {
	var broken *xmlscan.Error
	var cut *http.MaxBytesError
	switch {
	case errors.Is(err, xmlscan.ErrDTD):
		return &dav.Error{
			Kind:      dav.Forbidden,
			Condition: dav.Condition{Name: dav.NoExternalEntities},
			Message:   "the body has a document type declaration, and those are refused",
		}
	case errors.Is(err, xmlscan.ErrLimit):
		return tooLarge("the body is refused: " + err.Error())
	case errors.As(err, &broken):
		return invalid("the body is refused: " + err.Error())
	case errors.As(err, &cut):
		return tooLarge(fmt.Sprintf("the body has more than %d bytes", cut.Limit))
	}
	return &dav.Error{Kind: dav.Invalid, Message: "the body could not be read to its end", Err: err}
}

func tooLarge(why string) error { return &dav.Error{Kind: dav.TooLarge, Message: why} }

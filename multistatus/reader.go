package multistatus

import (
	"bytes"
	"errors"
	"io"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// ReaderOptions bound what a Reader takes. Zero values mean the defaults.
type ReaderOptions struct {
	MaxBytes    int64 // of the body; default: no bound, for memory doesn't grow with it
	MaxResponse int64 // bytes of one response; default 8 MiB
	MaxText     int   // bytes of one tag, or of text from tag to tag; default 1 MiB
	MaxDepth    int   // elements open at once; default 128
}

// Reader reads the body of a 207. It is not safe for concurrent use.
//
// It takes what servers send: any prefix, UTF-8 or UTF-16, children in any
// order, elements that it does not know (they are skipped, RFC 4918 section
// 17), statuses that nobody has heard of, text around a status line. It
// refuses every document type declaration.
type Reader struct {
	s           *xmlscan.Scanner
	o           ReaderOptions
	err         error // it sticks
	begun       bool
	description string
	syncToken   string

	r      Response
	parts  []part
	errors []Condition
	props  []Property
	ends   []int  // where in values the value of each property ends
	values []byte // of the properties
}

// part is a propstat that is being read.
type part struct {
	from, to           int // in Reader.props
	errorFrom, errorTo int // in Reader.errors
	status, statuses   int // the last one, and how many
	description        string
}

// NewReader returns a Reader for the body r.
func NewReader(r io.Reader, o ReaderOptions) *Reader {
	if o.MaxResponse == 0 {
		o.MaxResponse = 8 << 20
	}
	return &Reader{o: o, s: xmlscan.New(r, xmlscan.Options{
		MaxBytes: o.MaxBytes, MaxDepth: o.MaxDepth, MaxToken: o.MaxText})}
}

// Next reads the next response. The response, with all it points to but its
// strings, is good until the next call; [Response.Clone] keeps one.
//
// At the end of a body that is whole, the error is io.EOF. A body that ends
// too early gives an error that wraps io.ErrUnexpectedEOF. What is wrong with
// the body is a *dav.Error of kind Invalid, or TooLarge if it is over a limit.
// A fault of the io.Reader comes back as it is.
//
// After a response whose shape makes no sense, such as one without an href,
// Next can be called again for those behind it: the error is a
// [*ResponseError]. Every other error stays.
func (r *Reader) Next() (*Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	if !r.begun {
		r.begun = true
		if root := r.s.Root(); r.s.Err() == nil && root != dav.DAV("multistatus") {
			r.err = &dav.Error{Kind: dav.Invalid, Message: "the root element is " + root.String() + ", not multistatus in DAV:"}
			return nil, r.err
		}
	}
	for r.s.Child(1) {
		switch local(r.s) {
		case "response":
			return r.response()
		case "responsedescription":
			r.description = string(r.s.Content())
		case "sync-token":
			r.syncToken = string(bytes.TrimSpace(r.s.Content()))
		}
	}
	r.err = scanError(r.s.Finish())
	if r.err == nil {
		r.err = io.EOF
	}
	return nil, r.err
}

// Description is the responsedescription of the whole. It is known when Next
// has returned io.EOF.
func (r *Reader) Description() string { return r.description }

// SyncToken is DAV:sync-token (RFC 6578 section 6.4). It is known when Next has
// returned io.EOF.
func (r *Reader) SyncToken() string { return r.syncToken }

// ResponseError tells of a response whose shape makes no sense. The body as a
// whole may still be read.
type ResponseError struct {
	Href string // "" if there was none
	Msg  string
}

func (e *ResponseError) Error() string {
	if e.Href == "" {
		return "multistatus: a response " + e.Msg
	}
	return "multistatus: the response for " + e.Href + " " + e.Msg
}

// Unwrap makes a *dav.Error of kind Invalid of it.
func (e *ResponseError) Unwrap() error {
	return &dav.Error{Kind: dav.Invalid, Message: e.Msg}
}

func scanError(err error) error {
	if _, ours := errors.AsType[*xmlscan.Error](err); !ours {
		return err
	}
	kind := dav.Invalid
	if errors.Is(err, xmlscan.ErrLimit) {
		kind = dav.TooLarge
	}
	return &dav.Error{Kind: kind, Message: "the multistatus can't be read", Err: err}
}

// local is the local name of the current element if it is in DAV:, else "".
func local(s *xmlscan.Scanner) string {
	if n := s.Name(); n.Space == dav.Namespace {
		return n.Local
	}
	return ""
}

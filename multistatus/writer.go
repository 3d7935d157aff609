package multistatus

import (
	"errors"
	"hash/maphash"
	"io"
	"sync"

	"github.com/quiredav/quire/dav"
)

const (
	prolog = `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<D:multistatus xmlns:D="DAV:">`

	fullBuffer = 32 << 10 // bytes at which the buffer is written out
	mostBuffer = 1 << 20  // bytes of a buffer worth keeping
)

// Writer writes the body of a 207. It is not safe for concurrent use.
//
// Responses are written one after the other, each as soon as the buffer is
// full, so a listing of any length takes constant memory. Nothing reaches the
// io.Writer before the first buffer is full, or Flush or Close is called with
// something to write: until then a server can still choose another status.
//
// A server that fails when part of the body is on the wire tells it with Break
// and breaks the connection, since a document that is closed claims to be
// whole.
type Writer struct {
	w io.Writer
	*writerState
	begun       bool
	description string
	syncToken   string
	err         error // of w; it sticks
}

// writerState is what one Writer leaves to the next.
type writerState struct {
	buf    []byte
	tags   tags
	serial uint64 // of the response, counted over all documents
	hrefs  hrefs
}

var writerStates = sync.Pool{New: func() any { return &writerState{} }}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, writerState: writerStates.Get().(*writerState)}
}

// ErrClosed is returned by a Writer that was closed.
var ErrClosed = errors.New("multistatus: the writer is closed")

// SetDescription sets the responsedescription of the whole (RFC 4918 section
// 14.25). It may be called at any time before Close.
func (w *Writer) SetDescription(s string) { w.description = s }

// SetSyncToken sets DAV:sync-token (RFC 6578 section 6.4). It may be called at
// any time before Close.
func (w *Writer) SetSyncToken(s string) { w.syncToken = s }

// Write writes one response. The caller may use r again.
//
// A response that would break the shape rules of RFC 4918 is refused as a
// *dav.Error of kind Internal, and nothing of it is written; other responses
// can follow. Refused are: no href; neither status nor propstat, or both;
// further hrefs with propstats (section 14.24); a status outside 200 to 599; a
// redirect status without location (section 13.2); a property that occurs
// twice (section 9.1) or has a name that XML can't hold; a Whole property
// without a value. An href that occurs twice is refused if it equals the first
// one, the last one, or one of those that a table of the last few hundred
// remembers; a listing may be too long to remember every one. Href is written
// as it is given, save for XML's escapes.
//
// Propstats of the 200s are written before the others, since some clients take
// what comes first.
func (w *Writer) Write(r *Response) error {
	if w.err != nil {
		return w.err
	}
	w.serial++
	w.tags.trim()
	if why := w.check(r); why != "" {
		return refusal(r, why)
	}
	w.begin()
	w.hrefs.add(r.Href)
	for _, h := range r.More {
		w.hrefs.add(h)
	}
	w.response(r)
	if len(w.buf) >= fullBuffer {
		return w.Flush()
	}
	return nil
}

func refusal(r *Response, why string) error {
	which := "a response"
	if r.Href != "" {
		which = "the response for " + r.Href
	}
	return &dav.Error{Kind: dav.Internal, Message: "multistatus: " + which + " " + why}
}

// Flush hands everything written so far to the io.Writer.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	_, w.err = w.w.Write(w.buf)
	if w.buf = w.buf[:0]; cap(w.buf) > mostBuffer {
		w.buf = nil
	}
	return w.err
}

// Close ends the document and hands it to the io.Writer, which it does not
// close. A document without responses is valid too (RFC 4918 section 14.16).
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.begin()
	w.text("responsedescription", w.description)
	w.text("sync-token", w.syncToken)
	w.buf = append(w.buf, "</D:multistatus>"...)
	if err := w.Flush(); err != nil {
		return err
	}
	w.hrefs.reset()
	writerStates.Put(w.writerState)
	w.writerState = nil
	w.err = ErrClosed
	return nil
}

// Break writes a last response that tells why the document ends here, and hands
// everything to the io.Writer. Its href, most often that of the request URI,
// may have come before. The document stays open, so that no reader takes it for
// whole; the caller breaks the connection.
func (w *Writer) Break(r *Response) error {
	if w.err != nil {
		return w.err
	}
	w.hrefs.reset()
	if err := w.Write(r); err != nil {
		return err
	}
	return w.Flush()
}

func (w *Writer) begin() {
	if !w.begun {
		w.begun = true
		w.buf = append(w.buf, prolog...)
	}
}

func (w *Writer) response(r *Response) {
	w.buf = append(w.buf, "<D:response>"...)
	w.href(r.Href)
	for _, h := range r.More {
		w.href(h)
	}
	if r.Status != 0 {
		w.buf = append(w.buf, statusElements[r.Status]...)
	}
	for i := range r.Propstats {
		if p := &r.Propstats[i]; p.Status < 300 {
			w.propstat(p)
		}
	}
	for i := range r.Propstats {
		if p := &r.Propstats[i]; p.Status >= 300 {
			w.propstat(p)
		}
	}
	w.conditions(r.Error)
	w.text("responsedescription", r.Description)
	if r.Location != "" {
		w.buf = append(w.buf, "<D:location>"...)
		w.href(r.Location)
		w.buf = append(w.buf, "</D:location>"...)
	}
	if len(r.Extra) > 0 {
		w.buf = append(w.buf, r.Extra...)
	}
	w.buf = append(w.buf, "</D:response>"...)
}

func (w *Writer) propstat(p *Propstat) {
	if len(p.Properties) == 0 {
		w.buf = append(w.buf, "<D:propstat><D:prop/>"...)
	} else {
		w.buf = append(w.buf, "<D:propstat><D:prop>"...)
		for i := range p.Properties {
			w.property(&p.Properties[i])
		}
		w.buf = append(w.buf, "</D:prop>"...)
	}
	w.buf = append(w.buf, statusElements[p.Status]...)
	w.conditions(p.Error)
	w.text("responsedescription", p.Description)
	w.buf = append(w.buf, "</D:propstat>"...)
}

func (w *Writer) property(p *Property) {
	if p.Form == Whole {
		w.buf = append(w.buf, p.Value...)
		return
	}
	t := w.tags.get(p.Name)
	if len(p.Value) == 0 {
		w.buf = append(w.buf, t.empty...)
		return
	}
	w.buf = append(w.buf, t.open...)
	if p.Form == Inner {
		w.buf = append(w.buf, p.Value...)
	} else {
		w.buf = appendText(w.buf, p.Value)
	}
	w.buf = append(w.buf, t.close...)
}

func (w *Writer) conditions(conditions []Condition) {
	if len(conditions) == 0 {
		return
	}
	w.buf = append(w.buf, "<D:error>"...)
	for i := range conditions {
		c := &conditions[i]
		t := w.tags.get(c.Name)
		if len(c.Hrefs) == 0 {
			w.buf = append(w.buf, t.empty...)
			continue
		}
		w.buf = append(w.buf, t.open...)
		for _, h := range c.Hrefs {
			w.href(h)
		}
		w.buf = append(w.buf, t.close...)
	}
	w.buf = append(w.buf, "</D:error>"...)
}

func (w *Writer) href(h string) {
	w.buf = append(w.buf, "<D:href>"...)
	w.buf = appendText(w.buf, h)
	w.buf = append(w.buf, "</D:href>"...)
}

// text writes an element in DAV: that holds text, if there is any.
func (w *Writer) text(local, text string) {
	if text == "" {
		return
	}
	w.buf = append(w.buf, "<D:"...)
	w.buf = append(w.buf, local...)
	w.buf = append(w.buf, '>')
	w.buf = appendText(w.buf, text)
	w.buf = append(w.buf, "</D:"...)
	w.buf = append(w.buf, local...)
	w.buf = append(w.buf, '>')
}

// hrefs remembers some of the hrefs written: the first, and in table those
// whose place no later one took, which include the last.
type hrefs struct {
	first string
	table []string
}

const hrefTable = 512

var hrefSeed = maphash.MakeSeed()

func hrefPlace(h string) int { return int(maphash.String(hrefSeed, h) % hrefTable) }

func (s *hrefs) has(h string) bool {
	return h == s.first || s.table != nil && s.table[hrefPlace(h)] == h
}

// add makes the table only when there are two, for an answer about one
// resource is the most usual.
func (s *hrefs) add(h string) {
	if s.first == "" {
		s.first = h
		return
	}
	if s.table == nil {
		s.table = make([]string, hrefTable)
	}
	s.table[hrefPlace(h)] = h
}

func (s *hrefs) reset() {
	s.first = ""
	clear(s.table)
}

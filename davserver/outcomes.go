package davserver

import (
	"bufio"
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/multistatus"
)

// outcomes answers a method on many resources: nothing while all goes well, a
// Multi-Status as soon as a member fails (RFC 4918 section 13).
type outcomes struct {
	q          *request
	collection bool  // the request URI is known to be one
	first      error // the first failure
	buf        *bufio.Writer
	mw         *multistatus.Writer
	err        error // of writing
}

// outcomesBuffer is how many bytes of failures wait for the method to end, so
// that a slow client does not hold up a backend amid its transaction.
const outcomesBuffer = 256 << 10

// report is the dav.Report of the method.
func (o *outcomes) report(out dav.Outcome) {
	if o.first == nil {
		o.first = out.Err
	}
	if o.q.quirks.plainFailure || o.err != nil {
		return
	}
	if o.mw == nil {
		o.q.w.Header().Set("Content-Type", multistatus.ContentType)
		o.q.w.WriteHeader(http.StatusMultiStatus)
		o.buf = bufio.NewWriterSize(o.q.w, outcomesBuffer)
		o.mw = multistatus.NewWriter(o.buf)
	}
	var r multistatus.Response
	o.q.failure(&r, o.q.href(out.Path, out.Collection), out.Err)
	o.err = o.mw.Write(&r)
}

// finish ends a method that returned err. answered means that no more is to be
// said; else the caller answers with the error or with its success.
func (o *outcomes) finish(err error) (answered bool, _ error) {
	switch {
	case o.mw == nil && err != nil:
		return false, err
	case o.mw == nil:
		return false, o.first
	}
	if err != nil && o.err == nil { // too late for a plain status
		var r multistatus.Response
		o.q.failure(&r, o.q.href(o.q.path, o.q.slash || o.collection), err)
		o.err = o.mw.Write(&r)
	}
	if o.err == nil {
		o.err = o.mw.Close()
	}
	if o.err == nil {
		o.err = o.buf.Flush()
	}
	if o.err != nil {
		panic(http.ErrAbortHandler) // a shortened list of failures must not pass for all of them
	}
	return true, nil
}

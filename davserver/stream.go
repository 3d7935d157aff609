package davserver

import (
	"errors"
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/multistatus"
)

// stream is a 207 on its way out. What fails before begin is an error of the
// whole request; after it, every reader must see that the document isn't whole.
type stream struct {
	mw   *multistatus.Writer // nil before begin
	self string              // href of the request URI
}

// errGone says that the client takes no more.
var errGone = errors.New("the client has gone")

// begin sends the status line. self is the href of the request URI.
func (a *answer) begin(self string) {
	a.self = self
	a.w.Header().Set("Content-Type", multistatus.ContentType)
	a.applied(a.prefs)
	a.w.WriteHeader(http.StatusMultiStatus)
	a.mw = multistatus.NewWriter(a.w)
}

// write sends what there is to tell of r. The error is errGone.
func (a *answer) write(r *dav.Resource) error {
	err := a.mw.Write(a.tell(r))
	if _, refused := errors.AsType[*dav.Error](err); refused { // an unfit response is the trouble of its resource alone
		a.failure(&a.resp, a.href(r.Path, r.Collection), err)
		err = a.mw.Write(&a.resp)
	}
	return a.gone(err)
}

// send sends a response. The error is errGone.
func (a *answer) send(r *multistatus.Response) error { return a.gone(a.mw.Write(r)) }

// gone is errGone if writing failed with err.
func (a *answer) gone(err error) error {
	if err == nil {
		return nil
	}
	a.log.DebugContext(a.ctx(), "answer given up", "method", a.r.Method, "path", a.path, "error", err)
	return errGone
}

// end closes the document. A client that has gone gets nothing more.
func (a *answer) end() error {
	if err := a.mw.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// breakOff tells of what failed after the first byte, and breaks the
// connection, so that nobody takes what there is for the whole.
func (a *answer) breakOff(err error) {
	if !errors.Is(err, errGone) {
		a.failure(&a.resp, a.self, err)
		if a.mw.Break(&a.resp) == nil {
			http.NewResponseController(a.w).Flush()
		}
	}
	panic(http.ErrAbortHandler)
}

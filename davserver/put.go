package davserver

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

// handlePut is PUT (RFC 9110 section 9.3.4, RFC 4918 section 9.7). The backend
// judges whether it may before it reads the body, which is when the client is
// told to go on (Expect: 100-continue).
func (q *request) handlePut() error {
	r, body, err := q.readPut()
	if err != nil {
		return err
	}
	if err := q.wantNoSlash(); err != nil {
		return err
	}
	if r.Conditions, err = q.conditions(); err != nil {
		return err
	}
	res, created, err := q.backend.Put(q.ctx(), r)
	if err != nil {
		return q.orCurrent(body.blame(err))
	}
	q.stored(&r, res, created)
	return nil
}

// readPut reads a request whose body is to be stored at its URL, but for the
// conditions; of the body nothing is read yet.
func (q *request) readPut() (r dav.PutRequest, body *upload, err error) {
	h := q.r.Header
	if h.Get("Content-Range") != "" {
		return r, nil, invalid("a part of a file can't be stored here; send the whole file, without Content-Range")
	}
	if err := q.wantPlainCoding(); err != nil {
		return r, nil, err
	}
	if body, err = q.upload(); err != nil {
		return r, nil, err
	}
	at, err := q.position()
	return dav.PutRequest{
		Path: q.path, Body: body, Length: q.r.ContentLength,
		MediaType: headerText(h.Get("Content-Type")), Language: headerText(h.Get("Content-Language")),
		Modified: clientModified(h), Position: at,
	}, body, err
}

// stored answers for r, which made res.
func (q *request) stored(r *dav.PutRequest, res *dav.Resource, created bool) {
	if !r.Modified.IsZero() {
		q.w.Header().Set("X-OC-Mtime", "accepted")
	}
	q.validators(res)
	q.done(r.Path, created)
}

// validators sets ETag and Last-Modified.
func (q *request) validators(res *dav.Resource) {
	h := q.w.Header()
	if res.ETag != "" {
		h.Set("ETag", string(res.ETag))
	}
	if !res.Modified.IsZero() {
		h.Set("Last-Modified", res.Modified.UTC().Format(http.TimeFormat))
	}
}

// wantNoSlash refuses to make a file at a URL that names a collection.
func (q *request) wantNoSlash() error {
	if !q.slash {
		return nil
	}
	res, err := q.lookup(q.path, dav.Query{})
	switch {
	case err == nil && res.Redirect != nil: // the backend knows what to say
		return nil
	case err == nil && res.Collection:
		return &dav.Error{Kind: dav.NotAllowed, Path: q.path, Message: "a collection has no body to replace"}
	case err != nil && dav.KindOf(err) != dav.NotFound:
		return err
	}
	return &dav.Error{Kind: dav.Conflict, Path: q.path, Message: "a URL with a slash at its end names a collection; make one with MKCOL, or leave the slash out"}
}

// clientModified is the modification time that the client wants kept, in
// seconds since 1970 (ownCloud and rclone); zero if it wants none.
func clientModified(h http.Header) time.Time { return unixTime(h.Get("X-OC-Mtime")) }

func unixTime(s string) time.Time {
	whole, _, _ := strings.Cut(strings.TrimSpace(s), ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec <= 0 || sec > maxUnix {
		return time.Time{}
	}
	return time.Unix(sec, 0)
}

// maxUnix is the end of the year 9999, the last that an HTTP date can tell.
const maxUnix = 253402300799

// headerText is v if it can be told again in a header and in XML, else "".
func headerText(v string) string {
	const most = 1024
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return ""
		}
	}
	if len(v) > most {
		return ""
	}
	return v
}

// upload is the body of a PUT. It fails instead of ending if the client
// promised more, or something else.
type upload struct {
	r     io.Reader
	n     int64 // bytes read
	most  int64 // bytes allowed; 0: any number
	least int64 // bytes promised
	sum   *checksum
	err   error // why it failed; io.EOF never
}

func (q *request) upload() (*upload, error) {
	u := &upload{r: q.r.Body, most: q.limits.Body}
	if u.most > 0 && q.r.ContentLength > u.most {
		return nil, u.tooLarge()
	}
	// Finder announces the length in a header of its own, since it sends chunks.
	if n, err := strconv.ParseInt(q.r.Header.Get("X-Expected-Entity-Length"), 10, 64); err == nil {
		u.least = n
	}
	// An empty body with this header is one that a client failed to send again
	// after it was asked for its password.
	if n, err := strconv.ParseInt(q.r.Header.Get("OC-Total-Length"), 10, 64); err == nil && n > 0 {
		u.least = max(u.least, 1)
	}
	u.sum = newChecksum(q.r.Header.Get("OC-Checksum"))
	return u, nil
}

func (u *upload) Read(b []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.r.Read(b)
	u.n += int64(n)
	u.sum.write(b[:n])
	switch {
	case u.most > 0 && u.n > u.most:
		u.err = u.tooLarge()
	case err == io.EOF:
		if u.err = u.complete(); u.err == nil {
			return n, io.EOF
		}
	case err != nil:
		u.err = brokenOff(err)
	}
	return n, u.err
}

func (u *upload) complete() error {
	if u.n < u.least {
		return &dav.Error{Kind: dav.Invalid, Message: "the body is shorter than announced", Err: io.ErrUnexpectedEOF}
	}
	return u.sum.verify()
}

func (u *upload) tooLarge() error {
	return &dav.Error{Kind: dav.TooLarge, Message: "the body is longer than the " + strconv.FormatInt(u.most, 10) + " bytes that the server takes"}
}

// blame is the body's own error if that is why err came about.
func (u *upload) blame(err error) error {
	if u.err != nil && errors.Is(err, u.err) {
		return u.err
	}
	return err
}

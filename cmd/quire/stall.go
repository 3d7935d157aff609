package main

import (
	"io"
	"net/http"
	"time"
)

// cutStalled ends the connections of clients that neither send nor take a byte
// for a while. A transfer that goes on may take as long as it likes.
func cutStalled(patience time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &paced{ResponseWriter: w, control: http.NewResponseController(w), patience: patience}
		if r.Body != nil && r.Body != http.NoBody {
			p.unread = true
			body := r.Body
			r = r.WithContext(r.Context())
			r.Body = &pacedBody{ReadCloser: body, answer: p}
		}
		next.ServeHTTP(p, r)
		p.begin() // what is still buffered goes out after the handler
	})
}

// paced is a ResponseWriter each of whose writes must make progress. Writers
// that know no deadlines are left alone. No deadline stays set between writes,
// for HTTP/2 would act on it while the handler works.
type paced struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	unread   bool // the request has a body that was not read to its end
}

// begin sets the deadline of a write. If net/http will first read what is left
// of the body, there is one for that too, and the write's comes after it.
func (p *paced) begin() {
	deadline := time.Now().Add(p.patience)
	if p.unread {
		_ = p.control.SetReadDeadline(deadline)
		deadline = deadline.Add(p.patience)
	}
	_ = p.control.SetWriteDeadline(deadline)
}

func (p *paced) end() {
	if p.unread {
		_ = p.control.SetReadDeadline(time.Time{})
	}
	_ = p.control.SetWriteDeadline(time.Time{})
}

// FlushError is for [http.ResponseController].
func (p *paced) FlushError() error {
	p.begin()
	defer p.end()
	return p.control.Flush()
}

func (p *paced) Write(b []byte) (int, error) {
	p.begin()
	defer p.end()
	return p.ResponseWriter.Write(b)
}

// stride is how many bytes of a file must go out within the patience.
const stride = 256 << 10

// ReadFrom lets the system send a file by itself, stride by stride. net/http
// recognizes an *os.File in an io.LimitedReader, but not two of these around
// it, so a limit of the caller's is taken over.
func (p *paced) ReadFrom(src io.Reader) (total int64, err error) {
	limit, limited := src.(*io.LimitedReader)
	if limited {
		src = limit.R
	}
	defer p.end()
	for {
		step := int64(stride)
		if limited {
			step = min(step, limit.N)
		}
		p.begin()
		n, err := io.Copy(p.ResponseWriter, io.LimitReader(src, step))
		total += n
		if limited {
			limit.N -= n
		}
		if err != nil || n < step || limited && limit.N <= 0 {
			return total, err
		}
	}
}

// Unwrap is for [http.ResponseController].
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// pacedBody is a request body each of whose reads must make progress. The
// deadline is taken back after each, for the server itself waits on the
// connection while the handler works.
type pacedBody struct {
	io.ReadCloser
	answer *paced
}

func (b *pacedBody) Read(p []byte) (int, error) {
	c := b.answer.control
	_ = c.SetReadDeadline(time.Now().Add(b.answer.patience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.answer.unread = false
	}
	if err == nil || err == io.EOF {
		_ = c.SetReadDeadline(time.Time{})
	}
	return n, err
}

package main

import (
	"io"
	"net/http"
	"time"
)

// lingerTimeout is as long as net/http itself lingers.
const lingerTimeout = 500 * time.Millisecond

// linger lets an answer arrive that comes before the end of the request's body.
// When the client has said "Connection: close", as nginx does, net/http closes
// the connection with the body unread. The system then resets it under the
// client, which is still sending and may never see the answer: nginx makes 502
// of it. So the rest of the body is read and dropped, for patience at most.
func linger(patience time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.Close || r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body := &endNoter{ReadCloser: r.Body}
		r = r.WithContext(r.Context())
		r.Body = body
		next.ServeHTTP(w, r)
		if body.ended {
			return
		}
		control := http.NewResponseController(w)
		if control.Flush() == nil && control.SetReadDeadline(time.Now().Add(patience)) == nil {
			_, _ = io.Copy(io.Discard, body.ReadCloser)
		}
	})
}

// endNoter notes that the body has come to its end, good or bad.
type endNoter struct {
	io.ReadCloser
	ended bool
}

func (b *endNoter) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err != nil
	return n, err
}

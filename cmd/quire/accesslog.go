package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/quiredav/quire/dav"
)

// entry is what the access log tells of one request. Headers and queries are
// not in it: they can hold passwords and lock tokens.
type entry struct {
	http.ResponseWriter
	principal string
	status    int
	bytes     int64
}

type entryKey struct{}

// accessLog logs every request to next; client tells whose it is.
func accessLog(log *slog.Logger, now func() time.Time, client func(*http.Request) netip.Addr, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &entry{ResponseWriter: w}
		start := now()
		whole := false
		defer func() {
			switch {
			case !whole: // the handler panicked, and net/http breaks the connection
				e.status = http.StatusInternalServerError
			case e.status < 200:
				e.status = http.StatusOK // what net/http sends for a handler that says nothing
			}
			log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()),
				slog.Int("status", e.status), slog.Int64("bytes", e.bytes),
				slog.Duration("duration", now().Sub(start)),
				slog.String("principal", e.principal), slog.String("client", client(r).String()))
		}()
		next.ServeHTTP(e, r.WithContext(context.WithValue(r.Context(), entryKey{}, e)))
		whole = true
	})
}

// notePrincipal tells the access log who asks. It stands behind the handler
// that finds out.
func notePrincipal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e, ok := r.Context().Value(entryKey{}).(*entry); ok {
			e.principal = dav.Principal(r.Context())
		}
		next.ServeHTTP(w, r)
	})
}

func (e *entry) WriteHeader(status int) {
	if e.status < 200 { // an informational answer is not the last
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *entry) Write(p []byte) (int, error) {
	if e.status < 200 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(p)
	e.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the way open for the system to send a file by itself.
func (e *entry) ReadFrom(src io.Reader) (int64, error) {
	if e.status < 200 {
		e.status = http.StatusOK
	}
	n, err := io.Copy(e.ResponseWriter, src)
	e.bytes += n
	return n, err
}

// Unwrap is for [http.ResponseController].
func (e *entry) Unwrap() http.ResponseWriter { return e.ResponseWriter }

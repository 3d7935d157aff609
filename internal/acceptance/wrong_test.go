package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// request changes requests before the server sees them.
func request(change func(*http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			change(r)
			next.ServeHTTP(w, r)
		})
	}
}

// deaf drops fields.
func deaf(fields ...string) func(http.Handler) http.Handler {
	return request(func(r *http.Request) {
		for _, f := range fields {
			r.Header.Del(f)
		}
	})
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

// body changes the bodies of a method's requests.
func body(method string, change func([]byte) []byte) func(http.Handler) http.Handler {
	return request(func(r *http.Request) {
		if b, err := io.ReadAll(r.Body); r.Method == method && err == nil {
			setBody(r, string(change(b)))
		}
	})
}

func replacesBody(method, old, new string) func(http.Handler) http.Handler {
	return body(method, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(new)) })
}

// answers changes answers before the client sees them.
func answers(change func(*http.Request, *httptest.ResponseRecorder)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			rec.Header().Del("Content-Length")
			change(r, rec)
			relay(w, rec)
		})
	}
}

func relay(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	if rec.Code != 204 && rec.Code != 304 {
		w.Write(rec.Body.Bytes())
	}
}

// turns answers with one status in place of another.
func turns(from, to int) func(http.Handler) http.Handler {
	return answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if w.Code == from {
			w.Code = to
		}
	})
}

// instead answers a method without doing anything.
func instead(method string, status int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method {
				w.WriteHeader(status)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func replaces(pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(pattern)
	return answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		changed := re.ReplaceAll(w.Body.Bytes(), []byte(with))
		w.Body = bytes.NewBuffer(changed)
	})
}

// subrequest is a request that a flaw makes of its own, as the one who asked
// and with all lock tokens.
type subrequest func(method, path, body string) *httptest.ResponseRecorder

// before makes subrequests before the request is served.
func before(do func(subrequest, *http.Request)) func(http.Handler) http.Handler {
	return around("", do, nil)
}

// after makes subrequests when the method has succeeded.
func after(method string, do func(subrequest, *http.Request)) func(http.Handler) http.Handler {
	return around(method, nil, do)
}

func around(method string, before, after func(subrequest, *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		known := tokens{}
		watched := known.watch(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sub := func(method, path, body string) *httptest.ResponseRecorder {
				s := httptest.NewRequestWithContext(r.Context(), method, "http://"+r.Host, strings.NewReader(body))
				s.URL.Path = path
				s.Header.Set("If", known.all())
				rec := httptest.NewRecorder()
				watched.ServeHTTP(rec, s)
				return rec
			}
			if before != nil {
				before(sub, r)
			}
			rec := httptest.NewRecorder()
			watched.ServeHTTP(rec, r)
			if after != nil && r.Method == method && rec.Code < 300 && rec.Code != 207 {
				after(sub, r)
			}
			relay(w, rec)
		})
	}
}

// tokens are those of all locks that a server gave.
type tokens struct {
	mu   sync.Mutex
	path map[string]string // of each token
}

func (k *tokens) watch(next http.Handler) http.Handler {
	return answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		token := strings.Trim(w.Header().Get("Lock-Token"), "<>")
		if r.Method != "LOCK" || token == "" {
			return
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.path == nil {
			k.path = map[string]string{}
		}
		k.path[token] = r.URL.Path
	})(next)
}

// all is an If header that is true and submits every token.
func (k *tokens) all() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	value := "(Not <DAV:no-lock>)"
	for token := range k.path {
		value += " (<" + token + ">)"
	}
	return value
}

func (k *tokens) at(path string) (token string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for token, p := range k.path {
		if p == path {
			return token, true
		}
	}
	return "", false
}

// submitsAll takes every token for submitted by whoever asks.
func submitsAll(next http.Handler) http.Handler {
	known := &tokens{}
	watched := known.watch(next)
	return request(func(r *http.Request) {
		if r.Method != "LOCK" {
			r.Header.Set("If", known.all())
		}
	})(watched)
}

func readsNeedTokens(next http.Handler) http.Handler {
	known := &tokens{}
	return answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if _, locked := known.at(r.URL.Path); locked && r.Method == "GET" {
			w.Code = 423
		}
	})(known.watch(next))
}

// oneToken shows the same token for every lock, and knows what is meant.
func oneToken(next http.Handler) http.Handler {
	const shown = "<urn:uuid:11111111-2222-1333-8444-555555555555>"
	var mu sync.Mutex
	real := map[string]string{}
	meant := request(func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == "UNLOCK" && real[r.URL.Path] != "" {
			r.Header.Set("Lock-Token", real[r.URL.Path])
		}
	})(next)
	return answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if token := w.Header().Get("Lock-Token"); token != "" {
			mu.Lock()
			defer mu.Unlock()
			real[r.URL.Path] = token
			w.Header().Set("Lock-Token", shown)
		}
	})(meant)
}

// restartsTimers refreshes every lock after PUT and after a refresh.
func restartsTimers(next http.Handler) http.Handler {
	known := &tokens{}
	watched := known.watch(next)
	return answers(func(r *http.Request, _ *httptest.ResponseRecorder) {
		if r.Method != "PUT" && (r.Method != "LOCK" || r.ContentLength != 0) {
			return
		}
		known.mu.Lock()
		defer known.mu.Unlock()
		for token, path := range known.path {
			s := httptest.NewRequestWithContext(r.Context(), "LOCK", "http://"+r.Host, nil)
			s.URL.Path = path
			s.Header.Set("If", "(<"+token+">)")
			s.Header.Set("Timeout", "Second-3000")
			next.ServeHTTP(httptest.NewRecorder(), s)
		}
	})(watched)
}

// takesParts stores what came of a body that broke off.
func takesParts(next http.Handler) http.Handler {
	return request(func(r *http.Request) {
		if r.Method != "PUT" {
			return
		}
		b, err := io.ReadAll(r.Body)
		if setBody(r, string(b)); err != nil {
			*r = *r.WithContext(context.WithoutCancel(r.Context())) // the end of the connection may cancel it
		}
	})(next)
}

func newTags(next http.Handler) http.Handler {
	var mu sync.Mutex
	n := 0
	return answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if w.Header().Get("ETag") == "" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n))
	})(next)
}

// datesTravel shows what COPY and MOVE brought an hour older than it is.
func datesTravel(next http.Handler) http.Handler {
	var mu sync.Mutex
	brought := map[string]bool{}
	return answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		mu.Lock()
		defer mu.Unlock()
		if d := r.Header.Get("Destination"); d != "" {
			brought[pathOf(d)] = true
		}
		if at, err := http.ParseTime(w.Header().Get("Last-Modified")); err == nil && brought[r.URL.Path] {
			w.Header().Set("Last-Modified", at.Add(-time.Hour).Format(http.TimeFormat))
		}
	})(next)
}

// pathOf is the path in a Destination.
func pathOf(destination string) string {
	u, err := url.Parse(destination)
	if err != nil {
		return ""
	}
	return u.Path
}

func setProperty(local string) string {
	return `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><` + local + ` xmlns="urn:davtest">x</` + local + `></D:prop></D:set></D:propertyupdate>`
}

func removeProperty(local string) string {
	return strings.NewReplacer("D:set>", "D:remove>", ">x<", "><").Replace(setProperty(local))
}

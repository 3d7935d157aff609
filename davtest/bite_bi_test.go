package davtest_test

import (
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// bindFlaws are what servers with bindings may do wrong.
var bindFlaws = []flaw{
	{"208 is told as 200", "BI-17 BI-18 BI-19", saying("208 Already Reported", "200 OK").wrap},
	{"208 has no properties", "BI-18 BI-19", replaced(`<D:propstat><D:prop>.*?</D:prop><D:status>HTTP/1.1 208 Already Reported</D:status></D:propstat>`,
		`<D:propstat><D:prop/><D:status>HTTP/1.1 208 Already Reported</D:status></D:propstat>`)},
	{"the member that closes a loop is left out", "BI-19 BI-22", replaced(`<D:response><D:href>[^<]*/Bar/?</D:href>.*?</D:response>`, "")},
	{"every client knows 208", "BI-19 BI-20 BI-21", fault{request: func(r *http.Request, body string) string {
		r.Header.Set("DAV", "bind")
		return body
	}}.around},
	{"no client knows 208", "BI-17 BI-19", fault{request: func(r *http.Request, body string) string {
		r.Header.Del("DAV")
		return body
	}}.around},
	{"a loop is 506", "BI-19 BI-20", status(508, 506).wrap},
	{"Depth 1 has 208 too", "BI-22", onlyIf("Depth", "1", saying("200 OK", "208 Already Reported")).wrap},
	{"a file met again is 208", "BI-22", replaced(`(<D:response><D:href>[^<]*/g</D:href>.*?)200 OK`, "${1}208 Already Reported")},
	{"a loop can't be copied", "BI-23 BI-27", ifTarget("COPY", "/Coll[/X]", status(201, 508))},

	{"OPTIONS of a file has no bind", "BI-01", headers(func(r *http.Request, h http.Header) {
		if strings.HasSuffix(r.URL.Path, "/f") {
			h.Set("DAV", "1, 2, 3")
		}
	})},
	{"a resource-id per URL", "BI-02 BI-03 BI-05 BI-11 BI-13 BI-19 BI-24 BI-25 BI-26 BI-27",
		replaced(`(<D:href>)([^<]*)(</D:href><D:propstat><D:prop><D:resource-id><D:href>)[^<]*`, "$1$2${3}urn:uuid:$2")},
	{"one resource-id for all", "BI-02 BI-04 BI-19 BI-27", replaced(`urn:uuid:[^<]*`, "urn:uuid:00000000-0000-4000-8000-000000000000")},
	{"BIND is COPY", "BI-05 BI-09 BI-16 BI-28 BI-29", instead("BIND", func(do exchange, r *http.Request, b bindingBody) int {
		return do("COPY", b.source(r), H{"Destination": {b.target(r)}}, "").Code
	})},
	{"BIND does nothing where it replaces", "BI-05 BI-08 BI-10", instead("BIND", func(do exchange, r *http.Request, b bindingBody) int {
		return do("BIND", r.URL.Path, H{"Overwrite": {"F"}}, b.raw).Code
	})},
	{"success is 200 with a page", "BI-05 BI-13", onlyMethods("BIND REBIND", func(_ *http.Request, status int, body string) (int, string) {
		if status < 300 {
			return status, "<html>well done</html>"
		}
		return status, body
	}).wrap},
	{"BIND to a loop is 403 and says nothing", "BI-09", onlyMethods("BIND", status(201, 403)).wrap},
	{"what fails leaves something", "BI-06 BI-07 BI-14", following(func(do exchange, r *http.Request, code int) {
		if strings.HasSuffix(r.Method, "BIND") && code >= 400 && strings.HasSuffix(r.URL.Path, "/c/") {
			do("PUT", r.URL.Path+"trace", nil, "left")
		}
	})},
	{"refusals say nothing", "BI-07 BI-08 BI-10 BI-12 BI-14", bodies(400, 599, func(string) string { return "" })},
	{"refusals of locks are all lock-token-submitted", "BI-10 BI-12 BI-14", bodies(423, 423, func(string) string {
		return `<D:error xmlns:D="DAV:"><D:lock-token-submitted><D:href>/x</D:href></D:lock-token-submitted></D:error>`
	})},
	{"Overwrite goes unheard", "BI-08 BI-14", fault{request: func(r *http.Request, body string) string {
		r.Header.Del("Overwrite")
		return body
	}}.around},
	{"every token counts as submitted", "BI-10 BI-12 BI-14 BI-29 BI-30", submitsAll},
	{"UNBIND does nothing", "BI-11 BI-12 BI-15", instead("UNBIND", func(exchange, *http.Request, bindingBody) int { return 204 })},
	{"UNBIND removes all bindings", "BI-11", following(func(do exchange, r *http.Request, code int) {
		if r.Method == "UNBIND" && code < 300 {
			for _, other := range []string{"c/x", "c/tree"} {
				do("DELETE", r.URL.Path+other, nil, "")
			}
		}
	})},
	{"REBIND is BIND", "BI-13", fault{request: func(r *http.Request, body string) string {
		if r.Method == "REBIND" {
			r.Method = "BIND"
		}
		return strings.ReplaceAll(body, "D:rebind", "D:bind")
	}}.around},
	{"REBIND is COPY and DELETE", "BI-03 BI-13", instead("REBIND", func(do exchange, r *http.Request, b bindingBody) int {
		code := do("COPY", b.source(r), H{"Destination": {b.target(r)}}, "").Code
		do("DELETE", b.source(r), nil, "")
		return code
	})},
	{"what UNBIND and REBIND unmap stays locked", "BI-15", following(func(do exchange, r *http.Request, code int) {
		if b := r.URL.Path; code < 300 && (r.Method == "UNBIND" || r.Method == "REBIND") {
			b = strings.TrimSuffix(strings.TrimSuffix(b, "c/"), "d/")
			do("LOCK", b+"d/other-unbound", H{"Depth": {"0"}}, lockOf("exclusive"))
		}
	})},

	{"DELETE empties collections first", "BI-24", preceding("DELETE", func(do exchange, r *http.Request) {
		do("DELETE", r.URL.Path+"x/m", nil, "")
	})},
	{"MOVE is COPY and DELETE", "BI-03 BI-25", instead("MOVE", func(do exchange, r *http.Request, _ bindingBody) int {
		code := do("COPY", r.URL.Path, r.Header, "").Code
		do("DELETE", r.URL.Path, nil, "")
		return code
	})},
	{"COPY removes what is in the way first", "BI-03 BI-26", preceding("COPY", func(do exchange, r *http.Request) {
		if u, err := url.Parse(r.Header.Get("Destination")); err == nil {
			do("DELETE", u.Path, nil, "")
		}
	})},
	{"COPY makes two of what has two bindings", "BI-27", following(func(do exchange, r *http.Request, code int) {
		if to := r.Header.Get("Destination"); r.Method == "COPY" && strings.HasSuffix(to, "/copy/") {
			u, _ := url.Parse(to)
			do("DELETE", u.Path+"y", nil, "")
			do("COPY", u.Path+"x", H{"Destination": {to + "y"}}, "")
		}
	})},
	{"parent-set has one parent", "BI-28", replaced(`(<D:parent-set><D:parent>.*?</D:parent>).*?</D:parent-set>`, "$1</D:parent-set>")},
	{"the lock root is where you ask", "BI-29 BI-30", withTarget(`<D:lockroot><D:href>[^<]*`, "<D:lockroot><D:href>%s")},
	{"the other binding is guarded too", "BI-30", ifTarget("DELETE", "/y/t$", status(204, 423))},
	{"a lock is where it was made only", "BI-16 BI-29", fault{answer: func(r *http.Request, status int, body string) (int, string) {
		if regexp.MustCompile(`/(y/t|d/y|e/x)$`).MatchString(r.URL.Path) && r.Method == "PROPFIND" {
			body = regexp.MustCompile(`<D:activelock>.*?</D:activelock>`).ReplaceAllString(body, "")
		}
		return status, body
	}}.around},
}

// wrap is a server whose answers are changed.
func (a answer) wrap(next http.Handler) http.Handler { return fault{answer: a}.around(next) }

// onlyMethods is the answer for requests by one of the methods, separated by
// blanks.
func onlyMethods(methods string, a answer) answer {
	return func(r *http.Request, status int, body string) (int, string) {
		for m := range strings.FieldsSeq(methods) {
			if r.Method == m {
				return a(r, status, body)
			}
		}
		return status, body
	}
}

// ifTarget changes answers to requests by the method for a path like the
// pattern.
func ifTarget(method, pattern string, a answer) func(http.Handler) http.Handler {
	re := regexp.MustCompile(pattern)
	return onlyMethods(method, func(r *http.Request, status int, body string) (int, string) {
		if re.MatchString(r.URL.Path) {
			return a(r, status, body)
		}
		return status, body
	}).wrap
}

// replaced changes what is like the pattern in bodies with 207.
func replaced(pattern, with string) func(http.Handler) http.Handler {
	return withTarget(pattern, with)
}

// withTarget is [replaced] with the path asked for in the place of %s.
func withTarget(pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(`(?s)` + pattern)
	return answer(func(r *http.Request, status int, body string) (int, string) {
		if status == 207 {
			body = re.ReplaceAllString(body, strings.ReplaceAll(with, "%s", r.URL.Path))
		}
		return status, body
	}).wrap
}

// bodies changes the bodies of answers with a status in the range.
func bodies(from, to int, change func(string) string) func(http.Handler) http.Handler {
	return answer(func(_ *http.Request, status int, body string) (int, string) {
		if from <= status && status <= to {
			body = change(body)
		}
		return status, body
	}).wrap
}

// headers changes the header of answers.
func headers(change func(*http.Request, http.Header)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return fault{}.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got := httptest.NewRecorder()
			next.ServeHTTP(got, r)
			change(r, got.Header())
			maps.Copy(w.Header(), got.Header())
			w.WriteHeader(got.Code)
			w.Write(got.Body.Bytes())
		}))
	}
}

// H is a request header.
type H = http.Header

// exchange is a request that a flaw makes of its own, in the name of who asked.
type exchange func(method, path string, h H, body string) *httptest.ResponseRecorder

func exchangeOn(next http.Handler, r *http.Request) exchange {
	return func(method, path string, h H, body string) *httptest.ResponseRecorder {
		s := httptest.NewRequestWithContext(r.Context(), method, "http://"+r.Host, strings.NewReader(body))
		s.URL.Path, s.RequestURI = path, path
		maps.Copy(s.Header, h)
		if body != "" && method != "PUT" {
			s.Header.Set("Content-Type", "application/xml")
		}
		got := httptest.NewRecorder()
		next.ServeHTTP(got, s)
		return got
	}
}

// following makes requests after each that was answered, with its status.
func following(do func(do exchange, r *http.Request, status int)) func(http.Handler) http.Handler {
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		next.ServeHTTP(w, r)
		do(exchangeOn(next, r), r, w.Code)
	})
}

// preceding makes requests before each by the method.
func preceding(method string, do func(do exchange, r *http.Request)) func(http.Handler) http.Handler {
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		if r.Method == method {
			do(exchangeOn(next, r), r)
		}
		next.ServeHTTP(w, r)
	})
}

// instead does something else for a method, and answers with the status.
func instead(method string, do func(do exchange, r *http.Request, b bindingBody) int) func(http.Handler) http.Handler {
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		if r.Method != method {
			next.ServeHTTP(w, r)
			return
		}
		raw, _ := io.ReadAll(r.Body)
		b := bindingBody{raw: string(raw)}
		xml.Unmarshal(raw, &b)
		w.WriteHeader(do(exchangeOn(next, r), r, b))
	})
}

// around serves requests by way of a recorder, and lets whoever signs in do it.
func around(serve func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return fault{}.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got := httptest.NewRecorder()
			serve(next, got, r)
			maps.Copy(w.Header(), got.Header())
			w.WriteHeader(got.Code)
			w.Write(got.Body.Bytes())
		}))
	}
}

// bindingBody is the body of BIND, UNBIND or REBIND.
type bindingBody struct {
	raw     string
	Segment string `xml:"segment"`
	Href    string `xml:"href"`
}

func (b bindingBody) source(*http.Request) string {
	u, err := url.Parse(b.Href)
	if err != nil {
		return b.Href
	}
	return u.Path
}

// target is the URL of the binding that is asked for.
func (b bindingBody) target(r *http.Request) string {
	return "http://" + r.Host + strings.TrimSuffix(r.URL.Path, "/") + "/" + b.Segment
}

func lockOf(scope string) string {
	return `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:` + scope + `/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`
}

// submitsAll takes every token that was given for submitted.
func submitsAll(next http.Handler) http.Handler {
	var mu sync.Mutex
	all := "(Not <DAV:no-lock>)"
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != "LOCK" {
			r.Header.Set("If", all)
		}
		next.ServeHTTP(w, r)
		if token := w.Header().Get("Lock-Token"); token != "" {
			all += " (" + token + ")"
		}
	})(next)
}

package davtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
)

// orderFlaws are what servers with ordered collections may do wrong.
var orderFlaws = []flaw{
	{"DAV does not tell of the order", "OR-01", headers(func(_ *http.Request, h http.Header) {
		h.Set("DAV", strings.ReplaceAll(strings.Join(h.Values("DAV"), ", "), "ordered-collections", "x"))
	})},
	{"files have ORDERPATCH", "OR-01", headers(func(r *http.Request, h http.Header) {
		if r.Method == "OPTIONS" && strings.HasSuffix(r.URL.Path, "/f") {
			h.Add("Allow", "ORDERPATCH")
		}
	})},
	{"Ordering-Type goes unheard", "OR-02 OR-04", deaf("MKCOL", "Ordering-Type")},
	{"any Ordering-Type is DAV:custom", "OR-02", fault{request: func(r *http.Request, body string) string {
		if r.Header.Get("Ordering-Type") != "" {
			r.Header.Set("Ordering-Type", "DAV:custom")
		}
		return body
	}}.around},
	{"PROPPATCH of ordering-type succeeds", "OR-02", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
	{"a listing of all levels has its own order", "OR-03", onlyIf("Depth", "infinity", reversed).wrap},
	{"a listing has its own order", "OR-03 OR-04 OR-05 OR-07 OR-09 OR-10", onlyIf("Depth", "1", reversed).wrap},
	{"PUT does not hear Position", "OR-04 OR-06 OR-10", deaf("PUT", "Position")},
	{"MKCOL does not hear Position", "OR-04 OR-06", deaf("MKCOL", "Position")},
	{"COPY does not hear Position", "OR-04 OR-06", deaf("COPY", "Position")},
	{"MOVE does not hear Position", "OR-04 OR-06", deaf("MOVE", "Position")},
	{"LOCK does not hear Position", "OR-04", deaf("LOCK", "Position")},
	{"BIND does not hear Position", "OR-04", deaf("BIND", "Position")},
	{"POST does not hear Position", "OR-04", deaf("POST", "Position")},
	{"a replaced member goes last", "OR-05", fault{request: func(r *http.Request, body string) string {
		if r.Method == "PUT" && r.Header.Get("Position") == "" && strings.HasSuffix(r.URL.Path, "/z") && body == "changed" {
			r.Header.Set("Position", "last")
		}
		return body
	}}.around},
	{"COPY onto a member moves it", "OR-05", fault{request: func(r *http.Request, body string) string {
		if r.Method == "COPY" && strings.HasSuffix(r.Header.Get("Destination"), "/a") {
			r.Header.Set("Position", "first")
		}
		return body
	}}.around},
	{"a wrong Position is 400", "OR-06", answer(func(r *http.Request, status int, body string) (int, string) {
		if r.Header.Get("Position") != "" && (status == 403 || status == 409) {
			return 400, ""
		}
		return status, body
	}).wrap},
	{"a wrong Position has made something", "OR-06", following(func(do exchange, r *http.Request, code int) {
		if r.Header.Get("Position") == "middle" && r.Method == "PUT" {
			do("PUT", r.URL.Path, nil, "new")
		}
	})},
	{"first is last", "OR-07 OR-10", ordering(replacing("<D:first></D:first>", "<D:last/>"))},
	{"ordering-type is not set", "OR-07 OR-09", ordering(withoutElement("D:ordering-type"))},
	{"moving to the same place is an error", "OR-07", onlyMethods("ORDERPATCH", onlyBody("<D:segment>three</D:segment><D:position><D:after><D:segment>four", status(200, 409))).wrap},
	{"ORDERPATCH does what it can", "OR-08", ordering(replacing("<D:segment>none</D:segment>", "<D:segment>d</D:segment>"))},
	{"a failed ORDERPATCH blames the collection", "OR-08", onlyMethods("ORDERPATCH", withTargetAnswer).wrap},
	{"a failed ORDERPATCH says nothing", "OR-08", onlyMethods("ORDERPATCH", saying("<D:segment-must-identify-member/>", "<D:davtest/>")).wrap},
	{"a failed ORDERPATCH is a plain 409", "OR-08", onlyMethods("ORDERPATCH", status(207, 409)).wrap},
	{"a step moves what is not named", "OR-09", ordering(replacing(`xmlns:x="urn:davtest"><D:order-member>`,
		`xmlns:x="urn:davtest"><D:ordering-type><D:href>http://host.example/new</D:href></D:ordering-type><D:order-member>`))},
	{"locks do not guard the order", "OR-10", fault{request: func(r *http.Request, body string) string {
		if r.Method == "ORDERPATCH" && r.Header.Get("If") == "" {
			r.Method = "OPTIONS"
		}
		return body
	}}.around},
	{"MOVE of a collection loses its order", "OR-10", following(func(do exchange, r *http.Request, code int) {
		if u, err := url.Parse(r.Header.Get("Destination")); err == nil && r.Method == "MOVE" && strings.HasSuffix(u.Path, "/moved/") {
			do("ORDERPATCH", u.Path, nil, `<D:orderpatch xmlns:D="DAV:"><D:ordering-type><D:href>DAV:unordered</D:href></D:ordering-type></D:orderpatch>`)
		}
	})},
}

// referenceFlaws are what servers with redirect references may do wrong.
var referenceFlaws = []flaw{
	{"DAV does not tell of references", "RR-01", headers(func(_ *http.Request, h http.Header) {
		h.Set("DAV", strings.ReplaceAll(strings.Join(h.Values("DAV"), ", "), "redirectrefs", "x"))
	})},
	{"temporary is permanent", "RR-02 RR-06", saying("<D:temporary/>", "<D:permanent/>").wrap},
	{"a reference is a file", "RR-02 RR-05 RR-09 RR-10", saying("<D:redirectref/>", "").wrap},
	{"refusals say nothing", "RR-03 RR-06", bodies(400, 422, func(string) string { return "" })},
	{"a reference replaces what is there", "RR-03", preceding("MKREDIRECTREF", func(do exchange, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/f") {
			do("DELETE", r.URL.Path, nil, "")
		}
	})},
	{"any target is legal", "RR-03 RR-06", fault{request: replacing("http://[broken/", "http://host.example/", "a b", "a")}.around},
	{"locks do not guard references", "RR-03", submitsAll},
	{"there is no Redirect-Ref", "RR-04 RR-10 RR-11", headers(func(_ *http.Request, h http.Header) { h.Del("Redirect-Ref") })},
	{"Location is what was given", "RR-04 RR-08 RR-10", around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		next.ServeHTTP(w, r)
		if given := w.Header().Get("Redirect-Ref"); given != "" {
			w.Header().Set("Location", given)
		}
		body := strings.ReplaceAll(w.Body.String(), "http://"+r.Host, "")
		w.Body.Reset()
		w.Body.WriteString(body)
	})},
	{"DELETE does not redirect", "RR-04", onReferences("DELETE")},
	{"PROPPATCH does not redirect", "RR-04", onReferences("PROPPATCH")},
	{"UPDATEREDIRECTREF does not redirect", "RR-06", onReferences("UPDATEREDIRECTREF")},
	{"every request acts on the reference", "RR-04 RR-08", onReferences("")},
	{"T goes unheard", "RR-02 RR-05 RR-06 RR-08 RR-11", deaf("", "Apply-To-Redirect-Ref")},
	{"GET with T redirects", "RR-05", deaf("GET", "Apply-To-Redirect-Ref")},
	{"PUT with T overwrites the reference", "RR-05", preceding("PUT", func(do exchange, r *http.Request) {
		if r.Header.Get("Apply-To-Redirect-Ref") == "T" && strings.HasSuffix(r.URL.Path, "/ref") {
			do("DELETE", r.URL.Path, H{"Apply-To-Redirect-Ref": {"T"}}, "")
		}
	})},
	{"UPDATEREDIRECTREF resets the lifetime", "RR-06", fault{request: replacing("</D:reftarget></D:updateredirectref>",
		"</D:reftarget><D:redirect-lifetime><D:permanent/></D:redirect-lifetime></D:updateredirectref>")}.around},
	{"the header is refused elsewhere", "RR-07", onlyIf("Apply-To-Redirect-Ref", "T", onlyMethods("GET", status(200, 403))).wrap},
	{"a listing has another 3xx", "RR-08", saying("302 Found", "307 Temporary Redirect").wrap},
	{"a listing leaves references out", "RR-08 RR-11", replaced(`<D:response><D:href>[^<]*</D:href><D:status>HTTP/1.1 302.*?</D:response>`, "")},
	{"COPY leaves references out", "RR-09", following(func(do exchange, r *http.Request, code int) {
		if u, err := url.Parse(r.Header.Get("Destination")); err == nil && r.Method == "COPY" && code == 201 && strings.HasSuffix(u.Path, "/copy/") {
			do("DELETE", u.Path+"ref", H{"Apply-To-Redirect-Ref": {"T"}}, "")
		}
	})},
	{"DELETE of a collection stops at references", "RR-09", ifTarget("DELETE", "/moved/$", status(204, 302))},
	{"what follows a reference is lost", "RR-10", headers(func(r *http.Request, h http.Header) {
		if at, ok := strings.CutSuffix(h.Get("Location"), "/y/z"); ok {
			h.Set("Location", at)
		}
	})},
	{"loops are 508", "RR-11", ifTarget("GET", "/self$", status(302, 508))},
	{"a dangling reference is 404", "RR-11", ifTarget("GET", "/ref$", status(302, 404))},
	{"PROPPATCH of reftarget succeeds", "RR-11", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
}

// deaf drops fields from a method's requests; "" is every method.
func deaf(method string, fields ...string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		for _, f := range fields {
			if method == "" || r.Method == method {
				r.Header.Del(f)
			}
		}
		return body
	}}.around
}

// onReferences takes a method's requests as with Apply-To-Redirect-Ref: T; "" is
// every method.
func onReferences(method string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		if method == "" || r.Method == method {
			r.Header.Set("Apply-To-Redirect-Ref", "T")
		}
		return body
	}}.around
}

// ordering changes the bodies of ORDERPATCH before the server sees them.
func ordering(change func(*http.Request, string) string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		if r.Method == "ORDERPATCH" {
			return change(r, body)
		}
		return body
	}}.around
}

// reversed turns the responses of a listing round, all but the first.
func reversed(_ *http.Request, status int, body string) (int, string) {
	const end = "</D:response>"
	list := strings.SplitAfter(body, end)
	if status != 207 || len(list) < 3 {
		return status, body
	}
	head, tail := list[0], list[len(list)-1]
	members := list[1 : len(list)-1]
	slices.Reverse(members)
	return status, head + strings.Join(members, "") + tail
}

// withTargetAnswer has the Request-URI in the place of every href.
func withTargetAnswer(r *http.Request, status int, body string) (int, string) {
	if before, rest, ok := strings.Cut(body, "<D:href>"); ok && status == 207 {
		_, after, _ := strings.Cut(rest, "</D:href>")
		body = before + "<D:href>" + r.URL.Path + "</D:href>" + after
	}
	return status, body
}

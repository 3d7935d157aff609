package davtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
)

// The parts of answers that the flaws of this file are about.
const (
	removedOne = `<D:response><D:href>[^<]*</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`
	shortened  = "<D:status>HTTP/1.1 507"
)

// syncFlaws are what servers that synchronize may do wrong.
var syncFlaws = []flaw{
	{"the report is not listed", "SY-01", replaced(`<D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report>`, "")},
	{"Depth goes unheard", "SY-02", fault{request: func(r *http.Request, body string) string {
		if r.Method == "REPORT" {
			r.Header.Del("Depth")
		}
		return body
	}}.around},
	{"another Depth is 403", "SY-02", onlyMethods("REPORT", status(400, 403)).wrap},
	{"every sync-level is one", "SY-03", asking(`<D:sync-level>(2|1infinite)?<`, "<D:sync-level>1<")},
	{"prop may be missing", "SY-03", asking(`(</D:sync-level>)(</D:sync-collection>)`, "$1<D:prop><D:getetag/></D:prop>$2")},
	{"the property sync-token has another value", "SY-04", onlyMethods("PROPFIND", saying("</D:sync-token>", "0</D:sync-token>")).wrap},
	{"the answer has no sync-token", "SY-04 SY-05", reported(`<D:sync-token>.*</D:sync-token>`, "")},
	{"the property sync-token is not protected", "SY-04", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
	{"the last member is left out", "SY-05 SY-07 SY-09", onlyMethods("REPORT", withoutLastMember).wrap},
	{"the collection lists itself", "SY-05", withTarget(`(</D:multistatus>|<D:sync-token>.*</D:multistatus>)$`,
		"<D:response><D:href>%s</D:href><D:propstat><D:prop><D:getetag>x</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>$1")},
	{"what is removed has a propstat too", "SY-06", reported(`(<D:href>[^<]*</D:href>)(<D:status>HTTP/1.1 404 Not Found</D:status>)`,
		"$1<D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>")},
	{"one of two bindings is told", "SY-06", reported(`<D:response><D:href>[^<]*/twin</D:href>.*?</D:response>`, "")},
	{"what is changed is removed", "SY-06 SY-07", reported(`(<D:response><D:href>[^<]*</D:href>)<D:propstat>.*?</D:response>`,
		"$1<D:status>HTTP/1.1 404 Not Found</D:status></D:response>")},
	{"what is removed is left out", "SY-06 SY-08 SY-09 SY-12", reported(removedOne, "")},
	{"every level is 1", "SY-05 SY-09", asking(`>infinite<`, ">1<")},
	{"every level is infinite", "SY-05 SY-09", asking(`<D:sync-level>1<`, "<D:sync-level>infinite<")},
	{"members of what is removed are removed singly", "SY-09", reported(`(<D:response><D:href>)([^<]*/e)/?(</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>)`,
		"$1$2$3$1$2/sub/$3")},
	{"a bound tree is told as one", "SY-09", reported(`<D:response><D:href>[^<]*/h/sub/.*?</D:response>`, "")},
	{"403 says nothing", "SY-10", reported(`(<D:sync-token>)`, "<D:response><D:href>/x/</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>$1")},
	{"a token that is not known counts as none", "SY-11", resync(func(got *httptest.ResponseRecorder) bool { return got.Code == 403 }, "")},
	{"valid-sync-token is not said", "SY-11", onlyMethods("REPORT", func(r *http.Request, code int, body string) (int, string) {
		return code, strings.ReplaceAll(body, "valid-sync-token", "sync-traversal-supported")
	}).wrap},
	{"shortened answers have the newest token", "SY-12", onShortened(func(body, newest string) string {
		return regexp.MustCompile(`<D:sync-token>[^<]*`).ReplaceAllString(body, "<D:sync-token>"+newest)
	})},
	{"shortened answers don't say so", "SY-12 SY-13", onShortened(func(body, _ string) string {
		return regexp.MustCompile(`<D:response><D:href>[^<]*</D:href><D:status>HTTP/1.1 507.*?</D:response>`).ReplaceAllString(body, "")
	})},
	{"the limit goes unheard", "SY-12 SY-13", asking(`<D:limit>.*</D:limit>`, "")},
	{"507 for a member", "SY-12", reported(`(<D:href>[^<]*)(</D:href><D:status>HTTP/1.1 507)`, "${1}member$2")},
	{"If goes unheard", "SY-14", fault{request: func(r *http.Request, body string) string {
		r.Header.Del("If")
		return body
	}}.around},
	{"sync-tokens in If are never true", "SY-14", fault{request: func(r *http.Request, body string) string {
		if strings.Contains(r.Header.Get("If"), "sync") {
			r.Header.Set("If", "(<urn:davtest:never>)")
		}
		return body
	}}.around},
}

// asking changes what is like the pattern in the bodies of reports.
func asking(pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(pattern)
	return fault{request: func(r *http.Request, body string) string {
		if r.Method == "REPORT" {
			body = re.ReplaceAllString(body, with)
		}
		return body
	}}.around
}

// reported changes what is like the pattern in answers to reports.
func reported(pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(`(?s)` + pattern)
	return onlyMethods("REPORT", func(_ *http.Request, status int, body string) (int, string) {
		if status == 207 {
			body = re.ReplaceAllString(body, with)
		}
		return status, body
	}).wrap
}

// withoutLastMember leaves out the last response, and keeps the token.
func withoutLastMember(_ *http.Request, status int, body string) (int, string) {
	if i, j := strings.LastIndex(body, "<D:response>"), strings.LastIndex(body, "</D:response>"); status == 207 && i >= 0 {
		body = body[:i] + body[j+len("</D:response>"):]
	}
	return status, body
}

var tokenAsked = regexp.MustCompile(`<D:sync-token>[^<]*</D:sync-token>`)

// resync asks again, with another token, where the answer is such.
func resync(where func(*httptest.ResponseRecorder) bool, token string) func(http.Handler) http.Handler {
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(asked)))
		got := httptest.NewRecorder()
		next.ServeHTTP(got, r)
		if r.Method == "REPORT" && where(got) {
			again := tokenAsked.ReplaceAllString(string(asked), "<D:sync-token>"+token+"</D:sync-token>")
			got = exchangeOn(next, r)("REPORT", r.URL.Path, nil, again)
		}
		*w = *got
	})
}

// onShortened changes answers that are shortened, and knows the collection's
// newest token.
func onShortened(change func(body, newest string) string) func(http.Handler) http.Handler {
	var mu sync.Mutex
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		next.ServeHTTP(w, r)
		if body := w.Body.String(); r.Method == "REPORT" && strings.Contains(body, shortened) {
			all := exchangeOn(next, r)("REPORT", r.URL.Path, nil, everything)
			newest := tokenAsked.FindString(all.Body.String())
			newest = strings.TrimSuffix(strings.TrimPrefix(newest, "<D:sync-token>"), "</D:sync-token>")
			w.Body.Reset()
			w.Body.WriteString(change(body, newest))
		}
	})
}

const everything = `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`

// mkcolFlaws are what servers with extended MKCOL may do wrong.
var mkcolFlaws = []flaw{
	{"extended-mkcol is not claimed", "XM-01", headers(func(_ *http.Request, h http.Header) {
		h.Set("DAV", strings.ReplaceAll(h.Get("DAV"), "extended-mkcol", "other"))
	})},
	{"the body goes unread", "XM-01 XM-02 XM-03 XM-04 XM-06", fault{request: func(r *http.Request, body string) string {
		if r.Method == "MKCOL" {
			r.Header.Del("Content-Type")
			return ""
		}
		return body
	}}.around},
	{"properties are set from last to first", "XM-02", fault{request: func(r *http.Request, body string) string {
		if r.Method != "MKCOL" {
			return body
		}
		sets := regexp.MustCompile(`<D:set>.*?</D:set>`).FindAllString(body, -1)
		var turned strings.Builder
		for i := range sets {
			turned.WriteString(sets[len(sets)-1-i])
		}
		start, end := strings.Index(body, "<D:set>"), strings.LastIndex(body, "</D:set>")
		if start < 0 {
			return body
		}
		return body[:start] + turned.String() + body[end+len("</D:set>"):]
	}}.around},
	{"what can't be set is left out", "XM-03", following(func(do exchange, r *http.Request, code int) {
		if r.Method == "MKCOL" && code >= 400 {
			do("MKCOL", r.URL.Path, nil, "")
		}
	})},
	{"failure is a 207", "XM-03 XM-04", onlyMethods("MKCOL", status(403, 207)).wrap},
	{"424 is left out", "XM-03 XM-04", mkcolSays(`<D:propstat><D:prop>[^?]*?</D:prop><D:status>HTTP/1.1 424[^<]*</D:status>.*?</D:propstat>`, "")},
	{"valid-resourcetype is not said", "XM-04", mkcolSays("valid-resourcetype", "cannot-modify-protected-property")},
	{"refusals are a DAV:error only", "XM-03 XM-04", mkcolSays(`(?s)^.*mkcol-response.*$`, `<D:error xmlns:D="DAV:"><D:valid-resourcetype/></D:error>`)},
	{"success says nothing that is defined", "XM-02 XM-05", onlyMethods("MKCOL", func(_ *http.Request, status int, body string) (int, string) {
		if status == 201 {
			body = `<D:multistatus xmlns:D="DAV:"/>`
		}
		return status, body
	}).wrap},
	{"423 is 403", "XM-05", onlyMethods("MKCOL", status(423, 403)).wrap},
	{"405 is 403", "XM-05", onlyMethods("MKCOL", status(405, 403)).wrap},
	{"every root is mkcol", "XM-06", fault{request: func(r *http.Request, body string) string {
		if r.Method == "MKCOL" {
			return strings.ReplaceAll(body, "D:propertyupdate", "D:mkcol")
		}
		return body
	}}.around},
}

// mkcolSays changes what is like the pattern in refusals of MKCOL.
func mkcolSays(pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(pattern)
	return onlyMethods("MKCOL", func(_ *http.Request, status int, body string) (int, string) {
		if status >= 400 {
			body = re.ReplaceAllString(body, with)
		}
		return status, body
	}).wrap
}

// reportFlaws are what servers with reports may do wrong.
var reportFlaws = []flaw{
	{"an unknown report is 400", "RP-01", onlyMethods("REPORT", status(403, 400)).wrap},
	{"supported-report is not said", "RP-01", bodies(403, 403, func(string) string { return "" })},
	{"no Depth is infinity", "RP-01", replaced(`(<D:multistatus.*?<D:response>)(<D:href>)([^<]*)(.*?</D:response>)`, "$1$2$3$4<D:response>$2${3}x$4")},
	{"a method more is allowed", "RP-02", headers(func(_ *http.Request, h http.Header) {
		if allow := h.Get("Allow"); allow != "" {
			h.Set("Allow", allow+", MERGE")
		}
	})},
	{"a method is told of that there is not", "RP-02", onlyMethods("PROPFIND",
		saying("</D:supported-method-set>", `<D:supported-method name="MERGE"/></D:supported-method-set>`)).wrap},
	{"a live property is not told of", "RP-02", onlyMethods("PROPFIND",
		saying("<D:supported-live-property><D:prop><D:getetag/></D:prop></D:supported-live-property>", "")).wrap},
	{"a report is told of that there is not", "RP-02", onlyMethods("PROPFIND",
		saying("</D:supported-report-set>", "<D:supported-report><D:report><D:version-tree/></D:report></D:supported-report></D:supported-report-set>")).wrap},
	{"the properties are not protected", "RP-02", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
	{"hrefs stay hrefs", "RP-03", reported(`(<D:(?:parent|current-user-principal)[^>]*>)<D:response[^>]*>(<D:href>[^<]*</D:href>).*?</D:response>`, "$1$2")},
	{"nested properties are unknown", "RP-03", reported(`<D:resourcetype>.*?</D:resourcetype>|<D:resourcetype/>`, "")},
	{"every property is in DAV:", "RP-03", asking(` namespace="urn:davtest"`, "")},
}

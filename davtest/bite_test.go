package davtest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/davtest"
)

// fault makes a wrong server of a right one. Either function may be nil.
type fault struct {
	request func(r *http.Request, body string) string // may change r; returns the body to take
	answer  func(r *http.Request, status int, body string) (int, string)
}

// faults are, for each case that a good server only ever passes, what a server
// must do wrong to fail it.
var faults = map[string]fault{
	"MS-09": {answer: saying("404 Not Found", "200 OK")},
	"MS-11": {answer: saying("</D:multistatus>", "<D:response><D:href>/x</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response></D:multistatus>")},
	"MS-16": {answer: everySecond(withoutLastResponse)},
	"MS-17": {answer: status(207, 404)},
	"MS-18": {answer: func(_ *http.Request, status int, body string) (int, string) {
		if status == 404 {
			return 207, `<D:multistatus xmlns:D="DAV:"/>`
		}
		return status, body
	}},
	"MS-20": {answer: saying("403 Forbidden", "409 Conflict")},
	"MS-21": {answer: status(423, 409)},
	"MS-22": {answer: only("COPY", status(201, 207))},
	"MS-23": {request: method("DELETE", "OPTIONS")},
	"MS-24": {answer: saying("423 Locked", "424 Failed Dependency")},
	"MS-25": {answer: saying("423 Locked", "403 Forbidden")},
	"MS-26": {answer: status(409, 404)},
	"MS-27": {answer: saying("423 Locked", "409 Conflict")},
	"MS-28": {answer: saying("424 Failed Dependency", "423 Locked")},
	"MS-30": {answer: status(423, 403)},
	"MS-31": {answer: withoutLastResponse},

	"HR-07": {answer: func(r *http.Request, status int, body string) (int, string) {
		if strings.Contains(r.RequestURI, "e%CC%81") {
			body = strings.ReplaceAll(body, "%C3%A9", "e%CC%81")
		}
		return status, body
	}},
	"HR-08": {answer: status(409, 404)},
	"HR-09": {request: header("Destination", func(v string) string { return strings.TrimPrefix(v, "http:") })},
	"HR-10": {request: target("/c%2Fx", "/c/x")},

	"PF-01": {answer: onlyIf("Depth", "0", status(207, 405))},
	"PF-02": {request: header("Depth", func(v string) string { return strings.ReplaceAll(v, "infinity", "1") })},
	"PF-03": {request: header("Depth", func(v string) string { return v + strings.Repeat("0", 1-min(1, len(v))) })},
	"PF-04": {request: ifBody("", `<D:propfind xmlns:D="DAV:"><D:propname/><D:wrong/></D:propfind>x`)},
	"PF-05": {request: header("Depth", func(v string) string { return strings.ReplaceAll(v, "1", "infinity") })},
	"PF-06": {answer: onlyIf("Depth", "infinity", status(207, 403))},
	"PF-07": {request: header("Depth", func(string) string { return "0" })},
	"PF-08": {answer: status(400, 207)},
	"PF-09": {request: replacing("<x:expired-props/>", "<D:allprop/>")},
	"PF-10": {answer: saying("404 Not Found", "200 OK")},
	"PF-11": {request: replacing("<D:allprop/>", "<D:prop><D:resourcetype/></D:prop>")},
	"PF-12": {request: replacing("<D:include>", "<D:ignored>", "</D:include>", "</D:ignored>")},
	"PF-13": {request: replacing("<D:propname/>", "<D:allprop/>")},
	"PF-14": {answer: saying("<D:prop>", "<D:prop><D:quota-used-bytes>1</D:quota-used-bytes>")},
	"PF-16": {answer: saying(">xxx<", ">x<")},
	"PF-17": {answer: onlyIf("Authorization", bobs, status(207, 423))},
	"PF-18": {answer: saying("<D:collection/>", "")},
	"PF-19": {answer: saying("<D:getetag>", "<D:getetag>W/")},
	"PF-20": {answer: saying(" GMT</D:getlastmodified>", " +0000</D:getlastmodified>")},
	"PF-21": {answer: saying("<D:getcontentlength>0", "<D:getcontentlength>1")},
	"PF-22": {answer: saying("Z</D:creationdate>", "</D:creationdate>")},
	"PF-23": {answer: saying("&lt;x", "&amp;lt;x")},
	"PF-24": {answer: saying("<D:lockscope><D:shared/></D:lockscope>", "<D:lockscope><D:exclusive/></D:lockscope>")},
	"PF-25": {answer: saying("404 Not Found", "200 OK")},

	"PP-01": {answer: onlyIf("If", "", status(207, 423))},
	"PP-02": {answer: saying("value", "")},
	"PP-03": {request: replacing(`"urn:davtest">y<`, `"urn:davtest">x<`)},
	"PP-04": {request: replacing(`<D:set><D:prop><D:getetag>1</D:getetag></D:prop></D:set>`, "")},
	"PP-05": {answer: saying("cannot-modify-protected-property", "no-external-entities")},
	"PP-06": {answer: saying("409 Conflict", "507 Insufficient Storage")},
	"PP-07": {answer: only("PROPPATCH", saying("200 OK", "404 Not Found"))},
	"PP-08": {answer: status(400, 207)},
	"PP-09": {answer: saying("507 Insufficient Storage", "413 Content Too Large")},
	"PP-10": {request: func() func(*http.Request, string) string {
		heads := 0
		return func(r *http.Request, body string) string {
			if r.Method == "HEAD" {
				if heads++; heads%2 == 0 {
					r.URL.Path = "/" // has other validators, or none
				}
			}
			return body
		}
	}()},
	"PP-11": {answer: saying("&#xD;", " ", "&#13;", " ")},
	"PP-12": {answer: saying(` xml:lang="de-AT"`, "")},
	"PP-13": {answer: saying(" a ", " a")},
	"PP-14": {answer: saying("   b", " b")},
	"PP-15": {answer: saying(`xmlns:far="urn:far"`, "")},
	"PP-16": {answer: saying("&#xD;", "\r", "&#13;", "\r")},
	"PP-17": {request: replacing("<D:propname/>", "<D:prop><D:getetag/></D:prop>")},
	"PP-18": {answer: saying("<q", `<q xmlns="urn:gained"`)},
	"PP-19": {answer: saying("<z:deep/>", "")},
	"PP-20": {answer: saying("kept", "")},
	"PP-21": {answer: saying("value 3 of 4", "value 4 of 3")},

	"XL-01": {answer: onlyIf("Content-Type", "text/xml", status(207, 415))},
	"XL-02": {answer: onlyBody("\xfe\xff", status(207, 415))},
	"XL-03": {answer: onlyBody(" b=1", status(400, 207))},
	"XL-04": {request: replacing("<?pi data?>", "<D:allprop/>")},
	"XL-05": {answer: onlyBody("<propfind", status(207, 400))},
	"XL-07": {answer: status(415, 400)},
	"XL-08": {request: replacing("\r\n", "\n")},
	"XL-09": {answer: saying("%5D%5D%3E", "]]>&#1;")},
}

const bobs = "Basic Ym9iOmI=" // bob:b

// Each case passes on the right server and goes red on the wrong one.
func TestCasesBite(t *testing.T) {
	for id, f := range faults {
		t.Run(id, func(t *testing.T) {
			if testing.Short() && id == "MS-31" {
				t.Skip("it stores thousands of files")
			}
			if r := judge(t, id, fault{}); r.Outcome == davtest.Fail {
				t.Fatalf("the right server fails:\n%.4000s", r.Log)
			} else if r.Outcome == davtest.Skip {
				t.Skipf("the right server skips: %s", r.Reasons())
			}
			if r := judge(t, id, f); r.Outcome != davtest.Fail {
				t.Errorf("%s on the wrong server: %s\n%.8000s", r.Outcome, r.Reasons(), r.Log)
			}
		})
	}
}

// judge runs one case against a server with the fault.
func judge(t *testing.T, id string, f fault) davtest.Result {
	t.Helper()
	right := davserver.New(backendtest.NewMemory(nil), davserver.Options{})
	srv := httptest.NewServer(f.around(right))
	defer srv.Close()
	report, err := davtest.Run(t.Context(), davtest.Config{
		URL: srv.URL, User: "alice", Password: "a", User2: "bob", Password2: "b", Only: []string{id},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.Results[0]
}

// around believes whoever signs in, and does wrong. The suite's own first
// request, and the making of a case's collection, go through untouched.
func (f fault) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		r = r.WithContext(dav.WithPrincipal(r.Context(), user))
		if strings.Contains(r.RequestURI, "-probe/") || r.Method == "MKCOL" && strings.Count(r.RequestURI, "/") == 2 {
			next.ServeHTTP(w, r)
			return
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		sent := string(b)
		taken := sent
		if f.request != nil {
			taken = f.request(r, sent)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(taken)), int64(len(taken))
		got := httptest.NewRecorder()
		next.ServeHTTP(got, r)
		code, body := got.Code, got.Body.String()
		if f.answer != nil {
			r.Body = io.NopCloser(bytes.NewReader(b))
			code, body = f.answer(r, code, body)
		}
		for name, values := range got.Header() {
			w.Header()[name] = values
		}
		if r.Method != "HEAD" && code != 204 && code != 304 {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	})
}

// answer is what a fault does to an answer.
type answer func(*http.Request, int, string) (int, string)

// saying replaces parts of bodies: old, new, old, new and so on.
func saying(oldnew ...string) answer {
	replacer := strings.NewReplacer(oldnew...)
	return func(r *http.Request, status int, body string) (int, string) {
		if status == 207 || status == 200 && r.Method != "GET" {
			body = replacer.Replace(body)
		}
		return status, body
	}
}

// status answers with one status in the place of another.
func status(old, new int) answer {
	return func(_ *http.Request, status int, body string) (int, string) {
		if status == old {
			status = new
		}
		return status, body
	}
}

// only is the answer for requests by the method.
func only(method string, a answer) answer {
	return func(r *http.Request, status int, body string) (int, string) {
		if r.Method == method {
			return a(r, status, body)
		}
		return status, body
	}
}

// onlyIf is the answer for requests with the value in the field; "" is any
// value but none.
func onlyIf(field, value string, a answer) answer {
	return func(r *http.Request, status int, body string) (int, string) {
		if v := r.Header.Get(field); v != "" && (v == value || value == "") {
			return a(r, status, body)
		}
		return status, body
	}
}

// onlyBody is the answer for requests with the text in the body.
func onlyBody(text string, a answer) answer {
	return func(r *http.Request, status int, body string) (int, string) {
		sent, _ := io.ReadAll(r.Body)
		if strings.Contains(string(sent), text) {
			return a(r, status, body)
		}
		return status, body
	}
}

// everySecond does it to every second answer with 207.
func everySecond(a answer) answer {
	n := 0
	return func(r *http.Request, status int, body string) (int, string) {
		if status == 207 {
			if n++; n%2 == 0 {
				return a(r, status, body)
			}
		}
		return status, body
	}
}

func withoutLastResponse(_ *http.Request, status int, body string) (int, string) {
	if i := strings.LastIndex(body, "<D:response>"); status == 207 && i >= 0 {
		body = body[:i] + "</D:multistatus>"
	}
	return status, body
}

// method takes a request by one method for one by another.
func method(old, new string) func(*http.Request, string) string {
	return func(r *http.Request, body string) string {
		if r.Method == old {
			r.Method = new
		}
		return body
	}
}

// header changes the value of a field, which may be missing, in PROPFIND, COPY
// and MOVE.
func header(field string, change func(string) string) func(*http.Request, string) string {
	return func(r *http.Request, body string) string {
		if r.Method == "PROPFIND" || r.Method == "COPY" || r.Method == "MOVE" {
			r.Header.Set(field, change(r.Header.Get(field)))
		}
		return body
	}
}

// replacing replaces parts of request bodies: old, new, old, new and so on.
func replacing(oldnew ...string) func(*http.Request, string) string {
	replacer := strings.NewReplacer(oldnew...)
	return func(_ *http.Request, body string) string { return replacer.Replace(body) }
}

// ifBody takes one body for another.
func ifBody(old, new string) func(*http.Request, string) string {
	return func(r *http.Request, body string) string {
		if body == old && r.Method == "PROPFIND" {
			return new
		}
		return body
	}
}

// target takes one end of a request target for another.
func target(old, new string) func(*http.Request, string) string {
	return func(r *http.Request, body string) string {
		if before, ok := strings.CutSuffix(r.RequestURI, old); ok {
			r.RequestURI = before + new
			r.URL.Path, r.URL.RawPath = r.RequestURI, ""
		}
		return body
	}
}

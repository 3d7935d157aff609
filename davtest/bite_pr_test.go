package davtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// preferFlaws are what servers with preferences may do wrong.
var preferFlaws = []flaw{
	{"a listing is not minimal", "PR-01 PR-02", deafTo("PROPFIND", "minimal", "Depth", "1")},
	{"minimal responses are empty", "PR-02", replaced(`<D:propstat><D:prop/>.*?</D:propstat>|<D:propstat><D:prop></D:prop>.*?</D:propstat>`, "")},
	{"reports are not minimal", "PR-01", deafTo("REPORT", "minimal", "", "")},
	{"everybody gets minimal answers", "PR-01 PR-07 PR-08", fault{request: func(r *http.Request, body string) string {
		if r.Method == "PROPFIND" {
			r.Header.Set("Prefer", "return=minimal")
		}
		return body
	}}.around},
	{"PROPPATCH is not minimal", "PR-03", deafTo("PROPPATCH", "minimal", "", "")},
	{"MKCOL is not minimal", "PR-03", onlyMethods("MKCOL", func(r *http.Request, status int, body string) (int, string) {
		if status == 201 && r.Header.Get("Prefer") != "" {
			body = `<D:mkcol-response xmlns:D="DAV:"/>`
		}
		return status, body
	}).wrap},
	{"failures are minimal", "PR-03", onlyMethods("PROPPATCH", func(r *http.Request, status int, body string) (int, string) {
		if status == 207 && r.Header.Get("Prefer") != "" {
			return 403, ""
		}
		return status, body
	}).wrap},
	{"COPY does not represent", "PR-04", deafTo("COPY", "representation", "", "")},
	{"MOVE does not represent", "PR-04", deafTo("MOVE", "representation", "", "")},
	{"POST does not represent", "PR-04", deafTo("POST", "representation", "", "")},
	{"a representation is what was sent before", "PR-04", onlyMethods("PUT", func(r *http.Request, status int, body string) (int, string) {
		return status, strings.ReplaceAll(body, "second", "first")
	}).wrap},
	{"a representation does not tell where it is", "PR-04 PR-05", headers(func(_ *http.Request, h http.Header) { h.Del("Content-Location") })},
	{"a representation has no ETag", "PR-04 PR-05", headers(func(r *http.Request, h http.Header) {
		if r.Method != "GET" && r.Header.Get("Prefer") != "" {
			h.Del("ETag")
		}
	})},
	{"412 has no representation", "PR-05", fault{request: func(r *http.Request, body string) string {
		if r.Header.Get("If-Match") != "" {
			r.Header.Del("Prefer")
		}
		return body
	}}.around},
	{"412 has what was sent", "PR-05", answer(func(_ *http.Request, status int, body string) (int, string) {
		if status == 412 && body == "current" {
			return status, "mine"
		}
		return status, body
	}).wrap},
	{"depth-noroot is for Depth 1 alone", "PR-06", deafTo("PROPFIND", "noroot", "Depth", "infinity")},
	{"depth-noroot is for a stated Depth alone", "PR-06", fault{request: func(r *http.Request, body string) string {
		if r.Header.Get("Depth") == "" {
			r.Header.Del("Prefer")
		}
		return body
	}}.around},
	{"depth-noroot leaves nothing of Depth 0", "PR-06", answer(func(r *http.Request, status int, body string) (int, string) {
		if status == 207 && r.Header.Get("Depth") == "0" && strings.Contains(r.Header.Get("Prefer"), "noroot") {
			body = `<D:multistatus xmlns:D="DAV:"/>`
		}
		return status, body
	}).wrap},
	{"values ignore case", "PR-07", preferring(func(lines []string) []string {
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], "MINIMAL", "minimal")
		}
		return lines
	})},
	{"names do not ignore case", "PR-07", preferring(func(lines []string) []string {
		if strings.Contains(lines[0], "RETURN") {
			return nil
		}
		return lines
	})},
	{"only one line is read", "PR-07", preferring(func(lines []string) []string { return lines[:1] })},
	{"the last preference counts", "PR-07", preferring(func(lines []string) []string {
		if first, last, ok := strings.Cut(strings.Join(lines, ","), ","); ok && strings.HasPrefix(first, "return") {
			return []string{last}
		}
		return lines
	})},
	{"parameters are preferences", "PR-07", preferring(func(lines []string) []string {
		return []string{strings.ReplaceAll(strings.Join(lines, ","), ";", ",")}
	})},
	{"unknown preferences are refused", "PR-07", answer(func(r *http.Request, status int, body string) (int, string) {
		if strings.Contains(r.Header.Get("Prefer"), "x-davtest") {
			return 400, ""
		}
		return status, body
	}).wrap},
	{"more is told as applied than was asked", "PR-07", headers(func(_ *http.Request, h http.Header) { h.Set("Preference-Applied", "respond-async") })},
	{"GET varies and does not say so", "PR-07", onlyMethods("GET", func(r *http.Request, status int, body string) (int, string) {
		if r.Header.Get("Prefer") == "return=minimal" {
			body = ""
		}
		return status, body
	}).wrap},
	{"Brief goes before Prefer", "PR-08", fault{request: func(r *http.Request, body string) string {
		if r.Header.Get("Brief") == "t" {
			r.Header.Del("Prefer")
		}
		return body
	}}.around},
	{"any Brief is t", "PR-08", fault{request: func(r *http.Request, body string) string {
		if r.Header.Get("Brief") != "" {
			r.Header.Set("Brief", "t")
		}
		return body
	}}.around},
}

// quotaFlaws are what servers with quotas may do wrong.
var quotaFlaws = []flaw{
	{"used is always the same", "QU-01 QU-04", replaced(`<D:quota-used-bytes>[0-9]+`, "<D:quota-used-bytes>5")},
	{"available is always the same", "QU-01", replaced(`<D:quota-available-bytes>[0-9]+`, "<D:quota-available-bytes>100000")},
	{"bytes have a unit", "QU-01", replaced(`(<D:quota-used-bytes>[0-9]+)`, "$1 bytes")},
	{"propname does not tell", "QU-01", replaced(`<D:quota-used-bytes/>`, "")},
	{"PROPPATCH of a quota succeeds", "QU-02", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
	{"over the quota is 413", "QU-03", status(507, 413).wrap},
	{"over the quota says nothing", "QU-03", bodies(507, 507, func(string) string { return "" })},
	{"what does not fit is cut", "QU-03", following(func(do exchange, r *http.Request, code int) {
		if code == 507 && r.Method == "PUT" && strings.HasSuffix(r.URL.Path, "/new") {
			do("PUT", r.URL.Path, nil, "the beginning")
		}
	})},
	{"what does not fit has removed what was there", "QU-03", following(func(do exchange, r *http.Request, code int) {
		if code == 507 && r.Method == "PUT" && strings.HasSuffix(r.URL.Path, "/old") {
			do("DELETE", r.URL.Path, nil, "")
		}
	})},
	{"what MOVE brings in is not counted", "QU-03", ifTarget("MOVE", "/outside$", status(507, 201))},
	{"a COPY that does not fit removes what was there", "QU-03", following(func(do exchange, r *http.Request, code int) {
		if u, err := url.Parse(r.Header.Get("Destination")); err == nil && code == 507 && strings.HasSuffix(u.Path, "/old") {
			do("DELETE", u.Path, nil, "")
		}
	})},
	{"chunks are not counted", "QU-03", fault{request: func(r *http.Request, body string) string {
		if len(r.TransferEncoding) > 0 {
			return "short"
		}
		return body
	}}.around},
	{"freed space does not come back", "QU-04", growing},
}

// growing never tells less used than before.
func growing(next http.Handler) http.Handler {
	var most atomic.Int64
	const tag = "<D:quota-used-bytes>"
	return answer(func(_ *http.Request, status int, body string) (int, string) {
		before, rest, ok := strings.Cut(body, tag)
		if !ok {
			return status, body
		}
		digits, after, _ := strings.Cut(rest, "<")
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > most.Load() {
			most.Store(n)
		}
		return status, before + tag + strconv.FormatInt(most.Load(), 10) + "<" + after
	}).wrap(next)
}

// memberFlaws are what servers with add-member may do wrong.
var memberFlaws = []flaw{
	{"add-member is elsewhere", "AM-01", replaced(`<D:add-member><D:href>`, "<D:add-member><D:href>http://elsewhere.example")},
	{"PROPPATCH of add-member succeeds", "AM-01", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
	{"supported-live-property-set has no add-member", "AM-01", saying("<D:supported-live-property><D:prop><D:add-member/></D:prop></D:supported-live-property>", "").wrap},
	{"POST does not tell what it made", "AM-02 AM-03", headers(func(r *http.Request, h http.Header) { h.Del("Location") })},
	{"POST always makes the same", "AM-02", fault{request: func(r *http.Request, body string) string {
		if r.Method == "POST" {
			r.Method, r.URL.Path = "PUT", r.URL.Path+"same"
		}
		return body
	}}.around},
	{"POST loses the type", "AM-02", deaf("POST", "Content-Type")},
	{"a Slug overwrites", "AM-03", preceding("POST", func(do exchange, r *http.Request) {
		if r.Header.Get("Slug") == "taken" {
			do("DELETE", r.URL.Path+"taken", nil, "")
		}
	})},
	{"a Slug is a path", "AM-03", following(func(do exchange, r *http.Request, _ int) {
		if slug := r.Header.Get("Slug"); r.Method == "POST" && slug == "../x" {
			do("PUT", strings.TrimSuffix(r.URL.Path, "c/")+"x", nil, "out")
		}
	})},
	{"an odd Slug is refused", "AM-03", onlyIf("Slug", "%", status(201, 400)).wrap},
	{"a name that is refused is a conflict", "AM-05", refusingNames(409, "<D:allow-client-defined-uri/>")}, // see TestNamesByTheServer
	{"POST is guarded by no lock", "AM-04", fault{request: func(r *http.Request, body string) string {
		if r.Method == "POST" && r.Header.Get("If") == "" {
			r.Header.Set("If", "(Not <DAV:no-lock>)")
		}
		return body
	}, answer: onlyMethods("POST", status(423, 201))}.around},
	{"POST refuses with another condition", "AM-04", onlyMethods("POST", func(_ *http.Request, status int, body string) (int, string) {
		if status == 423 {
			body = ""
		}
		return status, body
	}).wrap},
	{"POST does not judge If", "AM-04", fault{request: func(r *http.Request, body string) string {
		if r.Method == "POST" && strings.Contains(r.Header.Get("If"), "no-such-token") {
			r.Header.Del("If")
		}
		return body
	}}.around},
}

// A collection that names its members itself is right to refuse names, if it
// says so.
func TestNamesByTheServer(t *testing.T) {
	const right = "<D:allow-client-defined-uri/>"
	for _, c := range []struct {
		status    int
		condition string
		want      davtest.Outcome
	}{
		{403, right, davtest.Pass}, {405, right, davtest.Pass}, {409, right, davtest.Fail}, {403, "<D:davtest/>", davtest.Fail},
		{403, "<D:allow-client-defined-uri><D:href>/</D:href></D:allow-client-defined-uri>", davtest.Fail}, {201, "", davtest.Skip},
	} {
		if r := judgeOn(t, refusingNames(c.status, c.condition), "AM-05").Results[0]; r.Outcome != c.want {
			t.Errorf("%d with %s: %s %s", c.status, c.condition, r.Outcome, r.Reasons())
		}
	}
}

// refusingNames lets no client choose the name new.
func refusingNames(status int, condition string) func(http.Handler) http.Handler {
	return around(func(next http.Handler, w *httptest.ResponseRecorder, r *http.Request) {
		chosen := slices.Contains([]string{"PUT", "MKCOL", "LOCK"}, r.Method) && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/new")
		if !chosen && !strings.HasSuffix(r.Header.Get("Destination"), "/new") {
			next.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(status)
		w.WriteString(`<D:error xmlns:D="DAV:">` + condition + `</D:error>`)
	})
}

// mountFlaws are what servers with mount documents may do wrong.
var mountFlaws = []flaw{
	{"the namespace is another", "MT-01", onlyMethods("GET", everyBody("purl.org/NET/webdav/mount", "purl.org/NET/webdav/mounts")).wrap},
	{"url is relative", "MT-01", onlyMethods("GET", everyBody(":url>http://", ":url>//", "<url>http://", "<url>//")).wrap},
	{"url leads nowhere", "MT-01", onlyMethods("GET", everyBody("</dm:url>", "none</dm:url>", "</url>", "none</url>", "</m:url>", "none</m:url>")).wrap},
	{"everybody may keep the document", "MT-02", headers(func(_ *http.Request, h http.Header) {
		h.Del("Cache-Control")
		h.Del("Vary")
	})},
	{"username is somebody's", "MT-02", onlyMethods("GET", everyBody("username>alice<", "username>bob<")).wrap},
}

// principalFlaws are what servers with current-user-principal may do wrong.
var principalFlaws = []flaw{
	{"everybody is the same", "CU-01", replaced(`<D:current-user-principal>.*?</D:current-user-principal>`,
		"<D:current-user-principal><D:href>/</D:href></D:current-user-principal>")},
	{"the principal is nowhere", "CU-01", saying(`/principals/`, "/nowhere/").wrap},
	{"nobody is somebody", "CU-01", replaced(`<D:unauthenticated/>`, "<D:href>/</D:href>")},
	{"PROPPATCH of it succeeds", "CU-01", onlyMethods("PROPPATCH", saying("403 Forbidden", "200 OK")).wrap},
}

// everyBody replaces parts of bodies with any status.
func everyBody(oldnew ...string) answer {
	replacer := strings.NewReplacer(oldnew...)
	return func(_ *http.Request, status int, body string) (int, string) { return status, replacer.Replace(body) }
}

// deafTo drops Prefer from a method's requests if it has the word, and the field
// the value; "" is any.
func deafTo(method, word, field, value string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		if r.Method == method && strings.Contains(r.Header.Get("Prefer"), word) && (field == "" || r.Header.Get(field) == value) {
			r.Header.Del("Prefer")
		}
		return body
	}}.around
}

// preferring changes the lines of Prefer.
func preferring(change func([]string) []string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		if lines := r.Header.Values("Prefer"); len(lines) > 0 {
			r.Header["Prefer"] = change(append([]string(nil), lines...))
		}
		return body
	}}.around
}

package davtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// RFC 4918 sections 8.5, 8.7, 10.1, 11 and 16: other headers, and error bodies.
var casesHD = []Case{
	{ID: "HD-01", Section: "RFC 4918 10.1, RFC 5842 8.2", Level: Must,
		Title: "Unknown tokens in a DAV request header are ignored",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			ask := func(header string) string {
				h := H{"Depth": {"1"}, "Dav": {header}}
				ms := t.Do("PROPFIND", "c/", h, propfindBody(D("resourcetype"), X("none"))).Multistatus()
				return ms.Element.Inner()
			}
			if known, with := ask("bind"), ask("bind, x, <http://e.example/>"); known != with {
				t.Errorf("PROPFIND with unknown DAV tokens answers %s, without them %s", with, known)
			}
		}},

	{ID: "HD-02", Section: "RFC 4918 9.2, 9.3, 9.8 to 9.11", Level: MustNot,
		Title: "Answers to PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK are not cacheable",
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			methods := []string{"PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "BIND", "UNBIND", "REBIND",
				"ORDERPATCH", "MKREDIRECTREF", "UPDATEREDIRECTREF"}
			if !slices.Contains(methods, x.Method) {
				return false
			}
			if why := freshness(x.Header); why != "" {
				errorf("the answer may be cached: %s", why)
			}
			return true
		}},

	{ID: "HD-03", Section: "RFC 4918 16, 8.7", Level: Must,
		Title: "Outside a 207 a condition code is a child of a document element error, in XML, and is there if a defined condition is broken",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			token := t.Lock("f", "exclusive", "0")
			const unknown = "urn:uuid:11111111-2222-4333-8444-555555555555"
			for _, want := range []struct {
				r         *Response
				condition string
			}{
				{t.Do("PUT", "f", nil, "x"), "lock-token-submitted"},
				{t.other().TryLock("f", "exclusive", "0", nil), "no-conflicting-lock"},
				{t.Do("UNLOCK", "f", H{"Lock-Token": {"<" + unknown + ">"}}, ""), "lock-token-matches-request-uri"},
				{t.Do("LOCK", "f", submitted(unknown), ""), "lock-token-matches-request-uri"},
			} {
				if want.r.Condition(D(want.condition)) == nil {
					t.Shouldf("%s: %d without %s", want.r.Method, want.r.Status, want.condition)
				}
			}
			t.Unlock("f", token)
		},
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			root, err := x.XML()
			if x.Status < 400 || err != nil || root.Name.Space != "DAV:" {
				return false
			}
			if media, _, _ := strings.Cut(x.Header.Get("Content-Type"), ";"); media != "application/xml" && media != "text/xml" {
				errorf("an XML body labelled %q", x.Header.Get("Content-Type"))
			}
			if root.Name != D("error") && root.Name != D("mkcol-response") {
				errorf("an error body with the document element %s", nameString(root.Name))
			}
			return true
		}},

	{ID: "HD-04", Section: "RFC 4918 8.5, RFC 9110 6.6.1", Level: Must,
		Title: "2xx, 3xx and 4xx answers have a Date",
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			if x.Status < 200 || x.Status >= 500 || x.Status == 431 {
				return false // 431 comes before there is a request: the server stopped reading its head
			}
			if date := x.Header.Get("Date"); date == "" {
				errorf("no Date")
			} else if _, err := http.ParseTime(date); err != nil {
				errorf("Date: %v", err)
			}
			return true
		}},

	{ID: "HD-05", Section: "RFC 4918 11.2", Level: Should,
		Title: "Well-formed XML of the right type that asks nonsense is 422, wrong syntax 400, a wrong media type 415",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			kind := "<D:locktype><D:write/></D:locktype>"
			nonsense := dav("lockinfo", "<D:lockscope><x:odd/></D:lockscope>"+kind)
			t.CheckStatus(t.Do("LOCK", "f", H{"Depth": {"0"}}, nonsense), 422, 400)
			t.CheckStatus(t.Do("LOCK", "f", H{"Depth": {"0"}}, "<D:lockinfo xmlns:D='DAV:'>"), 400)
			typed := H{"Depth": {"0"}, "Content-Type": {"image/png"}}
			t.CheckStatus(t.Do("LOCK", "f", typed, lockinfo("exclusive", "")), 415)
			t.CheckLocked("f")
		}},
}

// freshness is the header field that lets a cache keep an answer, or "".
func freshness(h http.Header) string {
	control := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	if strings.Contains(control, "no-store") || strings.Contains(control, "no-cache") {
		return ""
	}
	for directive := range strings.SplitSeq(control, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if (name == "max-age" || name == "s-maxage") && strings.Trim(value, `"0`) != "" {
			return "Cache-Control: " + control
		}
	}
	date, err1 := http.ParseTime(h.Get("Date"))
	expires, err2 := http.ParseTime(h.Get("Expires"))
	if err1 == nil && err2 == nil && expires.After(date.Add(time.Second)) {
		return "Expires: " + h.Get("Expires")
	}
	return ""
}

package acceptance

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
)

// flaw is one way to be wrong.
type flaw struct {
	name  string
	cases string // IDs of those that must see it
	wrap  func(next http.Handler) http.Handler

	open    func(*http.Request) bool // whom else the server lets in, as alice
	forgets bool                     // a restart loses everything
	mute    bool                     // 401 has no challenge
}

func right(next http.Handler) http.Handler { return next }

var flaws = []flaw{
	{name: "a listing has no members", wrap: request(func(r *http.Request) {
		if r.Method == "PROPFIND" && r.Header.Get("Depth") == "1" {
			r.Header.Set("Depth", "0")
		}
	}), cases: "MK-01 CM-01"},
	{name: "405 has no Allow", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if w.Code == 405 {
			w.Header().Del("Allow")
		}
	}), cases: "MK-02 HT-03"},
	{name: "missing parents are made", wrap: before(func(sub subrequest, r *http.Request) {
		for _, path := range []string{r.URL.Path, pathOf(r.Header.Get("Destination"))} {
			if i := strings.Index(path, "/none/"); i >= 0 && r.Method != "PROPFIND" && r.Method != "DELETE" {
				sub("MKCOL", path[:i+6], "")
			}
		}
	}), cases: "MK-03 HT-06 CM-09 LK-18"},
	{name: "bodies go unread", wrap: request(func(r *http.Request) {
		if slices.Contains([]string{"MKCOL", "DELETE", "COPY", "MOVE", "UNLOCK"}, r.Method) {
			r.Body, r.ContentLength = http.NoBody, 0
			r.Header.Del("Content-Type")
		}
	}), cases: "MK-04 HT-10"},
	{name: "every token counts as submitted", wrap: submitsAll,
		cases: "MK-05 DL-05 LK-10 LK-11 LK-12 LK-15 LK-16 IF-08 IF-09"},
	{name: "class 2 is not claimed", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		w.Header().Set("DAV", "1, 3")
	}), cases: "HT-01 IO-03"},
	{name: "DAV is claimed everywhere", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if w.Header().Set("DAV", "1, 2, 3"); r.Method == "PROPFIND" && !strings.HasPrefix(r.URL.Path, "/dav") {
			w.Code = 404
		}
	}), cases: "HT-02"},
	{name: "HEAD has another type than GET", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == "HEAD" {
			w.Header().Set("Content-Type", "text/x-other")
		}
	}), cases: "HT-04"},
	{name: "what is new is answered with 200", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if w.Code == 201 && r.Method != "MKCOL" {
			w.Code = 200
		}
	}), cases: "HT-05 CM-02 LK-17"},
	{name: "line ends are changed in what is stored", wrap: body("PUT", func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}), cases: "HT-07"},
	{name: "Content-Range, Range and If-Range go unheard", wrap: deaf("Content-Range", "Range", "If-Range"), cases: "HT-08 ET-06"},
	{name: "a part of a body is taken for the whole", wrap: takesParts, cases: "HT-09"},
	{name: "collections are redirected to their slash", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == "MKCOL" && !strings.HasSuffix(r.URL.Path, "/") && w.Code == 201 {
			w.Code = 301
		}
	}), cases: "HT-11 IO-01"},

	{name: "COPY loses the media type", wrap: after("COPY", func(sub subrequest, r *http.Request) {
		to := pathOf(r.Header.Get("Destination"))
		sub("PUT", to, sub("GET", to, "").Body.String())
	}), cases: "CM-03"},
	{name: "Overwrite goes unheard", wrap: deaf("Overwrite"), cases: "CM-04"},
	{name: "COPY merges", wrap: after("COPY", func(sub subrequest, r *http.Request) {
		sub("PUT", pathOf(r.Header.Get("Destination"))+"x", "old")
	}), cases: "CM-05"},
	{name: "MOVE leaves the properties of what it replaced", wrap: after("MOVE", func(sub subrequest, r *http.Request) {
		sub("PROPPATCH", pathOf(r.Header.Get("Destination")), setProperty("old"))
	}), cases: "CM-06"},
	{name: "Depth is heard by PROPFIND alone", wrap: request(func(r *http.Request) {
		if r.Method != "PROPFIND" {
			r.Header.Del("Depth")
		}
	}), cases: "CM-07 CM-08 DL-03 LK-04"},
	{name: "403 is answered with 204", wrap: turns(403, 204), cases: "CM-10 CM-12 CM-13 LK-27"},
	{name: "another server's Destination is ours", wrap: request(func(r *http.Request) {
		if d := r.Header.Get("Destination"); d != "" {
			r.Header.Set("Destination", pathOf(d))
		}
	}), cases: "CM-11 CM-19"},
	{name: "members of a collection that failed are processed", wrap: before(func(sub subrequest, r *http.Request) {
		if to := pathOf(r.Header.Get("Destination")); strings.HasSuffix(to, "/d/") {
			sub("PUT", to+"b/x", "inside")
		}
	}), cases: "CM-14 CM-15"},
	{name: "MOVE loses properties", wrap: after("MOVE", func(sub subrequest, r *http.Request) {
		sub("PROPPATCH", pathOf(r.Header.Get("Destination")), removeProperty("p"))
	}), cases: "CM-16"},
	{name: "everything was created on one day", wrap: replaces(`<D:creationdate>[^<]*`, "<D:creationdate>2020-02-02T02:02:02Z"), cases: "CM-17"},
	{name: "MOVE is COPY", wrap: request(func(r *http.Request) {
		if r.Method == "MOVE" {
			r.Method = "COPY"
		}
	}), cases: "CM-18 LK-28 IO-06"},
	{name: "404 is answered with 500", wrap: turns(404, 500), cases: "CM-20 ET-05"},

	{name: "DELETE does nothing", wrap: instead("DELETE", 204), cases: "DL-01 DL-02 DL-04"},

	{name: "no lockroot", wrap: replaces(`<D:lockroot>.*?</D:lockroot>`, ""), cases: "LK-01 LK-09"},
	{name: "all locks have one token", wrap: oneToken, cases: "LK-02"},
	{name: "runs of blanks are shortened", wrap: body("LOCK", func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("  "), []byte(" "))
	}), cases: "LK-03"},
	{name: "every lock is shared", wrap: replacesBody("LOCK", "exclusive", "shared"), cases: "LK-05 LK-08 LK-30"},
	{name: "every lock is exclusive", wrap: replacesBody("LOCK", "shared", "exclusive"), cases: "LK-06"},
	{name: "refusals say nothing", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if w.Code >= 400 {
			w.Body.Reset()
		}
	}), cases: "LK-07 LK-21 HD-03 SC-03"},
	{name: "locks don't reach below", wrap: request(func(r *http.Request) {
		if r.Method == "LOCK" {
			r.Header.Set("Depth", "0")
		}
	}), cases: "LK-09 LK-26 LK-29 IF-01"},
	{name: "locks always reach below", wrap: request(func(r *http.Request) {
		if r.Method == "LOCK" {
			r.Header.Set("Depth", "infinity")
		}
	}), cases: "LK-10"},
	{name: "GET needs the token", wrap: readsNeedTokens, cases: "LK-13"},
	{name: "everybody is alice", wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(dav.WithPrincipal(r.Context(), "alice")))
		})
	}, cases: "LK-14 LK-27"},
	{name: "a refresh is answered like a new lock", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == "LOCK" && w.Code == 200 {
			w.Header().Set("Lock-Token", "<urn:uuid:11111111-2222-4333-8444-555555555555>")
		}
	}), cases: "LK-19"},
	{name: "LOCK without a body makes a lock", wrap: request(func(r *http.Request) {
		if r.Method == "LOCK" && r.ContentLength == 0 {
			setBody(r, strings.ReplaceAll(lockinfo, "%s", "exclusive"))
			r.Header.Set("Content-Type", "application/xml")
		}
	}), cases: "LK-20 LK-19"},
	{name: "every PUT and refresh restarts all timers", wrap: restartsTimers, cases: "LK-22 LK-24"},
	{name: "timeouts are told in words", wrap: replaces(`<D:timeout>[^<]*`, "<D:timeout>soon"), cases: "LK-23"},
	{name: "locks never end", wrap: func(next http.Handler) http.Handler {
		return deaf("Timeout")(replaces(`Second-[0-9]+`, "Second-2")(next))
	}, cases: "LK-25"},
	{name: "400 is answered with 500", wrap: turns(400, 500), cases: "LK-31 SC-06 HD-05"},

	{name: "If goes unheard", wrap: deaf("If"), cases: "IF-02 IF-03 IF-04 IF-05 IF-06 IF-07 IF-08 IF-10 IF-12 IF-13 IO-02"},
	{name: "404 is answered with 412", wrap: turns(404, 412), cases: "IF-11 DL-01"},
	{name: "unknown DAV tokens are an error", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if strings.Contains(r.Header.Get("DAV"), "x") {
			w.Code = 400
		}
	}), cases: "HD-01"},
	{name: "everything may be cached", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		w.Header().Set("Cache-Control", "max-age=60")
	}), cases: "HD-02"},
	{name: "no Date", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) { w.Header()["Date"] = nil }), cases: "HD-04"},
	{name: "weak tags", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if tag := w.Header().Get("ETag"); tag != "" {
			w.Header().Set("ETag", "W/"+tag)
		}
	}), cases: "ET-01"},
	{name: "a new tag for every answer", wrap: newTags, cases: "ET-02"},
	{name: "one tag for all", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		if w.Header().Get("ETag") != "" {
			w.Header().Set("ETag", `"same"`)
		}
	}), cases: "ET-03"},
	{name: "dates travel with files", wrap: datesTravel, cases: "ET-04"},
	{name: "HTTP's conditions go unheard", wrap: deaf("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"),
		cases: "ET-05 ET-06 IF-12 IO-06"},

	{name: "what is missing is told to anybody", wrap: right, open: func(r *http.Request) bool {
		return strings.Contains(r.URL.Path, "/none")
	}, cases: "SC-01"},
	{name: "401 without a challenge", wrap: right, mute: true, cases: "SC-02"},
	{name: "entities are taken out", wrap: func(next http.Handler) http.Handler {
		cut := regexp.MustCompile(`(?s)<!DOCTYPE.*\]>|<!DOCTYPE[^>]*>|&e[0-9]*;`)
		return request(func(r *http.Request) {
			if r.Method != "PUT" {
				b, _ := io.ReadAll(r.Body)
				setBody(r, cut.ReplaceAllString(string(b), ""))
			}
		})(next)
	}, cases: "SC-03 SC-04"},
	{name: "large bodies are an error of the server", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.ContentLength > 10<<20 {
			w.Code = 500
		}
	}), cases: "SC-05"},
	{name: "no nosniff, no MS-Author-Via", wrap: answers(func(_ *http.Request, w *httptest.ResponseRecorder) {
		w.Header().Del("X-Content-Type-Options")
		w.Header().Del("MS-Author-Via")
	}), cases: "SC-09 IO-01"},
	{name: "anybody may list as alice", wrap: right, open: func(r *http.Request) bool { return r.Method == "PROPFIND" }, cases: "SC-07"},
	{name: "a token is as good as a password", wrap: right, open: func(r *http.Request) bool {
		return strings.Contains(r.Header.Get("If"), "urn:uuid:")
	}, cases: "SC-08"},

	{name: "no properties of Windows", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == "PROPPATCH" {
			w.Code = 403
		}
	}), cases: "IO-02"},
	{name: "PUT answers without a tag", wrap: answers(func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == "PUT" {
			w.Header().Del("ETag")
		}
	}), cases: "IO-04"},
	{name: "a restart loses everything", wrap: right, forgets: true, cases: "IO-07"},
}

package davtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// RFC 4918 sections 8.6 and 8.8, RFC 9110 section 13: entity tags, dates,
// conditional requests.
var casesET = []Case{
	{ID: "ET-01", Section: "RFC 4918 8.6", Level: Should,
		Title: "Files have strong entity tags, the same in GET, HEAD and getetag",
		Run: func(t *T) {
			for path, body := range map[string]string{"f": "file", "empty": ""} {
				t.Put(path, body)
				get, head := t.Get(path).Header.Get("Etag"), t.Do("HEAD", path, nil, "").Header.Get("Etag")
				prop := t.Prop(path, D("getetag"))
				if len(get) < 3 || !strings.HasPrefix(get, `"`) || !strings.HasSuffix(get, `"`) {
					t.Errorf("%s: ETag is %q, which is no strong tag", path, get)
				}
				if prop == nil || prop.Text() != get || head != get {
					t.Errorf("%s: ETag is %q in GET, %q in HEAD, %q in getetag", path, get, head, prop.Text())
				}
			}
		}},

	{ID: "ET-02", Section: "RFC 4918 8.6", Level: ShouldNot,
		Title: "PROPPATCH, LOCK, refresh and UNLOCK do not change the entity tag",
		Run: func(t *T) {
			t.Put("f", "file")
			tag := t.etag("f")
			same := func(after string) {
				if now := t.etag("f"); now != tag {
					t.Errorf("ETag was %s, is %s after %s", tag, now, after)
				}
			}
			t.Store("f", Set(X("p"), "1"))
			same("PROPPATCH")
			if t.HasLocks() {
				token := t.Lock("f", "exclusive", "0")
				same("LOCK")
				t.Status(t.Do("LOCK", "f", submitted(token), ""), 200)
				same("refresh")
				t.Unlock("f", token)
				same("UNLOCK")
			}
		}},

	{ID: "ET-03", Section: "RFC 4918 8.8", Level: MustNot,
		Title: "One URL never has the same entity tag for different bytes",
		Run: func(t *T) {
			tags := map[string]string{} // tag: the bytes it stood for
			for i := range 200 {
				body := fmt.Sprintf("content %03d", i) // one size, often within one second
				switch i % 4 {
				case 0:
					t.Put("f", body)
				case 1:
					t.Status(t.Do("DELETE", "f", nil, ""), 204)
					t.Put("f", body)
				case 2:
					t.Put("g", body)
					t.Status(t.Do("COPY", "g", t.to("f"), ""), 204)
				case 3:
					t.Put("g", body)
					t.Status(t.Do("MOVE", "g", t.to("f"), ""), 204)
				}
				tag := t.etag("f")
				if was, known := tags[tag]; known && !strings.HasPrefix(tag, "W/") {
					t.Fatalf("ETag %s for %q and for %q", tag, was, body)
				}
				tags[tag] = body
			}
		}},

	{ID: "ET-04", Section: "RFC 4918 8.8", Level: Must,
		Title: "Last-Modified at a URL never goes down when its representation changes, also when an older file arrives",
		Run: func(t *T) {
			t.Put("old", "older")
			t.Put("old2", "older, too")
			t.Sleep(1100 * time.Millisecond) // Last-Modified counts whole seconds
			t.Put("f", "newer")
			was := t.lastModified("f")
			if old := t.lastModified("old"); !old.Before(was) {
				t.Fatalf("Last-Modified is %v for the older and %v for the newer file", old, was)
			}
			for _, way := range []struct{ method, source string }{{"COPY", "old"}, {"MOVE", "old2"}} {
				t.Status(t.Do(way.method, way.source, t.to("f"), ""), 204)
				is := t.lastModified("f")
				if is.Before(was) {
					t.Errorf("Last-Modified goes from %v to %v when %s puts an older file there", was, is, way.method)
				}
				was = is
			}
		}},

	{ID: "ET-05", Section: "RFC 9110 13.1, 13.2", Level: Must,
		Title: "If-Match, If-None-Match and If-Unmodified-Since work on methods that write; what fails anyway goes first",
		Run:   func(t *T) { t.conditionalWrites() }},

	{ID: "ET-06", Section: "RFC 9110 13.1.1, 13.1.2", Level: Must,
		Title: "If-Match compares strongly, If-None-Match weakly; GET gives 304; ranges and If-Range honour the tag",
		Run: func(t *T) {
			t.Put("f", "0123456789")
			get := t.Get("f")
			tag := t.etag("f")
			if strings.HasPrefix(tag, "W/") {
				t.Skipf("the server's entity tags are weak")
			}
			t.CheckStatus(t.Do("PUT", "f", H{"If-Match": {"W/" + tag}}, "x"), 412)
			t.CheckStatus(t.Do("PUT", "f", H{"If-None-Match": {"W/" + tag}}, "x"), 412)
			for _, tags := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
				for _, method := range []string{"GET", "HEAD"} {
					t.CheckStatus(t.Do(method, "f", H{"If-None-Match": {tags}}, ""), 304)
				}
			}
			t.CheckStatus(t.Do("GET", "f", H{"If-None-Match": {`"x"`}}, ""), 200)
			t.CheckStatus(t.Do("GET", "f", H{"If-Match": {`"x"`}}, ""), 412)
			t.CheckStatus(t.Do("GET", "f", H{"If-Modified-Since": {get.Header.Get("Last-Modified")}}, ""), 304)
			if get.Header.Get("Accept-Ranges") != "bytes" {
				t.Skipf("the server does not claim ranges")
			}
			part := t.Do("GET", "f", H{"Range": {"bytes=2-4"}}, "")
			if t.CheckStatus(part, 206) && (string(part.Body) != "234" || part.Header.Get("Content-Range") != "bytes 2-4/10") {
				t.Errorf("bytes 2-4: %q, Content-Range %s", part.Body, part.Header.Get("Content-Range"))
			}
			t.CheckStatus(t.Do("GET", "f", H{"Range": {"bytes=2-4"}, "If-Range": {tag}}, ""), 206)
			t.CheckStatus(t.Do("GET", "f", H{"Range": {"bytes=2-4"}, "If-Range": {`"x"`}}, ""), 200)
			t.CheckStatus(t.Do("GET", "f", H{"Range": {"bytes=2-4"}, "If-Range": {"W/" + tag}}, ""), 200)
			t.CheckStatus(t.Do("GET", "f", H{"Range": {"bytes=10-"}}, ""), 416)
		}},
}

// conditionalWrites is ET-05.
func (t *T) conditionalWrites() {
	t.Mkcol("c/")
	t.Put("f", "file")
	write := map[string]func(path string, h H) *Response{
		"PUT":       func(path string, h H) *Response { return t.Do("PUT", path, h, "changed") },
		"DELETE":    func(path string, h H) *Response { return t.Do("DELETE", path, h, "") },
		"PROPPATCH": func(path string, h H) *Response { return t.Do("PROPPATCH", path, h, propertyupdate(Set(X("p"), "1"))) },
		"COPY":      func(path string, h H) *Response { return t.Do("COPY", path, t.to("to", h), "") },
		"MOVE":      func(path string, h H) *Response { return t.Do("MOVE", path, t.to("to", h), "") },
	}
	if t.HasLocks() {
		write["LOCK"] = func(path string, h H) *Response { return t.TryLock(path, "exclusive", "0", h) }
	}
	before := t.Snapshot()
	long := time.Now().Add(-240 * time.Hour).UTC().Format(http.TimeFormat)
	for _, request := range write {
		for _, h := range []H{{"If-Match": {`"stale"`}}, {"If-None-Match": {"*"}}, {"If-None-Match": {t.etag("f")}}, {"If-Unmodified-Since": {long}}} {
			t.CheckStatus(request("f", h), 412)
		}
	}
	t.CheckUnchanged(before)

	anything := H{"If-Match": {"*"}}
	t.CheckStatus(write["PUT"]("none", anything), 412)
	if lock := write["LOCK"]; lock != nil {
		t.CheckStatus(lock("none", anything), 412)
	}
	t.CheckStatus(write["DELETE"]("none", anything), 404)
	t.CheckStatus(write["COPY"]("none", anything), 404)
	t.CheckStatus(write["PUT"]("none/x", anything), 409)
	t.CheckStatus(t.Do("MKCOL", "f", H{"If-None-Match": {"*"}}, ""), 405)
	t.CheckStatus(t.Do("MKCOL", "none/n/", anything, ""), 409)
	t.CheckUnchanged(before)

	t.CheckStatus(write["PUT"]("new", H{"If-None-Match": {"*"}}), 201)
	t.CheckStatus(t.Do("MKCOL", "n/", H{"If-None-Match": {"*"}}, ""), 201)
	for _, method := range []string{"PUT", "PROPPATCH", "COPY", "DELETE"} {
		if r := write[method]("f", H{"If-Match": {`"x", ` + t.etag("f")}}); r.Status >= 300 {
			t.Errorf("%s with a true If-Match: %d", method, r.Status)
		}
	}
}

// lastModified is the date of a file's content.
func (t *T) lastModified(path string) time.Time {
	at, err := http.ParseTime(t.Status(t.Do("HEAD", path, nil, ""), 200).Header.Get("Last-Modified"))
	if err != nil {
		t.Skipf("the server has no Last-Modified")
	}
	return at
}

package davtest

import (
	"maps"
	"slices"
	"strings"
)

// RFC 4918 sections 9.4, 9.7 and 10.1, RFC 9110 sections 9 and 14: OPTIONS, GET,
// HEAD, PUT and what a method says about itself.
var casesHT = []Case{
	{ID: "HT-01", Section: "RFC 4918 10.1, 18", Level: Must,
		Title: "OPTIONS answers carry DAV with 1, with 2 exactly if locking works, with 3 for RFC 4918's rules",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("f", "file")
			for _, path := range []string{t.Base(), "c/", "f"} {
				classes := t.Status(t.Do("OPTIONS", path, nil, ""), 200, 204).List("DAV")
				for _, class := range []string{"1", "3"} {
					if !slices.Contains(classes, class) {
						t.Errorf("%s: DAV is %q, without %s", t.Path(path), classes, class)
					}
				}
				if path == t.Base() {
					continue
				}
				claims := slices.Contains(classes, "2")
				if r := t.TryLock(path, "exclusive", "0", nil); claims != (r.Status == 200) {
					t.Errorf("%s: DAV is %q, and LOCK answers %d", t.Path(path), classes, r.Status)
				}
			}
		}},

	{ID: "HT-02", Section: "RFC 4918 10.1", Level: ShouldNot,
		Title: "A path outside the DAV area does not claim DAV",
		Run: func(t *T) {
			if t.Base() == "/" {
				t.Skipf("the target is the root of the server")
			}
			classes := t.Do("OPTIONS", "/", nil, "").List("DAV")
			if r := t.Do("PROPFIND", "/", H{"Depth": {"0"}}, ""); len(classes) > 0 && r.Status != 207 && r.Status != 401 {
				t.Errorf("/ claims DAV %q, but PROPFIND answers %d", classes, r.Status)
			}
		}},

	{ID: "HT-03", Section: "RFC 9110 9.3.7, 10.2.1, 15.5.6", Level: Must,
		Title: "Allow tells what works on the resource now; every 405 has it; an unknown method is 501 or 405",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("f", "file")
			allow := func(path string) []string { return t.Status(t.Do("OPTIONS", path, nil, ""), 200, 204).List("Allow") }
			wants := func(path string, methods ...string) {
				list := allow(path)
				for _, m := range methods {
					if !slices.Contains(list, m) {
						t.Errorf("%s: Allow is %q, without %s", t.Path(path), list, m)
					}
				}
			}
			wants("none", "OPTIONS", "PUT", "MKCOL")
			wants("f", "OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "COPY", "MOVE")
			wants("c/", "OPTIONS", "DELETE", "PROPFIND", "PROPPATCH", "COPY", "MOVE")
			if t.HasLocks() {
				wants("none", "LOCK")
				wants("f", "LOCK", "UNLOCK")
			}
			for path, methods := range map[string][]string{"c/": {"PUT", "MKCOL"}, "f": {"MKCOL"}, "none": {"GET", "DELETE", "PROPFIND"}} {
				list := allow(path)
				for _, m := range methods {
					if slices.Contains(list, m) {
						t.Errorf("%s: Allow names %s, which can't work there", t.Path(path), m)
					}
				}
			}
			t.CheckStatus(t.Do("PUT", "c/", nil, "x"), 405)
			t.CheckStatus(t.Do("FOO", "f", nil, ""), 501, 405)
		},
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			if x.Status != 405 {
				return false
			}
			if len(x.Header.Values("Allow")) == 0 {
				errorf("405 without Allow")
			}
			return true
		}},

	{ID: "HT-04", Section: "RFC 4918 9.4", Level: Must,
		Title: "GET and HEAD on a collection give a sensible answer, HEAD with the header of GET",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			get, head := t.Do("GET", "c/", nil, ""), t.Do("HEAD", "c/", nil, "")
			if get.Status >= 500 {
				t.Errorf("GET on a collection: %d", get.Status)
			}
			if head.Status != get.Status {
				t.Errorf("HEAD on a collection: %d, GET: %d", head.Status, get.Status)
			}
			for _, field := range []string{"Content-Type", "Etag", "Last-Modified", "Location", "Allow"} {
				if g, h := get.Header.Get(field), head.Header.Get(field); g != h {
					t.Errorf("%s is %q to GET and %q to HEAD", field, g, h)
				}
			}
			if g, h := get.Header.Get("Content-Length"), head.Header.Get("Content-Length"); g != "" && h != "" && g != h {
				t.Errorf("Content-Length is %s to GET and %s to HEAD", g, h)
			}
		}},

	{ID: "HT-05", Section: "RFC 9110 9.3.4", Level: Must,
		Title: "PUT that creates is 201, PUT that replaces is 204 or 200",
		Run: func(t *T) {
			t.CheckStatus(t.Do("PUT", "f", nil, "one"), 201)
			t.CheckBody("f", "one")
			t.CheckStatus(t.Do("PUT", "f", nil, "another"), 204, 200)
			t.CheckBody("f", "another")
			t.CheckStatus(t.Do("PUT", "f", nil, ""), 204, 200)
			t.CheckBody("f", "")
		}},

	{ID: "HT-06", Section: "RFC 4918 9.7.1, 9.7.2", Level: Must,
		Title: "PUT without a parent collection is 409 and makes nothing; PUT on a collection is 405",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			before := t.Snapshot()
			t.CheckStatus(t.Do("PUT", "none/x", nil, "x"), 409)
			t.CheckUnmapped("none/", "none/x")
			t.ShouldStatus(t.Do("PUT", "c/", nil, "x"), 405)
			t.ShouldStatus(t.Do("PUT", "c", nil, "x"), 405)
			t.CheckUnchanged(before)
		}},

	{ID: "HT-07", Section: "RFC 9110 9.3.4", Level: MustNot,
		Title: "The answer to PUT carries an ETag only if the bytes were stored as sent",
		Run: func(t *T) {
			body := "\ufeffmixed\r\nline\nends\r and \x00\xff\xfe bytes \r\n\r\n"
			for range 2 {
				put, get := t.Put("f.txt", body), t.Get("f.txt")
				if tag := put.Header.Get("Etag"); tag != "" && tag != get.Header.Get("Etag") {
					t.Errorf("PUT says ETag %s, GET says %s", tag, get.Header.Get("Etag"))
				}
				if put.Header.Get("Etag") != "" && string(get.Body) != body {
					t.Errorf("PUT gave an ETag, but GET gives %q", get.Body)
				}
				body += "more"
			}
		}},

	{ID: "HT-08", Section: "RFC 9110 14.5", Level: Should,
		Title: "PUT with Content-Range is 400, or else does what it says",
		Run: func(t *T) {
			t.Put("f", "abcdefghij")
			r := t.Do("PUT", "f", H{"Content-Range": {"bytes 2-4/10"}}, "XYZ")
			if r.Status >= 300 {
				t.CheckStatus(r, 400)
				t.CheckBody("f", "abcdefghij")
			} else {
				t.CheckBody("f", "abXYZfghij")
			}
		}},

	{ID: "HT-09", Section: "RFC 9110 9.3.4", Level: Practice,
		Title: "A PUT that breaks off leaves the former content, and no new file",
		Run: func(t *T) {
			t.Put("f", "former")
			for _, path := range []string{"f", "new"} {
				t.breakOff(path, H{"Content-Length": {"100000"}}, strings.Repeat("x", 50000))
				t.breakOff(path, H{"Transfer-Encoding": {"chunked"}}, "c350\r\n"+strings.Repeat("x", 0xc350)+"\r\n400\r\nxx")
			}
			t.CheckBody("f", "former")
			t.CheckStatus(t.Do("GET", "new", nil, ""), 404)
			t.CheckMembers("", "f")
		}},

	{ID: "HT-10", Section: "RFC 4918 8.4", Level: Must,
		Title: "A body that would go unread is refused with 415, and nothing is done",
		Run: func(t *T) {
			t.Put("f", "file")
			headers := map[string]H{"DELETE": nil, "COPY": t.to("g"), "MOVE": t.to("g")}
			if t.HasLocks() {
				headers["UNLOCK"] = H{"Lock-Token": {"<" + t.Lock("f", "shared", "0") + ">"}}
			}
			before := t.Snapshot()
			for _, method := range slices.Sorted(maps.Keys(headers)) {
				body := dav("propertybehavior", "<D:omit/>")
				if !t.CheckStatus(t.Do(method, "f", headers[method], body), 415) {
					return // the next method would judge what this one did
				}
				t.CheckUnchanged(before)
			}
		}},

	{ID: "HT-11", Section: "RFC 4918 12", Level: MustNot,
		Title: "A request that made a resource is never answered with a redirect",
		Run: func(t *T) {
			t.CheckStatus(t.Do("MKCOL", "n", nil, ""), 201)
			t.CheckStatus(t.Do("PUT", "f", nil, "x"), 201)
			t.CheckStatus(t.Do("COPY", "n", t.to("m"), ""), 201)
			t.CheckStatus(t.Do("MOVE", "m", t.to("l"), ""), 201)
			if t.HasLocks() {
				t.CheckStatus(t.TryLock("reserved", "exclusive", "0", nil), 201)
			}
		}},
}

// breakOff sends the head of a PUT and a part of its body, ends the connection
// and waits until the server has noticed. A server that takes the part for the
// whole fails the case.
func (t *T) breakOff(path string, h H, part string) {
	c := t.Dial()
	defer c.Close()
	c.Write(t.Head("PUT", path, h) + part)
	c.CloseWrite()
	if r, err := c.Read("PUT", path); err == nil && r.Status < 300 {
		t.Errorf("PUT of a part of a body: %d", r.Status)
	}
}

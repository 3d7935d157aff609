package acceptance

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/davtest"
)

// What real clients send, and what must come back. Each test is named after the
// client rule it checks; the traces are in the order in which the client sends
// them. First the rules that hold for every client.

func TestA1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/")
	c.put("/f", "file")
	for _, path := range []string{"/", "/c/", "/c", "/f", "/missing", "/missing/deeper/"} {
		a := c.do("OPTIONS", path, "").want(200, 204)
		lines := a.header.Values("DAV")
		if len(lines) != 1 {
			t.Fatalf("%s: %d DAV fields", path, len(lines))
		}
		classes := strings.Split(lines[0], ", ")
		for _, class := range []string{"1", "2", "3"} {
			if !slices.Contains(classes, class) {
				t.Errorf("%s: DAV is %q, without %s", path, lines[0], class)
			}
		}
		if slices.ContainsFunc(classes, func(s string) bool { return strings.ContainsAny(s, ", ") || s == "" }) {
			t.Errorf("%s: DAV is %q: tokens are to be separated by a comma and a blank", path, lines[0])
		}
		if a.header.Get("Allow") == "" || a.header.Get("MS-Author-Via") != "DAV" {
			t.Errorf("%s: Allow is %q, MS-Author-Via %q", path, a.header.Get("Allow"), a.header.Get("MS-Author-Via"))
		}
	}
}

func TestA2(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{users: []string{"alice:secret"}})
	for _, path := range []string{"/", "/missing", "/missing/deeper"} {
		c.as("").do("OPTIONS", path, "").want(200, 401)
	}
}

// oddNames are segments as clients send them, with what they mean.
var oddNames = map[string]string{
	"plain.txt": "plain.txt", "a%20b": "a b", "50%25": "50%", "x%23y": "x#y", "q%3Fr": "q?r", "%C3%A9": "é", "a&b": "a&b",
	"a+b": "a+b", ";v": ";v", "a,b": "a,b", "%5B1%5D": "[1]", "it's": "it's", "%22q%22": `"q"`, "%F0%9F%98%80": "😀", "~$x.docx": "~$x.docx", "a:b@c=d": "a:b@c=d",
}

func TestA3(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c%20d/", "/c%20d/e/")
	for segment, name := range oddNames {
		c.put("/c%20d/"+segment, name)
	}
	for _, start := range []string{"/", "/c%20d/", "/c%20d"} {
		l := c.propfind(start, "infinity", "resourcetype").multistatus()
		if len(l.Responses) < len(oddNames)+2 {
			t.Fatalf("PROPFIND of %s lists %d resources", start, len(l.Responses))
		}
		for _, href := range l.hrefs() {
			switch {
			case !strings.HasPrefix(href, strings.TrimSuffix(start, "/")):
				t.Errorf("PROPFIND of %s gives href %s", start, href)
			case strings.Contains(href, "//"):
				t.Errorf("href %s has an empty segment", href)
			case strings.HasSuffix(href, "/") != l.isCollection(href):
				t.Errorf("href %s ends in a slash or not, as it should not", href)
			}
			if strings.HasSuffix(href, "/") {
				continue
			}
			u, err := url.Parse(href)
			if err != nil {
				t.Fatalf("href %s: %v", href, err)
			}
			c.do("GET", href, "").want(200).says(u.Path[strings.LastIndexByte(u.Path, '/')+1:])
		}
	}
}

func TestA4(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/", "/c/A/")
	c.put("/c/!first", "x")
	for _, path := range []string{"/c/", "/c", "/"} {
		hrefs := c.propfind(path, "1", "resourcetype").multistatus().hrefs()
		if want := strings.TrimSuffix(path, "/") + "/"; hrefs[0] != want {
			t.Errorf("the first href of PROPFIND %s is %s", path, hrefs[0])
		}
	}
}

func TestA5(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "file")
	c.proppatch("/f", "urn:x", "p", "1").want(207)
	for _, a := range []*reply{c.propfind("/", "1", ""), c.propfind("/f", "0", "getetag nonesuch"), c.proppatch("/f", "urn:x", "p", "2")} {
		if !strings.Contains(a.want(207).body, `<D:multistatus xmlns:D="DAV:"`) {
			t.Errorf("%s: no <D:multistatus xmlns:D=\"DAV:\" in %.120s", a.method, a.body)
		}
		if strings.Contains(a.body, " xmlns=") {
			t.Errorf("%s: a default namespace in %s", a.method, a.body)
		}
	}
}

func TestA6(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	known := []string{"application/xml; charset=utf-8", `application/xml; charset="utf-8"`, "text/xml; charset=utf-8", `text/xml; charset="utf-8"`}
	if got := c.propfind("/", "0", "").want(207).header.Get("Content-Type"); !slices.Contains(known, got) {
		t.Errorf("Content-Type is %q", got)
	}
}

func TestA7(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "file")
	l := c.propfind("/f", "0", "nonesuch getetag another").multistatus()
	var lines []string
	for _, ps := range l.Responses[0].Propstats {
		lines = append(lines, ps.Status)
	}
	if want := []string{"HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"}; !slices.Equal(lines, want) {
		t.Errorf("the propstats have status %q, want %q", lines, want)
	}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func TestA8(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/")
	c.put("/c/f", "12345")
	for _, ask := range []string{"", "getlastmodified creationdate getcontentlength resourcetype"} {
		l := c.propfind("/c/", "1", ask).multistatus()
		if n := l.prop("/c/f", "getcontentlength"); !digits.MatchString(n) || n != "5" {
			t.Errorf("getcontentlength is %q", n)
		}
		if l.prop("/c/f", "resourcetype") != "" || l.isCollection("/c/f") || !l.isCollection("/c/") {
			t.Errorf("resourcetype is wrong")
		}
		for _, path := range []string{"/c/", "/c/f"} {
			if s := l.prop(path, "getlastmodified"); !isHTTPDate(s) {
				t.Errorf("getlastmodified of %s is %q", path, s)
			}
			if s := l.prop(path, "creationdate"); s != "" {
				if _, err := time.Parse(time.RFC3339, s); err != nil {
					t.Errorf("creationdate of %s: %v", path, err)
				}
			}
		}
	}
}

func isHTTPDate(s string) bool {
	at, err := time.Parse(http.TimeFormat, s)
	return err == nil && at.Format(http.TimeFormat) == s
}

func TestA9(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "file")
	for _, field := range []string{"If-None-Match: JoplinIgnore-12345", "If-None-Match: *"} {
		for _, path := range []string{"/", "/f"} {
			c.do("PROPFIND", path, "", "Depth: 1", field).want(207)
			c.do("OPTIONS", path, "", field).want(200, 204)
			c.do("REPORT", path, "", field).not(412, 304)
		}
		c.do("PROPFIND", "/missing", "", "Depth: 0", field).want(404)
		c.do("MKCOL", "/new/", "", field).want(201)
		c.do("MKCOL", "/new/", "", field).want(405)
		c.do("DELETE", "/new/", "").want(204)
	}
	for _, field := range []string{`If-Match: "x"`, "If-Unmodified-Since: Thu, 09 Oct 2025 17:54:43 GMT", "If-Modified-Since: Thu, 09 Oct 2125 17:54:43 GMT"} {
		c.do("PROPFIND", "/f", "", "Depth: 0", field).want(207)
		c.do("OPTIONS", "/f", "", field).want(200, 204)
	}
	malformed := "If-None-Match: JoplinIgnore-12345"
	c.do("PUT", "/f", "changed", malformed).want(204)
	c.do("PUT", "/f", "lost", "If-Match: JoplinIgnore-12345").want(412)
	c.do("DELETE", "/f", "", malformed).want(204)
}

func TestA10(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/", "/c/d/", "/over/")
	c.put("/c/d/f", "deep")
	c.put("/over/old", "old")
	if n := len(c.do("PROPFIND", "/c/", "").multistatus().Responses); n != 3 {
		t.Errorf("PROPFIND without Depth lists %d resources, want 3", n)
	}
	c.do("COPY", "/c/", "", c.to("/over/")).want(204)
	c.do("GET", "/over/d/f", "").want(200).says("deep")
	c.do("GET", "/over/old", "").want(404)
	token := c.lock("/c/", "exclusive").want(200).token()
	c.do("PUT", "/c/d/f", "x").want(423)
	c.unlock("/c/", token)
	c.do("MOVE", "/c/", "", c.to("/over/")).want(204)
	c.do("GET", "/over/d/f", "").want(200).says("deep")
	c.do("DELETE", "/over/", "").want(204)
	c.do("GET", "/over/d/f", "").want(404)
}

func TestA11(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	for _, want := range []struct {
		status int
		body   string
	}{{201, ""}, {204, "one"}, {204, "another"}} {
		a := c.do("PUT", "/f", want.body).want(want.status)
		head := c.do("HEAD", "/f", "").want(200)
		for _, field := range []string{"ETag", "Last-Modified"} {
			if a.header.Get(field) == "" || a.header.Get(field) != head.header.Get(field) {
				t.Errorf("%s is %q in the answer to PUT and %q in that to HEAD", field, a.header.Get(field), head.header.Get(field))
			}
		}
	}
}

func TestA12(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/")
	for _, path := range []string{"/", "/c/", "/c"} {
		c.do("HEAD", path, "").want(200, 204)
		c.do("GET", path, "").want(200, 204)
	}
}

func TestA13(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/c/")
	c.put("/f", "file")
	c.propfind("/missing", "0", "").want(404)
	c.propfind("/missing/deeper/f", "1", "").want(404)
	c.do("MKCOL", "/missing/c/", "").want(409)
	c.do("PUT", "/missing/f", "x").want(409)
	c.do("COPY", "/f", "", c.to("/missing/f")).want(409)
	c.do("MOVE", "/f", "", c.to("/missing/f")).want(409)
	c.do("MKCOL", "/c/", "").want(405)
	c.do("MKCOL", "/f", "").want(405)
}

func TestA14(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{users: []string{"alice:secret"}})
	body := strings.Repeat("0123456789", 100_000)
	c.stream("PUT", "/f", body).want(201)
	c.do("GET", "/f", "").want(200).says(body)
	ask := `<D:propfind xmlns:D="DAV:"><D:prop><D:getcontentlength/></D:prop></D:propfind>`
	if n := davtest.D("getcontentlength"); c.stream("PROPFIND", "/f", ask, "Depth: 0").multistatus().At("/f").PropStatus(n) != 200 {
		t.Errorf("the chunked body of PROPFIND was not read")
	}
	c.stream("PROPPATCH", "/f", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>n</D:displayname></D:prop></D:set></D:propertyupdate>`).want(207)
	lock := strings.NewReplacer("%s", "exclusive").Replace(lockinfo)
	token := c.stream("LOCK", "/f", lock, "Depth: 0").want(200).token()
	c.unlock("/f", token)

	waits := []string{"Expect: 100-continue", "Content-Length: 4"}
	if status := c.as("").dial("PUT", "/g", waits...).status("PUT"); status != 401 {
		t.Errorf("PUT by nobody that waits for 100 Continue: %d", status)
	}
	if status := c.dial("PUT", "/f", append(waits, "If-None-Match: *")...).status("PUT"); status != 412 {
		t.Errorf("PUT with a false precondition that waits for 100 Continue: %d", status)
	}
	w := c.dial("PUT", "/g", waits...)
	if status := w.status("PUT"); status != 100 {
		t.Fatalf("PUT that waits for 100 Continue: %d", status)
	}
	w.send("body")
	if status := w.status("PUT"); status != 201 {
		t.Errorf("PUT after 100 Continue: %d", status)
	}
}

func TestA15(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "file")
	proxied := []string{"X-Forwarded-Proto: https", "X-Forwarded-Host: files.example.org"}
	for _, way := range [][]string{
		{"Destination: /g"},
		{"Destination: " + c.url + "/g"},
		append(proxied, "Destination: https://files.example.org/g"),
		append(proxied, "Destination: https://files.example.org:443/g"),
	} {
		c.do("MOVE", "/f", "", way...).want(201)
		c.do("MOVE", "/g", "", "Destination: /f").want(201)
	}
	token := c.lock("/f", "exclusive").want(200).token()
	for _, way := range [][]string{
		{"If: </f> (<" + token + ">)"},
		{"If: <" + c.url + "/f> (<" + token + ">)"},
		append(proxied, "If: <https://files.example.org/f> (<"+token+">)"),
	} {
		c.do("PUT", "/f", "x", way...).want(204)
	}
	c.do("PUT", "/f", "x", "If: <https://elsewhere.example.org/f> (<"+token+">)").want(412)
}

func TestA16(t *testing.T) {
	t.Parallel()
	alice := newServerWith(t, setup{users: []string{"alice:secret", "bob:secret"}})
	alice.put("/f", "file")
	for _, stranger := range []*client{alice.as(""), alice.as("alice:wrong"), alice.as("nobody:secret")} {
		for _, method := range []string{"GET", "PUT", "PROPFIND", "DELETE", "LOCK"} {
			if a := stranger.do(method, "/f", "").want(401); a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: 401 without WWW-Authenticate", method)
			}
		}
	}
	token := alice.lock("/f", "exclusive").want(200).token()
	alice.as("bob:secret").do("UNLOCK", "/f", "", "Lock-Token: <"+token+">").want(403)
}

func TestA17(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.do("MKCOL", "/c", "").want(201)
	c.put("/f", "file")
	c.do("OPTIONS", "/c", "").want(200, 204)
	c.propfind("/c", "1", "").want(207)
	c.proppatch("/c", "urn:x", "p", "1").want(207)
	c.unlock("/c", c.lock("/c", "exclusive").want(200).token())
	c.do("COPY", "/c", "", c.to("/d")).want(201)
	c.do("MOVE", "/d", "", c.to("/e")).want(201)
	c.do("GET", "/c", "").want(200, 204)
	c.do("HEAD", "/c", "").want(200, 204)
	c.do("DELETE", "/e", "").want(204)
	c.do("PUT", "/c", "x").want(405)
}

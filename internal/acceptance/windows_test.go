package acceptance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/davtest"
)

// Windows: the WebClient service and Explorer.

const microsoft = "urn:schemas-microsoft-com:"

func newWindows(t *testing.T, s setup) *client {
	return newServerWith(t, s).with("User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045", "translate: f")
}

func win32(created, modified, attributes string) string {
	return `<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="` + microsoft + `"><D:set><D:prop>` +
		"<Z:Win32CreationTime>" + created + "</Z:Win32CreationTime><Z:Win32LastAccessTime>" + modified + "</Z:Win32LastAccessTime>" +
		"<Z:Win32LastModifiedTime>" + modified + "</Z:Win32LastModifiedTime><Z:Win32FileAttributes>" + attributes + "</Z:Win32FileAttributes>" +
		"</D:prop></D:set></D:propertyupdate>"
}

// TestW1 copies one new file in, as Explorer does.
func TestW1(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.mkcol("/d/")
	const created, modified = "Thu, 09 Oct 2025 17:54:43 GMT", "Fri, 10 Oct 2025 08:00:01 GMT"

	c.propfind("/d/a.txt", "0", "").want(404)
	c.do("PUT", "/d/a.txt", "").want(201)
	token := c.lock("/d/a.txt", "exclusive", "Timeout: Second-3600").want(200).token()
	c.checkWin32(c.do("PROPPATCH", "/d/a.txt", win32(created, modified, "00000000"), ifToken(token)))
	c.do("HEAD", "/d/a.txt", "").want(200)
	c.do("PUT", "/d/a.txt", "content", ifToken(token)).want(204)
	c.checkWin32(c.do("PROPPATCH", "/d/a.txt", win32(created, modified, "00000020"), ifToken(token)))
	c.unlock("/d/a.txt", token)

	l := c.propfind("/d/a.txt", "0", `<D:propfind xmlns:D="DAV:" xmlns:Z="`+microsoft+`"><D:prop><Z:Win32CreationTime/>`+
		`<Z:Win32LastAccessTime/><Z:Win32LastModifiedTime/><Z:Win32FileAttributes/><D:getlastmodified/></D:prop></D:propfind>`).multistatus()
	for name, want := range map[string]string{
		"Win32CreationTime": created, "Win32LastAccessTime": modified, "Win32LastModifiedTime": modified, "Win32FileAttributes": "00000020",
	} {
		if got := l.propOf("/d/a.txt", microsoft, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := l.prop("/d/a.txt", "getlastmodified"); got != modified {
		t.Errorf("getlastmodified is %s, want %s", got, modified)
	}
	if got := c.do("GET", "/d/a.txt", "").want(200).says("content").header.Get("Last-Modified"); got != modified {
		t.Errorf("Last-Modified is %s, want %s", got, modified)
	}
}

// checkWin32 fails the test unless the 207 gives 200 to all four properties.
func (c *client) checkWin32(a *reply) {
	c.t.Helper()
	l := a.multistatus()
	for _, name := range []string{"Win32CreationTime", "Win32LastAccessTime", "Win32LastModifiedTime", "Win32FileAttributes"} {
		if code := l.Responses[0].PropStatus(davtest.Name{Space: microsoft, Local: name}); code != 200 {
			c.t.Errorf("PROPPATCH of %s: %d", name, code)
		}
	}
}

func TestW2(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.put("/f", "file")
	const date = "Thu, 09 Oct 2025 17:54:43 GMT"
	for _, a := range []*reply{c.do("PROPPATCH", "/f", win32(date, date, "00000000")), c.propfind("/f", "0", "")} {
		seen := 0
		for _, e := range a.multistatus().Element.Descendants() {
			if e.Name.Space == microsoft {
				seen++
				if e.Prefix == "" || strings.ContainsAny(e.Prefix, ":/") {
					t.Errorf("%s has the prefix %q", e.Name.Local, e.Prefix)
				}
			}
		}
		if seen != 4 {
			t.Errorf("%s answers with %d of 4 properties", a.method, seen)
		}
	}
}

func TestW3(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.put("/old", "file")
	for path, status := range map[string]int{"/old": 200, "/new": 201} {
		a := c.lock(path, "exclusive", "Timeout: Second-3600").want(status)
		root, err := davtest.ParseXML([]byte(a.body))
		if err != nil {
			t.Fatal(err)
		}
		l := root.Child(davtest.D("lockdiscovery"), davtest.D("activelock"))
		for _, path := range []string{"locktype/write", "lockscope/exclusive", "depth", "timeout", "locktoken/href", "lockroot/href", "owner/href"} {
			e := l
			for name := range strings.SplitSeq(path, "/") {
				e = e.Child(davtest.D(name))
			}
			if e == nil {
				t.Errorf("the activelock has no %s: %s", path, a.body)
			}
		}
		if got := l.Child(davtest.D("locktoken"), davtest.D("href")).Trimmed(); got != a.token() {
			t.Errorf("the token is %s in the body and %s in the header", got, a.token())
		}
	}
}

func TestW4(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	token := c.lock("/f", "exclusive").want(201).token()
	c.do("PUT", "/f", "content", ifToken(token)).want(204)
	c.do("PROPPATCH", "/f", win32("a", "b", "c"), ifToken(token)).want(207)
	c.do("MOVE", "/f", "", c.to("/g"), ifToken(token)).want(201)
	token = c.lock("/g", "exclusive").want(200).token()
	c.do("DELETE", "/g", "", ifToken(token)).want(204)
	c.do("PUT", "/g", "new").want(201)
}

// TestW5 mounts a share below the root, and asks for each folder on the way.
func TestW5(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{prefix: "/dav/team"})
	for _, path := range []string{"/", "/dav", "/dav/", "/dav/team", "/dav/team/"} {
		c.do("OPTIONS", path, "").want(200)
		want := []int{207}
		if !strings.HasPrefix(path, "/dav/team") {
			want = []int{207, 401, 404}
		}
		c.propfind(path, "0", "").want(want...)
	}
	c.put("/dav/team/f", "file")
	for _, href := range c.propfind("/dav/team", "1", "").multistatus().hrefs() {
		if !strings.HasPrefix(href, "/dav/team/") {
			t.Errorf("href %s", href)
		}
	}
}

func TestW6(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.mkcol("/folder/")
	c.put("/folder/readme.txt", "text")
	c.do("MOVE", "/folder/readme.txt", "", c.to("/folder/README.txt"), "Overwrite: F").want(201)
	c.do("MOVE", "/folder", "", c.to("/Folder"), "Overwrite: F").want(201)
	c.do("GET", "/Folder/README.txt", "").want(200).says("text")
	if hrefs := c.propfind("/", "infinity", "").multistatus().hrefs(); len(hrefs) != 3 {
		t.Errorf("after two renames there are %q", hrefs)
	}
}

func TestW7(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.mkcol("/Folder/")
	c.put("/Folder/f", "file")
	if n := len(c.propfind("/Folder", "1", "").multistatus().Responses); n != 2 {
		t.Errorf("%d responses", n)
	}
}

// TestW8: the redirector shows nothing of a folder whose listing is over
// FileAttributesLimitInBytes.
func TestW8(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	c.mkcol("/d/")
	for i := range 200 {
		c.put(fmt.Sprintf("/d/file-%04d.txt", i), "content")
	}
	a := c.propfind("/d/", "1", "").want(207)
	if strings.Contains(a.body, "404") || strings.Contains(a.body, "\n ") {
		t.Errorf("the listing has indentation or a 404 propstat")
	}
	if limit := 1_000_000 / 2000 * 201; len(a.body) > limit {
		t.Errorf("a listing of 201 resources has %d bytes, want at most %d", len(a.body), limit)
	}
}

// TestW9: Windows takes Digest over plain HTTP, and Basic only over TLS.
func TestW9(t *testing.T) {
	t.Parallel()
	h := newHandler(t, setup{users: []string{"alice:secret"}})
	r := httptest.NewRequest("PROPFIND", "http://files.example.org/", nil)
	r.RemoteAddr = "192.0.2.7:50000"
	r.SetBasicAuth("alice", "secret")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	challenges := strings.Join(w.Header().Values("WWW-Authenticate"), ", ")
	if w.Code != http.StatusUnauthorized || !strings.Contains(challenges, "Digest") || strings.Contains(challenges, "Basic") {
		t.Errorf("Basic over plain HTTP: %d, challenge %s", w.Code, challenges)
	}
}

func TestW10(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	a := c.lock("/f", "exclusive", "Timeout: Second-3600").want(201)
	token := a.token()
	if granted(t, a) < time.Hour {
		t.Errorf("granted %v of the hour asked for", granted(t, a))
	}
	refreshed := c.do("LOCK", "/f", "", ifToken(token), "Timeout: Second-3600").want(200)
	if granted(t, refreshed) < time.Hour {
		t.Errorf("a refresh grants %v of the hour asked for", granted(t, refreshed))
	}
}

// granted is the timeout of the first lock in the answer.
func granted(t *testing.T, a *reply) time.Duration {
	t.Helper()
	root, err := davtest.ParseXML([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	told := root.Child(davtest.D("lockdiscovery"), davtest.D("activelock"), davtest.D("timeout")).Trimmed()
	if told == "Infinite" {
		return 1 << 62
	}
	n, err := strconv.Atoi(strings.TrimPrefix(told, "Second-"))
	if err != nil {
		t.Fatalf("timeout is %q", told)
	}
	return time.Duration(n) * time.Second
}

func TestW11(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	for segment, name := range oddNames {
		c.put("/"+segment, name)
	}
	l := c.propfind("/", "1", "").multistatus()
	for segment, name := range oddNames {
		if l.At("/"+segment) == nil {
			t.Errorf("%s is not listed", name)
		}
	}
	for _, href := range l.hrefs()[1:] {
		if strings.ContainsAny(href, "#? ") {
			t.Errorf("href %s", href)
		}
		c.do("GET", href, "").want(200)
	}
}

func TestW12(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	for _, name := range []string{"/desktop.ini", "/Thumbs.db", "/folder.jpg", "/AutoRun.inf"} {
		if a := c.propfind(name, "0", "").want(404); len(a.body) > 1000 {
			t.Errorf("%s: a 404 of %d bytes", name, len(a.body))
		}
		c.do("GET", name, "").want(404)
	}
}

// TestW13: errors have a length, and leave the connection usable.
func TestW13(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{users: []string{"alice:secret"}})
	c.put("/f", "file")
	c.lock("/f", "exclusive").want(200)
	check := func(a *reply) {
		if a.length < 0 || len(a.header.Values("Trailer")) > 0 {
			t.Errorf("%s answers %d without Content-Length, or with a trailer", a.method, a.status)
		}
	}
	check(c.as("").propfind("/f", "0", "").want(401))
	check(c.propfind("/missing", "0", "").want(404))
	check(c.do("PUT", "/f", "x").want(423))
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if !info.Reused {
				t.Errorf("the connection did not outlive 401, 404 and 423")
			}
		},
	}), "GET", c.url+"/f", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// TestW14: Explorer takes a drive without room, or with -1 bytes of it, for
// full. A server without quota says nothing.
func TestW14(t *testing.T) {
	t.Parallel()
	c := newWindows(t, setup{})
	r := c.propfind("/", "0", "quota-available-bytes quota-used-bytes").multistatus().At("/")
	e, code := r.Prop(davtest.D("quota-available-bytes"))
	if code == 404 {
		return
	}
	if n, err := strconv.ParseInt(e.Trimmed(), 10, 64); code != 200 || err != nil || n <= 0 {
		t.Errorf("quota-available-bytes is %q (%d)", e.Text(), code)
	}
}

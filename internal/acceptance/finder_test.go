package acceptance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/davtest"
)

// macOS: Finder on WebDAVFS, and the programs of iOS.

func newFinder(t *testing.T) *client {
	return newServer(t).with("User-Agent: WebDAVFS/3.0.0 (03008000) Darwin/23.4.0 (arm64)", "Accept: */*", "Content-Type: text/xml")
}

const appleProps = "http://www.apple.com/webdav_fs/props/"

// The bodies of WebDAVFS.
const (
	finderStat    = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:getlastmodified/><D:getcontentlength/><D:creationdate/><D:resourcetype/></D:prop></D:propfind>`
	finderReaddir = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:getlastmodified/><D:getcontentlength/><D:creationdate/><D:resourcetype/><A:appledoubleheader xmlns:A="` + appleProps + `"/></D:prop></D:propfind>`
	finderStatfs  = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:quota-used-bytes/><D:quota/><D:quotaused/></D:prop></D:propfind>`
	finderEmpty   = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>`
	finderLock    = `<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>http://www.apple.com/webdav_fs/</D:href></D:owner></D:lockinfo>`
)

func (c *client) finderLock(path, scope string) *reply {
	c.t.Helper()
	return c.do("LOCK", path, fmt.Sprintf(finderLock, scope), "Depth: 0", "Timeout: Second-600")
}

// TestM1 mounts, and saves a new file as Finder does.
func TestM1(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	if classes := strings.Split(c.do("OPTIONS", "/", "").want(200).header.Get("DAV"), ", "); classes[0] != "1" || classes[1] != "2" {
		t.Errorf("DAV is %q", classes)
	}
	c.do("PROPFIND", "/", finderStat, "Depth: 0").want(207)
	c.do("PROPFIND", "/", finderStatfs, "Depth: 0").want(207)
	c.do("PROPFIND", "/a.txt", finderStat, "Depth: 0").want(404)
	c.do("PUT", "/a.txt", "").want(201)
	token := c.finderLock("/a.txt", "exclusive").want(200).token()
	c.do("PROPFIND", "/._a.txt", finderStat, "Depth: 0").want(404)
	c.do("PUT", "/._a.txt", "").want(201)
	double := c.finderLock("/._a.txt", "exclusive").want(200).token()
	c.stream("PUT", "/._a.txt", "apple double", ifToken(double), "X-Expected-Entity-Length: 12").want(204)
	c.unlock("/._a.txt", double)
	c.stream("PUT", "/a.txt", "content", ifToken(token), "X-Expected-Entity-Length: 7").want(204)
	if n := c.do("PROPFIND", "/a.txt", finderStat, "Depth: 0").multistatus().prop("/a.txt", "getcontentlength"); n != "7" {
		t.Errorf("getcontentlength is %s", n)
	}
	c.unlock("/a.txt", token)
	c.do("GET", "/a.txt", "").want(200).says("content")
	if n := len(c.do("PROPFIND", "/", finderReaddir, "Depth: 1").multistatus().Responses); n != 3 {
		t.Errorf("%d responses", n)
	}
}

func TestM2(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	body := strings.Repeat("0123456789", 50_000)
	c.stream("PUT", "/f", body, "X-Expected-Entity-Length: 500000").want(201)
	c.stream("PUT", "/f", body[:400_000], "X-Expected-Entity-Length: 500000").want(400)
	c.do("GET", "/f", "").want(200).says(body)
	c.do("PUT", "/new", "", "X-Expected-Entity-Length: 500000").want(400)
	c.do("GET", "/new", "").want(404)
	c.stream("PUT", "/plain", body).want(201)
	c.do("GET", "/plain", "").want(200).says(body)
}

func TestM3(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.put("/doc", "one")
	c.put("/doc.sb-1", "two")
	c.do("MOVE", "/doc.sb-1", "", c.to("/doc")).want(204)
	c.do("GET", "/doc", "").want(200).says("two")
	c.mkcol("/d/", "/e/")
	c.put("/d/x", "x")
	c.do("PROPFIND", "/e", finderEmpty, "Depth: 1").want(207)
	c.do("MOVE", "/d", "", c.to("/e")).want(204)
	c.do("GET", "/e/x", "").want(200).says("x")
}

// TestM4: WebDAVFS sends an If field for each lock below a folder that it moves.
func TestM4(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/d/")
	var fields []string
	for _, path := range []string{"/d/x", "/d/y"} {
		c.put(path, path)
		fields = append(fields, "If: <"+c.url+path+"> (<"+c.finderLock(path, "exclusive").want(200).token()+">)")
	}
	c.do("MOVE", "/d", "", append(fields, c.to("/e"))...).want(201)
	c.do("GET", "/e/x", "").want(200).says("/d/x")
	c.do("PUT", "/e/x", "free").want(204)

	// Or only the last one arrives: refused, and nothing is lost.
	fields = nil
	for _, path := range []string{"/e/x", "/e/y"} {
		fields = append(fields, "If: <"+path+"> (<"+c.finderLock(path, "exclusive").want(200).token()+">)")
	}
	c.do("MOVE", "/e", "", fields[1], c.to("/f")).want(423, 207)
	c.do("PUT", "/e/x", "x").want(423)
	c.do("DELETE", "/e", "", fields...).want(204)
}

func TestM5(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.put("/f", "file")
	one, two := c.finderLock("/f", "shared").want(200).token(), c.finderLock("/f", "shared").want(200).token()
	c.finderLock("/f", "exclusive").want(423)
	c.do("PUT", "/f", "x", ifToken(one)).want(204)
	c.unlock("/f", one)
	c.unlock("/f", two)
	c.finderLock("/f", "exclusive").want(200)
}

func TestM6(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/d/")
	if n := len(c.do("PROPFIND", "/d", finderEmpty, "Depth: 1").multistatus().Responses); n != 1 {
		t.Errorf("an empty folder has %d responses", n)
	}
	c.put("/d/._x", "hidden")
	if n := len(c.do("PROPFIND", "/d", finderEmpty, "Depth: 1").multistatus().Responses); n != 2 {
		t.Errorf("a folder with a hidden file has %d responses", n)
	}
}

func TestM7(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	r := c.do("PROPFIND", "/", finderStatfs, "Depth: 0").multistatus().At("/")
	var sum uint64
	for _, name := range []string{"quota-available-bytes", "quota-used-bytes"} {
		switch e, code := r.Prop(davtest.D(name)); code {
		case 404:
		case 200:
			n, err := strconv.ParseUint(e.Trimmed(), 10, 63)
			if err != nil || sum+n < sum {
				t.Errorf("%s is %q", name, e.Text())
			}
			sum += n
		default:
			t.Errorf("%s has status %d", name, code)
		}
	}
}

// TestM8: to WebDAVFS any 5xx but 507 means that the file is gone.
func TestM8(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/d/")
	c.put("/f", "file")
	c.finderLock("/f", "exclusive").want(200)
	for want, a := range map[int]*reply{
		404: c.do("GET", "/missing", ""),
		409: c.do("PUT", "/missing/f", "x"),
		423: c.do("PUT", "/f", "x"),
		405: c.do("MKCOL", "/d/", ""),
		400: c.do("PROPFIND", "/f", "<broken", "Depth: 0"),
	} {
		a.want(want)
	}
}

// TestM9: WebDAVFS reads any 207 to DELETE or LOCK as busy, and its reader
// spins on one that begins with a member.
func TestM9(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/d/")
	c.put("/d/member", "x")
	c.finderLock("/d/member", "exclusive").want(200)
	for _, a := range []*reply{
		c.do("DELETE", "/d", ""),
		c.do("LOCK", "/d", fmt.Sprintf(finderLock, "exclusive"), "Depth: infinity"),
		c.do("MOVE", "/d", "", c.to("/e")),
	} {
		if a.want(423, 403, 207).status == 207 && a.multistatus().hrefs()[0] != "/d/" {
			t.Errorf("%s: the 207 begins with %s", a.method, a.multistatus().hrefs()[0])
		}
	}
	c.do("GET", "/d/member", "").want(200)
}

func TestM10(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	for _, a := range []*reply{
		c.do("PUT", "/f", "x").want(201), c.do("PUT", "/f", "y").want(204), c.do("MKCOL", "/d", "").want(201),
		c.do("MOVE", "/f", "", c.to("/g")).want(201), c.do("DELETE", "/g", "").want(204),
	} {
		at, err := http.ParseTime(a.header.Get("Date"))
		if off := time.Since(at); err != nil || off < -time.Minute || off > time.Minute {
			t.Errorf("%s %d: Date is %q", a.method, a.status, a.header.Get("Date"))
		}
	}
}

func TestM11(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.put("/X", "file")
	for _, name := range []string{"/.metadata_never_index", "/.ql_disablethumbnails", "/.ql_disablecache", "/Contents", "/.hidden", "/.localized", "/._X", "/._.", "/.DS_Store"} {
		c.do("PROPFIND", name, finderStat, "Depth: 0").want(404)
	}
}

// TestM12: without a policy of their own, AppleDouble files are files.
func TestM12(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	for _, name := range []string{"/._a.txt", "/.DS_Store"} {
		c.do("PUT", name, "data").want(201)
		c.do("GET", name, "").want(200).says("data")
		if c.do("PROPFIND", "/", finderReaddir, "Depth: 1").multistatus().At(name) == nil {
			t.Errorf("%s is not listed", name)
		}
		c.do("DELETE", name, "").want(204)
	}
}

func TestM13(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.put("/._a.txt", "apple double")
	for _, r := range c.do("PROPFIND", "/", finderReaddir, "Depth: 1").multistatus().Responses {
		if code := r.PropStatus(davtest.Name{Space: appleProps, Local: "appledoubleheader"}); code != 404 {
			t.Errorf("%s: appledoubleheader has status %d", r.Hrefs[0], code)
		}
	}
}

// TestM14: a Mac spells names in Unicode's decomposed form.
func TestM14(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	const nfd, nfc = "/Ma%CC%88rz.txt", "/M%C3%A4rz.txt"
	c.put(nfd, "decomposed")
	c.do("GET", nfc, "").want(200).says("decomposed")
	c.do("PUT", nfc, "composed").want(204)
	hrefs := c.do("PROPFIND", "/", finderReaddir, "Depth: 1").multistatus().hrefs()
	if len(hrefs) != 2 || hrefs[1] != nfd {
		t.Errorf("the listing has %q, want the form that was stored first", hrefs)
	}
	c.do("GET", nfd, "").want(200).says("composed")
	c.do("MOVE", nfd, "", c.to(nfc)).not(500)
	c.do("GET", nfc, "").want(200).says("composed")
}

// TestM15: five threads at once, each with a lock that it refreshes.
func TestM15(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/d/")
	t.Run("threads", func(t *testing.T) {
		for i := range 5 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				c := c.in(t)
				path := fmt.Sprintf("/d/f%d", i)
				for round := range 10 {
					c.put(path, "")
					token := c.finderLock(path, "exclusive").want(200).token()
					c.do("LOCK", path, "", ifToken(token), "Timeout: Second-600").want(200)
					c.stream("PUT", path, fmt.Sprint(round), ifToken(token)).want(204)
					c.unlock(path, token)
				}
			})
		}
	})
	for i := range 5 {
		c.do("GET", fmt.Sprintf("/d/f%d", i), "").want(200).says("9")
	}
}

func TestM16(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.put("/x", "")
	c.put("/._x", "")
	file, double := c.finderLock("/x", "exclusive").want(200).token(), c.finderLock("/._x", "exclusive").want(200).token()
	c.unlock("/._x", double)
	c.do("PUT", "/x", "content", ifToken(file)).want(204)
	c.do("PUT", "/x", "stranger").want(423)
	c.unlock("/x", file)
}

// TestM17: what the programs of iOS tell files and folders apart by.
func TestM17(t *testing.T) {
	t.Parallel()
	c := newFinder(t)
	c.mkcol("/a/", "/a/b/", "/a/b/c/")
	c.put("/a/f", "x")
	c.put("/a/b/f", "x")
	l := c.do("PROPFIND", "/a/", finderEmpty, "Depth: infinity", "If-None-Match: *").multistatus()
	for path, collection := range map[string]bool{"/a/": true, "/a/b/": true, "/a/b/c/": true, "/a/f": false, "/a/b/f": false} {
		if _, code := l.At(path).Prop(davtest.D("resourcetype")); code != 200 || l.isCollection(path) != collection {
			t.Errorf("%s: resourcetype has status %d and says collection: %v", path, code, l.isCollection(path))
		}
	}
}

package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// Programs that keep their data on a WebDAV server, as far as they need
// classes 1 to 3 of RFC 4918.

// TestY1: Cyberduck and Mountain Duck keep times in properties of their own.
func TestY1(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{users: []string{"alice:secret"}}).with("User-Agent: Cyberduck/9.0.0")
	c.put("/f", "file")
	const custom = "SAR:"
	for name, value := range map[string]string{"lastmodified": "Thu, 09 Oct 2025 17:54:43 GMT", "lastmodified_server": "Thu, 09 Oct 2025 17:54:44 GMT"} {
		c.proppatch("/f", custom, name, value).want(207)
		ask := fmt.Sprintf(`<D:propfind xmlns:D="DAV:"><D:prop><s:%s xmlns:s="%s"/></D:prop></D:propfind>`, name, custom)
		if got := c.propfind("/f", "0", ask).multistatus().propOf("/f", custom, name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	// The challenge comes before 100 Continue: a body can't be sent twice.
	if status := c.as("").dial("PUT", "/g", "Expect: 100-continue", "Content-Length: 1000000").status("PUT"); status != 401 {
		t.Errorf("PUT by nobody that waits for 100 Continue: %d", status)
	}
}

func TestY2(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: WinSCP/6.3 neon/0.33.0")
	c.mkcol("/folder/")
	c.put("/folder/f", "file")
	ask := `<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:displayname/>` +
		`<D:owner/><D:ishidden/><D:quota-available-bytes/><executable xmlns="http://apache.org/dav/props/"/></D:prop></D:propfind>`
	for _, path := range []string{"/folder", "/folder/"} {
		l := c.propfind(path, "1", ask).multistatus()
		if len(l.Responses) != 2 || l.prop("/folder/f", "getcontentlength") != "4" || !l.isCollection("/folder/") {
			t.Errorf("the listing of %s is wrong", path)
		}
	}
}

// TestZ1 is Zotero's check of a server, and its purge.
func TestZ1(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{users: []string{"alice:secret"}}).with("User-Agent: Zotero/7.0")
	if c.do("OPTIONS", "/zotero/", "").want(200, 204, 404).header.Get("DAV") == "" {
		t.Errorf("no DAV field for a missing folder")
	}
	c.propfind("/zotero/", "0", "getcontentlength").want(404)
	c.propfind("/", "0", "getcontentlength").want(207)
	c.do("MKCOL", "/zotero/", "").want(201)
	c.propfind("/zotero/", "0", "getcontentlength").want(207)
	c.do("GET", "/zotero/nonexistent.prop", "").want(404)
	c.do("PUT", "/zotero/zotero-test-file.prop", " ").want(200, 201, 204)
	c.do("GET", "/zotero/zotero-test-file.prop", "").want(200).says(" ")
	c.do("DELETE", "/zotero/zotero-test-file.prop", "").want(200, 204)

	c.put("/zotero/ABCD2345.prop", `<properties version="1"><mtime>1</mtime><hash>x</hash></properties>`)
	for _, href := range c.propfind("/zotero/", "1", "getlastmodified").multistatus().hrefs() {
		if !strings.HasPrefix(href, "/zotero/") {
			t.Errorf("href %s, at which Zotero gives up", href)
		}
	}
}

func TestJ1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	n := 0
	joplin := func(method, path, body string, fields ...string) *reply {
		n++
		return c.do(method, path, body, append(fields, fmt.Sprintf("If-None-Match: JoplinIgnore-%d", n))...)
	}
	ask := `<?xml version="1.0" encoding="UTF-8"?><d:propfind xmlns:d="DAV:"><d:prop xmlns:oc="http://owncloud.org/ns"><d:getlastmodified/><d:resourcetype/></d:prop></d:propfind>`
	joplin("PROPFIND", "/", ask, "Depth: 1").want(207)
	joplin("PROPFIND", "/.sync/version.txt", ask, "Depth: 0").want(404)
	for _, d := range []string{"/.resource/", "/.sync/", "/.lock/", "/locks/", "/temp/"} {
		joplin("MKCOL", d, "").want(201)
		joplin("MKCOL", d, "").want(405)
	}
	joplin("PUT", "/info.json", "{}").want(201)
	joplin("PUT", "/info.json", `{"version":3}`).want(204)
	joplin("PROPFIND", "/info.json", ask, "Depth: 0").want(207)
	c.do("GET", "/info.json", "").want(200).says(`{"version":3}`)
	joplin("DELETE", "/info.json", "").want(200, 204)
	joplin("DELETE", "/info.json", "").want(404)
}

// TestKP1: password safes write a new file and move it over the old one, which
// survives every step that fails.
func TestKP1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/x.kdbx", "old")
	c.put("/x.kdbx.tmp", "new")
	c.do("MOVE", "/x.kdbx.missing", "", c.to("/x.kdbx"), "Overwrite: T").want(404)
	c.do("MOVE", "/x.kdbx.tmp", "", "Destination: http://elsewhere.example.org/x.kdbx", "Overwrite: T").want(502)
	c.do("GET", "/x.kdbx", "").want(200).says("old")
	c.do("MOVE", "/x.kdbx.tmp", "", c.to("/x.kdbx"), "Overwrite: T").want(204)
	c.do("GET", "/x.kdbx", "").want(200).says("new")
	c.do("GET", "/x.kdbx.tmp", "").want(404)
	c.put("/x.kdbx.2", "newer")
	c.do("DELETE", "/x.kdbx", "").want(204)
	c.do("MOVE", "/x.kdbx.2", "", c.to("/x.kdbx"), "Overwrite: T").want(201)
	c.do("GET", "/x.kdbx", "").want(200).says("newer")
}

// TestKP2: a cut PUT never replaces the safe.
func TestKP2(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	for _, size := range []int{100, 1_000_000} { // in the metadata store, and a blob
		old := strings.Repeat("o", size)
		c.put("/x.kdbx", old)
		w := c.dial("PUT", "/x.kdbx", fmt.Sprintf("Content-Length: %d", size))
		w.send(strings.Repeat("n", size/2))
		if status := w.finish("PUT"); status >= 200 && status < 300 {
			t.Errorf("half a body is answered with %d", status)
		}
		c.do("GET", "/x.kdbx", "").want(200).says(old)
	}
}

// TestOB1 is Obsidian's remotely-save; what it needs of CORS is not judged here.
func TestOB1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	a := c.do("OPTIONS", "/", "").want(200)
	for _, claim := range []string{"nextcloud", "sabredav-partialupdate", "apache.org/dav/propset"} {
		if strings.Contains(strings.ToLower(a.header.Get("DAV")+a.header.Get("Server")), claim) {
			t.Errorf("OPTIONS claims %s", claim)
		}
	}
	c.mkcol("/vault/", "/vault/a/")
	c.put("/vault/a/n.md", "# note")
	if n := len(c.propfind("/vault/", "infinity", "resourcetype getlastmodified getcontentlength").multistatus().Responses); n != 3 {
		t.Errorf("%d responses", n)
	}
	for _, path := range []string{"/vault/a/n.md", "/vault", "/vault/"} {
		c.propfind(path, "0", "").want(207)
	}
}

// TestFL1 is Floccus: a file as a lock, judged by its age.
func TestFL1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	const file, lock = "/bookmarks.xbel", "/bookmarks.xbel.lock"
	c.do("GET", lock, "").want(404)
	c.put(lock, "<html></html>", "Content-Type: text/html")
	a := c.do("GET", lock, "").want(200)
	if _, err := http.ParseTime(a.header.Get("Last-Modified")); err != nil || a.header.Get("Last-Modified") != c.do("HEAD", lock, "").header.Get("Last-Modified") {
		t.Errorf("Last-Modified is %q", a.header.Get("Last-Modified"))
	}
	c.do("GET", file, "").want(404)
	c.put(file, "<xbel/>", "Content-Type: application/xml")
	c.do("GET", file, "").want(200).says("<xbel/>")
	c.do("DELETE", lock, "").want(200, 204)
	c.do("DELETE", lock, "").want(404)
}

// TestDT1: DEVONthink makes many small files in folders of folders.
func TestDT1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.mkcol("/db.dtCloud/")
	for i := range 40 {
		dir := fmt.Sprintf("/db.dtCloud/%02x/", i%8)
		c.do("MKCOL", dir, "").want(201, 405)
		tmp := fmt.Sprintf("%s%d.tmp", dir, i)
		c.put(tmp, fmt.Sprint(i))
		c.do("MOVE", tmp, "", c.to(strings.TrimSuffix(tmp, ".tmp"))).want(201)
	}
	if n := len(c.propfind("/db.dtCloud/", "infinity", "getetag").multistatus().Responses); n != 49 {
		t.Errorf("%d resources, want 49", n)
	}
}

// TestOF1: OmniFocus uploads a folder under a temporary name and moves it.
func TestOF1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	const tmp, final = "/OmniFocus.ofocus-copy-in-progress-X1/", "/OmniFocus.ofocus/"
	c.mkcol(tmp)
	c.put(tmp+"20251009=a.zip", "zip")
	c.do("MOVE", tmp, "", c.to(final), "Overwrite: F").want(201)
	c.propfind(tmp, "0", "").want(404)
	l := c.propfind(final, "1", "getetag getlastmodified resourcetype").multistatus()
	if len(l.Responses) != 2 || l.prop(final+"20251009=a.zip", "getetag") == "" {
		t.Errorf("the folder did not arrive whole")
	}
}

// TestFS1: FolderSync sends times that a server may ignore, but then must not
// say that it took them.
func TestFS1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	a := c.put("/f", "file", "X-OC-Mtime: 1760032483")
	is := c.do("HEAD", "/f", "").want(200).header.Get("Last-Modified")
	if accepted := a.header.Get("X-OC-MTime") == "accepted"; accepted != (is == "Thu, 09 Oct 2025 17:54:43 GMT") {
		t.Errorf("X-OC-MTime is %q, and Last-Modified %s", a.header.Get("X-OC-MTime"), is)
	}
}

// TestAX1: DAVx5 reads at random, if the server is up to it.
func TestAX1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "0123456789")
	c.propfind("/", "1", "resourcetype current-user-privilege-set displayname getetag getcontenttype getcontentlength getlastmodified quota-available-bytes").want(207)
	head := c.do("HEAD", "/f", "").want(200)
	tag := head.header.Get("ETag")
	if head.length != 10 || strings.HasPrefix(tag, "W/") || head.header.Get("Accept-Ranges") != "bytes" || head.header.Get("Last-Modified") == "" {
		t.Errorf("HEAD: length %d, %v", head.length, head.header)
	}
	c.do("GET", "/f", "", "Range: bytes=3-5", "If-Match: "+tag).want(206).says("345")
	c.put("/f", "changed")
	c.do("GET", "/f", "", "Range: bytes=3-5", "If-Match: "+tag).want(412)
	c.do("MOVE", "/f", "", c.to("/g"), "Overwrite: F").want(201)
	c.stream("PUT", "/h", "chunked").want(201)
}

func TestLO1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: LibreOffice 24.2")
	c.put("/doc.odt", "one")
	c.do("OPTIONS", "/doc.odt", "").want(200)
	ask := `<propfind xmlns="DAV:"><prop><resourcetype/><IsReadOnly xmlns="http://ucb.openoffice.org/dav/props/"/><getcontenttype/><supportedlock/></prop></propfind>`
	e, code := c.propfind("/doc.odt", "0", ask).multistatus().At("/doc.odt").Prop(davtest.D("supportedlock"))
	if code != 200 || e.Child(davtest.D("lockentry"), davtest.D("lockscope"), davtest.D("exclusive")) == nil {
		t.Errorf("supportedlock has status %d: %v", code, e)
	}
	c.do("GET", "/.~lock.doc.odt%23", "").want(404)
	token := c.lock("/doc.odt", "exclusive", "Timeout: Second-180").want(200).token()
	c.do("GET", "/doc.odt", "").want(200).says("one")
	c.do("PUT", "/doc.odt", "two", ifToken(token)).want(204) // a 207 here is shown as an error
	c.unlock("/doc.odt", token)
}

// TestV1: players seek.
func TestV1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: VLC/3.0.20 LibVLC/3.0.20")
	film := strings.Repeat("0123456789", 100_000)
	c.put("/film.mkv", film, "Content-Type: video/x-matroska")
	l := c.propfind("/", "1", "").multistatus()
	if l.prop("/film.mkv", "getcontentlength") != "1000000" || !l.isCollection("/") {
		t.Errorf("the listing is wrong")
	}
	if e, code := l.At("/film.mkv").Prop(davtest.D("displayname")); code == 200 && e.Trimmed() == "" {
		t.Errorf("displayname is empty, and PotPlayer hides the file")
	}
	for header, want := range map[string]string{"bytes=0-": film, "bytes=999990-": film[999_990:], "bytes=-5": film[999_995:], "bytes=10-19": film[10:20]} {
		a := c.do("GET", "/film.mkv", "", "Range: "+header).want(206).says(want)
		if a.header.Get("Content-Range") == "" || a.header.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: Content-Range is %q", header, a.header.Get("Content-Range"))
		}
	}
	if got := c.do("GET", "/film.mkv", "", "Range: bytes=1000000-").want(416).header.Get("Content-Range"); got != "bytes */1000000" {
		t.Errorf("416 with Content-Range %q", got)
	}
}

func TestS1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: Sardine/5.10")
	c.mkcol("/.SeedVaultAndroidBackup/")
	for _, path := range []string{"/", "/.SeedVaultAndroidBackup", "/.SeedVaultAndroidBackup/"} {
		c.do("HEAD", path, "").want(200, 204)
		c.do("PROPFIND", path, `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`, "Depth: 1", "Content-Type: text/xml; charset=utf-8").want(207)
	}
	c.do("HEAD", "/missing", "").want(404)
}

// TestU1: curl.
func TestU1(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{users: []string{"alice:secret"}}).with("User-Agent: curl/8.14.1")
	c.as("").do("PUT", "/f", "", "Content-Length: 0").want(401) // the first request of --digest
	c.propfind("/f", "0", "").want(404)
	body := strings.Repeat("x", 2<<20)
	w := c.dial("PUT", "/f", "Expect: 100-continue", fmt.Sprintf("Content-Length: %d", len(body)))
	if status := w.status("PUT"); status != 100 {
		t.Fatalf("PUT that waits for 100 Continue: %d", status)
	}
	w.send(body)
	if status := w.status("PUT"); status != 201 {
		t.Errorf("PUT: %d", status)
	}
	a := c.do("PUT", "/f", "rest", fmt.Sprintf("Content-Range: bytes %d-%d/%[2]d", len(body), len(body)+4)) // -C -
	if a.status < 300 {
		c.do("GET", "/f", "").want(200).says(body + "rest")
	} else {
		a.want(400, 501)
		c.do("GET", "/f", "").want(200).says(body)
	}
	c.do("MKCOL", "/d", "").want(201)
}

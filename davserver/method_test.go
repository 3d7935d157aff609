package davserver_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// HT-04, A12, SC-09.
func TestGetCollection(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/c/%3Cb%3E%20%22x%22%26", "12345")
	s.must(201, "MKCOL", "/c/d", "")
	get := s.do("GET", "/c", "").want(200).wantHeader("Content-Location", "/c/").wantHeader("Content-Type", "text/html; charset=utf-8")
	get.wantBody(`href="/c/%3Cb%3E%20%22x%22&amp;"`, "&lt;b&gt; &#34;x&#34;&amp;", "5 bytes", `href="/c/d/"`, `href="/"`).wantNot("<b>")
	get.wantHeader("Content-Security-Policy", "default-src 'none'").wantHeader("X-Content-Type-Options", "nosniff")
	head := s.do("HEAD", "/c", "").want(200)
	for name := range get.Header() {
		head.wantHeader(name, get.Header().Get(name))
	}
	if head.Body.Len() > 0 {
		t.Errorf("HEAD has a body: %s", head.Body)
	}
}

// ET-06, PF-21, V1.
func TestGet(t *testing.T) {
	s := newMemoryServer(t)
	put := s.must(201, "PUT", "/f.TXT", "0123456789", "Content-Language", "de")
	etag, date := put.Header().Get("ETag"), put.Header().Get("Last-Modified") // A11
	if etag == "" || date == "" {
		t.Errorf("PUT: %v", put.Header())
	}
	get := s.do("GET", "/f.TXT", "").want(200).wantBody("0123456789").wantHeader("ETag", etag).wantHeader("Last-Modified", date).
		wantHeader("Content-Type", "text/plain; charset=utf-8").wantHeader("Content-Language", "de").wantHeader("Accept-Ranges", "bytes").
		wantHeader("Content-Length", "10").wantHeader("X-Content-Type-Options", "nosniff")
	if csp := get.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("Content-Security-Policy: %s", csp)
	}
	s.do("HEAD", "/f.TXT", "").want(200).wantHeader("Content-Length", "10").wantHeader("ETag", etag)
	for ranges, body := range map[string]string{"bytes=2-3": "23", "bytes=7-": "789", "bytes=-1": "9", "bytes=8-99": "89"} {
		s.do("GET", "/f.TXT", "", "Range", ranges).want(206).wantBody(body).wantHeader("Content-Length", strconv.Itoa(len(body)))
	}
	s.do("GET", "/f.TXT", "", "Range", "bytes=0-1,4-5").want(206).wantBody("01", "45")
	s.do("GET", "/f.TXT", "", "Range", "bytes=2-3", "If-Range", etag).want(206)
	s.do("GET", "/f.TXT", "", "Range", "bytes=2-3", "If-Range", `"old"`).want(200)
	s.do("GET", "/f.TXT", "", "Range", "bytes=10-").want(416).wantHeader("Content-Range", "bytes */10").wantHeader("ETag", "").wantHeader("Content-Language", "")
	for _, unit := range []string{"lines=1-2", "bytes", "x"} { // RFC 9110 section 14.2: a unit that is not known is ignored
		s.do("GET", "/f.TXT", "", "Range", unit).want(200).wantHeader("Content-Length", "10")
	}
	s.do("GET", "/f.TXT", "", "Range", "Bytes=2-3").want(206).wantBody("23") // section 14.1: its case does not matter
	s.do("HEAD", "/f.TXT", "", "Range", "bytes=2-3").want(200).wantHeader("Content-Length", "10")
	s.do("GET", "/f.TXT", "", "If-None-Match", etag).want(304).wantHeader("ETag", etag)
	s.do("GET", "/f.TXT", "", "If-None-Match", "W/"+etag).want(304)
	s.do("GET", "/f.TXT", "", "If-Modified-Since", date).want(304)
	s.do("GET", "/f.TXT", "", "If-None-Match", `"old"`, "If-Modified-Since", date).want(200)
	s.do("GET", "/f.TXT", "", "If-None-Match", `"old"`, "If-None-Match", etag).want(304)
	s.do("GET", "/f.TXT", "", "If-None-Match", "JoplinIgnore-1, "+etag).want(304)
	s.do("GET", "/f.TXT", "", "If-None-Match", "JoplinIgnore-1", "If-Modified-Since", date).want(200) // A9
	s.do("GET", "/f.TXT", "", "If-Match", `"old"`, "If-Match", etag).want(200)
	s.do("GET", "/f.TXT", "", "If-Match", "none, "+etag).want(200)
	s.do("GET", "/f.TXT", "", "If-Match", `"old"`).want(412)
	s.do("GET", "/f.TXT", "", "If-Match", "W/"+etag).want(412)
	s.do("GET", "/f.TXT", "", "If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT").want(412)
	s.do("GET", "/f.TXT", "", "If", "(<DAV:no-lock>)").want(412)
	s.do("GET", "/none", "").want(404)
	s.do("HEAD", "/none", "").want(404)
}

// The kernel copies files: the body stays an *os.File down to net/http.
func TestGetSendsFiles(t *testing.T) {
	b := newFaulty()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := davserver.New(fileOpener{b.whole, name}, davserver.Options{})
	w := &fileCatcher{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(w, newRequest("GET", "/f", ""))
	if !w.file || w.Body.String() != "content" {
		t.Errorf("a file came as something else: %q", w.Body)
	}
}

type fileOpener struct {
	whole
	name string
}

func (b fileOpener) Open(ctx context.Context, p dav.Path, c *dav.Conditions) (*dav.Resource, io.ReadSeekCloser, error) {
	f, err := os.Open(b.name)
	return &dav.Resource{Path: p, ETag: `"x"`, Length: 7}, f, err
}

type fileCatcher struct {
	*httptest.ResponseRecorder
	file bool
}

func (w *fileCatcher) ReadFrom(r io.Reader) (int64, error) {
	if l, ok := r.(*io.LimitedReader); ok {
		_, w.file = l.R.(*os.File)
	}
	return io.Copy(w.ResponseRecorder, r)
}

// HT-05 to HT-09, M2, C2, C3, SC-05.
func TestPut(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{Body: 100}})
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/f", "before")
	s.do("PUT", "/f", "x").want(204).wantHeader("Cache-Control", "no-cache")
	s.must(204, "PUT", "/f", "before")
	for _, c := range []struct {
		target, body string
		headers      []string
		status       int
	}{
		{"/f", "y", []string{"Content-Range", "bytes 0-0/1"}, 400},          // HT-08
		{"/f", "y", []string{"Content-Encoding", "gzip"}, 415},              // would be stored as what it is not
		{"/f", "y", []string{"X-Expected-Entity-Length", "2"}, 400},         // M2
		{"/f", "", []string{"OC-Total-Length", "5"}, 400},                   // an upload that a client could not repeat
		{"/f", strings.Repeat("y", 101), nil, 413},                          // SC-05
		{"/f", "y", []string{"OC-Checksum", "SHA1:da39a3ee5e6b"}, 400},      // C3
		{"/f", "y", []string{"OC-Checksum", "MD5:0"}, 400},                  // C3
		{"/f", "y", []string{"If-Match", `"old"`}, 412},                     // ET-05
		{"/f", "y", []string{"If-None-Match", "*"}, 412},                    // ET-05
		{"/f", "y", []string{"If", "(bad"}, 400},                            // IF-10
		{"/c/", "y", nil, 405}, {"/c", "y", nil, 405}, {"/", "y", nil, 405}, // HT-06
		{"/new/", "y", nil, 409}, {"/f/", "y", nil, 409}, {"/none/x", "y", nil, 409},
	} {
		for _, chunked := range []bool{false, true} {
			r := newRequest("PUT", c.target, c.body, c.headers...)
			if chunked {
				r.ContentLength = -1
			}
			s.send(r).want(c.status)
		}
	}
	s.do("GET", "/f", "").wantBody("before")
	s.do("GET", "/new", "").want(404)
	s.do("PUT", "/f", strings.Repeat("y", 100), "X-Expected-Entity-Length", "100").want(204)
	s.do("PUT", "/f", "abc", "OC-Checksum", "sha1:A9993E364706816ABA3E25717850C26C9CD0D89D").want(204)
	s.do("PUT", "/f", "abc", "OC-Checksum", "CRC99:x").want(204)
	s.do("PUT", "/f", "abc", "X-OC-Mtime", "1000000000").want(204).wantHeader("X-OC-Mtime", "accepted").
		wantHeader("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT")
	for _, odd := range []string{"", "x", "-5", "0", "1e99", "999999999999999999"} {
		s.do("PUT", "/f", "abc", "X-OC-Mtime", odd).want(204).wantHeader("X-OC-Mtime", "")
	}
	s.do("COPY", "/f", "", "Destination", "/g", "X-OC-Mtime", "1000000000.5").want(201).wantHeader("X-OC-Mtime", "accepted")
	s.do("HEAD", "/g", "").wantHeader("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT")
}

// A14: a refused upload is refused before the client sends it. HT-09: one that
// breaks off changes nothing.
func TestPutOverTheWire(t *testing.T) {
	b := backendtest.NewMemory(nil)
	srv := httptest.NewServer(davserver.New(b, davserver.Options{Limits: davserver.Limits{Body: 1500}}))
	defer srv.Close()
	s := newServer(t, b, davserver.Options{})
	s.must(201, "PUT", "/f", "before")
	s.lock("/f")
	for _, c := range []struct {
		target string
		length int
		first  string
	}{
		{"/f", 1000, "HTTP/1.1 423 Locked"},
		{"/none/x", 1000, "HTTP/1.1 409 Conflict"},
		{"/new", 2000, "HTTP/1.1 413 Request Entity Too Large"},
		{"/new", 1000, "HTTP/1.1 100 Continue"},
	} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", c.target, c.length)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if strings.TrimSpace(line) != c.first {
			t.Errorf("%s: %q (%v), want %q", c.target, line, err, c.first)
		}
		fmt.Fprint(conn, "some of it")
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
		conn.Close()
	}
	s.do("GET", "/new", "").want(404)
	s.do("GET", "/f", "").wantBody("before")
}

// HT-10, MK-04.
func TestUnreadBodies(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	for _, method := range []string{"DELETE", "COPY", "MOVE", "UNLOCK"} {
		for _, chunked := range []bool{false, true} {
			r := newRequest(method, "/f", "<x/>", "Destination", "/g", "Lock-Token", "<urn:x>", "Content-Type", "application/xml")
			if chunked {
				r.ContentLength = -1
			}
			s.send(r).want(415)
		}
	}
	// A body that breaks off before its first byte is not an absent one.
	for _, method := range []string{"DELETE", "COPY", "MOVE", "UNLOCK", "MKCOL", "PROPFIND", "PROPPATCH", "LOCK", "REPORT", "BIND", "UNBIND"} {
		r := newRequest(method, "/f", "", "Destination", "/g", "Lock-Token", "<urn:x>")
		r.ContentLength = -1
		r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		s.send(r).want(400)
	}
	s.do("GET", "/f", "").want(200)
	s.do("GET", "/g", "").want(404)
	empty := newRequest("DELETE", "/f", "")
	empty.ContentLength = -1 // chunked, and nothing in it
	s.send(empty).want(204)
}

// CM-04: what the Overwrite header says reaches the backend.
func TestOverwrite(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "x")
	s.must(201, "PUT", "/g", "y")
	for _, method := range []string{"COPY", "MOVE"} {
		s.do(method, "/f", "", "Destination", "/g", "Overwrite", "F").want(412)
		s.do(method, "/f", "", "Destination", "/g", "Overwrite", "x").want(400)
	}
	s.do("COPY", "/f", "", "Destination", "/g", "Overwrite", "T").want(204)
	s.do("COPY", "/f", "", "Destination", "/h", "Overwrite", "F").want(201)
	s.do("MOVE", "/f", "", "Destination", "/g").want(204) // M3
}

// XL-07, XL-01, SC-03, SC-05.
func TestXMLBodies(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(nil), davserver.Options{Limits: davserver.Limits{XMLBytes: 1000}})
	s.must(201, "PUT", "/f", "x")
	bodies := map[string]string{"PROPFIND": propfind("<D:getetag/>"), "PROPPATCH": proppatch(set("<x:a/>")), "LOCK": lockExclusive}
	for method, body := range bodies {
		for ct, refused := range map[string]bool{"": false, "text/xml": false, `Application/XML; charset="utf-8"`: false, "image/png": true, "text/plain": true} {
			a := s.do(method, "/f", body, "Content-Type", ct)
			if (a.Code == 415) != refused {
				t.Errorf("%s with %q: %d", method, ct, a.Code)
			}
			if token := a.Header().Get("Lock-Token"); token != "" {
				s.must(204, "UNLOCK", "/f", "", "Lock-Token", token)
			}
		}
		s.do(method, "/f", body, "Content-Encoding", "gzip").want(415)
		s.do(method, "/f", body[:len(body)-5]).want(400)
		s.do(method, "/f", body+strings.Repeat(" ", 1000)).want(413)
		s.do(method, "/f", `<!DOCTYPE x SYSTEM "http://127.0.0.1:1/">`+body).want(403).wantBody("<D:no-external-entities/>")
	}
	s.do("PROPFIND", "/f", "", "Content-Type", "text/plain").want(207) // no body, so nothing is amiss
}

// DL-03, CM-07, CM-08.
func TestDepths(t *testing.T) {
	s := newMemoryServer(t)
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/f", "x")
	for _, depth := range []string{"0", "1", "x"} {
		s.do("DELETE", "/c", "", "Depth", depth).want(400)
		s.do("MOVE", "/c", "", "Depth", depth, "Destination", "/d").want(400)
	}
	s.do("COPY", "/c", "", "Depth", "1", "Destination", "/d").want(400)
	s.do("LOCK", "/c", lockExclusive, "Depth", "1").want(400)
	s.do("PROPFIND", "/c", "", "Depth", "2").want(400)
	s.do("GET", "/d", "").want(404)
	s.do("MOVE", "/f", "", "Depth", "0", "Destination", "/g").want(201)
	s.do("DELETE", "/g", "", "Depth", "0").want(204)
	s.do("DELETE", "/c", "", "Depth", "Infinity").want(204)
}

// PF-20, ET-06: a date is told in whole seconds, and the same everywhere.
func TestDates(t *testing.T) {
	s := newServer(t, backendtest.NewMemory(func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("x", 3600)) }), davserver.Options{})
	date := s.must(201, "PUT", "/f", "x").Header().Get("Last-Modified")
	if date != "Fri, 02 Jan 2026 02:04:05 GMT" {
		t.Errorf("Last-Modified: %s", date)
	}
	p := s.do("PROPFIND", "/f", "").props("/f")
	if p["getlastmodified"] != date || p["creationdate"] != "2026-01-02T02:04:05Z" {
		t.Errorf("%v", p)
	}
	s.do("GET", "/f", "", "If-Unmodified-Since", date).want(200)
	s.do("GET", "/f", "", "If-Modified-Since", date).want(304)
}

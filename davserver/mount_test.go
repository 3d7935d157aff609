package davserver_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

type mountDocument struct {
	XMLName  xml.Name `xml:"http://purl.org/NET/webdav/mount mount"`
	URL      string   `xml:"http://purl.org/NET/webdav/mount url"`
	Username string   `xml:"http://purl.org/NET/webdav/mount username"`
}

// MT-01, MT-02: the document says where the client finds the collection, and who
// asked, to that one alone.
func TestMount(t *testing.T) {
	public, err := url.Parse("https://dav.example.org/files")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options davserver.Options
		at      string
		host    string
		headers []string
		want    string
	}{
		"plain":  {davserver.Options{}, "/a%20&b/", "localhost:8080", nil, "http://localhost:8080/a%20&b/"},
		"port":   {davserver.Options{}, "/a%20&b/", "[::1]:80", nil, "http://[::1]/a%20&b/"},
		"prefix": {davserver.Options{Prefix: "/dav"}, "/dav/a%20&b/", "h", nil, "http://h/dav/a%20&b/"},
		"public": {davserver.Options{PublicURL: public}, "/a%20&b/", "h", nil, "https://dav.example.org/files/a%20&b/"},
		"proxy":  {davserver.Options{}, "/a%20&b/", "h", []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "p:444"}, "https://p:444/a%20&b/"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, backendtest.NewMemory(nil), c.options)
			s.must(201, "MKCOL", c.at, "")
			get := func(method, user string) *answer {
				r := newRequest(method, c.at+"?action=davmount", "", append(c.headers, "Test-User", user)...)
				r.Host, r.RemoteAddr = c.host, "127.0.0.1:1"
				return s.send(r).want(http.StatusOK).wantHeader("Content-Type", "application/davmount+xml").wantHeader("Vary", "Authorization")
			}
			for _, user := range []string{"", "ann"} {
				a := get("GET", user)
				var m mountDocument
				if err := xml.Unmarshal(a.Body.Bytes(), &m); err != nil || m.URL != c.want || m.Username != user {
					t.Errorf("%+v, %v; want %s", m, err, c.want)
				}
				if private := strings.Contains(a.Header().Get("Cache-Control"), "private"); private != (user != "") {
					t.Errorf("for %q Cache-Control is %s", user, a.Header().Get("Cache-Control"))
				}
				if h := get("HEAD", user); h.Body.Len() != 0 || h.Header().Get("Content-Length") != a.Header().Get("Content-Length") {
					t.Errorf("HEAD has %d bytes and %v", h.Body.Len(), h.Header())
				}
			}
			link := strings.ReplaceAll(strings.TrimPrefix(c.at, "/dav"), "&", "&amp;") + `?action=davmount"`
			s.do("GET", c.at, "").want(200).wantBody(link, `type="application/davmount+xml"`)
		})
	}
	s := newMemoryServer(t)
	s.must(201, "PUT", "/f", "content")
	s.do("GET", "/f?action=davmount", "").want(200).wantBody("content")
	s.do("GET", "/none/?action=davmount", "").want(404)
}

package acceptance

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// curl makes requests with curl. It never sends a body before the server has
// told it to, so that what it sent doesn't depend on speed.
type curl struct {
	*tool
	always []string
}

func newCurl(t *testing.T, always ...string) curl {
	t.Helper()
	return curl{newTool(t, needs.Program(t, "curl")), append([]string{"-sS", "--expect100-timeout", "3600"}, always...)}
}

// want ends the test unless the answer has the status and, if write isn't "",
// write, a template as curl's --write-out has it, comes out as wrote. The body
// of the answer is in the file "answer", or where args say.
func (c curl) want(status, write, wrote string, args ...string) {
	c.Helper()
	all := slices.Concat(c.always, []string{"-w", "%{http_code} " + write}, args)
	if !slices.Contains(args, "-o") {
		all = append(all, "-o", "answer")
	}
	out, said := c.run(all...)
	if want := status + " " + wrote; out != want {
		c.Fatalf("curl %q: %q; want %q\n%s%.300q", args, out, want, said, c.answer())
	}
}

// answer is the body of the last answer.
func (c curl) answer() string {
	c.Helper()
	b, err := os.ReadFile(c.at("answer"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.Fatal(err)
	}
	return string(b)
}

// does is want without a template.
func (c curl) does(status string, args ...string) {
	c.Helper()
	c.want(status, "", "", args...)
}

// in is the same curl in a subtest.
func (c curl) in(t *testing.T) curl {
	d := *c.tool
	d.T = t
	return curl{&d, c.always}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	c := newCurl(t)
	big, other := noise(20*mebibyte), noise(19*mebibyte)
	c.file("big", big)
	c.file("other", other)
	c.file("small", []byte("hello"))

	c.does("201", "-T", "small", p.url+"a%20b")
	c.does("204", "-T", "big", p.url+"a%20b")
	c.does("200", p.url+"a%20b")
	c.holds("answer", big)
	c.want("200", "%header{content-length}", "20971520", "-I", p.url+"a%20b")
	c.does("201", "-T", "-", p.url+"chunked")
	c.does("404", p.url+"missing")
	c.does("201", "-X", "MKCOL", p.url+"d")
	c.does("201", "-X", "MOVE", "-H", "Destination: "+p.url+"d/moved", p.url+"a%20b")
	p.wantBody("d/moved", big)

	t.Run("ranges", func(t *testing.T) {
		c := c.in(t)
		for r, want := range map[string][]byte{"0-0": big[:1], "100-299": big[100:300], "-5": big[len(big)-5:], "20971519-": big[len(big)-1:]} {
			c.does("206", "-r", r, p.url+"d/moved")
			c.holds("answer", want)
		}
		c.does("416", "-r", "20971520-", p.url+"d/moved")
	})
	t.Run("resume", func(t *testing.T) {
		c := c.in(t)
		c.file("part", big[:7*mebibyte])
		c.want("206", "%{size_download}", "13631488", "-C", "-", "-o", "part", p.url+"d/moved")
		c.holds("part", big)
		// To resume an upload curl sends Content-Range, which would make a file of
		// the rest alone, were it taken for a whole body (RFC 9110 section 14.5).
		c.does("400", "-C", "1000", "-T", "other", p.url+"d/moved")
		p.wantBody("d/moved", big)
	})
	t.Run("conditions", func(t *testing.T) {
		c := c.in(t)
		c.does("200", "--etag-save", "etag", "-o", "copy", "-R", p.url+"d/moved")
		c.does("304", "--etag-compare", "etag", p.url+"d/moved")
		c.does("304", "-z", "copy", p.url+"d/moved")
		tag, err := os.ReadFile(filepath.Join(c.home, "etag"))
		if err != nil {
			t.Fatal(err)
		}
		match := "If-Match: " + strings.TrimSpace(string(tag))
		c.does("204", "-T", "other", "-H", match, p.url+"d/moved")
		c.does("200", "--etag-compare", "etag", p.url+"d/moved")
		c.holds("answer", other)
		// What is refused is refused before the body comes.
		c.want("412", "%{size_upload}", "0", "-T", "big", "-H", match, p.url+"d/moved")
		c.want("412", "%{size_upload}", "0", "-T", "big", "-H", "If-None-Match: *", p.url+"d/moved")
		c.want("409", "%{size_upload}", "0", "-T", "big", p.url+"none/f")
		c.want("204", "%{size_upload}", "20971520", "-T", "big", p.url+"d/moved")
	})
}

// curl answers Digest over plain HTTP, and uploads nothing before it has.
func TestCurlWithUser(t *testing.T) {
	t.Parallel()
	p, credentials := serveWithUser(t)
	big := noise(2 * mebibyte)
	for _, scheme := range []string{"basic", "digest"} {
		t.Run(scheme, func(t *testing.T) {
			c := newCurl(t, "--"+scheme, "-u", credentials)
			c.file("big", big)
			u := p.url + scheme
			c.does("201", "-T", "big", u)
			c.does("201", "-X", "COPY", "-H", "Destination: "+u+"%25", u)
			_, said := c.run("-v", "-sS", "--"+scheme, "-u", credentials, "-o", "answer", u+"%25")
			c.holds("answer", big)
			if !strings.Contains(strings.ToLower(said), "\n> authorization: "+scheme+" ") {
				t.Errorf("curl did not authenticate with %s:\n%s", scheme, said)
			}
			c.want("401", "%{size_upload}", "0", "-u", toolUser+":wrong", "-T", "big", u)
			c.does("200", u)
			c.holds("answer", big)
		})
	}
}

// Over TLS curl speaks HTTP/2, and believes the certificate of the repository.
func TestCurlOverTLS(t *testing.T) {
	t.Parallel()
	repo := t.TempDir()
	credentials := toolUser + ":" + toolPassword
	p := serve(t, repo, "--tls-self-signed", "--user", credentials)
	if u, err := url.Parse(p.url); err != nil || u.Scheme != "https" {
		t.Fatalf("it listens at %s, %v; want https", p.url, err)
	}
	for _, version := range []string{"1.1", "2"} {
		t.Run("HTTP "+version, func(t *testing.T) {
			c := newCurl(t, "--http"+version, "--basic", "-u", credentials, "--cacert", filepath.Join(repo, "tls-cert.pem"))
			big := noise(5 * mebibyte)
			c.file("big", big)
			u := p.url + "a%20" + version
			c.want("201", "%{http_version}", version, "-T", "big", u)
			c.does("201", "-X", "MOVE", "-H", "Destination: "+u+"m", u)
			c.does("404", u)
			c.does("200", u+"m")
			c.holds("answer", big)
			c.does("401", "-u", toolUser+":wrong", u+"m")
		})
	}
	c := newCurl(t)
	c.fails(60, "-sS", p.url) // it doesn't know who signed the certificate
}

package acceptance

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quiredav/quire/internal/needs"
)

const proxyName = "dav.example.org" // as docs/serve.md has it

// proxy is nginx, which speaks TLS to clients and plain HTTP to p, as
// docs/serve.md tells. It is stopped when the test ends.
type proxy struct {
	port int
	cert string // the file of its certificate, for proxyName and 127.0.0.1
}

func startNginx(t *testing.T, p *process) proxy {
	t.Helper()
	path, dir := needs.Program(t, "nginx"), t.TempDir()
	makeCertificate(t, dir)
	n := proxy{cert: filepath.Join(dir, "dav.pem")}
	said := ""
	for range 5 { // somebody may take the port before nginx does
		n.port = freePort(t)
		writeFile(t, filepath.Join(dir, "nginx.conf"), nginxConf(t, n, p))
		var running bool
		if running, said = runNginx(t, path, dir); running {
			return n
		}
	}
	t.Fatalf("nginx does not run:\n%s", said)
	return n
}

// freePort is a port of loopback on which nobody listens now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// runNginx starts nginx and waits until it listens, or has ended and said why.
func runNginx(t *testing.T, path, dir string) (running bool, said string) {
	t.Helper()
	cmd := exec.Command(path, "-p", dir, "-c", "nginx.conf", "-e", "stderr")
	errors, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	r := io.TeeReader(errors, &log)
	for s := bufio.NewScanner(r); !running && s.Scan(); {
		running = strings.Contains(s.Text(), "event method") // it says so when its sockets are open
	}
	if !running {
		cmd.Wait() // its log says more
		return false, log.String()
	}
	var rest sync.WaitGroup
	rest.Go(func() { io.Copy(io.Discard, r) })
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		rest.Wait()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("nginx: %v\n%s", err, &log)
		}
	})
	return true, ""
}

// nginxConf surrounds what docs/serve.md gives for nginx with what lets nginx
// run as anybody and in any directory.
func nginxConf(t *testing.T, n proxy, p *process) []byte {
	t.Helper()
	return fmt.Appendf(nil, `
		daemon off; master_process off; pid nginx.pid; error_log stderr notice;
		events {}
		http {
			access_log off;
			client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
			%s
		}
	`, nginxSnippet(t,
		"listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d ssl", n.port),
		"/etc/ssl/dav.pem", "dav.pem",
		"/etc/ssl/dav.key", "dav.key",
		"http://127.0.0.1:8080;", "http://"+p.host()+";"))
}

// host is the host and port of the server.
func (p *process) host() string {
	p.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		p.Fatal(err)
	}
	return u.Host
}

// nginxSnippet is what docs/serve.md gives for nginx, with each first of a pair
// replaced by the second.
func nginxSnippet(t *testing.T, pairs ...string) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(doc), "\nnginx:\n")
	snippet, _, found := strings.Cut(after, "\nCaddy")
	if !found {
		t.Fatal("docs/serve.md has no configuration of nginx any more")
	}
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(snippet, pairs[i]) != 1 {
			t.Fatalf("docs/serve.md has not one %q for nginx", pairs[i])
		}
		snippet = strings.Replace(snippet, pairs[i], pairs[i+1], 1)
	}
	return snippet
}

// makeCertificate writes dav.pem and dav.key.
func makeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: proxyName}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		DNSNames: []string{proxyName}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "dav.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	writeFile(t, filepath.Join(dir, "dav.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Behind nginx, set up as docs/serve.md says, all goes as without it.
func TestNginx(t *testing.T) {
	t.Parallel()
	p, credentials := serveWithUser(t)
	n := startNginx(t, p)
	root := fmt.Sprintf("https://%s:%d/", proxyName, n.port)
	c := newCurl(t, "--basic", "-u", credentials, "--cacert", n.cert, "--resolve", fmt.Sprintf("%s:%d:127.0.0.1", proxyName, n.port))
	basic := basicHeader(credentials)
	large := noise(64 * mebibyte)
	c.file("large", large)
	c.file("small", []byte("hello"))

	c.does("201", "-X", "MKCOL", root+"d/")
	c.does("201", "-T", "large", "-H", "Expect: 100-continue", root+"d/a%20b%25")
	p.wantBody("d/a%20b%25", large, basic...)
	c.does("201", "-T", "-", root+"d/chunked")
	c.does("201", "-T", "small", root+"d/small")
	c.does("201", "-X", "COPY", "-H", "Destination: "+root+"d/copy%23", root+"d/a%20b%25")
	c.does("201", "-X", "MOVE", "-H", "Destination: "+root+"moved", root+"d/a%20b%25")
	c.does("204", "-X", "MOVE", "-H", "Destination: "+root+"d/copy%23", root+"moved")
	c.does("502", "-X", "MOVE", "-H", "Destination: https://elsewhere.example.org/x", root+"d/copy%23")
	c.does("200", root+"d/copy%23")
	c.holds("answer", large)
	c.does("206", "-r", "1000-1999", root+"d/copy%23")
	c.holds("answer", large[1000:2000])

	for path, want := range map[string][]string{"": {"/", "/d/"}, "d": {"/d/", "/d/chunked", "/d/copy%23", "/d/small"}} {
		c.does("207", "-X", "PROPFIND", "-H", "Depth: 1", root+path)
		if got := (&reply{t: t, status: 207, body: c.answer()}).multistatus().hrefs(); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("PROPFIND of %q lists %q; want %q", path, got, want)
		}
	}
	lockinfo := `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`
	c.does("200", "-X", "LOCK", "-H", "Content-Type: application/xml", "-d", lockinfo, root+"d/small")
	if said := c.answer(); !strings.Contains(said, "/d/small</D:href></D:lockroot>") {
		t.Errorf("LOCK: %s", said)
	}

	// A refusal arrives as it is, though nginx had taken the body already.
	c.does("423", "-T", "large", root+"d/small")
	c.does("401", "-u", toolUser+":wrong", "-T", "large", root+"d/copy%23")
	c.does("412", "-T", "large", "-H", "If-None-Match: *", root+"d/copy%23")
	c.does("409", "-T", "large", root+"none/f")
	p.wantBody("d/small", []byte("hello"), basic...)
	p.must(http.StatusNotFound, "GET", "none/f", nil, basic...)
}

// rclone works through the same proxy.
func TestRcloneThroughNginx(t *testing.T) {
	t.Parallel()
	p, _ := serveWithUser(t, "--prefix", "/dav")
	n := startNginx(t, p)
	rclone(t, fmt.Sprintf("https://127.0.0.1:%d/dav/", n.port), "RCLONE_CA_CERT="+n.cert).roundTrip()
}

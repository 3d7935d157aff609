package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/quiredav/quire/repo"
)

// running is a server of a test.
type running struct {
	*server
	url   string
	stop  context.CancelFunc
	ended chan error
	log   *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	var s settings
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.register(f)
	dir := filepath.Join(t.TempDir(), "data")
	if err := f.Parse(append([]string{"--listen", "127.0.0.1:0", "--repo", dir}, args...)); err != nil {
		t.Fatal(err)
	}
	r := &running{ended: make(chan error, 1), log: new(lockedBuffer)}
	var err error
	if r.server, err = newServer(t.Context(), s, slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))); err != nil {
		t.Fatal(err)
	}
	r.url = r.urls()[0].String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = stop
	go func() { r.ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-r.ended
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// upload begins a PUT and returns once the server reads its body; the status
// comes when the body has been closed.
func upload(t *testing.T, url string) (body *io.PipeWriter, status chan int) {
	t.Helper()
	reading := make(chan struct{})
	begun := sync.OnceFunc(func() { close(reading) })
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: begun})
	r, body := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, "PUT", url, r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue")
	status = make(chan int, 1)
	go func() {
		c := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
		answer, err := c.Do(req)
		if err != nil {
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	<-reading
	return body, status
}

func TestDrain(t *testing.T) {
	r := start(t, "--drain-timeout", "1h")
	body, status := upload(t, r.url+"a")
	r.stop()
	io.WriteString(body, "all of it")
	body.Close()
	if got := <-status; got != http.StatusCreated {
		t.Errorf("the upload under way: %d, want 201", got)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	r.ended <- nil
	if _, err := http.Get(r.url); err == nil {
		t.Error("the server still answers")
	}
	late := httptest.NewRecorder()
	r.handler.ServeHTTP(late, httptest.NewRequest("OPTIONS", "/", nil))
	if late.Code != http.StatusServiceUnavailable {
		t.Errorf("a request that comes after the end: %d, want 503", late.Code)
	}
}

func TestDrainCutsOff(t *testing.T) {
	r := start(t, "--drain-timeout", "1ms")
	body, status := upload(t, r.url+"a")
	defer body.Close()
	io.WriteString(body, "half of")
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	r.ended <- nil
	body.CloseWithError(errors.New("enough"))
	if got := <-status; got == http.StatusCreated {
		t.Error("a cut upload was acknowledged")
	}
	if !strings.Contains(r.log.String(), "cut off") {
		t.Errorf("the log doesn't tell: %s", r.log)
	}
	stats, err := r.storage.Fsck(t.Context(), repo.FsckOptions{}, func(p repo.Problem) { t.Error(p) })
	if err != nil || stats.Resources != 1 {
		t.Errorf("%d resources, %v; want the root alone", stats.Resources, err)
	}
}

// TestStalledUpload: a client that stops in mid-body is let go.
func TestStalledUpload(t *testing.T) {
	r := start(t, "--stall-timeout", "20ms")
	body, status := upload(t, r.url+"a")
	defer body.Close()
	io.WriteString(body, "half of")
	if got := <-status; got == http.StatusCreated {
		t.Error("a stalled upload was acknowledged")
	}
}

func TestHeaderTooLarge(t *testing.T) {
	r := start(t)
	for size, want := range map[int]int{60 << 10: http.StatusRequestHeaderFieldsTooLarge, 8 << 10: http.StatusOK} {
		req, err := http.NewRequest("OPTIONS", r.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Filler", strings.Repeat("x", size))
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, answer.StatusCode, want)
		}
	}
}

// SC-05, SC-06: what is no request gets a 4xx at once, and harms nobody.
func TestBadRequests(t *testing.T) {
	r := start(t)
	for name, request := range map[string]string{
		"length below 0":       "PUT /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\nx",
		"length beyond number": "PUT /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\nx",
		"length no number":     "PUT /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n\r\nx",
		"two lengths":          "PUT /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
		"broken chunk":         "PUT /f HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"broken chunk, MKCOL":  "MKCOL /f HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"no host":              "PUT /f HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"NUL in the header":    "PUT /f HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\nContent-Length: 1\r\n\r\nx",
		"NUL in the path":      "PUT /f%00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"bare NUL in the path": "PUT /f\x00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"no path":              "PUT f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"asterisk":             "PUT * HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"up and out":           "PUT /../f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"other expectation":    "PUT /f HTTP/1.1\r\nHost: localhost\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", r.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			io.WriteString(c, request)
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode/100 != 4 {
				t.Errorf("%s, want a 4xx", answer.Status)
			}
		})
	}
	answer, err := http.Get(r.url + "f")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards there is a file: %s", answer.Status)
	}
}

// The log names the client and not the proxy in front of it.
func TestClientInLog(t *testing.T) {
	r := start(t, "--anonymous", "--trusted-proxy", "192.0.2.1")
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:99", "198.51.100.7", "client=198.51.100.7"},
		{"192.0.2.9:99", "198.51.100.8", "client=192.0.2.9"}, // a stranger's word
		{"[2001:db8::1]:99", "", "client=2001:db8::1"},
	} {
		req := httptest.NewRequest("OPTIONS", "/", nil)
		req.RemoteAddr = c.peer
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		r.handler.ServeHTTP(httptest.NewRecorder(), req)
		lines := strings.Split(strings.TrimSpace(r.log.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, c.want) {
			t.Errorf("want %s in %s", c.want, last)
		}
	}
}

// TestSecretsStayOut asks with all that must not be in the log.
func TestSecretsStayOut(t *testing.T) {
	r := start(t, "--user", "ann:pass-word")
	for method, headers := range map[string][2]string{
		"OPTIONS": {"If", "(<urn:uuid:lock-token>)"},
		"PUT":     {"If", "<urn:uuid:lock-token"}, // malformed
		"UNLOCK":  {"Lock-Token", "urn:uuid:lock-token"},
	} {
		req, err := http.NewRequest(method, r.url+"a?token=quer-y", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("ann", "pass-word")
		req.Header.Set(headers[0], headers[1])
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	r.stop()
	<-r.ended
	r.ended <- nil
	log := r.log.String()
	for _, told := range []string{"method=PUT path=/a status=400", "method=UNLOCK path=/a status=400", "principal=ann"} {
		if !strings.Contains(log, told) {
			t.Errorf("%q is not in the log: %s", told, log)
		}
	}
	for _, secret := range []string{"pass-word", "quer-y", "lock-token", "Basic"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log: %s", secret, log)
		}
	}
}

func TestRenewal(t *testing.T) {
	dir := t.TempDir()
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	open := func(now time.Time) *certificate {
		t.Helper()
		c, err := openSelfSigned(dir, "dav.example.org", now)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := open(made)
	if err := first.current.Leaf.VerifyHostname("dav.example.org"); err != nil {
		t.Error(err)
	}
	if again := open(made.Add(selfLife / 2)); again.fingerprint() != first.fingerprint() {
		t.Error("the certificate was made anew before its time")
	}
	renewed := open(made.Add(selfLife))
	if renewed.fingerprint() == first.fingerprint() {
		t.Error("an expired certificate is used")
	}
	got, err := first.get(&tls.ClientHelloInfo{})
	if err != nil || !got.Leaf.Equal(renewed.current.Leaf) {
		t.Errorf("a running server doesn't take the new certificate: %v", err)
	}
}

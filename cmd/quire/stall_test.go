package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// deadlines is a ResponseWriter that records, in order, what is done to it.
type deadlines struct {
	http.ResponseWriter
	done []string
	file bool // whether ReadFrom was given a file to send by itself
}

func (d *deadlines) note(what string, t time.Time) error {
	if t.IsZero() {
		what = "no " + what
	}
	d.done = append(d.done, what)
	return nil
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { return d.note("read deadline", t) }
func (d *deadlines) SetWriteDeadline(t time.Time) error { return d.note("write deadline", t) }

func (d *deadlines) Write(p []byte) (int, error) {
	d.done = append(d.done, "write")
	return d.ResponseWriter.Write(p)
}

func (d *deadlines) ReadFrom(src io.Reader) (int64, error) {
	d.done = append(d.done, "send")
	if l, ok := src.(*io.LimitedReader); ok {
		_, d.file = l.R.(*os.File)
	}
	return io.Copy(struct{ io.Writer }{d.ResponseWriter}, src)
}

func serveWith(t *testing.T, body io.Reader, h http.HandlerFunc) (*deadlines, *httptest.ResponseRecorder) {
	t.Helper()
	rec := httptest.NewRecorder()
	d := &deadlines{ResponseWriter: rec}
	cutStalled(time.Hour, h).ServeHTTP(d, httptest.NewRequest("PUT", "/", body))
	return d, rec
}

func expect(t *testing.T, d *deadlines, want string) {
	t.Helper()
	if got := strings.Join(d.done, ", "); got != want {
		t.Errorf("done: %s\nwant: %s", got, want)
	}
}

func TestDeadlines(t *testing.T) {
	// net/http reads the rest of a body before it answers.
	const unread = "read deadline, write deadline, write, no read deadline, no write deadline, read deadline, write deadline"
	d, _ := serveWith(t, strings.NewReader("body"), func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })
	expect(t, d, unread)

	d, _ = serveWith(t, strings.NewReader("body"), func(w http.ResponseWriter, r *http.Request) {
		r.Body.Read(make([]byte, 1))
		io.WriteString(w, "x")
	})
	expect(t, d, "read deadline, no read deadline, "+unread)

	d, _ = serveWith(t, strings.NewReader("body"), func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "x")
	})
	expect(t, d, "read deadline, no read deadline, read deadline, no read deadline, write deadline, write, no write deadline, write deadline")
}

// A client that is refused and then sends nothing of the body it promised gets
// its answer, and does not keep its connection.
func TestUnsentBody(t *testing.T) {
	for name, refuse := range map[string]http.HandlerFunc{
		"short answer": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) },
		"long answer":  func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("no ", 10_000)) },
		"no answer":    func(w http.ResponseWriter, r *http.Request) {},
	} {
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			t.Run(name+" "+expect, func(t *testing.T) {
				s := httptest.NewServer(cutStalled(50*time.Millisecond, refuse))
				defer s.Close()
				c, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(c, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"+expect+"\r\n")
				answer, err := io.ReadAll(c)
				if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 ") {
					t.Errorf("%q, %v", answer, err)
				}
			})
		}
	}
}

func TestFilesAreSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	content := strings.Repeat("0123456789abcdef", 2*stride/16+100)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	const limit = stride + 10
	for name, c := range map[string]struct {
		send func(w io.Writer, f *os.File)
		want string
		done string
	}{
		"a part": {func(w io.Writer, f *os.File) { io.CopyN(w, f, limit) }, content[:limit],
			"write deadline, send, write deadline, send, no write deadline, write deadline"},
		"all": {func(w io.Writer, f *os.File) { io.Copy(w, struct{ io.Reader }{f}) }, content,
			"write deadline, send, write deadline, send, write deadline, send, no write deadline, write deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			d, rec := serveWith(t, nil, func(w http.ResponseWriter, r *http.Request) { c.send(w, f) })
			if rec.Body.String() != c.want {
				t.Errorf("%d bytes sent, want %d", rec.Body.Len(), len(c.want))
			}
			expect(t, d, c.done)
			if name == "a part" && !d.file {
				t.Error("the system can't send the file by itself")
			}
		})
	}
}

func TestLimitedListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limitConnections(inner, 1)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	if len(l.slots) != 1 {
		t.Errorf("%d slots taken, want 1", len(l.slots))
	}
	first.Close()
	first.Close()
	second := <-accepted
	l.Close()
	if _, more := <-accepted; more {
		t.Error("a closed listener accepts")
	}
	second.Close()
	if len(l.slots) != 0 {
		t.Errorf("%d slots taken at the end, want 0", len(l.slots))
	}
}

// TestFullListener has a client in the queue that must not be let in.
func TestFullListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	l := limitConnections(inner, 1)
	l.slots <- struct{}{}
	close(l.closed) // so that Accept gives up waiting for a slot
	if c, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, %v; want no connection", c, err)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]size{"0": 0, "500": 500, "64KiB": 64 << 10, "10GiB": 10 << 30, "1536MiB": 1536 << 20} {
		var s size
		if err := s.Set(text); err != nil || s != want || s.String() != text {
			t.Errorf("%s: %d, %v, written %s", text, s, err, s.String())
		}
	}
	for _, bad := range []string{"", "-1", "1.5GiB", "KiB", "9223372036854775807KiB", "1 KiB"} {
		if s := size(7); s.Set(bad) == nil || s != 7 {
			t.Errorf("%q is taken", bad)
		}
	}
}

package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const mebibyte = 1 << 20

// A listing of a million members costs no more memory than one of few.
func TestMemoryOfListing(t *testing.T) {
	needsProc(t)
	repo := t.TempDir()
	p := serve(t, repo)
	want := p.makeMillion()
	t.Logf("making them: peak of %d MiB", p.peak()/mebibyte)
	p.stop()

	p = serve(t, repo, "--max-members", strconv.Itoa(2*want))
	res, err := p.send(t.Context(), "PROPFIND", "", nil, "Depth", "infinity")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, whole, err := countResponses(res.Body)
	if res.StatusCode != http.StatusMultiStatus || got != want || !whole || err != nil {
		t.Errorf("PROPFIND: %s, %d responses, closed %v, %v; want 207 and %d", res.Status, got, whole, err, want)
	}
	p.wantPeak(150 * mebibyte)
}

// makeMillion makes a tree of a bit more than a million files and tells how
// many resources the share then has.
func (p *process) makeMillion() int {
	const files = 1000
	p.must(http.StatusCreated, "MKCOL", "a", nil)
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := w; i < files; i += 16 {
				p.must(http.StatusCreated, "PUT", fmt.Sprintf("a/member-%04d.txt", i), strings.NewReader("content"))
			}
		})
	}
	writers.Wait()
	tree := files + 1 // the collection that is copied ten times into the next
	all := 1 + tree   // with the root
	for level := 'a'; level < 'd'; level++ {
		next := string(level + 1)
		p.must(http.StatusCreated, "MKCOL", next, nil)
		for i := range 10 {
			p.must(http.StatusCreated, "COPY", string(level), nil,
				"Destination", fmt.Sprintf("%s%s/%d", p.url, next, i))
		}
		tree = 10*tree + 1
		all += tree
	}
	return all
}

// countResponses counts the DAV:response elements of a Multi-Status written by
// Quire, and tells whether it is closed.
func countResponses(body io.Reader) (n int, closed bool, err error) {
	const mark, end = "<D:response>", "</D:multistatus>"
	var tail []byte // less than a mark, and so in no piece twice
	buf := make([]byte, mebibyte)
	for {
		m, err := body.Read(buf)
		piece := append(tail, buf[:m]...)
		n += bytes.Count(piece, []byte(mark))
		closed = bytes.HasSuffix(piece, []byte(end)) || m == 0 && closed
		tail = append([]byte(nil), piece[max(0, len(piece)-len(mark)+1):]...)
		if errors.Is(err, io.EOF) {
			return n, closed, nil
		}
		if err != nil {
			return n, false, err
		}
	}
}

// A body costs no more memory than a short one, whichever way it goes.
func TestMemoryOfBody(t *testing.T) {
	needsProc(t)
	const length = 4 << 30
	p := serve(t, t.TempDir())
	req, err := http.NewRequestWithContext(t.Context(), "PUT", p.url+"big", &pattern{left: length})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = length
	res, err := p.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("PUT: %s; want 201", res.Status)
	}
	p.wantPeak(100 * mebibyte)

	res, err = p.send(t.Context(), "GET", "big", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	check := &pattern{left: length}
	if _, err := io.CopyBuffer(check, res.Body, make([]byte, mebibyte)); err != nil || check.left != 0 {
		t.Errorf("GET: %v, %d bytes are missing", err, check.left)
	}
	p.wantPeak(100 * mebibyte)
}

// pattern reads as, or checks that what is written to it is, left bytes of a
// sequence that repeats itself at no power of two.
type pattern struct{ at, left int64 }

const periodLength = 1_000_003

var period = func() []byte {
	p := make([]byte, periodLength+mebibyte) // the beginning again, so that no piece wraps
	for i := range p {
		p[i] = byte(i % periodLength * 2654435761 >> 13)
	}
	return p
}()

func (p *pattern) next(most int) []byte {
	n := min(int64(most), p.left, mebibyte)
	from := p.at % periodLength
	p.at, p.left = p.at+n, p.left-n
	return period[from : from+n]
}

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	return copy(b, p.next(len(b))), nil
}

func (p *pattern) Write(b []byte) (n int, err error) {
	for n < len(b) {
		at := p.at
		want := p.next(len(b) - n)
		if len(want) == 0 || !bytes.Equal(b[n:n+len(want)], want) {
			return n, fmt.Errorf("wrong bytes, or too many, from %d on", at)
		}
		n += len(want)
	}
	return n, nil
}

func needsProc(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		if os.Getenv("QUIRE_REQUIRE_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("peaks of memory are read from /proc, which is not here")
	}
}

// peak is the most memory that the process has had resident, in bytes.
func (p *process) peak() int64 {
	p.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); f[0] == "VmHWM:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				p.Fatal(err)
			}
			return n << 10
		}
	}
	p.Fatal("/proc tells no VmHWM")
	return 0
}

func (p *process) wantPeak(limit int64) {
	p.Helper()
	peak := p.peak()
	p.Logf("peak of %d MiB", peak/mebibyte)
	if peak > limit {
		p.Errorf("the process had %d MiB of memory; at most %d MiB are promised", peak/mebibyte, limit/mebibyte)
	}
}

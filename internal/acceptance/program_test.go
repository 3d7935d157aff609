// Package acceptance tests Quire from outside: the program as it is built, over
// HTTP.
package acceptance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// program builds cmd/quire once, as it is released, without the race detector.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "quire")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "../../cmd/quire")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building cmd/quire: %w\n%s", err, out)
	}
	return path, nil
})

// scratch is a directory that TestMain makes and removes.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "quire-acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a running quire serve.
type process struct {
	*testing.T
	url  string // of the root, with a slash at the end
	cmd  *exec.Cmd
	log  strings.Builder // to be read when the process has ended
	http http.Client
	done bool
}

// serve starts quire serve on a free port of loopback, with args. It is stopped
// when the test ends, if not before.
func serve(t *testing.T, repo string, args ...string) *process {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--repo", repo, "--log-level", "warn"}, args...)
	p := &process{T: t, cmd: exec.Command(path, args...)}
	p.http.Transport = &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	s := bufio.NewScanner(out)
	for p.url == "" && s.Scan() {
		if f := strings.Fields(s.Text()); len(f) == 2 && f[0] == "address" {
			p.url = f[1]
		}
	}
	if p.url == "" {
		t.Fatal("quire serve ended, or closed its output, before it said where it listens")
	}
	return p
}

// stop interrupts the process and waits for its end, which is to be a good one.
func (p *process) stop() {
	if p.done {
		return
	}
	p.done = true
	p.http.CloseIdleConnections()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.Error(err)
	}
	err := p.cmd.Wait()
	if err != nil {
		p.Errorf("quire serve: %v", err)
	}
	if p.Failed() && p.log.Len() > 0 {
		p.Logf("quire serve said:\n%s", &p.log)
	}
}

// send makes a request for the path, which has no slash in front, and returns
// its answer, whose body is to be closed. header is a list of names and values.
func (p *process) send(ctx context.Context, method, path string, body io.Reader, header ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return p.http.Do(req)
}

// must makes a request that is to be answered with status. It may be called
// from any goroutine.
func (p *process) must(status int, method, path string, body io.Reader, header ...string) {
	p.Helper()
	res, err := p.send(p.Context(), method, path, body, header...)
	if err != nil {
		p.Error(err)
		return
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil || res.StatusCode != status {
		p.Errorf("%s %s: %s, %v; want %d\n%s", method, path, res.Status, err, status, said)
	}
}

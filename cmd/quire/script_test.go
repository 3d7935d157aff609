package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands below are what the scripts in testdata/script can say besides
// testscript's own.

// process is the one `quire serve` of a script.
type process struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer // what came before the pipe was handed to rest
	rest   chan []byte
	stderr bytes.Buffer
}

type processKey struct{}

func processOf(ts *testscript.TestScript) *process { return ts.Value(processKey{}).(*process) }

// cmdServe is `serve ARGS...`: starts quire serve on a free port, waits until
// it has said where, and sets $URL.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve can't fail; say ! exec quire serve")
	}
	p := processOf(ts)
	*p = process{rest: make(chan []byte, 1)}
	p.cmd = exec.Command("quire", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		p.stdout.WriteString(line)
		if err != nil {
			p.cmd.Wait()
			ts.Fatalf("quire serve ended: %s%s", &p.stdout, &p.stderr)
		}
		if f := strings.Fields(line); len(f) == 2 && f[0] == "address" {
			ts.Setenv("URL", f[1])
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			break
		}
	}
	go func() {
		b, _ := io.ReadAll(lines)
		p.rest <- b
	}()
}

// cmdSignal is `signal INT|TERM|KILL`, for the process of serve.
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	s := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]
	ts.Check(processOf(ts).cmd.Process.Signal(s))
}

// cmdWaitEnd is `wait-end`: waits for the process of serve, and leaves what it
// wrote in the files serve.out and serve.err. `! wait-end` wants it to fail.
func cmdWaitEnd(ts *testscript.TestScript, neg bool, _ []string) {
	p := processOf(ts)
	rest := <-p.rest
	err := p.cmd.Wait()
	ts.Check(os.WriteFile(ts.MkAbs("serve.out"), append(p.stdout.Bytes(), rest...), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("serve.err"), p.stderr.Bytes(), 0o600))
	if (err != nil) != neg {
		ts.Fatalf("quire serve ended with %v\n%s", err, &p.stderr)
	}
}

// cmdHTTP is `http STATUS METHOD PATH [body=FILE] [user=NAME:PASSWORD]
// [ca=FILE] [Header=value]...`. It leaves the answer in the file body.
func cmdHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http STATUS METHOD PATH [body=FILE] [user=NAME:PASSWORD] [ca=FILE] [Header=value]...")
	}
	r, err := http.NewRequest(args[1], strings.TrimSuffix(ts.Getenv("URL"), "/")+args[2], nil)
	ts.Check(err)
	transport := &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true}
	for _, a := range args[3:] {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "body":
			b := ts.ReadFile(value)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(b)), int64(len(b))
		case "user":
			user, password, _ := strings.Cut(value, ":")
			r.SetBasicAuth(user, password)
		case "ca":
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM([]byte(ts.ReadFile(value)))
			transport.TLSClientConfig = &tls.Config{RootCAs: roots}
		case "Host":
			r.Host = value
		default:
			r.Header.Set(name, value)
		}
	}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("body"), body, 0o600))
	ts.Setenv("PROTO", answer.Proto)
	if strconv.Itoa(answer.StatusCode) != args[0] {
		ts.Fatalf("%s %s: %s, want %s\n%s", args[1], args[2], answer.Status, args[0], body)
	}
}

// cmdDamage is `damage REPO`: turns one byte of the repository's only blob.
func cmdDamage(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(filepath.Join(args[0], blobDir)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[0] ^= 1
		return os.WriteFile(path, b, 0o600)
	}))
	if n != 1 {
		ts.Fatalf("%d blobs, want 1", n)
	}
}

package acceptance

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool is a program of others that a test runs. It knows no settings of the
// person who runs the test: no home, no proxy, no language but UTF-8.
type tool struct {
	*testing.T
	path string
	home string // its home and its working directory
	env  []string
}

func newTool(t *testing.T, path string) *tool {
	t.Helper()
	home := t.TempDir()
	return &tool{t, path, home, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C.UTF-8",
	}}
}

// with is the same tool with variables, each "NAME=value", in its environment.
func (c *tool) with(env ...string) *tool {
	d := *c
	d.env = append(append([]string(nil), c.env...), env...)
	return &d
}

// run ends the test unless the program succeeds. It returns what the program
// wrote to its standard output and to its standard error, once nobody holds
// them open any more: daemons that it left behind have ended too.
func (c *tool) run(args ...string) (out, said string) {
	c.Helper()
	return c.feed(nil, args...)
}

// feed is run with a standard input.
func (c *tool) feed(in io.Reader, args ...string) (out, said string) {
	c.Helper()
	status, out, said := c.try(in, args...)
	if status != 0 {
		c.Fatalf("%s %q: exit status %d\n%s%s", c.path, args, status, out, said)
	}
	return out, said
}

// fails ends the test unless the program ends with the given exit status.
func (c *tool) fails(want int, args ...string) (out, said string) {
	c.Helper()
	status, out, said := c.try(nil, args...)
	if status != want {
		c.Fatalf("%s %q: exit status %d; want %d\n%s%s", c.path, args, status, want, out, said)
	}
	return out, said
}

// try runs the program; it may be called from any goroutine.
func (c *tool) try(in io.Reader, args ...string) (status int, out, said string) {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), c.path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.home, c.env, in
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		c.Error(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// at is the path of a file in the tool's home.
func (c *tool) at(name string) string { return filepath.Join(c.home, name) }

// file makes a file in the tool's home and returns its path.
func (c *tool) file(name string, content []byte) string {
	c.Helper()
	writeFile(c.T, c.at(name), content)
	return c.at(name)
}

// holds fails the test unless the file in the tool's home has the content.
func (c *tool) holds(name string, content []byte) {
	c.Helper()
	got, err := os.ReadFile(c.at(name))
	if err != nil || !bytes.Equal(got, content) {
		c.Errorf("%s has %d bytes, %v; want other bytes, %d of them", name, len(got), err, len(content))
	}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// noise is n bytes in which no piece is like another; they depend on n alone.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}).Read(b)
	return b
}

// wantBody fails the test unless a GET of the path answers with content.
func (p *process) wantBody(path string, content []byte, header ...string) {
	p.Helper()
	res, err := p.send(p.Context(), "GET", path, nil, header...)
	if err != nil {
		p.Error(err)
		return
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !bytes.Equal(got, content) {
		p.Errorf("GET %s: %s, %v, %d bytes; want 200 and other bytes, %d of them", path, res.Status, err, len(got), len(content))
	}
}

// A server that asks who is there, for tools that answer.
const (
	toolUser     = "alice"
	toolPassword = "se:cr%t"
)

// serveWithUser is serve with one user, whose Basic credentials are returned.
func serveWithUser(t *testing.T, args ...string) (p *process, credentials string) {
	t.Helper()
	credentials = toolUser + ":" + toolPassword
	return serve(t, t.TempDir(), append(args, "--user", credentials)...), credentials
}

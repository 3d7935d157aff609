package acceptance

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// davfs is a share that davfs2 has mounted.
type davfs struct {
	*tool
	dir string // the mount point
}

// mount mounts the share of a server that asks who is there, with a cache that
// has seen nothing yet.
func mount(t *testing.T, p *process) *davfs {
	t.Helper()
	c := &davfs{tool: newTool(t, needs.Program(t, "mount.davfs"))}
	needs.Mount(t)
	c.dir = c.at("mount")
	// The daemon runs as a user of its own, and wants to reach its cache.
	for _, d := range []struct {
		path string
		mode os.FileMode
	}{{filepath.Dir(c.home), 0o755}, {c.dir, 0o755}, {c.at("cache"), 0o777}} {
		if err := os.MkdirAll(d.path, d.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d.path, d.mode); err != nil {
			t.Fatal(err)
		}
	}
	secrets := c.file("secrets", fmt.Appendf(nil, "%s %s \"%s\"\n", p.url, toolUser, toolPassword))
	conf := c.file("conf", fmt.Appendf(nil, "secrets %s\ncache_dir %s\nask_auth 0\nbuf_size 64\n", secrets, c.at("cache")))
	_, said := c.run("-o", "conf="+conf, p.url, c.dir)
	if said != "" {
		t.Errorf("mount.davfs said %s", said)
	}
	t.Cleanup(c.unmount)
	return c
}

// unmount unmounts, if that was not done before. umount.davfs waits for the
// daemon, which uploads what it has not yet.
func (d *davfs) unmount() {
	d.Helper()
	if d.dir == "" {
		return
	}
	out, err := exec.Command("umount", d.dir).CombinedOutput()
	if err != nil {
		d.Errorf("umount: %v\n%s", err, out)
	}
	d.dir = ""
}

// davfs2 is a file system: whatever programs do to files reaches the server.
func TestDavfs(t *testing.T) {
	t.Parallel()
	p, credentials := serveWithUser(t, "--prefix", "/dav")
	basic := basicHeader(credentials)
	big := noise(20 * mebibyte)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	d := mount(t, p)
	at := func(name string) string { return filepath.Join(d.dir, name) }
	for _, name := range []string{"a b 50%", "x#y?", "é & 日本"} {
		check(os.Mkdir(at(name), 0o755))
		writeFile(t, at(name+"/f"), []byte(name))
	}
	writeFile(t, at("overwritten"), []byte("a long old text"))
	writeFile(t, at("overwritten"), []byte("new"))
	f, err := os.OpenFile(at("overwritten"), os.O_APPEND|os.O_WRONLY, 0)
	check(err)
	_, err = f.WriteString(" and more")
	check(err)
	check(f.Close())
	writeFile(t, at("tmp"), big)
	check(os.Rename(at("tmp"), at("big")))
	check(os.Rename(at("x#y?"), at("renamed")))
	writeFile(t, at("gone"), []byte("gone"))
	check(os.Remove(at("gone")))
	check(os.Mkdir(at("emptied"), 0o755))
	check(os.Remove(at("emptied")))
	d.unmount()

	p.wantBody("a%20b%2050%25/f", []byte("a b 50%"), basic...)
	p.wantBody("renamed/f", []byte("x#y?"), basic...)
	p.wantBody("%C3%A9%20&%20%E6%97%A5%E6%9C%AC/f", []byte("é & 日本"), basic...)
	p.wantBody("overwritten", []byte("new and more"), basic...)
	p.wantBody("big", big, basic...)
	for _, gone := range []string{"tmp", "gone", "emptied/", "x%23y%3F/"} {
		p.must(http.StatusNotFound, "GET", gone, nil, basic...)
	}
	p.must(http.StatusNoContent, "PUT", "overwritten", bytes.NewReader([]byte("unlocked")), basic...)

	d = mount(t, p)
	entries, err := os.ReadDir(d.dir)
	check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"a b 50%", "big", "lost+found", "overwritten", "renamed", "é & 日本"}; !slices.Equal(names, want) {
		t.Errorf("the directory has %q; want %q", names, want)
	}
	got, err := os.ReadFile(at("big"))
	if err != nil || !bytes.Equal(got, big) {
		t.Errorf("big has %d bytes, %v; want those that were written", len(got), err)
	}
	if got, err := os.ReadFile(at("overwritten")); string(got) != "unlocked" {
		t.Errorf("overwritten is %q, %v", got, err)
	}
}

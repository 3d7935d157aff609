package acceptance

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/internal/needs"
)

// awkward are names in which programs and servers get lost.
var awkward = []string{
	"a b", " lead", "trail ", "50%", "50%25", "%2F", "x#y", "?q", ";v", "a&b", "a+b", "a=b", "a:b", "[1]", "{c}", "(p)", "<x>",
	`a'b`, `a"b`, "`", "|", "^", "~", "$", "@", "!", "*", "end.", "end...", "back\\slash", "tab\there",
	"é", "e\u0301x", "日本", "😀", "aux", strings.Repeat("long", 50),
}

func rclone(t *testing.T, u string, env ...string) *tool {
	t.Helper()
	c := newTool(t, needs.Program(t, "rclone"))
	c.file("rclone.conf", nil)
	hidden, _ := c.run("obscure", toolPassword)
	return c.with(append([]string{
		"RCLONE_CONFIG=" + filepath.Join(c.home, "rclone.conf"), "RCLONE_WEBDAV_URL=" + u, "RCLONE_WEBDAV_VENDOR=owncloud",
		"RCLONE_WEBDAV_USER=" + toolUser, "RCLONE_WEBDAV_PASS=" + strings.TrimSpace(hidden), "RCLONE_TRANSFERS=16",
		"RCLONE_RETRIES=1", "RCLONE_LOW_LEVEL_RETRIES=1", // no failure is hidden by a second try
	}, env...)...)
}

func TestRclone(t *testing.T) {
	t.Parallel()
	p, _ := serveWithUser(t)
	c := rclone(t, p.url)
	tree := filepath.Join(c.home, "tree")
	made := makeTree(t, tree)

	c.run("copy", "--create-empty-src-dirs", "tree", ":webdav:t")
	c.run("check", "--download", "tree", ":webdav:t")
	c.nothingToDo("tree", ":webdav:t")
	c.run("copy", "--create-empty-src-dirs", ":webdav:t", "back")
	c.same("tree", "back", made)

	// A file of the same size is told from its older self by its time.
	touched := filepath.Join(tree, "a b", "a b")
	writeFile(t, touched, []byte(strings.Repeat("A B", 100)))
	setTime(t, touched, 7777)
	if err := os.Remove(filepath.Join(tree, "50%", "50%")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(tree, "new & only", "x#y"), []byte("new"))
	c.run("sync", "tree", ":webdav:t")
	c.run("check", "--download", "tree", ":webdav:t")
	c.nothingToDo("tree", ":webdav:t")

	// The server moves and copies.
	c.run("moveto", ":webdav:t/x#y", ":webdav:t/50% & more#")
	if err := os.Rename(filepath.Join(tree, "x#y"), filepath.Join(tree, "50% & more#")); err != nil {
		t.Fatal(err)
	}
	c.run("moveto", ":webdav:t", ":webdav:moved [1]")
	c.run("copyto", ":webdav:moved [1]/big", ":webdav:moved [1]/é/;copy?")
	if err := os.Link(filepath.Join(tree, "big"), filepath.Join(tree, "é", ";copy?")); err != nil {
		t.Fatal(err)
	}
	c.run("check", "--download", "tree", ":webdav:moved [1]")
	c.run("delete", ":webdav:moved [1]/é")
	c.run("rmdirs", ":webdav:moved [1]/é")
	c.run("purge", ":webdav:moved [1]/50% & more#")
	for _, gone := range []string{"é", "50% & more#"} {
		if err := os.RemoveAll(filepath.Join(tree, gone)); err != nil {
			t.Fatal(err)
		}
	}
	c.run("check", "--download", "tree", ":webdav:moved [1]")
	c.fails(3, "lsf", ":webdav:t") // directory not found
	c.run("purge", ":webdav:moved [1]")
	if left, _ := c.run("lsf", ":webdav:"); left != "" {
		t.Errorf("left: %q", left)
	}
}

// rclone moves, copies and uploads over TLS with the repository's certificate.
func TestRcloneOverTLS(t *testing.T) {
	t.Parallel()
	repo := t.TempDir()
	p := serve(t, repo, "--tls-self-signed", "--prefix", "/dav", "--user", toolUser+":"+toolPassword)
	if u, err := url.Parse(p.url); err != nil || u.Scheme != "https" || u.Path != "/dav/" {
		t.Fatalf("it listens at %s, %v; want https and /dav/", p.url, err)
	}
	rclone(t, p.url, "RCLONE_CA_CERT="+filepath.Join(repo, "tls-cert.pem")).roundTrip()
	rclone(t, p.url).fails(1, "lsf", ":webdav:") // it doesn't know who signed the certificate
}

// roundTrip uploads, moves, copies and reads some files, large and small.
func (c *tool) roundTrip() {
	c.Helper()
	c.file("tree/a b/50%", []byte("small"))
	c.file("tree/x#y", noise(30*mebibyte))
	c.run("copy", "tree", ":webdav:t")
	c.run("moveto", ":webdav:t/a b", ":webdav:t/c & d")
	c.run("copyto", ":webdav:t/x#y", ":webdav:t/c & d/é")
	c.run("moveto", ":webdav:t", ":webdav:u")
	c.run("copy", ":webdav:u", "back")
	c.holds("back/c & d/50%", []byte("small"))
	c.holds("back/c & d/é", noise(30*mebibyte))
	c.holds("back/x#y", noise(30*mebibyte))
}

// nothingToDo fails the test unless rclone finds two trees alike by size and
// time alone.
func (c *tool) nothingToDo(from, to string) {
	c.Helper()
	if _, said := c.run("sync", "-v", from, to); !strings.Contains(said, "There was nothing to transfer") {
		c.Errorf("a second sync is not idle:\n%s", said)
	}
}

// makeTree makes a tree of files and directories with awkward names, and tells
// how many files it has. Their times differ, and none is now.
func makeTree(t *testing.T, root string) (files int) {
	for _, name := range awkward {
		path := filepath.Join(root, name, name)
		writeFile(t, path, []byte(strings.Repeat(name, 100)))
		files++
		setTime(t, path, files)
	}
	writeFile(t, filepath.Join(root, "big"), noise(5*mebibyte))
	writeFile(t, filepath.Join(root, "nothing"), nil)
	if err := os.MkdirAll(filepath.Join(root, "empty dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	return files + 2
}

func setTime(t *testing.T, path string, n int) {
	t.Helper()
	at := time.Unix(1_500_000_000+int64(n), 0)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// same fails the test unless back has all n files of the original, with their bytes and
// times, and their directories.
func (c *tool) same(original, back string, n int) {
	c.Helper()
	want, got := c.at(original), c.at(back)
	files := 0
	err := filepath.WalkDir(want, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(want, path)
		if err != nil {
			return err
		}
		a, err := os.Stat(path)
		if err != nil {
			return err
		}
		b, err := os.Stat(filepath.Join(got, rel))
		if err != nil || a.IsDir() != b.IsDir() {
			c.Errorf("%q did not come back as it was: %v", rel, err)
			return nil
		}
		if d.IsDir() {
			return nil
		}
		files++
		if x, y := a.ModTime().Truncate(time.Second), b.ModTime().Truncate(time.Second); !x.Equal(y) {
			c.Errorf("%q has the time %v; want %v", rel, y, x)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c.holds(filepath.Join(back, rel), content)
		return nil
	})
	if err != nil || files != n {
		c.Errorf("%d files compared, %v; want %d", files, err, n)
	}
}

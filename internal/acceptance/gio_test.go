package acceptance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// GNOME's gvfs mounts the share, and gio works on it, all in one session of
// D-Bus, which ends with the script.
func TestGIO(t *testing.T) {
	t.Parallel()
	session, gio := needs.Program(t, "dbus-run-session"), needs.Program(t, "gio")
	needs.Program(t, "/usr/libexec/gvfsd-dav")
	p := serve(t, t.TempDir(), "--prefix", "/dav")
	c := newTool(t, session)
	big := noise(5 * mebibyte)
	c.file("big", big)
	c.file("small", []byte("hello\n"))
	c = c.with("gio="+gio, "url=dav"+strings.TrimPrefix(p.url, "http"), "XDG_RUNTIME_DIR="+c.home, "GIO_USE_VOLUME_MONITOR=unix", "GVFS_DISABLE_FUSE=1")
	out, _ := c.run("--", "sh", "-euc", `
		"$gio" mount "$url"
		"$gio" mkdir "$url/d"
		! "$gio" mkdir "$url/d" || exit 1
		"$gio" copy big "$url/d/big%20%23%25%3f"
		"$gio" copy small "$url/d/%C3%A9"
		! "$gio" copy --no-target-directory small "$url/none/f" || exit 1
		"$gio" copy "$url/d/big%20%23%25%3f" got
		"$gio" copy "$url/d/%C3%A9" "$url/d/copy"
		"$gio" move "$url/d/copy" "$url/d/moved"
		"$gio" rename "$url/d/moved" "a & b" >rename
		echo changed | "$gio" save "$url/d/%C3%A9"
		echo "more" | "$gio" save --create "$url/d/new"
		"$gio" rename "$url/d" D >rename
		"$gio" remove "$url/D/new"
		"$gio" list -a standard::name,standard::size,standard::type "$url/D" | sort
		"$gio" cat "$url/D/%C3%A9"
		"$gio" mount -u "$url"
		! "$gio" list "$url" || exit 1
	`)
	const want = "a & b\t6\t(regular)\nbig #%?\t5242880\t(regular)\né\t8\t(regular)\nchanged\n"
	if out != want {
		t.Errorf("gio said %q; want %q", out, want)
	}
	c.holds("got", big)
	p.wantBody("D/%C3%A9", []byte("changed\n"))
	p.wantBody("D/a%20&%20b", []byte("hello\n"))
	p.wantBody("D/big%20%23%25%3F", big)
	p.must(http.StatusNotFound, "GET", "d/", nil)
	p.must(http.StatusNotFound, "GET", "D/new", nil)
}

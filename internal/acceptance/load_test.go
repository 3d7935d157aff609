package acceptance

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// Many real clients at once get right answers, each as if it were alone, and
// leave a repository in which fsck finds nothing.
func TestLoad(t *testing.T) {
	t.Parallel()
	const copies, files, readers = 4, 200, 50
	repo := t.TempDir()
	p := serve(t, repo, "--user", toolUser+":"+toolPassword)
	c := newTool(t, needs.Program(t, "curl"))
	synced := rclone(t, p.url)
	one := newCadaver(t, p)
	big := noise(3 * mebibyte)
	c.file("big", big)
	for i := range files {
		c.file(fmt.Sprintf("in/%03d", i), noise(i*100)) // small ones, and blobs
		if i%5 == 0 {                                   // rclone takes its time
			synced.file(fmt.Sprintf("tree/%d/%03d", i%4, i), noise(i*100))
		}
	}
	basic := basicHeader(toolUser + ":" + toolPassword)
	p.must(201, "MKCOL", "c", nil, basic...)
	p.must(201, "PUT", "big", strings.NewReader(string(big)), basic...)

	var clients sync.WaitGroup
	defer clients.Wait()
	start := func(c *tool, args ...string) {
		clients.Go(func() {
			if status, out, said := c.try(nil, args...); status != 0 {
				t.Errorf("%s: exit status %d\n%.1000s%.1000s", c.path, status, out, said)
			}
		})
	}
	curl := []string{"-sS", "--fail", "--basic", "-u", toolUser + ":" + toolPassword, "--parallel", "--parallel-max", "50"}
	start(c, append(slices.Clone(curl), "-T", "in/[000-199]", p.url+"c/")...)
	start(c, append(slices.Clone(curl), "-o", "got#1", p.url+fmt.Sprintf("big?[1-%d]", readers))...)
	for i := range copies {
		start(synced, "copy", "tree", fmt.Sprintf(":webdav:copy%d", i))
	}
	for range 20 {
		const done = "succeeded."
		one.session(command{"lock big", done}, command{"copy big copy", done}, command{"move copy moved", done},
			command{"delete moved", done}, command{"unlock big", done})
	}
	clients.Wait()

	for i := range files {
		p.wantBody(fmt.Sprintf("c/%03d", i), noise(i*100), basic...)
	}
	for i := range readers {
		c.holds(fmt.Sprintf("got%d", i+1), big)
	}
	for i := range copies {
		synced.run("check", "--download", "tree", fmt.Sprintf(":webdav:copy%d", i))
	}
	p.stop()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "fsck", "--repo", repo).CombinedOutput(); err != nil {
		t.Errorf("fsck: %v\n%s", err, out)
	}
}

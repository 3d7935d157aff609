//go:build linux

package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk is a file system of its own, in memory, of so many bytes.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		if os.Getenv("QUIRE_REQUIRE_ALL") != "" {
			t.Fatalf("can't mount a small file system, which root can, and QUIRE_REQUIRE_ALL is set: %v", err)
		}
		t.Skipf("can't mount a small file system, which root can: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a disk that is full a PUT gets 507 and changes nothing, reading goes on, a
// DELETE makes room, and what was acknowledged outlives a kill.
func TestDiskFull(t *testing.T) {
	for name, size := range map[string]int{"small bodies": 16000, "big bodies": 300 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &fullDisk{owner: newOwner(1, uint64(size)), siege: &siege{T: t, dir: smallDisk(t, 24*mebibyte)}, size: size}
			d.start()
			d.play(d.now.mkcol("k1"), 201)
			for range 2 {
				d.fill()
				d.look()
				d.drain()
			}
			d.fill()
			d.suffocate()
			d.p.kill()
			d.fsck()
			d.start()
			d.look()
			d.drain()
			d.look()
			d.p.stop()
			d.fsck()
		})
	}
}

// fullDisk is a repository on a small disk, with one client.
type fullDisk struct {
	*siege
	*owner
	p     *process
	size  int // of a body
	files int
}

func (d *fullDisk) start() { d.Helper(); d.p = serve(d.T, d.dir) }

// play plays a step, which must get one of the statuses.
func (d *fullDisk) play(s step, statuses ...int) (status int) {
	d.Helper()
	a := s.play(d.Context(), &d.p.http, d.p.url, d.now, nil)
	if a.done() {
		d.now = s.after
	}
	for _, status := range statuses {
		if a.status == status && a.broke == nil {
			return status
		}
	}
	d.Fatalf("%s %s: %d, %v, want one of %d\n%s%s", s.method, s.path, a.status, a.broke, statuses, a.said, &d.p.log)
	return 0
}

// fill stores files until there is no room.
func (d *fullDisk) fill() {
	d.Helper()
	for n := 0; ; n++ {
		d.files++
		p := fmt.Sprintf("k1/f%d", d.files)
		if d.play(d.now.put(p, d.text(d.size)), http.StatusCreated, http.StatusInsufficientStorage) == http.StatusInsufficientStorage {
			if n == 0 {
				d.Fatal("there was no room from the start")
			}
			d.Logf("%d files until it was full", n)
			return
		}
	}
}

// look compares all that is there with what was acknowledged.
func (d *fullDisk) look() {
	d.Helper()
	seen, err := observe(d.Context(), &d.p.http, d.p.url, "k1")
	if err != nil {
		d.Fatal(err)
	}
	if diff := d.now.differs(seen); diff != "" {
		d.Fatal(diff)
	}
}

// drain deletes a third of the files.
func (d *fullDisk) drain() {
	d.Helper()
	for i, p := range d.now.at("k1") {
		if i%3 == 1 {
			d.play(d.now.remove(p), http.StatusNoContent)
		}
	}
}

// suffocate lets somebody else take the last byte of the disk for a while.
func (d *fullDisk) suffocate() {
	d.Helper()
	ballast := filepath.Join(d.dir, "ballast")
	f, err := os.Create(ballast)
	for piece := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(piece)
	}
	if !errors.Is(err, syscall.ENOSPC) || f.Close() != nil {
		d.Fatal(err)
	}
	files := d.now.at("k1")[1:]
	full := 0
	for _, s := range []func() step{
		func() step { return d.now.put("k1/new", "small") },
		func() step { return d.now.put(files[0], d.text(mebibyte)) },
		func() step { return d.now.mkcol("k1/c") },
		func() step { return d.now.copy(files[0], "k1/copy") },
		func() step { return d.now.move(files[1], files[2]) },
		func() step { return d.now.proppatch(files[3], 0, d.text(100<<10)) },
		func() step { return d.now.lock(files[4]) },
		func() step { return d.now.remove(files[5]) },
	} {
		if d.play(s(), 200, 201, 204, 207, 507) == 507 {
			full++
		}
		d.look()
	}
	d.Logf("%d requests on a disk without a byte found it full", full)
	if full < 4 {
		d.Errorf("want 4 at least")
	}
	d.p.kill()
	d.start()
	d.look()
	if err := os.Remove(ballast); err != nil {
		d.Fatal(err)
	}
	d.play(d.now.remove(files[6]), http.StatusNoContent)
}

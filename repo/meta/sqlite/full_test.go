//go:build linux

package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// A full disk fails those who write with NoSpace; nothing acknowledged is
// lost, reads go on, and so do writes once there is room again.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a small file system")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("can't mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	writeFile(t, ballast, make([]byte, 1<<20))
	s := openStore(t, filepath.Join(dir, "quire.db"))
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, data {{BYTES}})`)

	var mu sync.Mutex
	stored, full := int64(0), 0
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 100 {
				err := put(s, fmt.Sprintf("%d %d", w, i), 20<<10)
				mu.Lock()
				switch {
				case err == nil:
					stored++
				case dav.KindOf(err) == dav.NoSpace:
					full++
				default:
					t.Errorf("%v, want NoSpace", err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if stored == 0 || full == 0 {
		t.Fatalf("%d updates succeeded and %d found the disk full: the test does not test", stored, full)
	}
	if err := s.Snapshot(context.Background(), filepath.Join(dir, "copy.db")); dav.KindOf(err) != dav.NoSpace {
		t.Errorf("Snapshot: %v, want NoSpace", err)
	}
	if got := count(t, s, `SELECT count(*) FROM item`); got != stored {
		t.Errorf("%d items, want the %d that were acknowledged", got, stored)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := put(s, "more", 20<<10); err != nil {
		t.Errorf("after space was freed: %v", err)
	}
	if got := count(t, s, `SELECT count(*) FROM item`); got != stored+1 {
		t.Errorf("%d items, want %d", got, stored+1)
	}
	wantSound(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func put(s *Store, name string, size int) error {
	return s.Update(context.Background(), func(tx meta.Tx) error {
		_, err := tx.Exec(`INSERT INTO item (name, data) VALUES ($1, $2)`, name, make([]byte, size))
		return err
	})
}

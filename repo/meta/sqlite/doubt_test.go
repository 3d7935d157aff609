//go:build linux

package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// breakLog lets every write to the log fail, until mend is called.
func breakLog(t *testing.T, log string) (mend func()) {
	t.Helper()
	readOnly, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	saved := make(map[int]int)
	for _, e := range fds {
		if at, _ := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); at != log {
			continue
		}
		fd, _ := strconv.Atoi(e.Name())
		if fd == int(readOnly.Fd()) {
			continue
		}
		if saved[fd], err = syscall.Dup(fd); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(readOnly.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	if len(saved) == 0 {
		t.Fatal("the log is not open")
	}
	return func() {
		for fd, was := range saved {
			if err := syscall.Dup3(was, fd, syscall.O_CLOEXEC); err != nil {
				t.Error(err)
			}
			syscall.Close(was)
		}
	}
}

// A commit that fails when it writes leaves a doubt, for all who took part in
// it and did not succeed later.
func TestCommitInDoubt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
	no := errors.New("no")
	insert := func(name string) func(meta.Tx) error {
		return func(tx meta.Tx) error {
			_, err := tx.Exec(`INSERT INTO item (name) VALUES ($1)`, name)
			return err
		}
	}
	late := false
	var mend func()
	errs := together(t, s, []func(meta.Tx) error{
		func(tx meta.Tx) error { // writes, and refuses when it is run again
			if late {
				mend()
				return no
			}
			late, mend = true, breakLog(t, path+"-wal")
			return insert("first")(tx)
		},
		insert("second"),
		func(meta.Tx) error { return no },
	})
	if err := errs[0]; !errors.Is(err, no) || !errors.Is(err, meta.ErrInDoubt) {
		t.Errorf("the one that refuses after the commit failed: %v, want its own error and the doubt", err)
	}
	if errs[1] != nil {
		t.Errorf("the one that succeeds later: %v", errs[1])
	}
	if errs[2] != no {
		t.Errorf("the one that never wrote: %v, want its own error", errs[2])
	}
	mend = breakLog(t, path+"-wal")
	err := s.Update(context.Background(), insert("third"))
	mend()
	if !errors.Is(err, meta.ErrInDoubt) || dav.KindOf(err) != dav.Internal {
		t.Errorf("alone: %v, want the doubt", err)
	}
	if err := s.Update(context.Background(), insert("third")); err != nil {
		t.Errorf("after the log was mended: %v", err)
	}
	if got := count(t, s, `SELECT count(*) FROM item`); got != 2 {
		t.Errorf("%d items, want 2", got)
	}
	wantSound(t, s)
}

package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
)

// A full disk has the condition of RFC 4331 section 6; what else fails has not.
func TestFullCondition(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO} {
		e, ok := errors.AsType[*dav.Error](failure(fmt.Errorf("writing: %w", cause)))
		is := ok && e.Kind == dav.NoSpace && e.Condition.Name == dav.SufficientDiskSpace
		if is != (cause != syscall.EIO) || !errors.Is(e, cause) {
			t.Errorf("%v became %v", cause, e)
		}
	}
}

// Free is what the file system has, but for the reserve.
func TestFree(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, "quire.db"))
	n, ok := s.Free(t.Context())
	if asked := runtime.GOOS == "linux" || runtime.GOOS == "darwin"; ok != asked {
		t.Errorf("%d, %v", n, ok)
	}
	if free, total, err := space(dir); err == nil && free > reserve && (n <= 0 || uint64(n) > free-min(reserve, total/4)+1<<20) {
		t.Errorf("%d bytes for us, where %d of %d are free", n, free, total)
	}
}

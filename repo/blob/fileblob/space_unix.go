//go:build linux || darwin || freebsd

package fileblob

import (
	"context"
	"math"
	"syscall"
)

// Free is how many bytes the file system has left for blobs; ok is false if that
// can't be known.
func (s *Store) Free(context.Context) (bytes int64, ok bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &fs); err != nil {
		return 0, false
	}
	return int64(min(uint64(fs.Bavail)*uint64(fs.Bsize), math.MaxInt64)), true
}

//go:build linux || darwin || freebsd

package sqlite

import "syscall"

// space is how many bytes the file system of dir has, and has left for us.
func space(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

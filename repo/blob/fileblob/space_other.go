//go:build !linux && !darwin && !freebsd

package fileblob

import "context"

// Free is how many bytes the file system has left for blobs; here that can't be
// known.
func (s *Store) Free(context.Context) (bytes int64, ok bool) { return 0, false }

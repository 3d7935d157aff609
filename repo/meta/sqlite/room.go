package sqlite

import (
	"context"
	"math"
	"path/filepath"

	"github.com/quiredav/quire/repo/meta"
)

// reserve is how many bytes of the disk are kept for updates that make room,
// such as deletions, for they write too: SQLite lets its log grow to
// checkpointPages before it copies it into the database, which may grow by as
// much; and twice that, as long readers can hold the copying up. Of a small disk
// it is a quarter.
const reserve = 4 * checkpointPages * 4096

// Free is how many bytes of the disk there are for storing more, the reserve not
// among them; ok is false if that can't be known.
func (s *Store) Free(context.Context) (bytes int64, ok bool) {
	free, total, err := space(filepath.Dir(s.path))
	if err != nil {
		return 0, false
	}
	if need := min(reserve, total/4); free > need {
		bytes = int64(min(free-need, math.MaxInt64))
	}
	return bytes, true
}

// Room tells whether there is room for storing more than is removed: NoSpace if
// the rest of the disk is needed for other updates. Pages that are free within
// the database count for half of that at most, since the log can't use them.
func (s *Store) Room(ctx context.Context) error {
	free, total, err := space(filepath.Dir(s.path))
	need := min(reserve, total/4)
	if err != nil || free >= need {
		return nil // if it can't be known, the update itself will find out
	}
	if free >= need/2 {
		var pages, size int64
		err := s.View(ctx, func(t meta.Tx) (err error) {
			if pages, err = meta.Int(t, `PRAGMA freelist_count`); err != nil {
				return err
			}
			size, err = meta.Int(t, `PRAGMA page_size`)
			return err
		})
		if err != nil {
			return err
		}
		if free+uint64(pages*size) >= need {
			return nil
		}
	}
	return full(nil)
}

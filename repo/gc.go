package repo

import (
	"context"
	"errors"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// GCOptions are the settings of a garbage collection.
type GCOptions struct {
	// Grace is how long a blob that nothing points to has not been written to
	// before it is garbage: until then it may be an upload under way, in this
	// process or another one. Default 1 hour.
	Grace time.Duration
}

// GCStats tell what a garbage collection did.
type GCStats struct {
	Reclaimed
	Garbage      int   // blobs that nothing pointed to, removed
	GarbageBytes int64 // their size
	Young        int   // such blobs within the grace, left alone
}

// GC reclaims all that is out of sight, and then removes the blobs that no body
// points to, which crashes leave behind. It may run beside a server. While a
// backup runs it fails as Unavailable.
func (r *Repository) GC(ctx context.Context, o GCOptions) (stats GCStats, err error) {
	if o.Grace == 0 {
		o.Grace = time.Hour
	}
	held := false
	if err := r.view(ctx, func(t *tx) (err error) { held, err = t.held(); return err }); err != nil {
		return stats, err
	}
	if held {
		return stats, &dav.Error{Kind: dav.Unavailable, Op: "gc", Message: "a backup is running; try again when it is done"}
	}
	if stats.Reclaimed, err = r.Reclaim(ctx); err != nil {
		return stats, err
	}
	before := r.opt.Now().Add(-o.Grace)
	for info, err := range r.blobs.List(ctx) {
		if stray := (*blob.StrayError)(nil); errors.As(err, &stray) {
			r.opt.Logger.Warn("left alone, as it is no blob", "name", stray.Name)
			continue
		} else if err != nil {
			return stats, err
		}
		used, err := r.uses(ctx, info.ID)
		switch {
		case err != nil:
			return stats, err
		case used:
		case info.Modified.After(before):
			stats.Young++
		default:
			if err := r.blobs.Delete(ctx, info.ID); err != nil {
				return stats, err
			}
			stats.Garbage++
			stats.GarbageBytes += info.Size
		}
	}
	return stats, nil
}

// uses tells whether a body is in the blob.
func (r *Repository) uses(ctx context.Context, id blob.ID) (used bool, err error) {
	err = r.view(ctx, func(t *tx) error {
		n, err := meta.Int(t, `SELECT 1 FROM body WHERE blob = $1`, string(id))
		used = n == 1
		return err
	})
	return used, err
}

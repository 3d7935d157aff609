package repo

import "context"

// room refuses, as NoSpace, to store more where the metadata store needs the
// rest of the disk for itself: without it, not even a deletion could be done.
// What was deleted before counts as free.
func (r *Repository) room(ctx context.Context) error {
	s, ok := r.meta.(interface{ Room(context.Context) error })
	if !ok {
		return nil
	}
	err := s.Room(ctx)
	if err == nil {
		return nil
	}
	if _, rerr := r.Reclaim(ctx); rerr != nil {
		return err
	}
	return s.Room(ctx)
}

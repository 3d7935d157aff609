package repo

import (
	"context"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
)

// Mkcol implements the backend's Mkcol.
func (r *Repository) Mkcol(ctx context.Context, q dav.MkcolRequest) error {
	if err := r.room(ctx); err != nil {
		return err
	}
	return r.update(ctx, func(t *tx) error {
		w, err := t.target(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if w.found {
			return fail(dav.NotAllowed, q.Path, "there is a resource at this URL already")
		}
		if err := w.creatable(); err != nil {
			return err
		}
		if err := t.admitPosition(w, q.Position); err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.parent()); err != nil {
			return err
		}
		c := resource{uid: uuid.New(), kind: kindCollection, created: t.now, modified: t.now, ordering: orderingOf(q.Ordering),
			owner: principal(q.Conditions)}
		id, err := t.create(w, c, q.Position)
		if err != nil {
			return err
		}
		return t.setProperties(w.path, id, q.Properties)
	})
}

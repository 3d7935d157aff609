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
		w, err := t.resolve(q.Path)
		if err != nil {
			return err
		}
		if w.found {
			return fail(dav.NotAllowed, q.Path, "there is a resource at this URL already")
		}
		if err := w.creatable(); err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.parent()); err != nil {
			return err
		}
		id, err := t.create(w, resource{uid: uuid.New(), kind: kindCollection, created: t.now, modified: t.now})
		if err != nil {
			return err
		}
		return t.setProperties(w.path, id, q.Properties)
	})
}

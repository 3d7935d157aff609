package repo

import (
	"context"

	"github.com/quiredav/quire/dav"
)

// Delete implements the backend's Delete: it removes one binding, whatever
// hangs below (RFC 5842 section 2.4), wholly or not at all.
func (r *Repository) Delete(ctx context.Context, q dav.DeleteRequest, report dav.Report) error {
	return r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		w, err := t.existing(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if w.path.IsRoot() {
			return fail(dav.Forbidden, q.Path, "the root of the share can't be deleted")
		}
		if err := t.judge(q.Conditions, w, w); err != nil {
			return err
		}
		if blocked, err := t.permitUnmap(q.Conditions, w, report); blocked || err != nil {
			return err
		}
		return t.unmap(w)
	})
}

// unmap takes the URL w, and so all below it, out of sight.
func (t *tx) unmap(w *trail) error {
	if err := t.endLocks(w); err != nil {
		return err
	}
	return t.unbind(w.parent(), w.path.Name(), w.leaf.id)
}

// updateReporting is update for methods that report outcomes. As fn may run
// more than once, what it reports is handed on when it is final.
func (r *Repository) updateReporting(ctx context.Context, report dav.Report, fn func(*tx, dav.Report) error) error {
	var outcomes []dav.Outcome
	err := r.update(ctx, func(t *tx) error {
		outcomes = outcomes[:0]
		return fn(t, func(o dav.Outcome) { outcomes = append(outcomes, o) })
	})
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		report(o)
	}
	return nil
}

package repo

import (
	"context"
	"errors"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// Bind implements the backend's Bind.
func (r *Repository) Bind(ctx context.Context, q dav.BindRequest, report dav.Report) (created bool, err error) {
	if err := r.room(ctx); err != nil {
		return false, err
	}
	err = r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		from, to, err := t.bindable(q, dav.BindIntoCollection, dav.BindSourceExists)
		if err != nil {
			return err
		}
		created = !to.found
		if blocked, err := t.permitReplace(q.Conditions, to, dav.LockedOverwriteAllowed, report); blocked || err != nil {
			return err
		}
		if to.found {
			if err := t.unmap(to); err != nil {
				return err
			}
		}
		if err := t.share(from.leaf.id); err != nil {
			return err
		}
		if err := t.mayJoin(from.leaf.id, to); err != nil {
			return err
		}
		return t.bind(to, from.leaf.id, q.Position)
	})
	return created, err
}

// Unbind implements the backend's Unbind.
func (r *Repository) Unbind(ctx context.Context, q dav.UnbindRequest, report dav.Report) error {
	return r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		in, err := t.collectionAt(q.Collection, q.Conditions, dav.UnbindFromCollection)
		if err != nil {
			return err
		}
		unbound := refuse(dav.Conflict, in.path, dav.UnbindSourceExists, "the collection has no such member")
		if dav.CheckSegment(q.Segment) != nil {
			return unbound
		}
		w, err := t.resolve(in.path.Join(q.Segment))
		if err != nil {
			return err
		}
		if !w.found {
			return unbound
		}
		if err := t.judge(q.Conditions, in, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, in.path, in.leaf.id); err != nil {
			return called(dav.LockedUpdateAllowed, err)
		}
		if blocked, err := t.permitUnmap(q.Conditions, w, report); blocked || err != nil {
			return called(dav.ProtectedURLDeletionAllowed, err)
		}
		return t.unmap(w)
	})
}

// Rebind implements the backend's Rebind.
func (r *Repository) Rebind(ctx context.Context, q dav.BindRequest, report dav.Report) (created bool, err error) {
	err = r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		from, to, err := t.bindable(q, dav.RebindIntoCollection, dav.RebindSourceExists)
		if err != nil {
			return err
		}
		created = !to.found
		if from.path.IsRoot() {
			return refuse(dav.Forbidden, from.path, dav.ProtectedSourceURLDeletionAllowed, "the root of the share can't be moved")
		}
		if to.found && to.binding() == from.binding() {
			return nil // it is there already
		}
		if cut, err := t.cutsOff(from, to); err != nil {
			return err
		} else if cut {
			return refuse(dav.Forbidden, to.path, dav.CycleAllowed, "no URL would lead to the collection any more")
		}
		if blocked, err := t.permitRebind(q.Conditions, from, to, report); blocked || err != nil {
			return err
		}
		if to.found {
			if err := t.unmap(to); err != nil {
				return err
			}
		}
		return t.rebind(from, to, from.leaf.modified, q.Position)
	})
	return created, err
}

// bindable resolves what BIND and REBIND name, and tells whether the one may be
// bound at the other, locks left aside; into and exists are the conditions that
// a Collection that is none, and a missing Source, break.
func (t *tx) bindable(q dav.BindRequest, into, exists dav.Name) (from, to *trail, err error) {
	in, err := t.collectionAt(q.Collection, q.Conditions, into)
	if err != nil {
		return nil, nil, err
	}
	if dav.CheckSegment(q.Segment) != nil {
		return nil, nil, refuse(dav.Forbidden, in.path, dav.NameAllowed, "this can't be the name of a member")
	}
	if from, err = t.resolve(q.Source); err != nil {
		return nil, nil, err
	}
	if !from.found {
		return nil, nil, refuse(dav.Conflict, from.path, exists, "there is no resource to be bound")
	}
	if to, err = t.resolve(in.path.Join(q.Segment)); err != nil {
		return nil, nil, err
	}
	if err := t.admitPosition(to, q.Position); err != nil {
		return nil, nil, err
	}
	if err := t.judge(q.Conditions, in, to, from); err != nil {
		return nil, nil, err
	}
	if to.found && q.Conditions != nil && q.Conditions.NoOverwrite {
		return nil, nil, refuse(dav.PreconditionFailed, to.path, dav.CanOverwrite, "the segment is bound, and Overwrite is F")
	}
	return from, to, nil
}

func (t *tx) collectionAt(p dav.Path, c *dav.Conditions, condition dav.Name) (*trail, error) {
	w, err := t.existing(p, c)
	if err == nil && !w.leaf.isCollection() {
		err = refuse(dav.Conflict, w.path, condition, "this is no collection")
	}
	return w, err
}

// permitReplace asks for the tokens of the collection that holds to and, if it
// is mapped, for those that overwrite names.
func (t *tx) permitReplace(c *dav.Conditions, to *trail, overwrite dav.Name, report dav.Report) (blocked bool, err error) {
	if err := t.permit(c, to.path.Parent(), to.parent()); err != nil {
		return false, called(dav.LockedUpdateAllowed, err)
	}
	if !to.found {
		return false, nil
	}
	blocked, err = t.permitUnmap(c, to, report)
	return blocked, called(overwrite, err)
}

func (t *tx) permitRebind(c *dav.Conditions, from, to *trail, report dav.Report) (blocked bool, err error) {
	if err := t.permit(c, from.path.Parent(), from.parent()); err != nil {
		return false, called(dav.LockedSourceCollectionUpdateAllowed, err)
	}
	blockedFrom, err := t.permitUnmap(c, from, report)
	if err != nil {
		return false, called(dav.ProtectedSourceURLDeletionAllowed, err)
	}
	blockedTo, err := t.permitReplace(c, to, dav.ProtectedURLModificationAllowed, report)
	return blockedFrom || blockedTo, err
}

// cutsOff tells whether without the binding of from no URL would lead to the
// collection that is to get it: the one would be in the other, and nowhere else.
func (t *tx) cutsOff(from, to *trail) (bool, error) {
	b := from.binding()
	way := slices.Collect(to.bindings())
	if !slices.Contains(way[:len(way)-1], b) {
		return false, nil
	}
	found, err := meta.Int(t, `WITH RECURSIVE up (id) AS (
			SELECT CAST($1 AS BIGINT)
			UNION SELECT b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id AND NOT (b.parent = $2 AND b.name = $3))
		SELECT 1 FROM up WHERE id = $4 LIMIT 1`, to.parent(), b.parent, b.name, t.root)
	return found == 0, err
}

// called gives the refusal of a lock the condition that RFC 5842 has for it.
func called(condition dav.Name, err error) error {
	if e, ok := errors.AsType[*dav.Error](err); ok && e.Condition.Name == dav.LockTokenSubmitted {
		named := *e
		named.Condition.Name = condition
		return &named
	}
	return err
}

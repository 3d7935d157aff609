package repo

import (
	"context"
	"time"

	"github.com/quiredav/quire/dav"
)

// Copy implements the backend's Copy. A destination of the same kind keeps its
// identity and bindings and gets the content of the source (RFC 5842 section
// 2.3); any other one is replaced.
func (r *Repository) Copy(ctx context.Context, q dav.CopyRequest, report dav.Report) (created bool, err error) {
	if err := r.room(ctx); err != nil {
		return false, err
	}
	err = r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		from, to, err := t.ends(q)
		if err != nil {
			return err
		}
		created = !to.found
		keep := to.found && to.leaf.kind == from.leaf.kind
		if err := t.permitPosition(q.Conditions, to, q.Position); err != nil {
			return err
		}
		if blocked, err := t.permitOnto(q.Conditions, to, keep, report); blocked || err != nil {
			return err
		}
		modified := arrival(q, t.now, from, to)
		if keep {
			if err := t.place(to, q.Position); err != nil {
				return err
			}
			return t.copyOnto(from, to, q, modified)
		}
		return t.copyTo(from, to, q, modified)
	})
	return created, err
}

// Move implements the backend's Move: one binding goes, one comes, and the
// resource stays what it is (RFC 5842 section 2.5).
func (r *Repository) Move(ctx context.Context, q dav.CopyRequest, report dav.Report) (created bool, err error) {
	q.Depth = dav.DepthInfinity
	err = r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		from, to, err := t.ends(q)
		if err != nil {
			return err
		}
		if cut, err := t.cutsOff(from, to); err != nil {
			return err
		} else if cut {
			return fail(dav.Forbidden, to.path, "no URL would lead to the collection any more")
		}
		created = !to.found
		blockedFrom, err := t.permitUnmap(q.Conditions, from, report)
		if err != nil {
			return err
		}
		blockedTo, err := t.permitOnto(q.Conditions, to, false, report)
		if blockedFrom || blockedTo || err != nil {
			return err
		}
		modified := arrival(q, t.now, from, to)
		if to.found {
			if err := t.unmap(to); err != nil {
				return err
			}
		}
		return t.rebind(from, to, modified, q.Position)
	})
	return created, err
}

// ends resolves source and destination and tells whether the one may go to the
// other, locks left aside.
func (t *tx) ends(q dav.CopyRequest) (from, to *trail, err error) {
	if from, err = t.existing(q.From, q.Conditions); err != nil {
		return nil, nil, err
	}
	if to, err = t.resolve(q.To); err != nil {
		return nil, nil, err
	}
	switch {
	case from.path == to.path, to.found && from.leaf.id == to.leaf.id:
		return nil, nil, fail(dav.Forbidden, q.From, "source and destination are the same resource")
	case to.path.Contains(from.path):
		return nil, nil, fail(dav.Forbidden, q.From, "the destination is a collection that holds the source")
	case from.path.Contains(to.path) && from.leaf.isCollection() && q.Depth == dav.DepthInfinity:
		return nil, nil, fail(dav.Forbidden, q.From, "a collection can't go into itself")
	}
	if err := to.creatable(); err != nil {
		return nil, nil, err
	}
	if err := t.admitPosition(to, q.Position); err != nil {
		return nil, nil, err
	}
	if err := t.judge(q.Conditions, from, from, to); err != nil {
		return nil, nil, err
	}
	if to.found && q.Conditions != nil && q.Conditions.NoOverwrite {
		return nil, nil, fail(dav.PreconditionFailed, to.path, "there is a resource at the destination, and Overwrite is F")
	}
	return from, to, nil
}

// permitOnto tells whether the locks let something arrive at to: as a new
// member, as the new content of the resource there (keep), or in its place.
// Locks in the way below to are reported.
func (t *tx) permitOnto(c *dav.Conditions, to *trail, keep bool, report dav.Report) (blocked bool, err error) {
	switch {
	case !to.found:
		return false, t.permit(c, to.path, to.parent())
	case !keep:
		return t.permitUnmap(c, to, report)
	}
	on, err := t.locksOn(to.leaf.id)
	if err != nil {
		return false, err
	}
	if err := c.Permit(to.path, on); err != nil {
		return false, err
	}
	ending, err := t.rootsInside(to.leaf.id)
	if err != nil {
		return false, err
	}
	return permitEnd(c, to, ending, inheritedBy(on), report)
}

// arrival is what Last-Modified of the source becomes at the destination: its
// own, unless what was there is younger (RFC 4918 section 8.8).
func arrival(q dav.CopyRequest, now time.Time, from, to *trail) time.Time {
	switch {
	case !q.Modified.IsZero():
		return q.Modified
	case to.found && from.leaf.modified.Before(to.leaf.modified):
		return latest(now, to.leaf.modified)
	}
	return from.leaf.modified
}

// rebind takes the resource at from to the unmapped URL to. What is renamed
// within its collection keeps its place, unless at says another.
func (t *tx) rebind(from, to *trail, modified time.Time, at *dav.Position) error {
	if !to.found && to.parent() == from.parent() {
		to.position = from.position
	}
	if err := t.endLocks(from); err != nil {
		return err
	}
	if err := t.moving(from.leaf.id); err != nil {
		return err
	}
	if err := t.forgetBinding(from.parent(), from.path.Name()); err != nil {
		return err
	}
	if err := t.touch(from.parent()); err != nil {
		return err
	}
	if !modified.Equal(from.leaf.modified) {
		if err := t.exec(`UPDATE resource SET modified = $1 WHERE id = $2`, modified.UnixMicro(), from.leaf.id); err != nil {
			return err
		}
	}
	if err := t.mayJoin(from.leaf.id, to); err != nil {
		return err
	}
	return t.bind(to, from.leaf.id, at)
}

package repo

import (
	"cmp"
	"context"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// Orderpatch implements the backend's Orderpatch.
func (r *Repository) Orderpatch(ctx context.Context, q dav.OrderpatchRequest, report dav.Report) error {
	return r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		w, err := t.existing(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if !w.leaf.isCollection() {
			return fail(dav.NotAllowed, q.Path, "only the members of a collection have an order")
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.leaf.id); err != nil {
			return err
		}
		ordering := w.leaf.ordering
		if q.Type != "" {
			ordering = orderingOf(q.Type)
		}
		if blocked, err := t.admitSteps(w, ordering, q.Members, report); blocked || err != nil {
			return err
		}
		if err := t.setOrdering(&w.leaf, ordering); err != nil {
			return err
		}
		return t.reorder(w, q.Members, ordering != w.leaf.ordering)
	})
}

// orderingOf is an ordering-type as the database has it: "" if unordered.
func orderingOf(uri string) string {
	if uri == dav.Unordered {
		return ""
	}
	return uri
}

// admitSteps reports the members that can't be moved. No step makes or removes
// a member, so that all can be judged before the first is done.
func (t *tx) admitSteps(w *trail, ordering string, steps []dav.OrderMember, report dav.Report) (blocked bool, err error) {
	told := make(map[string]bool)
	for _, s := range steps {
		name := bindingName(s.Segment)
		out, err := t.stepOutcome(w, ordering, s)
		if err != nil {
			return false, err
		}
		if out.Err != nil && !told[name] {
			told[name] = true
			blocked = true
			report(out)
		}
	}
	return blocked, nil
}

// stepOutcome tells why a step can't be done.
func (t *tx) stepOutcome(w *trail, ordering string, s dav.OrderMember) (out dav.Outcome, err error) {
	segment, collection, found, err := t.memberCalled(w.leaf.id, s.Segment)
	if err != nil {
		return out, err
	}
	out = dav.Outcome{Path: w.path.Join(segment), Collection: collection}
	switch {
	case ordering == "":
		out.Err = mustBeOrdered(out.Path)
	case !found:
		out.Err = noMember(out.Path, "the collection has no such member")
	case s.Position.Place == dav.Before || s.Position.Place == dav.After:
		if _, _, found, err = t.memberCalled(w.leaf.id, s.Position.Segment); err != nil {
			return out, err
		}
		if !found || bindingName(s.Position.Segment) == bindingName(s.Segment) {
			out.Err = notBeside(out.Path)
		}
	}
	return out, nil
}

// memberCalled looks a member up; stored is its segment as it is stored, and
// as asked if there is none.
func (t *tx) memberCalled(parent int64, segment string) (stored string, collection, found bool, err error) {
	stored = segment
	name := bindingName(segment)
	found, err = meta.One(t, func(row meta.Row) {
		if stored = name; !row.Null(0) {
			stored = row.Text(0)
		}
		collection = row.Int(1) == kindCollection
	}, `SELECT b.segment, r.kind FROM binding b JOIN resource r ON r.id = b.child WHERE b.parent = $1 AND b.name = $2`, parent, name)
	return stored, collection, found, err
}

// setOrdering gives a collection its ordering-type. Members that had no order
// begin with the one in which they are listed.
func (t *tx) setOrdering(c *resource, ordering string) error {
	if ordering == c.ordering {
		return nil
	}
	err := t.exec(`UPDATE resource SET ordering = $1 WHERE id = $2`, nullText(ordering), c.id)
	switch {
	case err != nil:
		return err
	case ordering == "":
		if err := t.exec(`UPDATE binding SET position = NULL WHERE parent = $1 AND position IS NOT NULL`, c.id); err != nil {
			return err
		}
		return t.rearranged(c.id)
	case c.ordering == "":
		return t.number(c.id)
	}
	return nil
}

// reorder carries out the steps, which were admitted. If the ordering-type has
// changed, members that no step names follow those that one does (RFC 3648
// section 7).
func (t *tx) reorder(w *trail, steps []dav.OrderMember, retyped bool) error {
	changed := false
	for _, s := range steps {
		moved, err := t.rearrange(orderMember{w.leaf.id, bindingName(s.Segment), w.path.Join(s.Segment)}, s.Position)
		if err != nil {
			return err
		}
		changed = changed || moved
	}
	if retyped && len(steps) > 0 {
		moved, err := t.gather(w, steps)
		if err != nil {
			return err
		}
		changed = changed || moved
	}
	if !changed {
		return nil
	}
	return t.rearranged(w.leaf.id)
}

// gather takes the members that steps name to the front, their order kept.
func (t *tx) gather(w *trail, steps []dav.OrderMember) (changed bool, err error) {
	type placed struct {
		orderMember
		position int64
	}
	var named []placed
	seen := make(map[string]bool)
	for _, s := range steps {
		name := bindingName(s.Segment)
		if seen[name] {
			continue
		}
		seen[name] = true
		position, err := t.positionOf(w.leaf.id, name)
		if err != nil {
			return false, err
		}
		named = append(named, placed{orderMember{w.leaf.id, name, w.path.Join(s.Segment)}, *position})
	}
	slices.SortFunc(named, func(a, b placed) int { return cmp.Compare(b.position, a.position) })
	for _, m := range named {
		moved, err := t.rearrange(m.orderMember, dav.Position{Place: dav.First})
		if err != nil {
			return false, err
		}
		changed = changed || moved
	}
	return changed, nil
}

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
		p := w.path.Join(s.Segment)
		kind, found, err := t.memberKind(w.leaf.id, name)
		if err != nil {
			return false, err
		}
		var why error
		switch {
		case ordering == "":
			why = mustBeOrdered(p)
		case !found:
			why = noMember(p, "the collection has no such member")
		case s.Position.Place == dav.Before || s.Position.Place == dav.After:
			other := bindingName(s.Position.Segment)
			if _, found, err = t.memberKind(w.leaf.id, other); err != nil {
				return false, err
			}
			if !found || other == name {
				why = notBeside(p)
			}
		}
		if why != nil && !told[name] {
			told[name] = true
			blocked = true
			report(dav.Outcome{Path: p, Collection: found && kind == kindCollection, Err: why})
		}
	}
	return blocked, nil
}

func (t *tx) memberKind(collection int64, name string) (kind int64, found bool, err error) {
	found, err = meta.One(t, func(row meta.Row) { kind = row.Int(0) },
		`SELECT r.kind FROM binding b JOIN resource r ON r.id = b.child WHERE b.parent = $1 AND b.name = $2`, collection, name)
	return kind, found, err
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
		return t.number(c.id, `b.name`)
	}
	return nil
}

// reorder carries out the steps, which were admitted. If the ordering-type has
// changed, members that no step names follow those that one does (RFC 3648
// section 7).
func (t *tx) reorder(w *trail, steps []dav.OrderMember, retyped bool) error {
	changed := false
	for _, s := range steps {
		moved, err := t.rearrange(w.leaf.id, bindingName(s.Segment), w.path.Join(s.Segment), s.Position)
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
	type member struct {
		name     string
		position int64
	}
	var named []member
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
		named = append(named, member{name, *position})
	}
	slices.SortFunc(named, func(a, b member) int { return cmp.Compare(b.position, a.position) })
	for _, m := range named {
		moved, err := t.rearrange(w.leaf.id, m.name, w.path, dav.Position{Place: dav.First})
		if err != nil {
			return false, err
		}
		changed = changed || moved
	}
	return changed, nil
}

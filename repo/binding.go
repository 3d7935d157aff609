package repo

import (
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file makes and removes bindings, one by one, and stamps each change with
// its step, so that sync-collection can tell of it.

// step is the number of the transaction's changes: what it adds or changes is
// stamped with it, what it removes with the number before (RFC 6578).
func (t *tx) step() (int64, error) {
	if t.stepped != 0 {
		return t.stepped, nil
	}
	if err := t.beginHistory(); err != nil {
		return 0, err
	}
	_, err := meta.One(t, func(row meta.Row) { t.stepped, t.quotas = row.Int(0), row.Int(1) },
		`UPDATE tally SET step = step + 2, bytes = bytes + $1 WHERE id = 1 RETURNING step, quotas`, t.bytes)
	t.bytes = 0
	return t.stepped, err
}

// bind makes w, which must not be mapped any more, a URL of the resource child
// and notes the change of membership. In an ordered collection the new member
// goes where at says; without at it goes where w was mapped before, or last.
func (t *tx) bind(w *trail, child int64, at *dav.Position) error {
	parent, segment := w.parent(), w.path.Name()
	name := bindingName(segment)
	var stored any
	if name != segment {
		stored = segment
	}
	if err := t.moving(child); err != nil {
		return err
	}
	step, err := t.step()
	if err != nil {
		return err
	}
	ordered := false
	if _, err := meta.One(t, func(row meta.Row) { ordered = !row.Null(0) }, touching+` RETURNING ordering`, t.now.UnixMicro(), parent); err != nil {
		return err
	}
	// That there was one like it is past, except for what hung below it.
	if err := t.exec(`DELETE FROM removed WHERE parent = $1 AND name = $2 AND segment = $3 AND below = 0`, parent, name, spelled(name, segment)); err != nil {
		return err
	}
	var position any
	switch {
	case ordered:
		position, err = t.placeNew(w, at)
	case at != nil:
		err = mustBeOrdered(w.path)
	}
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO binding (parent, name, segment, child, changed, position) VALUES ($1, $2, $3, $4, $5, $6)`,
		parent, name, stored, child, step, position)
}

// unbind removes a binding; the resource that lost it will be reclaimed if no
// URL leads to it any more.
func (t *tx) unbind(parent int64, segment string, child int64) error {
	if err := t.moving(child); err != nil {
		return err
	}
	if err := t.forgetBinding(parent, segment); err != nil {
		return err
	}
	t.garbage = true
	if err := t.exec(`INSERT INTO orphan (resource) VALUES ($1) ON CONFLICT DO NOTHING`, child); err != nil {
		return err
	}
	return t.touch(parent)
}

// forgetBinding removes a binding's row and keeps that there was one.
func (t *tx) forgetBinding(parent int64, segment string) error {
	name := bindingName(segment)
	step, err := t.step()
	if err != nil {
		return err
	}
	n, err := t.Exec(rememberRemoved+` AND b.name = $3 `+onceRemoved, step-1, parent, name)
	if err != nil {
		return err
	}
	t.removed += n
	return t.exec(`DELETE FROM binding WHERE parent = $1 AND name = $2`, parent, name)
}

// forgetMembers removes all bindings of a collection and keeps that there were
// some.
func (t *tx) forgetMembers(parent int64) error {
	step, err := t.step()
	if err != nil {
		return err
	}
	n, err := t.Exec(rememberRemoved+onceRemoved, step-1, parent)
	if err != nil {
		return err
	}
	t.removed += n
	return t.exec(`DELETE FROM binding WHERE parent = $1`, parent)
}

// spelled is a segment as the table removed has it.
func spelled(name, segment string) string {
	if name == segment {
		return ""
	}
	return segment
}

// rememberRemoved notes, with the step $1, the bindings in the collection $2 as
// removed.
const (
	rememberRemoved = `INSERT INTO removed (parent, name, segment, kind, below, changed)
		SELECT b.parent, b.name, coalesce(b.segment, ''), r.kind,
			CASE WHEN EXISTS (SELECT 1 FROM binding x WHERE x.parent = b.child)
				OR EXISTS (SELECT 1 FROM removed y WHERE y.parent = b.child) THEN 1 ELSE 0 END, $1
		FROM binding b JOIN resource r ON r.id = b.child WHERE b.parent = $2`
	onceRemoved = ` ON CONFLICT (parent, name, segment) DO UPDATE SET
		kind = excluded.kind, below = {{GREATEST}}(removed.below, excluded.below), changed = excluded.changed`
)

// contentChanged notes that a file has another body.
func (t *tx) contentChanged(id int64) error {
	step, err := t.step()
	if err != nil {
		return err
	}
	return t.exec(`UPDATE binding SET changed = $1 WHERE child = $2`, step, id)
}

// touch notes that a collection's membership changed.
func (t *tx) touch(collection int64) error {
	return t.exec(touching, t.now.UnixMicro(), collection)
}

const touching = `UPDATE resource SET modified = $1 WHERE id = $2`

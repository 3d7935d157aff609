package repo

import (
	"iter"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// The root of a lock is a URL, which is a way through the graph (RFC 5842
// section 9). The table lock_trail has the bindings of that way. The first of
// them that goes, through whichever URL, unmaps the root and ends the lock; the
// other bindings of what is locked come and go as they like. So all that is
// locked can be reached.

// bindingKey is what identifies a binding.
type bindingKey struct {
	parent int64
	name   string
}

// binding is the one that maps w, or would. The root has none.
func (w *trail) binding() bindingKey { return bindingKey{w.parent(), bindingName(w.path.Name())} }

// bindings yields those that w leads through and, if just its last segment is
// not mapped, the one that would map it.
func (w *trail) bindings() iter.Seq[bindingKey] {
	return func(yield func(bindingKey) bool) {
		i := 0
		for segment := range w.path.Segments() {
			if i == len(w.ids) || !yield(bindingKey{w.ids[i], bindingName(segment)}) {
				return
			}
			i++
		}
	}
}

// rootedLock is a lock, without its owner, and the resource that was locked.
type rootedLock struct {
	dav.Lock
	on int64
}

// rootsThrough gives the locks in force whose root is w, or lies below it, by
// whichever URL w was named then: those that end if w is unmapped.
func (t *tx) rootsThrough(w *trail) ([]rootedLock, error) {
	b := w.binding()
	return t.rooted(`SELECT token FROM lock_trail WHERE parent = $2 AND name = $3`, b.parent, b.name)
}

// rootsInside gives the locks in force whose root's URL leads through the
// collection, to a member of it or further down.
func (t *tx) rootsInside(collection int64) ([]rootedLock, error) {
	return t.rooted(`SELECT token FROM lock_trail WHERE parent = $2`, collection)
}

// rooted gives the locks of the tokens that a query, whose parameters begin
// with $2, yields.
func (t *tx) rooted(tokens string, args ...any) (locks []rootedLock, err error) {
	if some, err := t.anyLock(); !some {
		return nil, err
	}
	args = append([]any{t.now.UnixMicro()}, args...)
	for row, err := range t.Query(`SELECT `+judgedColumns+`, '', l.resource FROM lock l
		WHERE l.token IN (`+tokens+`) AND `+inForce, args...) {
		if err != nil {
			return nil, err
		}
		locks = append(locks, rootedLock{scanLock(row, 0), row.Int(9)})
	}
	return locks, nil
}

// endLocks removes the locks rooted at w or below it: w is being unmapped (RFC
// 4918 section 6.1).
func (t *tx) endLocks(w *trail) error {
	if some, err := t.anyLock(); !some {
		return err
	}
	b := w.binding()
	return t.exec(`DELETE FROM lock WHERE token IN (SELECT token FROM lock_trail WHERE parent = $1 AND name = $2)`, b.parent, b.name)
}

// endLocksInside removes the locks that [tx.rootsInside] gives.
func (t *tx) endLocksInside(collection int64) error {
	if some, err := t.anyLock(); !some {
		return err
	}
	return t.exec(`DELETE FROM lock WHERE token IN (SELECT token FROM lock_trail WHERE parent = $1)`, collection)
}

// rootLock notes that the lock of a token was made at w.
func (t *tx) rootLock(token string, w *trail) error {
	for b := range w.bindings() {
		err := t.exec(`INSERT INTO lock_trail (token, parent, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, token, b.parent, b.name)
		if err != nil {
			return err
		}
	}
	return nil
}

// rootOldLocks gives the locks from before there was a lock_trail theirs. Those
// whose root leads elsewhere end.
func (t *tx) rootOldLocks() error {
	const missing = `FROM repository WHERE name = 'lock_trail' AND value = 'missing'`
	if wanted, err := meta.Int(t, `SELECT 1 `+missing); err != nil || wanted == 0 {
		return err
	}
	var old []rootedLock
	for row, err := range t.Query(`SELECT ` + judgedColumns + `, '', l.resource FROM lock l`) {
		if err != nil {
			return err
		}
		old = append(old, rootedLock{scanLock(row, 0), row.Int(9)})
	}
	for _, l := range old {
		w, err := t.resolve(l.Root)
		switch {
		case err != nil:
		case w.found && w.leaf.id == l.on:
			err = t.rootLock(l.Token, w)
		default:
			err = t.exec(`DELETE FROM lock WHERE token = $1`, l.Token)
		}
		if err != nil {
			return err
		}
	}
	return t.exec(`DELETE ` + missing)
}

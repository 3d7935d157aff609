package repo

import (
	"maps"

	"github.com/quiredav/quire/dav"
)

// checkLocks tells of locks whose root leads elsewhere, or by other bindings than
// those that would end it, or which exclude each other.
func (t *tx) checkLocks(report func(Problem)) error {
	for row, err := range t.Query(`SELECT l.resource, `+lockColumns+` FROM lock l WHERE `+inForce, t.now.UnixMicro()) {
		if err != nil {
			return err
		}
		l := scanLock(row, 1)
		what := "lock at " + string(l.Root)
		w, err := t.resolve(l.Root)
		if err != nil {
			return err
		}
		if !w.found || w.leaf.id != row.Int(0) || w.leaf.isCollection() != l.Collection {
			report(Problem{what, "is on another resource than its root"})
			continue
		}
		if same, err := t.sameTrail(l.Token, w); err != nil {
			return err
		} else if !same {
			report(Problem{what, "does not end with the bindings that its root leads through"})
		}
		if err := t.checkExclusion(l, w, report); err != nil {
			return err
		}
	}
	return nil
}

// sameTrail tells whether the trail of a lock is the way w.
func (t *tx) sameTrail(token string, w *trail) (bool, error) {
	kept := make(map[bindingKey]bool)
	for row, err := range t.Query(`SELECT parent, name FROM lock_trail WHERE token = $1`, token) {
		if err != nil {
			return false, err
		}
		kept[bindingKey{row.Int(0), row.Text(1)}] = true
	}
	way := make(map[bindingKey]bool)
	for b := range w.bindings() {
		way[b] = true
	}
	return maps.Equal(kept, way), nil
}

// checkExclusion tells of the locks that the lock l at w excludes.
func (t *tx) checkExclusion(l dav.Lock, w *trail, report func(Problem)) error {
	others, err := t.locksOn(w.leaf.id)
	if err == nil && l.Depth == dav.DepthInfinity {
		others, err = t.locksInReach(w.leaf.id)
	}
	for _, o := range others {
		if o.Token != l.Token && o.Scope.Conflicts(l.Scope) {
			report(Problem{"lock at " + string(l.Root), "excludes the one at " + string(o.Root)})
		}
	}
	return err
}

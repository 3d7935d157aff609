package repo

import (
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// What is below a collection is there on one way only, unless something on the
// way has several bindings. resource.shared marks what has, so that a tree costs
// nothing that only graphs need. A mark can outlive its reason until the
// reclaimer comes by; it is never missing.

// share marks a resource that is about to have several bindings.
func (t *tx) share(id int64) error {
	return t.exec(`UPDATE resource SET shared = 1 WHERE id = $1 AND shared = 0`, id)
}

// anyShared tells whether there is a resource with several bindings.
func (t *tx) anyShared() (bool, error) {
	n, err := meta.Int(t, `SELECT 1 FROM resource WHERE shared = 1 AND kind >= 0 LIMIT 1`)
	return n == 1, err
}

// anySharedCollection tells whether there is a collection with several bindings.
func (t *tx) anySharedCollection() (bool, error) {
	n, err := meta.Int(t, `SELECT 1 FROM resource WHERE shared = 1 AND kind = 1 LIMIT 1`)
	return n == 1, err
}

// loopEdges is how many bindings are looked at to find a loop before an answer
// begins; in a graph with more, who meets the loop tells of it.
const loopEdges = 20_000

// loops tells whether a collection that can be reached from the collection id
// can be reached from itself. Whatever is in a loop leads to a shared
// collection, so that is where to look.
func (t *tx) loops(id int64) (bool, error) {
	below := make(map[int64][]int64)
	n := 0
	for row, err := range t.Query(`WITH RECURSIVE edge (parent, child) AS (
			SELECT b.parent, b.child FROM resource r CROSS JOIN binding b WHERE r.shared = 1 AND r.kind = 1 AND b.child = r.id
			UNION SELECT b.parent, b.child FROM edge CROSS JOIN binding b WHERE b.child = edge.parent)
		SELECT parent, child FROM edge LIMIT $1`, loopEdges+1) {
		if err != nil {
			return false, err
		}
		if n++; n > loopEdges {
			return false, nil
		}
		below[row.Int(0)] = append(below[row.Int(0)], row.Int(1))
	}
	return circular(below, id), nil
}

// circular tells whether a walk from the node at can come to a node again.
func circular(below map[int64][]int64, at int64) bool {
	const inside, done = 1, 2
	state := make(map[int64]int)
	type level struct {
		id   int64
		next []int64
	}
	state[at] = inside
	stack := []level{{at, below[at]}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.next) == 0 {
			state[top.id] = done
			stack = stack[:len(stack)-1]
			continue
		}
		child := top.next[0]
		top.next = top.next[1:]
		switch state[child] {
		case inside:
			return true
		case 0:
			state[child] = inside
			stack = append(stack, level{child, below[child]})
		}
	}
	return false
}

// locksInReach gives the locks in force on a resource and on everything that can
// be reached from it, those included that reach it from elsewhere.
func (t *tx) locksInReach(id int64) ([]dav.Lock, error) {
	if some, err := t.anyLock(); !some {
		return nil, err
	}
	if shared, err := t.anyShared(); err != nil {
		return nil, err
	} else if !shared {
		on, err := t.locksOn(id)
		if err != nil {
			return nil, err
		}
		inside, err := t.rootsInside(id)
		for i := range inside {
			on = append(on, inside[i].Lock)
		}
		return on, err
	}
	return t.locks(`WITH RECURSIVE tree (id) AS (
			SELECT CAST($2 AS BIGINT) UNION SELECT b.child FROM tree CROSS JOIN binding b WHERE b.parent = tree.id),
		up (id) AS (
			SELECT tree.id FROM tree CROSS JOIN resource r WHERE r.id = tree.id AND (r.shared = 1 OR r.id = $2)
			UNION SELECT b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id)
		SELECT `+judgedColumns+`, '' FROM lock l WHERE `+inForce+` AND l.token IN (
			SELECT x.token FROM tree CROSS JOIN lock x WHERE x.resource = tree.id
			UNION SELECT y.token FROM up CROSS JOIN lock y WHERE y.resource = up.id AND y.depth = 2)`,
		t.now.UnixMicro(), id)
}

// mayJoin tells whether the resource id may become a member of the collection
// that holds to. The locks of infinite depth there would come over all that can
// be reached from it: none of that may be under one that they exclude (RFC 4918
// section 6.1).
func (t *tx) mayJoin(id int64, to *trail) error {
	over, err := t.locksOn(to.parent())
	if err != nil {
		return err
	}
	if over = inheritedBy(over); len(over) == 0 {
		return nil
	}
	reached, err := t.locksInReach(id)
	if err != nil {
		return err
	}
	return inTheWay(to.path, slices.DeleteFunc(reached, func(l dav.Lock) bool {
		return !slices.ContainsFunc(over, func(o dav.Lock) bool { return o.Token != l.Token && o.Scope.Conflicts(l.Scope) })
	}))
}

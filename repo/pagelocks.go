package repo

import (
	"maps"
	"slices"

	"github.com/quiredav/quire/dav"
)

// addLocks tells the members of a page that begins after a key of the locks
// that were made on them. Shared ones can be under locks of other collections:
// they are told of all locks on them.
func (p *pages) addLocks(t *tx, members []member, after any) error {
	if some, err := t.anyLock(); !some || len(members) == 0 {
		return err
	}
	last := p.order.key(&members[len(members)-1])
	err := p.locksOfPage(t, members, `SELECT b.name, `+lockColumns+`
		FROM binding b CROSS JOIN lock l
		WHERE b.parent = $2 AND `+p.order.by+` > $3 AND `+p.order.by+` <= $4 AND l.resource = b.child AND `+inForce+`
		ORDER BY `+p.order.by, t.now.UnixMicro(), p.collection.id, after, last)
	if err != nil || !slices.ContainsFunc(members, func(m member) bool { return m.res.shared }) {
		return err
	}
	return p.addLocksAbove(t, members, after)
}

// addLocksAbove tells the shared members of a page of the locks that come from
// collections above them. What is above is gone through once for all of them.
func (p *pages) addLocksAbove(t *tx, members []member, after any) error {
	shared, args := p.sharedMembers(members, after)
	at := make(map[int64][]dav.Lock)
	for row, err := range t.Query(`WITH RECURSIVE up (id) AS (
			`+shared+` UNION SELECT b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id)
		SELECT l.resource, `+lockColumns+` FROM up CROSS JOIN lock l
		WHERE l.resource = up.id AND l.depth = 2 AND (l.expires = 0 OR l.expires > $4)`, append(args, t.now.UnixMicro())...) {
		if err != nil {
			return err
		}
		at[row.Int(0)] = append(at[row.Int(0)], scanLock(row, 1))
	}
	if len(at) == 0 {
		return nil
	}
	a, err := t.ancestry(shared, args...)
	if err != nil {
		return err
	}
	below := a.below()
	for _, id := range slices.Sorted(maps.Keys(at)) {
		reached := reachedFrom(id, below)
		for i := range members {
			if m := &members[i]; m.res.shared && m.res.id != id && reached[m.res.id] {
				m.locks = append(m.locks, at[id]...)
			}
		}
	}
	return nil
}

// reachedFrom gives what can be reached from a collection, and itself.
func reachedFrom(id int64, below map[int64][]bound) map[int64]bool {
	reached := map[int64]bool{id: true}
	for next := []int64{id}; len(next) > 0; next = next[1:] {
		for _, b := range below[next[0]] {
			if !reached[b.child] {
				reached[b.child] = true
				next = append(next, b.child)
			}
		}
	}
	return reached
}

// locksOfPage gives the members of a page the locks that a query yields, with
// the names of the members, in their order.
func (p *pages) locksOfPage(t *tx, members []member, sql string, args ...any) error {
	for row, err := range t.Query(sql, args...) {
		if err != nil {
			return err
		}
		for members[0].name != row.Text(0) {
			members = members[1:]
		}
		members[0].locks = append(members[0].locks, scanLock(row, 1))
	}
	return nil
}

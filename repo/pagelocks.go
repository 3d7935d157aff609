package repo

import "slices"

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
	return p.locksOfPage(t, members, `WITH RECURSIVE up (place, name, member, id) AS (
			SELECT `+p.order.by+`, b.name, b.child, b.child FROM binding b CROSS JOIN resource r
			WHERE b.parent = $2 AND `+p.order.by+` > $3 AND `+p.order.by+` <= $4 AND r.id = b.child AND r.shared = 1
			UNION SELECT up.place, up.name, up.member, b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id)
		SELECT up.name, `+lockColumns+` FROM up CROSS JOIN lock l
		WHERE l.resource = up.id AND up.id <> up.member AND l.depth = 2 AND `+inForce+`
		ORDER BY up.place`, t.now.UnixMicro(), p.collection.id, after, last)
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

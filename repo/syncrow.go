package repo

import (
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// change is a row of what Sync reads: a binding with the resource that it
// leads to or, where removed is set, one that there was.
type change struct {
	parent  int64
	name    string
	segment string
	changed int64

	res resource
	d   dav.Resource // what does not depend on the URL

	removed bool
	bound   int64   // the step of what is bound there now; 0: nothing
	routes  []route // to parent
}

// columns is the SQL of what scanBinding reads, of the tables b and r; its
// parameters are numbered from first on.
func (s *syncing) columns(first int) (sql string, args []any) {
	dead, args := deadColumn(s.q, first)
	return `b.parent, b.name, b.segment, b.changed, ` + changesColumn(s.q.Changes) + `, ` + dead + `, ` + resourceColumns, args
}

// scanBinding reads a row of columns, and tells how many bytes of
// properties it holds.
func (s *syncing) scanBinding(row meta.Row) (b change, size int) {
	b.parent, b.name, b.changed = row.Int(0), row.Text(1), row.Int(3)
	b.segment = b.name
	if !row.Null(2) {
		b.segment = row.Text(2)
	}
	b.res.scan(row, 6)
	b.d.Changes = row.Text(4)
	if !row.Null(5) {
		dead := row.Text(5)
		b.d.Dead, size = parseDead(dead), len(dead)
	}
	if s.q.SyncToken && b.res.isCollection() {
		b.d.SyncToken = s.now.tokenOf(&b.res)
	}
	return b, size
}

// more reads what the query wants and few clients ask for in this report, for
// each row by itself.
func (s *syncing) more(t *tx, rows []change) (err error) {
	if s.q.Quota && s.space == nil && len(rows) > 0 {
		if s.space, err = t.space(s.free, s.who); err != nil {
			return err
		}
	}
	for i := range rows {
		b := &rows[i]
		if s.q.Locks && err == nil {
			b.d.Locks, err = t.locksOn(b.res.id)
		}
		if s.q.Parents && err == nil {
			_, err = t.targetParents(&b.d, b.res.id)
		}
		if s.q.Quota && err == nil && b.res.isCollection() {
			b.d.Quota, err = s.space.of(t, b.res.id)
		}
	}
	return err
}

// told is what the client is told of b at the URL p.
func (b *change) told(p dav.Path) *dav.Change {
	if b.removed {
		return &dav.Change{Removed: true, Resource: &dav.Resource{Path: p, Collection: b.res.isCollection()}}
	}
	d := b.d
	d.Dead, d.Locks = slices.Clip(d.Dead), slices.Clip(d.Locks)
	b.res.describe(&d, p)
	return &dav.Change{Resource: &d}
}

package repo

import (
	"math"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// order is the order in which a listing goes through the members of a
// collection: that of the collection, or else that of their names. Its column
// by is the key of the pages.
type order struct {
	is       bool // the collection is ordered
	by       string
	arranged int64
}

const (
	byName     = `b.name`
	byPosition = `b.position`
)

// hold sees to it that all pages of a listing show one order: members that
// change places between two pages could be shown twice, or not at all. A
// collection that is unordered needs no such care, and no statement.
func (o *order) hold(t *tx, collection *resource, first bool) error {
	if !o.is {
		return nil
	}
	var ordered bool
	var arranged int64
	found, err := meta.One(t, func(row meta.Row) { ordered, arranged = !row.Null(0), row.Int(1) },
		`SELECT ordering, arranged FROM resource WHERE id = $1 AND uid = $2`, collection.id, collection.uid[:])
	switch {
	case err != nil || !found: // a collection that is gone has no more members
		return err
	case first:
		*o = order{is: ordered, by: byName, arranged: arranged}
		if ordered {
			o.by = byPosition
		}
	case arranged != o.arranged:
		return fail(dav.Unavailable, "", "the order of the members changed while they were listed; ask again")
	}
	return nil
}

// start is the key before all others.
func (o *order) start() any {
	if o.is {
		return int64(math.MinInt64)
	}
	return ""
}

func (o *order) key(m *member) any {
	if o.is {
		return m.position
	}
	return m.name
}

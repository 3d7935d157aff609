package repo

import (
	"math"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file keeps the members of ordered collections in order (RFC 3648). Each
// has a position, a number that is its alone in the collection; members of an
// unordered collection have none.

// gap is the distance of a new position from that of its one neighbour. Between
// two neighbours a new one halves the gap, which works 20 times.
const gap = 1 << 20

// orderMember is a member, old or to be, of an ordered collection.
type orderMember struct {
	collection int64
	name       string   // its key there
	path       dav.Path // for errors
}

func (w *trail) orderMember() orderMember {
	return orderMember{w.parent(), bindingName(w.path.Name()), w.path}
}

// admitPosition tells whether the member at w may go where at says (RFC 3648
// section 6.1). A nil at is always well.
func (t *tx) admitPosition(w *trail, at *dav.Position) error {
	if at == nil {
		return nil
	}
	ordered, err := meta.Int(t, `SELECT count(ordering) FROM resource WHERE id = $1`, w.parent())
	switch {
	case err != nil:
		return err
	case ordered == 0:
		return mustBeOrdered(w.path)
	}
	_, err = t.slot(w.orderMember(), *at)
	return err
}

// permitPosition tells whether locks let the member that is mapped at w change
// its place: the order is part of the collection's state (RFC 3648 section 4).
func (t *tx) permitPosition(c *dav.Conditions, w *trail, at *dav.Position) error {
	if at == nil || !w.found {
		return nil
	}
	return t.permit(c, w.path, w.parent())
}

func mustBeOrdered(p dav.Path) error {
	return refuse(dav.Conflict, p, dav.CollectionMustBeOrdered, "the collection is unordered, so no member of it has a position")
}

// placeNew is the position of the member that w is about to become in an ordered
// collection.
func (t *tx) placeNew(w *trail, at *dav.Position) (position any, err error) {
	if at == nil {
		if w.position != nil {
			return w.position, nil
		}
		at = &dav.Position{Place: dav.Last}
	}
	m := w.orderMember()
	s, err := t.slot(m, *at)
	if err != nil {
		return nil, err
	}
	return t.positionIn(s, m, *at)
}

// place moves the member that is mapped at w to where at says; nil: it stays.
func (t *tx) place(w *trail, at *dav.Position) error {
	if at == nil {
		return nil
	}
	moved, err := t.rearrange(w.orderMember(), *at)
	if err != nil || !moved {
		return err
	}
	return t.rearranged(w.parent())
}

// rearrange moves a member of an ordered collection; moved is false if it was
// in its place.
func (t *tx) rearrange(m orderMember, at dav.Position) (moved bool, err error) {
	now, err := t.positionOf(m.collection, m.name)
	if err != nil || now == nil {
		return false, err
	}
	s, err := t.slot(m, at)
	if err != nil || s.holds(*now) {
		return false, err
	}
	next, err := t.positionIn(s, m, at)
	if err != nil {
		return false, err
	}
	return true, t.exec(`UPDATE binding SET position = $1 WHERE parent = $2 AND name = $3`, next, m.collection, m.name)
}

// rearranged notes that members of a collection changed places, so that a
// listing that is under way does not take what follows for the rest.
func (t *tx) rearranged(collection int64) error {
	return t.exec(`UPDATE resource SET arranged = arranged + 1 WHERE id = $1`, collection)
}

// positionIn is a free position in s, the slot of m at the place at. If none is
// left room is made.
func (t *tx) positionIn(s slot, m orderMember, at dav.Position) (int64, error) {
	position, free := s.middle()
	if free {
		return position, nil
	}
	if err := t.makeRoom(m.collection, *s.low); err != nil {
		return 0, err
	}
	s, err := t.slot(m, at)
	if err != nil {
		return 0, err
	}
	position, _ = s.middle()
	return position, nil
}

// makeRoom moves those members apart that follow a position most closely, so
// many that there is a gap behind each: the more there are the wider, so that
// members that are put one by one into the same place cost few moves each.
func (t *tx) makeRoom(collection, low int64) error {
	for n := int64(16); ; n *= 2 {
		high, err := t.position(`SELECT position FROM binding WHERE parent = $1 AND position > $2
			ORDER BY position LIMIT 1 OFFSET $3`, collection, low, n)
		if err != nil {
			return err
		}
		distance, end := int64(gap), int64(math.MaxInt64)
		if high != nil {
			distance, end = (*high-low)/(n+1), *high
			if distance < 8*n {
				continue
			}
		}
		err = t.exec(`UPDATE binding SET position = $2 + numbered.place * $3
			FROM (SELECT b.name, row_number() OVER (ORDER BY b.position) AS place FROM binding b
				WHERE b.parent = $1 AND b.position > $2 AND b.position < $4) AS numbered
			WHERE binding.parent = $1 AND binding.name = numbered.name`, collection, low, distance, end)
		if err != nil {
			return err
		}
		return t.rearranged(collection)
	}
}

// number gives the members of a collection that becomes ordered positions in the
// order of their names, in which they were listed.
func (t *tx) number(collection int64) error {
	return t.exec(`UPDATE binding SET position = numbered.place * $2
		FROM (SELECT b.name, row_number() OVER (ORDER BY b.name) AS place FROM binding b WHERE b.parent = $1) AS numbered
		WHERE binding.parent = $1 AND binding.name = numbered.name`, collection, int64(gap))
}

// slot is what lies between the positions of two neighbours; nil is none.
type slot struct{ low, high *int64 }

func (s slot) holds(position int64) bool {
	return (s.low == nil || *s.low < position) && (s.high == nil || position < *s.high)
}

// middle is a position in s; free is false if there is none left.
func (s slot) middle() (position int64, free bool) {
	switch {
	case s.low == nil && s.high == nil:
		return 0, true
	case s.low == nil:
		return *s.high - gap, true
	case s.high == nil:
		return *s.low + gap, true
	}
	position = *s.low + (*s.high-*s.low)/2
	return position, s.holds(position)
}

// slot finds the place in an ordered collection that at describes for m, which
// itself does not count.
func (t *tx) slot(m orderMember, at dav.Position) (s slot, err error) {
	switch at.Place {
	case dav.First:
		s.high, err = t.following(m, math.MinInt64)
	case dav.Last:
		s.low, err = t.preceding(m, math.MaxInt64)
	case dav.Before:
		if s.high, err = t.sibling(m, at.Segment); err == nil {
			s.low, err = t.preceding(m, *s.high)
		}
	case dav.After:
		if s.low, err = t.sibling(m, at.Segment); err == nil {
			s.high, err = t.following(m, *s.low)
		}
	}
	return s, err
}

// sibling is the position of the member that m is to stand beside.
func (t *tx) sibling(m orderMember, segment string) (*int64, error) {
	other := bindingName(segment)
	position, err := t.positionOf(m.collection, other)
	if err != nil {
		return nil, err
	}
	if position == nil || other == m.name {
		return nil, notBeside(m.path)
	}
	return position, nil
}

func notBeside(p dav.Path) error {
	return noMember(p, "the segment that tells the position names no other member of the collection")
}

func noMember(p dav.Path, why string) error {
	return refuse(dav.Forbidden, p, dav.SegmentMustIdentifyMember, why)
}

// positionOf is the position of a member; nil if there is no such member, or
// the collection is unordered.
func (t *tx) positionOf(collection int64, name string) (*int64, error) {
	return t.position(`SELECT position FROM binding WHERE parent = $1 AND name = $2`, collection, name)
}

// following is the first position after one, that of m left aside; nil if there
// is none.
func (t *tx) following(m orderMember, position int64) (*int64, error) {
	return t.position(`SELECT position FROM binding WHERE parent = $1 AND position > $2 AND name <> $3
		ORDER BY position LIMIT 1`, m.collection, position, m.name)
}

// preceding is the last position before one, that of m left aside; nil if there
// is none.
func (t *tx) preceding(m orderMember, position int64) (*int64, error) {
	return t.position(`SELECT position FROM binding WHERE parent = $1 AND position < $2 AND name <> $3
		ORDER BY position DESC LIMIT 1`, m.collection, position, m.name)
}

func (t *tx) position(sql string, args ...any) (position *int64, err error) {
	_, err = meta.One(t, func(row meta.Row) {
		if !row.Null(0) {
			position = new(row.Int(0))
		}
	}, sql, args...)
	return position, err
}

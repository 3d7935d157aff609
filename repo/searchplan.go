package repo

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
)

// choosePlan finds the way with the fewest candidates: those of every way are
// counted up to a hundred, then a thousand and so on, until one has no more. If
// all have many an index gives the first hits soon; where all have to be found
// before one is told, it is cheaper to go through a scope than through an index.
func (s *search) choosePlan(t *tx) (plan, error) {
	var everything plan = walk{top: true}
	plans, err := s.indexPlans(t)
	if err != nil || len(plans) == 0 {
		return everything, err
	}
	all := append([]plan{everything}, plans...)
	most, otherwise := 10_000, plans[0]
	if len(s.q.Order) > 0 {
		most, otherwise = 100_000, everything
	}
	for n := 100; n <= most; n *= 10 {
		for _, p := range all {
			found, err := p.count(t, s, n)
			if err != nil {
				return nil, err
			}
			if found < n {
				return p, nil
			}
		}
	}
	return otherwise, nil
}

// maxPlans bounds the ways by an index that are compared.
const maxPlans = 8

// indexPlans are the ways that begin with an index, the most promising first.
func (s *search) indexPlans(t *tx) (plans []plan, err error) {
	if s.q.Where == nil {
		return nil, nil
	}
	unread, err := t.unreadProperties()
	if err != nil {
		return nil, err
	}
	for _, drivers := range driversOf(s.q.Where) {
		if unread && worst(drivers) != rankContains {
			continue
		}
		if plans = append(plans, indexed{drivers: drivers}); len(plans) == maxPlans {
			break
		}
	}
	return plans, nil
}

// driver is a condition for which an index tells every resource that can meet it.
type driver struct {
	term *dav.Where
	rank int // the less, the fewer resources it is likely to be

	// Of a property: its values from the one on that are told, or that begin with
	// prefix, if they are at most to, if bounded.
	from, to, prefix string
	bounded          bool
}

// Ranks of drivers.
const (
	rankEqual = iota
	rankContains
	rankPrefix
	rankRange
	rankDefined
)

// driversOf finds sets of drivers; whatever meets w is told by a driver of every
// set. The most promising set is first. For a condition that an index is of no
// use for, there is none.
func driversOf(w *dav.Where) (sets [][]driver) {
	switch w.Op {
	case dav.And:
		for _, t := range w.Terms {
			sets = append(sets, driversOf(t)...)
		}
		slices.SortStableFunc(sets, func(a, b []driver) int { return cmp.Compare(worst(a), worst(b)) })
		return sets
	case dav.Or:
		var union []driver
		for _, t := range w.Terms {
			of := driversOf(t)
			if len(of) == 0 {
				return nil
			}
			union = append(union, of[0]...)
		}
		return [][]driver{union}
	}
	switch {
	case w.Op == dav.Contains:
		return [][]driver{{{term: w, rank: rankContains}}}
	case w.Property == nil || w.Property.Live != nil:
		return nil
	}
	return [][]driver{{propertyDriver(w)}}
}

func worst(set []driver) (rank int) {
	for i := range set {
		rank = max(rank, set[i].rank)
	}
	return rank
}

// propertyDriver is the driver for a condition on a dead property. The index has
// values in the order of their bytes, without regard to case or type.
func propertyDriver(w *dav.Where) driver {
	d := driver{term: w, rank: rankDefined}
	text := beginning(w.Text)
	switch asText := w.Type == dav.String && !w.Caseless; {
	case !asText:
	case w.Op == dav.Equal:
		d.rank, d.from, d.to, d.bounded = rankEqual, text, text, true
	case w.Op == dav.Less, w.Op == dav.LessOrEqual:
		d.rank, d.to, d.bounded = rankRange, text, true
	case w.Op == dav.Greater, w.Op == dav.GreaterOrEqual:
		d.rank, d.from = rankRange, text
	case w.Op == dav.Like:
		if d.prefix = beginning(literalPrefix(w.Text)); d.prefix != "" {
			d.rank, d.from = rankPrefix, d.prefix
		}
	}
	return d
}

// literalPrefix is what every match of a pattern of DAV:like begins with.
func literalPrefix(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '%', '_':
			return b.String()
		case '\\':
			i++
			b.WriteByte(pattern[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// reaches tells whether an indexed value is one that the driver tells; those
// that follow one that is not are none either.
func (d *driver) reaches(value string) bool {
	return (!d.bounded || value <= d.to) && strings.HasPrefix(value, d.prefix)
}

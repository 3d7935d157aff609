package repo

import (
	"cmp"
	"slices"

	"github.com/quiredav/quire/dav"
)

// sortBytes bounds what the hits of an ordered search may take while they are
// collected. If the best ones don't fit, the result is shortened.
const sortBytes = 32 << 20

// ranking collects hits and keeps the best.
type ranking struct {
	order []dav.SearchOrder
	limit int // less than 0: none
	hits  []hit
	bytes int
	cut   bool // some were left out
}

func (r *ranking) add(hits []hit) {
	for _, h := range hits {
		r.hits = append(r.hits, h)
		r.bytes += h.size()
	}
	if r.limit >= 0 && len(r.hits) > 2*r.limit+1000 || r.bytes > sortBytes {
		r.keepBest()
	}
}

func (h *hit) size() int { return 64 + len(h.path) + h.key.Size() }

// keepBest sorts, and leaves out what is over a bound.
func (r *ranking) keepBest() {
	slices.SortFunc(r.hits, func(a, b hit) int {
		return cmp.Or(dav.CompareSortKeys(r.order, a.key, b.key), cmp.Compare(a.path, b.path))
	})
	keep := len(r.hits)
	if r.limit >= 0 {
		keep = min(keep, r.limit)
	}
	r.bytes = 0
	for i := range keep {
		if r.bytes += r.hits[i].size(); r.bytes > sortBytes/2 {
			keep = i
			break
		}
	}
	if keep < len(r.hits) {
		r.cut = true
		clear(r.hits[keep:])
		r.hits = r.hits[:keep]
	}
}

// sorted tells the hits in order, when all are found.
func (s *search) sorted(p plan) error {
	best := ranking{order: s.q.Order, limit: s.q.Limit, cut: s.lacking}
	for p != nil {
		var found []hit
		next, over, err := s.page(p, func(_ *tx, pg *searchPage) error {
			found = pg.hits
			return nil
		})
		if err != nil {
			return err
		}
		best.add(found)
		if over {
			best.cut = true
			break
		}
		p = next
	}
	best.keepBest()
	if best.cut {
		s.shortened()
	}
	return s.tellSorted(best.hits)
}

func (s *search) tellSorted(hits []hit) error {
	for some := range slices.Chunk(hits, describeAtOnce) {
		var found []dav.Resource
		err := s.view(s.ctx, func(t *tx) (err error) {
			found, err = s.describe(t, some)
			return err
		})
		if err != nil {
			return err
		}
		for i := range found {
			if more, err := s.tell(&found[i]); !more {
				return err
			}
		}
	}
	return nil
}

package repo

import (
	"context"
	"math"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file tells of the quota of collections (RFC 4331). Of the limits that
// stand over a collection - quotas of collections, of who asks, the disk - the
// one that leaves the least is told, with what is used of it.

// HasQuota tells that Resource.Quota is filled.
func (r *Repository) HasQuota() bool { return true }

// spacious is a store that knows how many bytes it can still take; ok is false
// if it does not.
type spacious interface {
	Free(ctx context.Context) (bytes int64, ok bool)
}

// free is how many bytes the stores can still take; -1 if it is not known.
func (r *Repository) free(ctx context.Context) int64 {
	least := int64(-1)
	for _, store := range []any{r.meta, r.blobs} {
		s, ok := store.(spacious)
		if !ok {
			continue
		}
		if n, ok := s.Free(ctx); ok && (least < 0 || n < least) {
			least = n
		}
	}
	return least
}

// space is what one listing knows of the limits.
type space struct {
	everywhere *dav.Quota // the tightest of those that stand over everything
	quotas     bool       // collections have quotas too

	counted map[int64]int64 // what is below a collection, where that had to be counted
}

// tidySteps bounds the reclaiming that goes before the telling of what is used.
const tidySteps = 8

// tidy reclaims a little, so that what was just deleted is not told as used.
func (r *Repository) tidy(ctx context.Context) {
	if r.opt.NoReclaim {
		return
	}
	for range tidySteps {
		waiting := false
		err := r.view(ctx, func(t *tx) error {
			n, err := meta.Int(t, `SELECT 1 FROM orphan LIMIT 1`)
			waiting = n == 1
			return err
		})
		if err != nil || !waiting {
			return // the listing itself will tell
		}
		if _, work, err := r.reclaimSome(ctx); work == 0 || err != nil {
			return
		}
	}
}

// space finds out what stands over everything; free is what the disk has, who
// the one who asks.
func (t *tx) space(free int64, who string) (*space, error) {
	s := &space{counted: make(map[int64]int64)}
	var total int64
	if _, err := meta.One(t, func(row meta.Row) { total, t.quotas = row.Int(0), row.Int(1) },
		`SELECT bytes, quotas FROM tally WHERE id = 1`); err != nil {
		return nil, err
	}
	s.everywhere = tell(total, free)
	if t.quotas == 0 {
		return s, nil
	}
	q, bound, err := t.ownerQuota(who)
	if err != nil {
		return nil, err
	}
	if bound {
		s.everywhere = tighter(s.everywhere, &q)
	}
	s.quotas, err = t.anyQuota()
	return s, err
}

// tell is used and available; their sum fits into 63 bits.
func tell(used, available int64) *dav.Quota {
	return &dav.Quota{Used: used, Available: min(available, math.MaxInt64-used)}
}

// tighter is a, or what the quota q leaves if that is less.
func tighter(a *dav.Quota, q *quotaRow) *dav.Quota {
	if free := max(q.free(), 0); a.Available < 0 || free < a.Available {
		return tell(q.used, free)
	}
	return a
}

// under is a, or what a quota over a collection leaves if that is less.
func (s *space) under(t *tx, a *dav.Quota, q quotaRow) (*dav.Quota, error) {
	if !q.counted {
		used, known := s.counted[q.resource]
		if !known {
			var err error
			if used, err = t.countBelow(q.resource); err != nil {
				return nil, err
			}
			s.counted[q.resource] = used
		}
		q.used, q.counted = used, true
	}
	return tighter(a, &q), nil
}

// of tells of the collection id.
func (s *space) of(t *tx, id int64) (*dav.Quota, error) {
	a := s.everywhere
	if !s.quotas {
		return a, nil
	}
	over, err := t.quotasOver(id)
	for _, q := range over {
		if err != nil {
			break
		}
		a, err = s.under(t, a, q)
	}
	return a, err
}

// prepareSpace does what a listing that wants quotas needs before its first
// transaction, and tells what is free on the disk.
func (l *listing) prepareSpace() (free int64) {
	if !l.q.Quota {
		return 0
	}
	l.tidy(l.ctx)
	return l.free(l.ctx)
}

// openSpace finds out what the listing needs to know of the limits, and tells of
// its target, the collection id.
func (l *listing) openSpace(t *tx, free, id int64) (q *dav.Quota, err error) {
	if l.space, err = t.space(free, principal(l.q.Conditions)); err != nil {
		return nil, err
	}
	return l.space.of(t, id)
}

// addQuotas tells of the collections among the members of a page that begins
// after a key.
func (p *pages) addQuotas(t *tx, members []member, after any) error {
	for i := range members {
		if m := &members[i]; m.res.isCollection() {
			m.quota = p.space.everywhere
		}
	}
	if !p.space.quotas || len(members) == 0 {
		return nil
	}
	at := make(map[int64]*dav.Quota)
	for row, err := range t.Query(`WITH RECURSIVE up (member, id) AS (
			SELECT b.child, b.child FROM binding b CROSS JOIN resource r
				WHERE b.parent = $1 AND `+p.order.by+` > $2 AND `+p.order.by+` <= $3 AND r.id = b.child AND r.kind = 1
			UNION SELECT up.member, b.parent FROM binding b JOIN up ON b.child = up.id)
		SELECT up.member, q.resource, q.bytes, q.used FROM up CROSS JOIN quota q WHERE q.resource = up.id`,
		p.collection.id, after, p.order.key(&members[len(members)-1])) {
		if err != nil {
			return err
		}
		id := row.Int(0)
		if at[id] == nil {
			at[id] = p.space.everywhere
		}
		if at[id], err = p.space.under(t, at[id], scanQuota(row, 1)); err != nil {
			return err
		}
	}
	for i := range members {
		if q := at[members[i].res.id]; q != nil {
			members[i].quota = q
		}
	}
	return nil
}

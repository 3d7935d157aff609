package repo

import (
	"context"

	"github.com/quiredav/quire/repo/meta"
)

// What was removed is remembered for those who synchronize, but not for ever:
// of more than MaxRemoved removals the oldest tenth is forgotten, with the sync
// tokens that are older. The newest change in a collection is kept even so, as
// Resource.Changes is made of it.

// forgetting is how far that has come.
type forgetting struct {
	upTo  int64 // the step up to which removals are being forgotten; 0: none are
	after changeKey
}

// noteRemoved counts removals, and says now and then that it is time to look
// whether there are too many.
func (r *Repository) noteRemoved(n int64) {
	if n > 0 && r.removals.Add(n) > int64(r.opt.MaxRemoved/10) {
		r.kickReclaim()
	}
}

// forgetSome does one step of forgetting; without work there is none to be done.
// Its caller is the one who reclaims.
func (r *Repository) forgetSome(ctx context.Context) (work int, err error) {
	if r.forgetting.upTo == 0 {
		if noted := r.removals.Load(); noted <= int64(r.opt.MaxRemoved/10) {
			return 0, nil
		} else if err := r.beginForgetting(ctx); err != nil {
			return 0, err
		} else if r.removals.Add(-noted); r.forgetting.upTo == 0 {
			return 0, nil
		}
	}
	now := r.forgetting
	err = r.update(ctx, func(t *tx) (err error) {
		now, work, err = t.forget(r.forgetting)
		return err
	})
	if err != nil {
		return 0, err
	}
	r.forgetting = now
	return work, nil
}

// beginForgetting finds out whether there are too many removals, and up to where
// they must be forgotten.
func (r *Repository) beginForgetting(ctx context.Context) error {
	return r.view(ctx, func(t *tx) error {
		r.forgetting = forgetting{}
		over, err := t.nthRemoval(r.opt.MaxRemoved)
		if err == nil && over > 0 {
			r.forgetting.upTo, err = t.nthRemoval(r.opt.MaxRemoved - r.opt.MaxRemoved/10)
		}
		return err
	})
}

// nthRemoval is the step of the n-th of the latest removals, counted from 0; 0
// if there are not as many.
func (t *tx) nthRemoval(n int) (int64, error) {
	return meta.Int(t, `SELECT changed FROM removed WHERE changed > (SELECT forgotten FROM tally WHERE id = 1)
		ORDER BY changed DESC LIMIT 1 OFFSET $1`, n)
}

// forget removes the next page of what is to be forgotten.
func (t *tx) forget(f forgetting) (forgetting, int, error) {
	type row struct {
		changeKey
		newest bool
	}
	var page []row
	for r, err := range t.Query(`SELECT x.changed, x.parent, x.name, x.segment,
			CASE WHEN EXISTS (SELECT 1 FROM removed y WHERE y.parent = x.parent AND (y.changed, y.name, y.segment) > (x.changed, x.name, x.segment))
				OR EXISTS (SELECT 1 FROM binding y WHERE y.parent = x.parent AND y.changed > x.changed) THEN 0 ELSE 1 END
		FROM removed x WHERE (x.changed, x.parent, x.name, x.segment) > ($1, $2, $3, $4) AND x.changed <= $5
		ORDER BY x.changed, x.parent, x.name, x.segment LIMIT 500`, f.after.changed, f.after.parent, f.after.name, f.after.segment, f.upTo) {
		if err != nil {
			return f, 0, err
		}
		page = append(page, row{changeKey{r.Int(0), r.Int(1), r.Text(2), r.Text(3)}, r.Int(4) != 0})
	}
	if len(page) == 0 {
		return forgetting{}, 0, nil
	}
	for _, r := range page {
		if r.newest {
			continue
		}
		if err := t.exec(`DELETE FROM removed WHERE parent = $1 AND name = $2 AND segment = $3`, r.parent, r.name, r.segment); err != nil {
			return f, 0, err
		}
	}
	f.after = page[len(page)-1].changeKey
	return f, len(page), t.exec(`UPDATE tally SET forgotten = $1 WHERE id = 1 AND forgotten < $1`, f.after.changed)
}

// forgetIn forgets some removals in a collection that is reclaimed, and tells how
// many.
func (t *tx) forgetIn(collection int64) (int, error) {
	n, err := t.Exec(`DELETE FROM removed WHERE parent = $1 AND (name, segment) IN (
		SELECT name, segment FROM removed WHERE parent = $1 ORDER BY name, segment LIMIT $2)`, collection, reclaimStep)
	return int(n), err
}

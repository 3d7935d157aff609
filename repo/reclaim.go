package repo

import (
	"context"

	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// Reclaiming goes in steps, each a short transaction, so that no request waits
// long for its turn.
const reclaimStep = 500 // rows

func (r *Repository) kickReclaim() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// reclaimLoop reclaims whenever something was taken out of sight, until ctx
// ends.
func (r *Repository) reclaimLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.kick:
		}
		if _, err := r.Reclaim(ctx); err != nil && ctx.Err() == nil {
			r.opt.Logger.Warn("reclaiming stopped; it goes on with the next deletion or start", "err", err)
		}
	}
}

// Reclaimed counts what was reclaimed.
type Reclaimed struct{ Resources, Blobs int }

// Reclaim frees what no URL leads to any more, until there is nothing left of
// it or a backup holds it off.
func (r *Repository) Reclaim(ctx context.Context) (total Reclaimed, err error) {
	for {
		step, work, err := r.reclaimSome(ctx)
		total.Resources += step.Resources
		total.Blobs += step.Blobs
		if work == 0 || err != nil {
			return total, err
		}
	}
}

// reclaimSome does one step; without work there is nothing left, or nothing to
// be done now.
func (r *Repository) reclaimSome(ctx context.Context) (step Reclaimed, work int, err error) {
	r.reclaim.Lock()
	defer r.reclaim.Unlock()
	var blobs []blob.ID
	err = r.update(ctx, func(t *tx) (err error) {
		step, blobs, work = Reclaimed{}, nil, 0
		if held, err := t.held(); held || err != nil {
			return err
		}
		if err := t.sweepLocks(); err != nil {
			return err
		}
		if step.Resources, work, err = t.reclaimResources(); err != nil || work > 0 {
			return err
		}
		if blobs, work, err = t.reclaimBodies(); err != nil || work > 0 {
			return err
		}
		work, err = t.countQuotas()
		return err
	})
	if err != nil {
		return Reclaimed{}, 0, err
	}
	if step.Blobs, err = r.deleteBlobs(ctx, blobs); work == 0 && err == nil {
		work, err = r.forgetSome(ctx)
	}
	return step, work, err
}

// deleteBlobs deletes all that it can. The rest is garbage for GC; the error is
// the first one's.
func (r *Repository) deleteBlobs(ctx context.Context, blobs []blob.ID) (deleted int, err error) {
	for _, id := range blobs {
		switch failed := r.blobs.Delete(ctx, id); {
		case failed == nil:
			deleted++
		case err == nil:
			err = failed
		}
	}
	return deleted, err
}

// reclaimResources does a step of taking orphans apart: collections lose their
// bindings, which makes orphans of their members; what has nothing left below
// it is removed. work counts the rows touched; 0 means that there are no
// orphans.
func (t *tx) reclaimResources() (removed, work int, err error) {
	orphans, err := t.ids(`SELECT resource FROM orphan LIMIT $1`, reclaimStep)
	if err != nil {
		return 0, 0, err
	}
	reach := &reach{t, make(map[int64]bool)}
	for _, id := range orphans {
		if work >= reclaimStep {
			break
		}
		n, gone, err := reach.reclaimResource(id)
		if err != nil {
			return removed, work, err
		}
		work += n
		if gone {
			removed++
		}
	}
	return removed, work, nil
}

func (t *reach) reclaimResource(id int64) (work int, gone bool, err error) {
	bindings, err := meta.Int(t, `SELECT count(*) FROM (SELECT 1 FROM binding WHERE child = $1 LIMIT 2) AS bounded`, id)
	if err != nil {
		return 0, false, err
	}
	if id == t.root {
		return 1, false, t.spare(id, bindings+1)
	}
	if bindings > 0 {
		work, err = t.reclaimBound(id, bindings)
		return work, false, err
	}
	members, err := t.ids(`SELECT child FROM binding WHERE parent = $1 ORDER BY name LIMIT $2`, id, reclaimStep)
	if err != nil {
		return 0, false, err
	}
	if len(members) > 0 {
		return len(members), false, t.unbindFirst(id, members)
	}
	if n, err := t.forgetIn(id); n > 0 || err != nil {
		return n, false, err
	}
	return 1, true, t.removeResource(id)
}

// unbindFirst removes the first bindings of a collection, which are those to
// members.
func (t *tx) unbindFirst(id int64, members []int64) error {
	if err := t.exec(`DELETE FROM binding WHERE parent = $1 AND name IN (
			SELECT name FROM binding WHERE parent = $1 ORDER BY name LIMIT $2)`, id, len(members)); err != nil {
		return err
	}
	for _, m := range members {
		if err := t.exec(`INSERT INTO orphan (resource) VALUES ($1) ON CONFLICT DO NOTHING`, m); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) removeResource(id int64) error {
	var body, length int64
	var owner string
	if _, err := meta.One(t, func(row meta.Row) { body, length, owner = row.Int(0), row.Int(1), row.Text(2) },
		`SELECT body, length, owner FROM resource WHERE id = $1`, id); err != nil {
		return err
	}
	t.charge(owner, gain{bytes: -length})
	if n, err := t.Exec(`DELETE FROM quota WHERE resource = $1`, id); err != nil {
		return err
	} else if n > 0 {
		if err := t.addQuotas(-n); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`DELETE FROM property WHERE resource = $1`,
		`DELETE FROM lock WHERE resource = $1`,
		`DELETE FROM resource WHERE id = $1`,
		`DELETE FROM orphan WHERE resource = $1`,
	} {
		if err := t.exec(sql, id); err != nil {
			return err
		}
	}
	return t.release(body)
}

// reclaimBodies does a step of removing released bodies that nobody has, and
// gives the blobs that can go once the transaction is done.
func (t *tx) reclaimBodies() (blobs []blob.ID, work int, err error) {
	released, err := t.ids(`SELECT body FROM released LIMIT $1`, reclaimStep)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range released {
		if err := t.exec(`DELETE FROM released WHERE body = $1`, id); err != nil {
			return nil, 0, err
		}
		if n, err := meta.Int(t, `SELECT 1 FROM resource WHERE body = $1 LIMIT 1`, id); err != nil {
			return nil, 0, err
		} else if n == 1 {
			continue // a copy took it up again
		}
		text := false
		for row, err := range t.Query(`DELETE FROM body WHERE id = $1 AND blob IS NOT NULL RETURNING blob, text`, id) {
			if err != nil {
				return nil, 0, err
			}
			blobs, text = append(blobs, blob.ID(row.Text(0))), row.Int(1) != 0
		}
		if text {
			if err := t.forgetText(id); err != nil {
				return nil, 0, err
			}
		}
	}
	return blobs, len(released), nil
}

// ids runs a query for one column of row ids.
func (t *tx) ids(sql string, args ...any) (ids []int64, err error) {
	for row, err := range t.Query(sql, args...) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, row.Int(0))
	}
	return ids, nil
}

// held tells whether a backup keeps everything in place.
func (t *tx) held() (bool, error) {
	n, err := meta.Int(t, `SELECT 1 FROM hold WHERE expires > $1 LIMIT 1`, t.now.UnixMicro())
	return n == 1, err
}

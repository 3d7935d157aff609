package repo

import (
	"maps"
	"slices"

	"github.com/quiredav/quire/repo/meta"
)

// This file keeps quota.used: the bytes of the files that can be reached from a
// collection, each once, whatever number of bindings leads to it. A transaction
// that makes, resizes or moves files adds and subtracts. One that moves a
// collection leaves what that changes to be counted: now if something came to a
// quota, for it may be too much, else later. A quota whose collection reaches a
// resource after the transaction as it did before stays as it is, so a MOVE
// within it costs no counting.

// move is a resource whose bindings a transaction changes.
type move struct {
	id    int64
	gain  gain    // what came with it, if it is new
	bytes int64   // of the file
	tree  bool    // a collection that was there before: what is below it is not known
	over  []int64 // the collections with a quota that reached it before
}

// resize is a file whose length a transaction changes, by some bytes.
type resize struct{ id, by int64 }

// arrives notes that the new resource id is about to be bound, with so many
// bytes in it or, all as new, below it.
func (t *tx) arrives(id, bytes int64) {
	t.moves = append(t.moves, move{id: id, bytes: bytes, gain: gain{bytes, true}})
}

// resized notes that a file of an owner grew by some bytes.
func (t *tx) resized(id int64, owner string, by int64) {
	if by != 0 {
		t.charge(owner, gain{bytes: by})
		t.resizes = append(t.resizes, resize{id, by})
	}
}

// moving notes that a binding which leads to a resource is about to come or go.
func (t *tx) moving(id int64) error {
	if _, err := t.step(); err != nil || t.quotas == 0 {
		return err
	}
	if slices.ContainsFunc(t.moves, func(m move) bool { return m.id == id }) {
		return nil
	}
	m := move{id: id}
	_, err := meta.One(t, func(row meta.Row) {
		m.tree, m.bytes = row.Int(0) == kindCollection, row.Int(1)
	}, `SELECT kind, length FROM resource WHERE id = $1`, id)
	if err != nil {
		return err
	}
	over, err := t.quotasOver(id)
	for _, q := range over {
		m.over = append(m.over, q.resource)
	}
	t.moves = append(t.moves, m)
	return err
}

// anyQuota tells whether a collection has a quota.
func (t *tx) anyQuota() (bool, error) {
	n, err := meta.Int(t, `SELECT 1 FROM quota WHERE resource > 0 LIMIT 1`)
	return n == 1, err
}

// quotasOver gives the quotas of the collections from which a resource can be
// reached, itself among them.
func (t *tx) quotasOver(id int64) (over []quotaRow, err error) {
	if some, err := t.anyQuota(); !some {
		return nil, err
	}
	for row, err := range t.Query(`WITH RECURSIVE up (id) AS (
			SELECT CAST($1 AS BIGINT) UNION SELECT b.parent FROM binding b JOIN up ON b.child = up.id)
		SELECT q.resource, q.bytes, q.used FROM up CROSS JOIN quota q WHERE q.resource = up.id`, id) {
		if err != nil {
			return nil, err
		}
		over = append(over, scanQuota(row, 0))
	}
	return over, nil
}

func scanQuota(row meta.Row, at int) quotaRow {
	return quotaRow{row.Int(at), row.Int(at + 1), row.Int(at + 2), !row.Null(at + 2)}
}

// counted fills q.used in if it is not known.
func (t *tx) counted(q quotaRow) (quotaRow, error) {
	if q.counted {
		return q, nil
	}
	used, err := t.countBelow(q.resource)
	q.used, q.counted = used, true
	return q, err
}

// countBelow counts the bytes of the files that can be reached from a
// collection.
func (t *tx) countBelow(id int64) (int64, error) {
	return meta.Int(t, `WITH RECURSIVE tree (id) AS (
			SELECT CAST($1 AS BIGINT) UNION SELECT b.child FROM binding b JOIN tree ON b.parent = tree.id)
		SELECT coalesce(sum(r.length), 0) FROM tree CROSS JOIN resource r WHERE r.id = tree.id`, id)
}

// effect is what a transaction does to one quota.
type effect struct {
	quota quotaRow // as it was before
	gain  gain
	count bool // the gain is not known: only counting tells
	grows bool // something came
}

// effects gathers what the transaction does to each quota.
type effects struct {
	*tx
	of   map[int64]*effect
	tree bool // collections moved: where a file was reached from before is not sure
}

func (e *effects) at(q quotaRow) *effect {
	if e.of[q.resource] == nil {
		e.of[q.resource] = &effect{quota: q}
	}
	return e.of[q.resource]
}

// settleQuotas brings quota.used up to date, or refuses what goes over.
func (t *tx) settleQuotas() error {
	if t.quotas == 0 || len(t.moves)+len(t.resizes)+len(t.remade) == 0 {
		return nil
	}
	e := &effects{tx: t, of: make(map[int64]*effect)}
	e.tree = len(t.remade) > 0 || slices.ContainsFunc(t.moves, func(m move) bool { return m.tree })
	for i := range t.moves {
		if err := e.move(&t.moves[i]); err != nil {
			return err
		}
	}
	for _, r := range t.resizes {
		if err := e.resize(r); err != nil {
			return err
		}
	}
	for _, id := range t.remade {
		if err := e.remake(id); err != nil {
			return err
		}
	}
	return e.apply()
}

func (e *effects) move(m *move) error {
	after, err := e.quotasOver(m.id)
	if err != nil {
		return err
	}
	for _, id := range m.over {
		if slices.ContainsFunc(after, func(q quotaRow) bool { return q.resource == id }) {
			continue
		}
		q, err := e.quota(id)
		if err != nil {
			return err
		}
		f := e.at(q)
		f.gain.bytes -= m.bytes
		f.count = f.count || e.tree
	}
	for _, q := range after {
		if slices.Contains(m.over, q.resource) {
			continue
		}
		f := e.at(q)
		f.gain.bytes += m.bytes
		f.gain.made = f.gain.made || m.gain.made
		f.grows = true
		f.count = f.count || e.tree
	}
	return nil
}

func (e *effects) resize(r resize) error {
	over, err := e.quotasOver(r.id)
	for _, q := range over {
		f := e.at(q)
		f.gain.bytes += r.by
		f.grows = f.grows || r.by > 0
		f.count = f.count || e.tree || len(e.moves) > 0
	}
	return err
}

func (e *effects) remake(id int64) error {
	over, err := e.quotasOver(id)
	for _, q := range over {
		f := e.at(q)
		f.count, f.grows = true, true
	}
	return err
}

func (t *tx) quota(id int64) (q quotaRow, err error) {
	_, err = meta.One(t, func(row meta.Row) { q = scanQuota(row, 0) }, `SELECT resource, bytes, used FROM quota WHERE resource = $1`, id)
	return q, err
}

func (e *effects) apply() error {
	for _, id := range slices.Sorted(maps.Keys(e.of)) {
		if err := e.applyTo(e.of[id]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) applyTo(f *effect) error {
	q := &f.quota
	grows := f.grows || f.gain.need() > 0
	switch {
	case !f.count && q.counted:
		if err := t.exec(`UPDATE quota SET used = used + $1 WHERE resource = $2`, f.gain.bytes, q.resource); err != nil {
			return err
		}
		return f.within(q.used + f.gain.bytes)
	case !grows:
		t.garbage = true // the reclaimer counts
		return t.exec(`UPDATE quota SET used = NULL WHERE resource = $1`, q.resource)
	}
	used, err := t.countBelow(q.resource)
	if err != nil {
		return err
	}
	if err := t.exec(`UPDATE quota SET used = $1 WHERE resource = $2`, used, q.resource); err != nil {
		return err
	}
	return f.within(used)
}

// within refuses what makes the quota, with used bytes in it now, exceeded.
func (f *effect) within(used int64) error {
	g := f.gain
	switch {
	case f.count && f.quota.counted:
		g.bytes = used - f.quota.used
	case f.count:
		g.bytes = 1 // some came; how many is not known
	}
	if g.need() > 0 && used-g.bytes+g.need() > f.quota.bytes {
		return collectionFull()
	}
	return nil
}

// countQuotas counts what is below one collection whose quota waits for it, and
// tells how many it did.
func (t *tx) countQuotas() (int, error) {
	id, err := meta.Int(t, `SELECT resource FROM quota WHERE used IS NULL AND resource > 0 LIMIT 1`)
	if err != nil || id == 0 {
		return 0, err
	}
	used, err := t.countBelow(id)
	if err != nil {
		return 0, err
	}
	return 1, t.exec(`UPDATE quota SET used = $1 WHERE resource = $2`, used, id)
}

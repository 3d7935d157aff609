package repo

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"github.com/quiredav/quire/repo/meta"
)

// beginHistory begins a history with the first change that is made through a
// Repository, or before the first sync token that it gives out. So a backup that
// is put to use has one of its own as soon as it differs from its original. A
// history takes a step of its own, so that no two begin at the same one.
func (t *tx) beginHistory() error {
	if t.begins || t.begun.Load() {
		return nil
	}
	t.begins = true
	var uid [12]byte
	rand.Read(uid[:])
	if err := t.exec(`INSERT INTO history (uid, since) SELECT $1, step FROM tally WHERE id = 1`,
		base64.RawURLEncoding.EncodeToString(uid[:])); err != nil {
		return err
	}
	return t.exec(`UPDATE tally SET step = step + 2 WHERE id = 1`)
}

// ensureHistory is beginHistory for those who are about to read sync tokens.
func (r *Repository) ensureHistory(ctx context.Context) error {
	if r.begun.Load() {
		return nil
	}
	return r.update(ctx, (*tx).beginHistory)
}

// standing is where the repository stands in a transaction.
type standing struct {
	step      int64  // of the last change
	forgotten int64  // up to here removals are not known any more
	history   string // the latest one
}

func (t *tx) standing() (now standing, err error) {
	_, err = meta.One(t, func(row meta.Row) { now = standing{row.Int(0), row.Int(1), row.Text(2)} },
		`SELECT step, forgotten, (SELECT uid FROM history WHERE since > 0 ORDER BY since DESC LIMIT 1) FROM tally WHERE id = 1`)
	return now, err
}

// lastStep is the last step of a history; 0 if the history is not known.
func (t *tx) lastStep(history string) (int64, error) {
	return meta.Int(t, `SELECT coalesce((SELECT min(n.since) FROM history n WHERE n.since > h.since),
			(SELECT step FROM tally WHERE id = 1))
		FROM history h WHERE h.uid = $1`, history)
}

// changesColumn is the SQL for what changes whenever a member of the collection
// r does: the step of its newest change, and the history of that; NULL if it is
// not wanted.
func changesColumn(wanted bool) string {
	if !wanted {
		return `NULL`
	}
	return `CASE WHEN r.kind = 1 THEN (
		SELECT coalesce((SELECT h.uid FROM history h WHERE h.since < newest.step ORDER BY h.since DESC LIMIT 1), '') || '-' || newest.step
		FROM (SELECT {{GREATEST}}(
			coalesce((SELECT max(mb.changed) FROM binding mb WHERE mb.parent = r.id), 0),
			coalesce((SELECT max(mx.changed) FROM removed mx WHERE mx.parent = r.id), 0)) AS step) AS newest) END`
}

// changesOf is changesColumn of one collection.
func (t *tx) changesOf(id int64) (changes string, err error) {
	_, err = meta.One(t, func(row meta.Row) { changes = row.Text(0) },
		`SELECT `+changesColumn(true)+` FROM resource r WHERE r.id = $1`, id)
	return changes, err
}

package repo

import (
	"context"
	"fmt"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// Proppatch implements the backend's Proppatch.
func (r *Repository) Proppatch(ctx context.Context, q dav.ProppatchRequest) error {
	return r.update(ctx, func(t *tx) error {
		w, err := t.existing(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.leaf.id); err != nil || q.Check {
			return err
		}
		if !q.Modified.IsZero() {
			if err := t.exec(`UPDATE resource SET modified = $1 WHERE id = $2`, q.Modified.UnixMicro(), w.leaf.id); err != nil {
				return err
			}
		}
		if q.Language != nil {
			if err := t.exec(`UPDATE resource SET language = $1 WHERE id = $2`, *q.Language, w.leaf.id); err != nil {
				return err
			}
		}
		return t.setProperties(w.path, w.leaf.id, q.Updates)
	})
}

// setProperties carries out the instructions in their order and keeps the
// count and size of a resource's dead properties within bounds.
func (t *tx) setProperties(p dav.Path, id int64, updates []dav.PropertyUpdate) error {
	if len(updates) == 0 {
		return nil
	}
	for _, u := range updates {
		var err error
		if u.Remove {
			err = t.exec(`DELETE FROM property WHERE resource = $1 AND space = $2 AND local = $3`, id, u.Name.Space, u.Name.Local)
		} else {
			value, form, language := valueColumns(u.Property)
			err = t.exec(`INSERT INTO property (resource, space, local, xml, value, form, language) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (resource, space, local) DO UPDATE SET
					xml = excluded.xml, value = excluded.value, form = excluded.form, language = excluded.language`,
				id, u.Name.Space, u.Name.Local, u.XML, value, form, language)
		}
		if err != nil {
			return err
		}
	}
	var count, size int64
	if _, err := meta.One(t, func(row meta.Row) { count, size = row.Int(0), row.Int(1) },
		`SELECT count(*), coalesce(sum(octet_length(xml)), 0) FROM property WHERE resource = $1`, id); err != nil {
		return err
	}
	if count > int64(t.opt.MaxProperties) || size > int64(t.opt.MaxPropertyBytes) {
		return fail(dav.NoSpace, p, fmt.Sprintf("a resource can have %d dead properties of %d bytes together",
			t.opt.MaxProperties, t.opt.MaxPropertyBytes))
	}
	return t.exec(`UPDATE resource SET dead = $1 WHERE id = $2`, count, id)
}

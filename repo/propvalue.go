package repo

import (
	"context"
	"fmt"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// What a search sees of a dead property is kept beside its XML, in columns of
// which one is indexed. An index can't hold values of any length, so the column
// value has their beginnings alone.

// The forms of a property row; see the migration.
const (
	formWhole      = 0 // value is the text
	formLong       = 1 // value is its beginning
	formStructured = 2
	formUnread     = 3
)

// valueRunes is how many characters of a value are indexed. They are counted in
// characters, not bytes, so that values cut short are in the order of the whole
// ones, or equal.
const valueRunes = 200

// beginning is the part of a value that is indexed.
func beginning(s string) string {
	if len(s) <= valueRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == valueRunes {
			return s[:i]
		}
		n++
	}
	return s
}

// valueColumns are value, form and language of a property.
func valueColumns(p dav.Property) (value string, form int, language string) {
	v := p.Value()
	if v.State == dav.Structured {
		return "", formStructured, v.Lang
	}
	value, form = beginning(v.Text), formWhole
	if len(value) < len(v.Text) {
		form = formLong
	}
	return value, form, v.Lang
}

// checkValues looks for properties that a search would not see as they are.
func (t *tx) checkValues(report func(Problem)) error {
	for row, err := range t.Query(`SELECT resource, space, local, xml, value, form, language FROM property WHERE form <> 3`) {
		if err != nil {
			return err
		}
		p := dav.Property{Name: dav.Name{Space: row.Text(1), Local: row.Text(2)}, XML: row.Text(3)}
		value, form, language := valueColumns(p)
		if value != row.Text(4) || int64(form) != row.Int(5) || language != row.Text(6) {
			report(Problem{fmt.Sprintf("property %v of resource %d", p.Name, row.Int(0)), "is filed under another value"})
		}
	}
	return nil
}

// unreadProperties tells whether there are properties from before there were
// searches. Until they are read, the index of values is not to be relied on.
func (t *tx) unreadProperties() (bool, error) {
	n, err := meta.Int(t, `SELECT 1 FROM property WHERE form = 3 LIMIT 1`)
	return n == 1, err
}

// readPropertiesOnce is readProperties as a start of the server has it done.
func (r *Repository) readPropertiesOnce(ctx context.Context) {
	if err := r.readProperties(ctx); err != nil && ctx.Err() == nil {
		r.opt.Logger.Warn("reading older properties for searches stopped; it goes on with the next start", "err", err)
	}
}

// readProperties fills the columns of properties from before there were
// searches, in short transactions. What is left when ctx ends is done after the
// next start.
func (r *Repository) readProperties(ctx context.Context) error {
	for {
		var more bool
		err := r.view(ctx, func(t *tx) (err error) {
			more, err = t.unreadProperties()
			return err
		})
		if !more || err != nil {
			return err
		}
		if err := r.update(ctx, (*tx).readSomeProperties); err != nil {
			return err
		}
	}
}

// readSomeProperties does a step of readProperties, of so many rows and about so
// many bytes.
func (t *tx) readSomeProperties() error {
	type row struct {
		resource int64
		p        dav.Property
	}
	var rows []row
	size := 0
	for r, err := range t.Query(`SELECT resource, space, local, xml FROM property WHERE form = 3 ORDER BY resource LIMIT 200`) {
		if err != nil {
			return err
		}
		p := dav.Property{Name: dav.Name{Space: r.Text(1), Local: r.Text(2)}, XML: r.Text(3)}
		rows = append(rows, row{r.Int(0), p})
		if size += len(p.XML); size > 1<<20 {
			break
		}
	}
	for _, r := range rows {
		value, form, language := valueColumns(r.p)
		if err := t.exec(`UPDATE property SET value = $1, form = $2, language = $3 WHERE resource = $4 AND space = $5 AND local = $6`,
			value, form, language, r.resource, r.p.Name.Space, r.p.Name.Local); err != nil {
			return err
		}
	}
	return nil
}

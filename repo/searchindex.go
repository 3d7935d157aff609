package repo

import (
	"iter"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// indexed goes through what drivers tell, one driver after the other, in the
// order of the index, and finds the URLs of each resource in scope.
type indexed struct {
	drivers []driver
	at      int
	after   indexKey // of the candidate before
}

// indexKey is a place in the index of property values, or in that of texts.
type indexKey struct {
	value    string
	body     int64
	resource int64
	begun    bool
}

// page implements plan.
func (x indexed) page(t *tx, pg *searchPage) (plan, error) {
	c := climb{t: t, searchPage: pg, known: map[int64]dav.Path{pg.scope.id: pg.path}}
	for x.at < len(x.drivers) {
		done, err := x.drive(t, &c)
		if err != nil {
			return nil, err
		}
		if !done {
			return x, nil
		}
		x.at++
		x.after = indexKey{}
	}
	return nil, nil
}

// drive considers what the driver at hand tells; done says that this was all.
func (x *indexed) drive(t *tx, c *climb) (done bool, err error) {
	d := &x.drivers[x.at]
	const rows = 500
	n := 0
	for row, err := range x.rows(t, d, c.names, rows) {
		if err != nil {
			return false, err
		}
		value := row.Text(0)
		if !d.reaches(value) {
			return true, nil
		}
		if !c.tick() {
			return false, nil
		}
		n++
		var m record
		m.scan(t, row, 1)
		x.after = indexKey{value, m.body, m.id, true}
		if err := x.consider(c, &m); err != nil {
			return false, err
		}
	}
	return n < rows, nil
}

// rows are what follows in the index for a driver: an indexed value, "" of texts,
// and what a record scans. The upper end of values is for the caller to see, so
// that all kinds of ranges are one statement.
func (x *indexed) rows(t *tx, d *driver, names []dav.Name, limit int) iter.Seq2[meta.Row, error] {
	after, n := x.after, d.term.Name
	if d.term.Op == dav.Contains {
		return t.withWords(d.term.Text, after, names, limit)
	}
	if !after.begun {
		after.value = d.from
	}
	column, args := valuesColumn(names, 5)
	return t.Query(`SELECT p.value, `+column+`, `+resourceColumns+` FROM property p CROSS JOIN resource r
		WHERE p.space = $1 AND p.local = $2 AND (p.value, p.resource) > ($3, $4) AND r.id = p.resource
		ORDER BY p.value, p.resource LIMIT `+strconv.Itoa(limit),
		append([]any{n.Space, n.Local, after.value, after.resource}, args...)...)
}

// withWords are the resources whose texts hold the phrase, in the order of their
// bodies: many may share one. There are fewer than limit only if there are no
// more: so each body gives one, save for that of the candidate before, which may
// have given all.
func (t *tx) withWords(words string, after indexKey, names []dav.Name, limit int) iter.Seq2[meta.Row, error] {
	column, args := valuesColumn(names, 3)
	return func(yield func(meta.Row, error) bool) {
		n := 0
		for body, err := range t.Query(`SELECT rowid FROM fulltext WHERE {{MATCHES}}$1) AND rowid >= $2
			AND EXISTS (SELECT 1 FROM resource o WHERE o.body = fulltext.rowid)
			ORDER BY rowid LIMIT `+strconv.Itoa(limit+1), phrase(words), after.body) {
			if err != nil {
				yield(nil, err)
				return
			}
			id := body.Int(0)
			if id != after.body {
				after.resource = 0
			}
			for row, err := range t.Query(`SELECT '', `+column+`, `+resourceColumns+` FROM resource r
				WHERE r.body = $1 AND r.id > $2 ORDER BY r.id LIMIT `+strconv.Itoa(limit), append([]any{id, after.resource}, args...)...) {
				if !yield(row, err) || err != nil {
					return
				}
				if n++; n == limit {
					return
				}
			}
		}
	}
}

// consider judges a candidate at its URLs in scope, until one makes it a hit. It
// comes once if only one driver tells it, and its place in the index is fixed.
func (x *indexed) consider(c *climb, m *record) error {
	again := len(x.drivers) > 1 || x.drivers[x.at].rank != rankEqual
	return c.paths(m.id, func(p dav.Path) (bool, error) { return c.consider(m, p, again) })
}

// count implements plan. It counts bodies for resources where these are found by
// their words.
func (x indexed) count(t *tx, _ *search, n int) (total int, err error) {
	limit := strconv.Itoa(n)
	for i := range x.drivers {
		d := &x.drivers[i]
		sql, args := `SELECT p.value FROM property p WHERE p.space = $1 AND p.local = $2 AND p.value >= $3 ORDER BY p.value LIMIT `+limit,
			[]any{d.term.Name.Space, d.term.Name.Local, d.from}
		if d.term.Op == dav.Contains {
			sql, args = `SELECT '' FROM fulltext WHERE {{MATCHES}}$1) LIMIT `+limit, []any{phrase(d.term.Text)}
		}
		for row, err := range t.Query(sql, args...) {
			if err != nil {
				return 0, err
			}
			if !d.reaches(row.Text(0)) {
				break
			}
			if total++; total == n {
				return n, nil
			}
		}
	}
	return total, nil
}

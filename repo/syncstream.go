package repo

import (
	"slices"
	"strconv"

	"github.com/quiredav/quire/repo/meta"
)

// syncStream reads the bindings that changed, or those that were removed, in the
// order of their keys, page by page.
type syncStream struct {
	read func(*syncing, *tx, *syncStream) error
	rows []change // those to be told

	after     changeKey
	including bool // the next page begins at after, not behind it

	// What the page that was just read says of the next one. A transaction may
	// be run again, so the above is moved on after it.
	next changeKey
	last bool
}

func newSyncStream(from position, read func(*syncing, *tx, *syncStream) error) *syncStream {
	if from.phase == within {
		return &syncStream{read: read, after: from.key(), including: true}
	}
	return &syncStream{read: read, after: changeKey{changed: from.step + 1, parent: -1}}
}

// fill sees to it that each syncStream has a row, unless it is at its end.
func (s *syncing) fill(streams ...*syncStream) error {
	full := func(x *syncStream) bool { return len(x.rows) > 0 || x.last }
	for streams = slices.DeleteFunc(streams, full); len(streams) > 0; streams = slices.DeleteFunc(streams, full) {
		err := s.page(func(t *tx) error {
			for _, x := range streams {
				x.rows, x.next, x.last = x.rows[:0], x.after, true
				if err := x.read(s, t, x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, x := range streams {
			x.after, x.including = x.next, false
		}
	}
	return nil
}

// follows is the SQL for rows whose key, in the columns that tell those of one
// level apart, follows that in the parameters 1 (parent), 2 (changed), 3 (name)
// and 5 (segment), and whose step is not above 4; including says that of that key
// too.
func (s *syncing) follows(table, segment string, including bool, limit int) string {
	columns, params := table+`.changed, `+table+`.name`, `$2, $3`
	one := table + `.parent = $1 AND `
	if s.infinite {
		one, columns, params = ``, table+`.changed, `+table+`.parent, `+table+`.name`, `$2, $1, $3`
	}
	if segment != "" {
		columns, params = columns+`, `+segment, params+`, $5`
	}
	cmp := ` > `
	if including {
		cmp = ` >= `
	}
	return one + `(` + columns + `)` + cmp + `(` + params + `) AND ` + table + `.changed <= $4 ORDER BY ` + columns + ` LIMIT ` + strconv.Itoa(limit)
}

// parentKey is the parent that keys of the answer's level have.
func (s *syncing) parentKey(k changeKey) int64 {
	if s.infinite {
		return k.parent
	}
	return s.top.id
}

func (s *syncing) readChanged(t *tx, x *syncStream) error {
	after, including, err := s.skip(t, x)
	if err != nil || after == nil {
		return err
	}
	columns, args := s.columns(5)
	args = append([]any{s.parentKey(*after), after.changed, after.name, s.bound}, args...)
	n, size := 0, 0
	for row, err := range t.Query(`SELECT `+columns+` FROM binding b JOIN resource r ON r.id = b.child
		WHERE `+s.follows(`b`, ``, including, s.syncRows), args...) {
		if err != nil {
			return err
		}
		b, bytes := s.scanBinding(row)
		if err := s.take(t, x, b); err != nil {
			return err
		}
		n++
		if size += bytes; size > pageBytes {
			x.last = false
			break
		}
	}
	x.last = x.last && n < s.syncRows
	return s.more(t, x.rows)
}

func (s *syncing) readRemoved(t *tx, x *syncStream) error {
	past := `n.name IS NULL`
	if s.infinite {
		past = `(n.name IS NULL OR x.below = 1)`
	}
	n := 0
	for row, err := range t.Query(`SELECT x.parent, x.name, x.segment, x.changed, x.kind, n.changed
		FROM removed x LEFT JOIN binding n ON n.parent = x.parent AND n.name = x.name AND coalesce(n.segment, '') = x.segment
		WHERE `+past+` AND `+s.follows(`x`, `x.segment`, x.including, s.syncRows),
		s.parentKey(x.after), x.after.changed, x.after.name, s.bound, x.after.segment) {
		if err != nil {
			return err
		}
		if err := s.take(t, x, scanRemoved(row)); err != nil {
			return err
		}
		n++
	}
	x.last = n < s.syncRows
	return nil
}

func scanRemoved(row meta.Row) change {
	b := change{removed: true, parent: row.Int(0), name: row.Text(1), segment: row.Text(2), changed: row.Int(3), bound: row.Int(5)}
	if b.segment == "" {
		b.segment = b.name
	}
	b.res.kind = row.Int(4)
	return b
}

// take adds a row that was read to those to be told, if a way leads there.
func (s *syncing) take(t *tx, x *syncStream, b change) (err error) {
	if err := s.look(); err != nil {
		return err
	}
	x.next = b.key()
	if b.routes, err = s.routes.to(t, b.parent); err == nil && len(b.routes) > 0 {
		x.rows = append(x.rows, b)
	}
	return err
}

// look counts a row that was looked at.
func (s *syncing) look() error {
	if s.most > 0 {
		if s.most--; s.most == 0 {
			return errEnough
		}
	}
	return nil
}

// skipRows is how many changes elsewhere are skipped at once.
const skipRows = 5000

// skip goes over changes that are not below the collection, in the index alone,
// which costs a fraction of reading them. It gives the key at which the next page
// begins; nil if that is not reached yet, and then the page is done.
func (s *syncing) skip(t *tx, x *syncStream) (*changeKey, bool, error) {
	if !s.infinite {
		return &x.after, x.including, nil
	}
	n := 0
	for row, err := range t.Query(`SELECT b.changed, b.parent, b.name FROM binding b WHERE `+s.follows(`b`, ``, x.including, skipRows),
		x.after.parent, x.after.changed, x.after.name, s.bound) {
		if err != nil {
			return nil, false, err
		}
		at := changeKey{row.Int(0), row.Int(1), row.Text(2), ""}
		ways, err := s.routes.to(t, at.parent)
		if err != nil || len(ways) > 0 {
			return &at, true, err
		}
		if err := s.look(); err != nil {
			return nil, false, err
		}
		x.next = at
		n++
	}
	x.last = n < skipRows
	return nil, false, nil
}

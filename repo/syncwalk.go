package repo

import (
	"slices"
	"strconv"
)

// syncWalk goes through what hangs below a collection, member by member, each
// collection before its own members. What changed after upTo is left out, with
// all below it. No URL is told that leads through a collection twice, so loops
// end.
type syncWalk struct {
	*syncing
	upTo int64
	at   func(path string) position
	on   []int64 // the collections that the way leads through
}

// walkAll tells all members of the collection, from a position on.
func (s *syncing) walkAll(from position) error {
	w := &syncWalk{syncing: s, upTo: from.step, at: func(path string) position {
		return position{step: from.step, phase: walking, infinite: s.infinite, path: path}
	}}
	return w.members(s.top.id, "", from.segments())
}

// members tells the members of a collection whose path is rel, after the one at
// the path done below it, which was told with all before it.
func (w *syncWalk) members(collection int64, rel string, done []string) error {
	w.on = append(w.on, collection)
	defer func() { w.on = w.on[:len(w.on)-1] }()
	p := syncPage{syncWalk: w, collection: collection}
	if len(done) > 0 {
		p.after, p.including = bindingName(done[0]), true
	}
	for !p.last {
		if err := p.fetch(); err != nil {
			return err
		}
		for i := range p.rows {
			b := &p.rows[i]
			if len(done) > 0 && b.name == bindingName(done[0]) {
				if err := w.below(b, rel+"/"+b.segment, done[1:]); err != nil {
					return err
				}
				continue
			}
			if err := w.member(b, rel+"/"+b.segment); err != nil {
				return err
			}
		}
		done = nil
	}
	return nil
}

func (w *syncWalk) member(b *change, rel string) error {
	p := w.under(rel)
	if !p.Nameable() {
		return nil
	}
	if err := w.tell(b.told(p), w.at(rel)); err != nil {
		return err
	}
	return w.below(b, rel, nil)
}

// below goes on below b, unless the way has led through there.
func (w *syncWalk) below(b *change, rel string, done []string) error {
	if !w.infinite || !b.res.isCollection() || slices.Contains(w.on, b.res.id) {
		return nil
	}
	return w.members(b.res.id, rel, done)
}

// syncPage is a page of the members of a collection, by keyset.
type syncPage struct {
	*syncWalk
	collection int64
	after      string // the key after which the next page begins
	including  bool   // or at which it begins
	rows       []change
	last       bool
}

func (p *syncPage) fetch() error {
	limit := p.syncRows
	if len(p.on) > 4 {
		limit = min(limit, 50) // every level of a deep tree holds a page
	}
	err := p.page(func(t *tx) error {
		p.rows, p.last = p.rows[:0], true
		if err := p.scan(t, limit); err != nil {
			return err
		}
		if err := p.few(t); err != nil {
			return err
		}
		return p.more(t, p.rows)
	})
	if n := len(p.rows); err == nil && n > 0 {
		p.after, p.including = p.rows[n-1].name, false
	}
	return err
}

// scan reads the next members. The plus keeps the database to the order of names.
func (p *syncPage) scan(t *tx, limit int) error {
	follows := ` > `
	if p.including {
		follows = ` >= `
	}
	columns, args := p.columns(4)
	size := 0
	for row, err := range t.Query(`SELECT `+columns+` FROM binding b JOIN resource r ON r.id = b.child
		WHERE b.parent = $1 AND b.name`+follows+`$2 AND +b.changed <= $3 ORDER BY b.name LIMIT `+strconv.Itoa(limit),
		append([]any{p.collection, p.after, p.upTo}, args...)...) {
		if err != nil {
			return err
		}
		b, n := p.scanBinding(row)
		p.rows = append(p.rows, b)
		if size += n; size > pageBytes {
			p.last = false
			return nil
		}
	}
	p.last = len(p.rows) < limit
	return nil
}

// few refuses to go below collections that too many ways lead to.
func (p *syncPage) few(t *tx) error {
	for i := range p.rows {
		if b := &p.rows[i]; p.infinite && b.res.shared && b.res.isCollection() {
			if _, err := p.routes.to(t, b.res.id); err != nil {
				return err
			}
		}
	}
	return nil
}

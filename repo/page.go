package repo

import (
	"github.com/quiredav/quire/dav"
)

// pages reads the members of a collection page by page, by keyset, each page in
// a transaction of its own. A listing of Depth: 1 has the next page read while
// the one before is on its way to the client.
type pages struct {
	*listing
	collection int64
	level      int
	ahead      bool

	after string      // the key after which the next page begins
	pool  [2][]member // the page in use and the next one
	turn  int
	read  chan error // the page ahead has been read; nil if there is none
}

// member is a row of a page.
type member struct {
	segment string
	name    string // its key in the collection
	res     resource
	dead    []dav.Property
}

func (l *listing) pages(collection int64, level int) *pages {
	return &pages{listing: l, collection: collection, level: level, ahead: l.q.Depth == dav.Depth1}
}

// rows is how many members a page has: few in the first one, so that the answer
// begins soon, and few below the first levels, as every level of a deep tree
// holds a page.
func (p *pages) rows() int {
	if p.after == "" || p.level > 3 {
		return 50
	}
	return 500
}

// next gives the next page, which is valid until the call after the next one,
// and tells whether it is the last.
func (p *pages) next() (page []member, last bool, err error) {
	if p.read == nil {
		err = p.fetch(p.turn, p.after, p.rows())
	} else {
		err = <-p.read
		p.read = nil
	}
	if err != nil {
		return nil, true, err
	}
	rows := p.rows()
	page = p.pool[p.turn]
	if len(page) < rows {
		return page, true, nil
	}
	p.after = page[len(page)-1].name
	p.turn = 1 - p.turn
	if p.ahead {
		read := make(chan error, 1)
		p.read = read
		go func(turn int, after string, rows int) { read <- p.fetch(turn, after, rows) }(p.turn, p.after, p.rows())
	}
	return page, false, nil
}

// stop waits for a page that is being read ahead.
func (p *pages) stop() {
	if p.read != nil {
		<-p.read
	}
}

func (p *pages) fetch(turn int, after string, rows int) error {
	return p.view(p.ctx, func(t *tx) error {
		page := p.pool[turn][:0]
		err := p.scan(t, &page, after, rows)
		p.pool[turn] = page
		return err
	})
}

func (p *pages) scan(t *tx, page *[]member, after string, rows int) error {
	args := append([]any{p.collection, after, rows}, p.deadArgs...)
	for row, err := range t.Query(`SELECT b.name, b.segment, `+p.deadSQL+`, `+resourceColumns+`
		FROM binding b JOIN resource r ON r.id = b.child
		WHERE b.parent = $1 AND b.name > $2 ORDER BY b.name LIMIT $3`, args...) {
		if err != nil {
			return err
		}
		var m member
		m.name = row.Text(0)
		m.segment = m.name
		if !row.Null(1) {
			m.segment = row.Text(1)
		}
		if !row.Null(2) {
			m.dead = parseDead(row.Text(2))
		}
		m.res.scan(row, 3)
		*page = append(*page, m)
	}
	return nil
}

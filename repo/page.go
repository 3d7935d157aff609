package repo

import (
	"strconv"

	"github.com/quiredav/quire/dav"
)

// pages reads the members of a collection page by page, by keyset, each page in
// a transaction of its own. A listing of Depth: 1 has the next page read while
// the one before is on its way to the client.
type pages struct {
	*listing
	*branch
	ahead bool
	order order

	after any     // the key after which the next page begins; nil: the first
	pool  [2]page // the page in use and the next one
	turn  int
	read  chan error // the page ahead has been read; nil if there is none
}

type page struct {
	members []member
	last    bool
}

// member is a row of a page.
type member struct {
	segment  string
	name     string // its key in the collection
	position int64  // in an ordered collection
	res      resource
	dead     []dav.Property
	locks    []dav.Lock // made on itself; of a shared resource all that are on it
	quota    *dav.Quota
	parents  []dav.Parent
	home     dav.Path // see branch

	syncToken, changes string
}

// pageBytes bounds the dead properties of a page: what goes beyond is left for
// the next one.
const pageBytes = 1 << 20

func (l *listing) pages(in *branch) *pages {
	return &pages{listing: l, branch: in, ahead: l.q.Depth == dav.Depth1, order: order{by: byName, is: in.collection.ordering != ""}}
}

// rows is how many members a page has at most: few in the first one, so that
// the answer begins soon, and few below the first levels, as every level of a
// deep tree holds a page.
func (p *pages) rows() int {
	if p.after == nil || p.level > 3 {
		return 50
	}
	return 500
}

// next gives the next page, which is valid until the call after the next one,
// and tells whether it is the last.
func (p *pages) next() (members []member, last bool, err error) {
	if p.read == nil {
		err = p.fetch(p.turn, p.after, p.rows())
	} else {
		err = <-p.read
		p.read = nil
	}
	if err != nil {
		return nil, true, err
	}
	page := &p.pool[p.turn]
	if page.last {
		return page.members, true, nil
	}
	p.after = p.order.key(&page.members[len(page.members)-1])
	p.turn = 1 - p.turn
	if p.ahead {
		read := make(chan error, 1)
		p.read = read
		go func(turn int, after any, rows int) { read <- p.fetch(turn, after, rows) }(p.turn, p.after, p.rows())
	}
	return page.members, false, nil
}

// stop waits for a page that is being read ahead.
func (p *pages) stop() {
	if p.read != nil {
		<-p.read
	}
}

func (p *pages) fetch(turn int, after any, rows int) error {
	return p.view(p.ctx, func(t *tx) error {
		page := &p.pool[turn]
		page.members = page.members[:0]
		err := p.order.hold(t, p.collection, after == nil)
		if err != nil {
			return err
		}
		if after == nil {
			after = p.order.start()
		}
		err = p.scan(t, page, after, rows)
		if err == nil && p.q.Locks {
			err = p.addLocks(t, page.members, after)
		}
		if err == nil && p.q.Parents {
			err = p.addParents(t, page.members, after)
		}
		if err == nil && p.q.Quota {
			err = p.addQuotas(t, page.members, after)
		}
		if err == nil && p.q.SyncToken {
			err = t.addSyncTokens(page.members)
		}
		return err
	})
}

// scan reads the members whose keys follow after. That the collection is still
// the one that was resolved is asked each time: between pages it may have been
// reclaimed, and its row id given to another. The limit is a literal, as SQLite
// plans a statement anew whenever it is given another one.
func (p *pages) scan(t *tx, page *page, after any, rows int) error {
	args := append([]any{p.collection.id, after, p.collection.uid[:]}, p.deadArgs...)
	size := 0
	for row, err := range t.Query(`SELECT b.name, b.segment, `+p.deadSQL+`, b.position, `+changesColumn(p.q.Changes)+`, `+resourceColumns+`
		FROM binding b JOIN resource r ON r.id = b.child
		WHERE b.parent = $1 AND `+p.order.by+` > $2 AND EXISTS (SELECT 1 FROM resource c WHERE c.id = $1 AND c.uid = $3)
		ORDER BY `+p.order.by+` LIMIT `+strconv.Itoa(rows), args...) {
		if err != nil {
			return err
		}
		if size > pageBytes {
			page.last = false
			return nil
		}
		var m member
		m.name = row.Text(0)
		m.segment = m.name
		if !row.Null(1) {
			m.segment = row.Text(1)
		}
		if !row.Null(2) {
			dead := row.Text(2)
			m.dead = parseDead(dead)
			size += len(dead)
		}
		if p.order.is {
			m.position = row.Int(3)
		}
		m.changes = row.Text(4)
		m.res.scan(row, 5)
		page.members = append(page.members, m)
	}
	page.last = len(page.members) < rows
	return nil
}

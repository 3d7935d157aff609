package repo

import (
	"context"
	"iter"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// The separators of what deadColumn aggregates. XML 1.0 allows none of them in
// a document, so no property can hold one.
const (
	fieldMark  = "\x1f"
	recordMark = "\x1e"
)

// List implements the backend's List: one statement a page, no transaction
// between pages.
func (r *Repository) List(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error] {
	return func(yield func(*dav.Resource, error) bool) {
		l := &listing{Repository: r, ctx: ctx, q: q, yield: yield}
		l.deadSQL, l.deadArgs = deadColumn(q, 4)
		if err := l.run(p); err != nil {
			yield(nil, err)
		}
	}
}

// listing is one run of List.
type listing struct {
	*Repository
	ctx   context.Context
	q     dav.Query
	yield func(*dav.Resource, error) bool

	deadSQL  string
	deadArgs []any
	space    *space // if the query wants quotas
	stopped  bool   // the caller wants no more

	way  []int64            // the collections whose members are being listed
	told map[int64]struct{} // the shared collections whose members were listed, if the client knows bindings
}

func (l *listing) run(p dav.Path) error {
	var target dav.Resource
	var top resource
	free := l.prepareSpace()
	err := l.view(l.ctx, func(t *tx) error {
		w, err := t.existing(p, l.q.Conditions)
		if err != nil {
			return err
		}
		if err := t.judge(l.q.Conditions, w); err != nil {
			return err
		}
		if err := t.listable(l.q, w); err != nil {
			return err
		}
		top = w.leaf
		target = dav.Resource{}
		w.leaf.describe(&target, w.path)
		if l.q.Locks {
			if target.Locks, err = t.locksOn(top.id); err != nil {
				return err
			}
		}
		if l.q.Quota && target.Collection {
			if target.Quota, err = l.openSpace(t, free, top.id); err != nil {
				return err
			}
		}
		if top.dead > 0 && l.q.Dead != dav.DeadNone {
			target.Dead, err = t.deadOf(top.id, l.q)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !l.yield(&target, nil) || l.q.Depth == dav.Depth0 || !target.Collection {
		return nil
	}
	return l.members(&top, target.Path, inheritedBy(target.Locks), 0)
}

// listable refuses a listing of infinite depth that would not end, or yield too
// much.
func (t *tx) listable(q dav.Query, w *trail) error {
	if q.Depth != dav.DepthInfinity || !w.leaf.isCollection() {
		return nil
	}
	shared, err := t.anySharedCollection()
	if err != nil {
		return err
	}
	if shared && !q.Bind {
		if loops, err := t.loops(w.leaf.id); err != nil {
			return err
		} else if loops {
			return looped(w.path)
		}
	}
	if q.Limit <= 0 {
		return nil
	}
	n, err := t.yield(w.leaf.id, shared && q.Bind, int64(q.Limit)+1)
	if err != nil || n <= int64(q.Limit) {
		return err
	}
	return &dav.Error{
		Kind: dav.Forbidden, Path: w.path,
		Condition: dav.Condition{Name: dav.PropfindFiniteDepth},
		Message:   "the tree is too large to be listed with Depth: infinity; ask with Depth: 1",
	}
}

// yield counts what a listing of infinite depth yields, up to a bound; once says
// that of each collection the members are listed but once.
func (t *tx) yield(collection int64, once bool, bound int64) (int64, error) {
	if !once {
		return meta.Int(t, `WITH RECURSIVE tree (id) AS (
				SELECT CAST($1 AS BIGINT) UNION ALL SELECT b.child FROM binding b JOIN tree ON b.parent = tree.id)
			SELECT count(*) FROM (SELECT 1 FROM tree LIMIT $2) AS bounded`, collection, bound)
	}
	n, err := meta.Int(t, `WITH RECURSIVE tree (id) AS (
			SELECT CAST($1 AS BIGINT) UNION SELECT b.child FROM binding b JOIN tree ON b.parent = tree.id)
		SELECT count(*) FROM (SELECT 1 FROM tree CROSS JOIN binding b WHERE b.parent = tree.id LIMIT $2) AS bounded`, collection, bound-1)
	return n + 1, err
}

// looped is the error of a listing that would come to a collection again and
// again (RFC 5842 section 7.2).
func looped(p dav.Path) error {
	return fail(dav.Loop, p, "a loop of bindings leads from the collection to itself; ask with Depth: 1, or with DAV: bind")
}

// meet looks at a collection that is about to be listed and that other bindings
// may lead to: has the listing been there (RFC 5842 section 7.1)?
func (l *listing) meet(d *dav.Resource, id int64) {
	_, told := l.told[id]
	inside := slices.Contains(l.way, id)
	switch {
	case l.q.Bind && (told || inside):
		d.Reported = true
	case l.q.Bind:
		if l.told == nil {
			l.told = make(map[int64]struct{})
		}
		l.told[id] = struct{}{}
	case inside:
		*d = dav.Resource{Path: d.Path, Collection: true, Err: looped(d.Path)}
	}
}

// members yields the members of a collection, and theirs if the depth is
// infinite.
func (l *listing) members(collection *resource, at dav.Path, inherited []dav.Lock, level int) error {
	l.way = append(l.way, collection.id)
	defer func() { l.way = l.way[:len(l.way)-1] }()
	pages := l.pages(collection, level)
	defer pages.stop()
	var d dav.Resource
	for {
		page, last, err := pages.next()
		if err != nil {
			return err
		}
		for i := range page {
			m := &page[i]
			p := at.Join(m.segment)
			d = dav.Resource{Dead: m.dead, Quota: m.quota}
			m.res.describe(&d, p)
			if l.q.Locks {
				d.Locks = joined(inherited, m.locks)
			}
			if !p.Nameable() {
				d = dav.Resource{Path: p, Collection: d.Collection, Err: fail(dav.Forbidden, p,
					"the URL is longer than a request may have; move a collection on the way up")}
			}
			below := d.Collection && d.Err == nil && l.q.Depth == dav.DepthInfinity
			if below && m.res.shared {
				l.meet(&d, m.res.id)
				below = d.Err == nil && !d.Reported
			}
			if !l.yield(&d, nil) {
				l.stopped = true
				return nil
			}
			if below {
				if err := l.members(&m.res, p, inheritedBy(d.Locks), level+1); err != nil || l.stopped {
					return err
				}
			}
		}
		if last {
			return nil
		}
	}
}

// deadColumn is the SQL that gives a resource's dead properties, as far as the
// query wants them, as one text; its parameters are numbered from first on.
func deadColumn(q dav.Query, first int) (sql string, args []any) {
	if q.Dead == dav.DeadNone || q.Dead == dav.DeadNamed && len(q.Names) == 0 {
		return `NULL`, nil
	}
	var b strings.Builder
	b.WriteString(`CASE WHEN r.dead > 0 THEN (SELECT string_agg(p.space || '` + fieldMark + `' || p.local || '` +
		fieldMark + `' || p.xml, '` + recordMark + `') FROM property p WHERE p.resource = r.id`)
	if q.Dead == dav.DeadNamed {
		// A chain of ORs would be as deep an expression as there are names.
		b.WriteString(` AND (p.space, p.local) IN (VALUES `)
		for i := range powerOfTwo(len(q.Names)) {
			n := q.Names[min(i, len(q.Names)-1)]
			b.WriteString([]string{`(`, `, (`}[min(i, 1)])
			b.WriteString(placeholder(first+2*i) + `, ` + placeholder(first+2*i+1) + `)`)
			args = append(args, n.Space, n.Local)
		}
		b.WriteString(`)`)
	}
	b.WriteString(`) END`)
	return b.String(), args
}

// powerOfTwo is n, or the next power of two above it: lists of that many
// parameters make few statements to be kept prepared.
func powerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }

func parseDead(s string) []dav.Property {
	var out []dav.Property
	for rec := range strings.SplitSeq(s, recordMark) {
		space, rest, _ := strings.Cut(rec, fieldMark)
		local, xml, _ := strings.Cut(rest, fieldMark)
		out = append(out, dav.Property{Name: dav.Name{Space: space, Local: local}, XML: xml})
	}
	return out
}

// deadOf reads the dead properties of one resource that the query wants.
func (t *tx) deadOf(id int64, q dav.Query) (dead []dav.Property, err error) {
	column, names := deadColumn(q, 2)
	_, err = meta.One(t, func(row meta.Row) {
		if !row.Null(0) {
			dead = parseDead(row.Text(0))
		}
	}, `SELECT `+column+` FROM resource r WHERE r.id = $1`, append([]any{id}, names...)...)
	return dead, err
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// inheritedBy gives those of a collection's locks that its members share.
func inheritedBy(locks []dav.Lock) []dav.Lock {
	var out []dav.Lock
	for _, l := range locks {
		if l.Depth == dav.DepthInfinity {
			out = append(out, l)
		}
	}
	return out
}

func joined(a, b []dav.Lock) []dav.Lock {
	if len(a) == 0 {
		return b
	}
	return append(a[:len(a):len(a)], b...)
}

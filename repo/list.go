package repo

import (
	"context"
	"iter"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

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

	way  []uuid.UUID            // the collections whose members are being listed
	told map[uuid.UUID]struct{} // the shared collections whose members were listed, if the client knows bindings
}

func (l *listing) run(p dav.Path) error {
	var target dav.Resource
	var top resource
	var home dav.Path
	free := l.prepareSpace()
	if l.q.SyncToken {
		if err := l.ensureHistory(l.ctx); err != nil {
			return err
		}
	}
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
		if l.q.Parents {
			if home, err = t.targetParents(&target, top.id); err != nil {
				return err
			}
		}
		if l.q.Quota && target.Collection {
			if target.Quota, err = l.openSpace(t, free, top.id); err != nil {
				return err
			}
		}
		if err := t.describeSync(&target, &top, l.q); err != nil {
			return err
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
	return l.members(&branch{collection: &top, at: target.Path, home: home, inherited: inheritedBy(target.Locks)})
}

// branch is a collection whose members a listing goes through.
type branch struct {
	collection *resource
	at         dav.Path   // by which the listing came to it
	home       dav.Path   // under which it is told as a parent, if the query wants parents
	inherited  []dav.Lock // those of its locks that its members share
	level      int
}

// members yields the members of a collection, and theirs if the depth is
// infinite.
func (l *listing) members(in *branch) error {
	l.way = append(l.way, in.collection.uid)
	defer func() { l.way = l.way[:len(l.way)-1] }()
	pages := l.pages(in)
	defer pages.stop()
	var d dav.Resource
	for {
		page, last, err := pages.next()
		if err != nil {
			return err
		}
		for i := range page {
			m := &page[i]
			p := in.at.Join(m.segment)
			d = dav.Resource{Dead: m.dead, Quota: m.quota, Parents: m.parents, SyncToken: m.syncToken, Changes: m.changes}
			m.res.describe(&d, p)
			switch {
			case l.q.Locks && m.res.shared:
				d.Locks = m.locks
			case l.q.Locks:
				d.Locks = joined(in.inherited, m.locks)
			}
			if !p.Nameable() {
				d = dav.Resource{Path: p, Collection: d.Collection, Err: fail(dav.Forbidden, p,
					"the URL is longer than a request may have; move a collection on the way up")}
			}
			below := d.Collection && d.Err == nil && l.q.Depth == dav.DepthInfinity
			if below && m.res.shared {
				l.meet(&d, m.res.uid)
				below = d.Err == nil && !d.Reported
			}
			if !l.yield(&d, nil) {
				l.stopped = true
				return nil
			}
			if below {
				next := &branch{collection: &m.res, at: p, home: m.home, inherited: inheritedBy(d.Locks), level: in.level + 1}
				if err := l.members(next); err != nil || l.stopped {
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
		var list string
		list, args = nameList(q.Names, first)
		b.WriteString(list + `)`)
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

// joined gives the locks of both, each once: in a loop a collection is under
// the locks that are made on its members.
func joined(a, b []dav.Lock) []dav.Lock {
	if len(a) == 0 {
		return b
	}
	all := a[:len(a):len(a)]
	for _, l := range b {
		if !slices.ContainsFunc(a, func(o dav.Lock) bool { return o.Token == l.Token }) {
			all = append(all, l)
		}
	}
	return all
}

package repo

import (
	"slices"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file is what a listing of infinite depth does about collections with
// several bindings (RFC 5842 section 7).

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
func (l *listing) meet(d *dav.Resource, id uuid.UUID) {
	_, told := l.told[id]
	inside := slices.Contains(l.way, id)
	switch {
	case l.q.Bind && (told || inside):
		d.Reported = true
	case l.q.Bind:
		if l.told == nil {
			l.told = make(map[uuid.UUID]struct{})
		}
		l.told[id] = struct{}{}
	case inside:
		*d = dav.Resource{Path: d.Path, Collection: true, Err: looped(d.Path)}
	}
}

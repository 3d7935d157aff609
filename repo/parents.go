package repo

import (
	"cmp"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file finds the bindings of resources, and for each collection that holds
// one the URL that it is told under in every answer: the shortest, and of those
// the first (RFC 5842 section 3.2).

// bound is a binding, seen from its collection.
type bound struct {
	parent  int64
	name    string
	segment string
	child   int64
}

// ancestry has all bindings above some resources, from which it knows URLs.
type ancestry struct {
	above map[int64][]bound  // by the child, in the order of parents and names
	urls  map[int64]dav.Path // of what is above, and can be reached
}

// ancestry reads what is above the resources that the SQL start yields: one
// statement, however many they are.
func (t *tx) ancestry(start string, args ...any) (*ancestry, error) {
	a := &ancestry{above: make(map[int64][]bound), urls: map[int64]dav.Path{t.root: dav.Root}}
	for row, err := range t.Query(`WITH RECURSIVE up (id) AS (
			`+start+` UNION SELECT b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id)
		SELECT b.parent, b.name, b.segment, b.child FROM up CROSS JOIN binding b WHERE b.child = up.id`, args...) {
		if err != nil {
			return nil, err
		}
		b := scanBound(row)
		a.above[b.child] = append(a.above[b.child], b)
	}
	below := a.below()
	for next := []int64{t.root}; len(next) > 0; next = next[1:] {
		in := below[next[0]]
		slices.SortFunc(in, func(a, b bound) int { return cmp.Compare(a.name, b.name) })
		for _, b := range in {
			if _, known := a.urls[b.child]; !known {
				a.urls[b.child] = a.urls[b.parent].Join(b.segment)
				next = append(next, b.child)
			}
		}
	}
	return a, nil
}

// below has the same bindings by their collections.
func (a *ancestry) below() map[int64][]bound {
	below := make(map[int64][]bound)
	for _, in := range a.above {
		for _, b := range in {
			below[b.parent] = append(below[b.parent], b)
		}
	}
	return below
}

func scanBound(row meta.Row) bound {
	b := bound{parent: row.Int(0), name: row.Text(1), child: row.Int(3)}
	b.segment = b.name
	if !row.Null(2) {
		b.segment = row.Text(2)
	}
	return b
}

// parents gives all bindings of a resource, in a stable order. What waits to be
// reclaimed is no parent.
func (a *ancestry) parents(id int64) []dav.Parent {
	var all []dav.Parent
	for _, b := range a.above[id] {
		if url, ok := a.urls[b.parent]; ok {
			all = append(all, dav.Parent{Collection: url, Segment: b.segment})
		}
	}
	slices.SortFunc(all, func(a, b dav.Parent) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Segment, b.Segment))
	})
	return all
}

// justOne is the ancestry of one resource.
const justOne = `SELECT CAST($1 AS BIGINT)`

// targetParents fills in the parents of the target of a listing, and gives the
// URL that it is a parent under.
func (t *tx) targetParents(d *dav.Resource, id int64) (home dav.Path, err error) {
	a, err := t.ancestry(justOne, id)
	if err != nil {
		return "", err
	}
	d.Parents = a.parents(id)
	return a.urls[id], nil
}

// addParents tells the members of a page of their bindings. Those that are not
// shared have just the one in their collection.
func (p *pages) addParents(t *tx, members []member, after any) error {
	var a *ancestry
	for i := range members {
		m := &members[i]
		if !m.res.shared {
			m.home = p.home.Join(m.segment)
			m.parents = []dav.Parent{{Collection: p.home, Segment: m.segment}}
			continue
		}
		if a == nil {
			shared, args := p.sharedMembers(members, after)
			var err error
			if a, err = t.ancestry(shared, args...); err != nil {
				return err
			}
		}
		m.home, m.parents = a.urls[m.res.id], a.parents(m.res.id)
	}
	return nil
}

// sharedMembers is the SQL for the shared ones among the members of a page that
// begins after a key, and its parameters, $1 to $3.
func (p *pages) sharedMembers(members []member, after any) (sql string, args []any) {
	return `SELECT b.child FROM binding b CROSS JOIN resource r WHERE b.parent = $1 AND ` + p.order.by + ` > $2
		AND ` + p.order.by + ` <= $3 AND r.id = b.child AND r.shared = 1`,
		[]any{p.collection.id, after, p.order.key(&members[len(members)-1])}
}

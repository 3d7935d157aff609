package repo

import (
	"cmp"
	"slices"

	"github.com/quiredav/quire/dav"
)

// routes finds the ways that lead from a collection down to others, by climbing
// from these: its cost is what lies above them, not what hangs below the
// collection. What it found it keeps; if that has changed since, the change has
// a higher step than anything in the answer that the routes are for.
type routes struct {
	top   int64
	up    map[int64][]edge
	known map[int64][]route
}

// edge is a binding, seen from its child.
type edge struct {
	parent  int64
	segment string
	changed int64
}

// route is a way from the top down to a collection that leads through none
// twice.
type route struct {
	rel    string  // its segments, a slash before each
	ids    []int64 // the collections on it, with both ends
	newest int64   // the highest step of its bindings
}

const (
	maxRoutes = 1000    // to one collection
	maxClimb  = 100_000 // bindings that are looked at to find them
	keptEdges = 100_000 // how much is kept
)

func newRoutes(top int64) *routes {
	r := &routes{top: top}
	r.forget()
	return r
}

func (r *routes) forget() { r.up, r.known = make(map[int64][]edge), make(map[int64][]route) }

// to gives the routes to a collection, in the order of rel; none if it does not
// lie below the top.
func (r *routes) to(t *tx, id int64) ([]route, error) {
	if found, ok := r.known[id]; ok {
		return found, nil
	}
	if len(r.up)+len(r.known) > keptEdges {
		r.forget()
	}
	down, err := r.climb(t, id)
	if err != nil {
		return nil, err
	}
	d := &descent{to: id, down: down}
	if err := d.visit(route{ids: []int64{r.top}}); err != nil {
		return nil, err
	}
	slices.SortFunc(d.found, func(a, b route) int { return cmp.Compare(a.rel, b.rel) })
	r.known[id] = d.found
	return d.found, nil
}

// climb gives the bindings between the top and a collection, by their parents.
func (r *routes) climb(t *tx, id int64) (down map[int64][]lowerEdge, err error) {
	down = make(map[int64][]lowerEdge)
	seen := map[int64]bool{id: true, r.top: true}
	looked := 0
	for next := []int64{id}; len(next) > 0; next = next[1:] {
		if next[0] == r.top {
			continue
		}
		edges, err := r.above(t, next[0])
		if err != nil {
			return nil, err
		}
		if looked += len(edges); looked > maxClimb {
			return nil, tooManyRoutes()
		}
		for _, e := range edges {
			down[e.parent] = append(down[e.parent], lowerEdge{e, next[0]})
			if !seen[e.parent] {
				seen[e.parent] = true
				next = append(next, e.parent)
			}
		}
	}
	return down, nil
}

// above gives the bindings to a collection.
func (r *routes) above(t *tx, id int64) ([]edge, error) {
	if edges, ok := r.up[id]; ok {
		return edges, nil
	}
	var edges []edge
	for row, err := range t.Query(`SELECT parent, coalesce(segment, name), changed FROM binding WHERE child = $1 LIMIT 100001`, id) {
		if err != nil {
			return nil, err
		}
		edges = append(edges, edge{row.Int(0), row.Text(1), row.Int(2)})
	}
	r.up[id] = edges
	return edges, nil
}

// lowerEdge is an edge with its lower end.
type lowerEdge struct {
	edge
	child int64
}

// descent enumerates the routes to a collection.
type descent struct {
	to    int64
	down  map[int64][]lowerEdge
	found []route
	steps int
}

// visit finds the routes that begin with w.
func (d *descent) visit(w route) error {
	at := w.ids[len(w.ids)-1]
	if at == d.to {
		if d.found = append(d.found, w); len(d.found) > maxRoutes {
			return tooManyRoutes()
		}
		return nil
	}
	for _, s := range d.down[at] {
		if d.steps++; d.steps > maxClimb {
			return tooManyRoutes()
		}
		if slices.Contains(w.ids, s.child) {
			continue
		}
		if err := d.visit(route{w.rel + "/" + s.segment, append(slices.Clip(w.ids), s.child), max(w.newest, s.changed)}); err != nil {
			return err
		}
	}
	return nil
}

func tooManyRoutes() error {
	return &dav.Error{
		Kind: dav.NoSpace, Condition: dav.Condition{Name: dav.NumberOfMatchesWithinLimits},
		Message: "too many URLs lead to the same collection; synchronize a smaller part, or with level 1",
	}
}

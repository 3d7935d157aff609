package repo

// A resource that lost a binding and has others may still be out of reach: what
// leads to it may be in a loop that nothing leads to (RFC 5842 section 2.1.1).
// Climbing from it tells. What is above the unreachable is unreachable as well;
// and what is out of reach stays so, for requests name resources by URLs. So it
// can be taken apart in steps.

// reach knows of resources whether a URL leads to them. What it learns from one
// orphan spares the next one most of the way; it holds for a step, which does
// nothing to the bindings of what can be reached.
type reach struct {
	*tx
	known map[int64]bool
}

// climbing is a resource on the way up.
type climbing struct {
	id    int64
	above []int64 // collections that hold it, to be looked at
	after int64   // those up to here were
}

// climbRows is how many of a resource's collections are read at once: the first
// one mostly leads to the root.
const climbRows = 50

// of tells whether a resource can be reached. If it can't, above are the
// resources that were found to be unreachable with it, itself the first. work
// counts what was looked at.
func (r *reach) of(id int64) (reached bool, above []int64, work int, err error) {
	if reached, known := r.known[id]; known {
		return reached, []int64{id}, 1, nil
	}
	seen := map[int64]bool{id: true}
	above = []int64{id}
	way := []climbing{{id: id, after: -1}}
	for len(way) > 0 {
		top := &way[len(way)-1]
		work++
		if top.id == r.root || r.known[top.id] {
			for _, c := range way {
				r.known[c.id] = true
			}
			return true, nil, work, nil
		}
		next, found, err := r.next(top, seen)
		switch {
		case err != nil:
			return false, nil, work, err
		case !found:
			way = way[:len(way)-1]
		default:
			seen[next] = true
			above = append(above, next)
			way = append(way, climbing{id: next, after: -1})
		}
	}
	for _, id := range above {
		r.known[id] = false
	}
	return false, above, work, nil
}

// next is a collection above c that was not seen yet, nor known to be out of
// reach.
func (r *reach) next(c *climbing, seen map[int64]bool) (id int64, found bool, err error) {
	for {
		for len(c.above) > 0 {
			id, c.above = c.above[0], c.above[1:]
			reached, known := r.known[id]
			if c.after = id; !seen[id] && (reached || !known) {
				return id, true, nil
			}
		}
		c.above, err = r.ids(`SELECT DISTINCT parent FROM binding WHERE child = $1 AND parent > $2 ORDER BY parent LIMIT $3`, c.id, c.after, climbRows)
		if err != nil || len(c.above) == 0 {
			return 0, false, err
		}
	}
}

// reclaimBound does a step for an orphan that has bindings: it spares what can be
// reached, and cuts loose the rest.
func (r *reach) reclaimBound(id, bindings int64) (work int, err error) {
	reached, above, work, err := r.of(id)
	switch {
	case err != nil:
		return work, err
	case reached:
		return work, r.spare(id, bindings)
	}
	cut, err := r.cutLoose(above[:min(len(above), reclaimStep)])
	return work + cut, err
}

// spare keeps an orphan that has so many bindings, of which two count for all
// that are more than one.
func (t *tx) spare(id, bindings int64) error {
	if bindings < 2 {
		if err := t.exec(`UPDATE resource SET shared = 0 WHERE id = $1 AND shared = 1`, id); err != nil {
			return err
		}
	}
	return t.exec(`DELETE FROM orphan WHERE resource = $1`, id)
}

// cutLoose removes bindings to unreachable resources, as many as belong into a
// step, and makes orphans of these. The first comes first.
func (t *tx) cutLoose(unreachable []int64) (cut int, err error) {
	for _, id := range unreachable {
		if cut >= reclaimStep {
			break
		}
		n, err := t.Exec(`DELETE FROM binding WHERE (parent, name) IN (
				SELECT parent, name FROM binding WHERE child = $1 LIMIT $2)`, id, reclaimStep-cut)
		if err != nil {
			return cut, err
		}
		cut += int(n)
		if err := t.exec(`INSERT INTO orphan (resource) VALUES ($1) ON CONFLICT DO NOTHING`, id); err != nil {
			return cut, err
		}
	}
	return cut, nil
}

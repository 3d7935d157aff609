package repo

import "github.com/quiredav/quire/dav"

// climb finds URLs of resources in the scope of a search, upwards along their
// bindings, within one transaction.
type climb struct {
	t *tx
	*searchPage
	known map[int64]dav.Path // one of the URLs of collections in scope; "" for those outside
}

// parentBinding is a binding, as seen from below.
type parentBinding struct {
	parent  int64
	segment string
}

// paths calls f with a URL of the resource in scope for each of its bindings, and
// for the scope itself, until f is content.
func (c *climb) paths(id int64, f func(dav.Path) (bool, error)) error {
	if id == c.scope.id {
		if done, err := f(c.path); done || err != nil {
			return err
		}
	}
	if c.q.Depth == dav.Depth0 {
		return nil
	}
	parents, err := c.parents(id)
	if err != nil {
		return err
	}
	for _, b := range parents {
		at, err := c.collection(b.parent)
		if err != nil {
			return err
		}
		if at == "" {
			continue
		}
		if done, err := f(at.Join(b.segment)); done || err != nil {
			return err
		}
	}
	return nil
}

// parents are the bindings that lead to a resource, as far as the search may go
// on looking at them.
func (c *climb) parents(id int64) (list []parentBinding, err error) {
	for row, err := range c.t.Query(`SELECT parent, name, segment FROM binding WHERE child = $1`, id) {
		if err != nil {
			return nil, err
		}
		b := parentBinding{parent: row.Int(0), segment: row.Text(1)}
		if !row.Null(2) {
			b.segment = row.Text(2)
		}
		if list = append(list, b); len(list) > 1 && !c.step() {
			break
		}
	}
	return list, nil
}

// collection is a URL of a collection in scope; "" if it is outside. It goes up
// in all directions until it meets a collection that is known to be in scope.
func (c *climb) collection(id int64) (dav.Path, error) {
	if p, known := c.known[id]; known || c.q.Depth != dav.DepthInfinity {
		return p, nil
	}
	type step struct {
		id      int64
		below   int // the step that led here
		segment string
	}
	steps := []step{{id: id, below: -1}}
	seen := map[int64]bool{id: true}
	for i := 0; i < len(steps); i++ {
		p, known := c.known[steps[i].id]
		if known && p == "" {
			continue
		}
		if known {
			for s := steps[i]; s.below >= 0; s = steps[s.below] {
				p = p.Join(s.segment)
				c.known[steps[s.below].id] = p
			}
			return p, nil
		}
		if !c.step() {
			return "", nil
		}
		parents, err := c.parents(steps[i].id)
		if err != nil {
			return "", err
		}
		for _, b := range parents {
			if !seen[b.parent] {
				seen[b.parent] = true
				steps = append(steps, step{b.parent, i, b.segment})
			}
		}
	}
	for _, s := range steps {
		c.known[s.id] = ""
	}
	return "", nil
}

package backendtest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"unicode"

	"github.com/quiredav/quire/dav"
)

// Search looks at every resource in scope. A phrase is in a body if its words
// are, one after the other, without regard to case.
func (m *memory) Search(_ context.Context, r dav.SearchRequest, shortened func()) iter.Seq2[*dav.Resource, error] {
	return func(yield func(*dav.Resource, error) bool) {
		hits, short, err := m.search(r)
		if err != nil {
			yield(nil, err)
			return
		}
		if short {
			shortened()
		}
		for _, h := range hits {
			if !yield(h.res, nil) {
				return
			}
		}
	}
}

// found is a hit.
type found struct {
	res *dav.Resource
	key dav.SortKey
}

func (m *memory) search(r dav.SearchRequest) (hits []found, short bool, err error) {
	defer m.begin()()
	arbiter, err := m.existing(r.Path, r.Conditions)
	if err != nil {
		return nil, false, err
	}
	if err := m.judge(r.Conditions, arbiter); err != nil {
		return nil, false, err
	}
	w := m.find(r.Scope)
	if w.node == nil {
		return nil, false, &dav.Error{Kind: dav.Conflict, Path: r.Scope, Condition: dav.Condition{Name: dav.SearchScopeValid},
			Message: "there is no resource at the URL of the scope"}
	}
	entered, done := map[*node]bool{}, map[*node]bool{}
	var visit func(dav.Path, *node, dav.Depth)
	visit = func(p dav.Path, n *node, depth dav.Depth) {
		c := candidate{n, n.resource(p, dav.DeadAll, nil)}
		if !done[n] && (r.Where == nil || r.Where.Evaluate(c) == dav.True) {
			done[n] = true
			res := n.resource(p, r.Query.Dead, r.Query.Names)
			if r.Query.Locks {
				res.Locks = m.locksOn(n)
			}
			if r.Query.Parents {
				res.Parents = m.parents(n)
			}
			hits = append(hits, found{res, dav.AppendSortKey(nil, r.Order, c)})
		}
		if entered[n] || depth == dav.Depth0 {
			return
		}
		entered[n] = true
		if depth == dav.Depth1 {
			depth = dav.Depth0
		}
		for _, k := range n.keys() {
			visit(p.Join(n.members[k].name), n.members[k].node, depth)
		}
	}
	visit(w.path, w.node, r.Depth)
	if len(r.Order) > 0 {
		slices.SortFunc(hits, func(a, b found) int {
			return cmp.Or(dav.CompareSortKeys(r.Order, a.key, b.key), cmp.Compare(a.res.Path, b.res.Path))
		})
	}
	if short = r.Limit >= 0 && len(hits) > r.Limit; short {
		hits = hits[:r.Limit]
	}
	return hits, short, nil
}

// candidate is a node, as a condition looks at it.
type candidate struct {
	node *node
	res  *dav.Resource
}

func (c candidate) Resource() *dav.Resource { return c.res }

func (c candidate) Dead(n dav.Name) dav.Value {
	for _, d := range c.res.Dead {
		if d.Name == n {
			return d.Value()
		}
	}
	return dav.Value{}
}

func (c candidate) Contains(phrase string) bool {
	text, want := words(string(c.node.body)), words(phrase)
	for len(text) >= len(want) {
		if slices.Equal(text[:len(want)], want) {
			return true
		}
		text = text[1:]
	}
	return false
}

func (c candidate) Score() int { return 0 }

func words(s string) []string {
	return strings.FieldsFunc(dav.FoldCase(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

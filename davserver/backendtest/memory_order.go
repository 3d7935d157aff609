package backendtest

import (
	"context"
	"slices"

	"github.com/quiredav/quire/dav"
)

// mayPlace tells whether the member at p, new or old, may be given a position
// in the collection n (RFC 3648 section 6.1).
func (n *node) mayPlace(p dav.Path, at *dav.Position) error {
	if at == nil {
		return nil
	}
	if n.ordering == "" {
		return refused(p, dav.Conflict, dav.CollectionMustBeOrdered, "the collection is not ordered")
	}
	return n.sibling(p, key(p.Name()), *at)
}

// sibling tells whether at names a member other than the one to be moved.
func (n *node) sibling(p dav.Path, k string, at dav.Position) error {
	if at.Place != dav.Before && at.Place != dav.After {
		return nil
	}
	if _, there := n.members[key(at.Segment)]; there && key(at.Segment) != k {
		return nil
	}
	return refused(p, dav.Forbidden, dav.SegmentMustIdentifyMember, "the position refers to no other member of the collection")
}

// place moves a member within the order.
func (n *node) place(k string, at dav.Position) {
	n.order = slices.DeleteFunc(n.order, func(o string) bool { return o == k })
	i := slices.Index(n.order, key(at.Segment))
	switch at.Place {
	case dav.First:
		i = 0
	case dav.Last:
		i = len(n.order)
	case dav.After:
		i++
	}
	n.order = slices.Insert(n.order, i, k)
}

func (m *memory) Orderpatch(_ context.Context, r dav.OrderpatchRequest, report dav.Report) error {
	defer m.begin()()
	w, err := m.existing(r.Path, r.Conditions)
	if err != nil {
		return err
	}
	if !w.node.collection {
		return &dav.Error{Kind: dav.NotAllowed, Path: w.path, Message: "only a collection has an order"}
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return err
	}
	if err := r.Conditions.Permit(w.path, m.locksOn(w.node)); err != nil {
		return err
	}
	before := node{ordering: w.node.ordering, order: slices.Clone(w.node.order)}
	if !w.reorder(r, report) {
		w.node.ordering, w.node.order = before.ordering, before.order
	}
	return nil
}

// reorder carries out the steps one by one, and reports each member whose steps
// can't all be done.
func (w *trail) reorder(r dav.OrderpatchRequest, report dav.Report) (done bool) {
	n := w.node
	fresh := r.Type != "" && r.Type != n.orderingType()
	if fresh {
		n.order = n.keys()
		n.ordering = r.Type
	}
	if n.orderingType() == dav.Unordered {
		n.ordering, n.order = "", nil
	}
	named, failed := make(map[string]bool), make(map[string]bool)
	for _, step := range r.Members {
		k := key(step.Segment)
		p := w.path.Join(step.Segment)
		err := n.mayPlace(p, &step.Position)
		if b, there := n.members[k]; there {
			p = w.path.Join(b.name)
		} else if err == nil {
			err = refused(p, dav.Forbidden, dav.SegmentMustIdentifyMember, "the collection has no such member")
		}
		if err != nil {
			if !failed[k] {
				report(dav.Outcome{Path: p, Err: err})
			}
			failed[k] = true
			continue
		}
		named[k] = true
		n.place(k, step.Position)
	}
	if fresh && n.ordering != "" { // who was not named follows (RFC 3648 section 7)
		unnamed := slices.DeleteFunc(slices.Clone(n.order), func(k string) bool { return named[k] })
		n.order = slices.DeleteFunc(n.order, func(k string) bool { return !named[k] })
		n.order = append(n.order, unnamed...)
	}
	return len(failed) == 0
}

func (n *node) orderingType() string {
	if n.ordering == "" {
		return dav.Unordered
	}
	return n.ordering
}

// renamed is where a member goes that MOVE or REBIND takes from one name to
// another: within its collection it keeps its place, unless at says another or
// it replaces a member. Its old name can't tell its place.
func renamed(from, to *trail, at *dav.Position) (*dav.Position, error) {
	n := to.parent()
	switch {
	case n.ordering == "" || n != from.parent():
		return at, nil
	case at != nil:
		return at, n.sibling(to.path, from.binding().key, *at)
	case to.node != nil:
		return nil, nil
	}
	return &dav.Position{Place: dav.After, Segment: from.path.Name()}, nil
}

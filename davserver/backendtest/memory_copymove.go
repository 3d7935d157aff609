package backendtest

import (
	"context"
	"time"

	"github.com/quiredav/quire/dav"
)

func (m *memory) Copy(_ context.Context, r dav.CopyRequest, report dav.Report) (bool, error) {
	defer m.begin()()
	t, err := m.transfer(r)
	if err != nil {
		return false, err
	}
	// A COPY onto a resource of its kind gives that one a new state; all else
	// changes what the destination's parent holds (RFC 4918 section 7.4).
	keep := t.to.node != nil && t.to.node.kind() == t.from.node.kind()
	if blocked, err := m.mayCopy(r, t, keep, report); blocked || err != nil {
		return false, err
	}
	modified := t.modified(m)
	created := t.to.node == nil
	if !keep {
		n := m.copies(t.from.node, r.Depth, nil)
		n.modified = modified
		m.replace(t.to, n, r.Position)
		return created, nil
	}
	onto := t.to.node
	state := m.copies(t.from.node, r.Depth, onto)
	for _, k := range onto.keys() {
		m.endThrough(binding{onto, k})
	}
	onto.take(state)
	onto.order = state.order
	onto.members = state.members
	onto.modified = modified
	if r.Position != nil {
		t.to.parent().place(t.to.binding().key, *r.Position)
	}
	return created, nil
}

// kind tells what of each other's kind is.
func (n *node) kind() int {
	switch {
	case n.collection:
		return 1
	case n.redirect != nil:
		return 2
	}
	return 0
}

func (m *memory) mayCopy(r dav.CopyRequest, t *transfer, keep bool, report dav.Report) (blocked bool, err error) {
	switch {
	case t.to.node == nil:
		return false, r.Conditions.Permit(t.to.path, m.locksOn(t.to.parent()))
	case !keep:
		return m.mayUnmap(r.Conditions, t.to, report)
	}
	on := m.locksOn(t.to.node)
	if err := r.Conditions.Permit(t.to.path, on); err != nil {
		return false, err
	}
	if r.Position != nil {
		if err := r.Conditions.Permit(t.to.path, m.locksOn(t.to.parent())); err != nil {
			return false, err
		}
	}
	var ending []*held
	for _, k := range t.to.node.keys() {
		ending = append(ending, m.through(binding{t.to.node, k})...)
	}
	return m.mayEnd(r.Conditions, t.to, ending, inherited(on), report)
}

func (m *memory) Move(_ context.Context, r dav.CopyRequest, report dav.Report) (bool, error) {
	r.Depth = dav.DepthInfinity
	defer m.begin()()
	t, err := m.transfer(r)
	if err != nil {
		return false, err
	}
	if m.cutsOff(t.from.binding(), t.to.parent()) {
		return false, forbidden(t.to.path, "no URL would lead to the collection any more")
	}
	blockedFrom, err := m.mayUnmap(r.Conditions, t.from, report)
	if err != nil {
		return false, err
	}
	blockedTo, err := m.mayMoveOnto(r, t, report)
	if blockedFrom || blockedTo || err != nil {
		return false, err
	}
	if err := m.mayJoin(t.from.node, t.to, t.from.binding(), t.to.binding()); err != nil {
		return false, err
	}
	at, err := renamed(t.from, t.to, r.Position)
	if err != nil {
		return false, err
	}
	n := t.from.node
	modified := t.modified(m)
	created := m.replace(t.to, n, at)
	m.unbind(t.from.binding())
	n.modified = modified
	return created, nil
}

func (m *memory) mayMoveOnto(r dav.CopyRequest, t *transfer, report dav.Report) (blocked bool, err error) {
	if t.to.node == nil {
		return false, r.Conditions.Permit(t.to.path, m.locksOn(t.to.parent()))
	}
	return m.mayUnmap(r.Conditions, t.to, report)
}

// transfer is a COPY or MOVE that nothing but locks may still stand against.
type transfer struct {
	from, to *trail
	wish     time.Time
}

func (m *memory) transfer(r dav.CopyRequest) (*transfer, error) {
	from, err := m.existing(r.From, r.Conditions)
	if err != nil {
		return nil, err
	}
	t := &transfer{from: from, to: m.find(r.To), wish: r.Modified}
	if err := t.possible(r.Depth); err != nil {
		return nil, err
	}
	if err := t.to.creatable(); err != nil {
		return nil, err
	}
	if err := t.to.parent().mayPlace(t.to.path, r.Position); err != nil {
		return nil, err
	}
	if err := m.judge(r.Conditions, t.from, t.from, t.to); err != nil {
		return nil, err
	}
	if t.to.node != nil && r.Conditions != nil && r.Conditions.NoOverwrite {
		return nil, &dav.Error{Kind: dav.PreconditionFailed, Path: t.to.path, Message: "Overwrite: F, and there is a resource at the destination"}
	}
	return t, nil
}

// possible refuses what can't be done whatever the state of locks is.
func (t *transfer) possible(depth dav.Depth) error {
	from, to := t.from.path, t.to.path
	switch {
	case from == to || t.from.node == t.to.node:
		return forbidden(from, "source and destination are the same resource")
	case to.Contains(from):
		return forbidden(to, "the destination holds the source")
	case t.from.node.collection && depth == dav.DepthInfinity && from.Contains(to):
		return forbidden(to, "the destination lies within the source")
	}
	return nil
}

// modified is what Last-Modified at the destination becomes (RFC 4918 section
// 8.8).
func (t *transfer) modified(m *memory) time.Time {
	src, dst := t.from.node, t.to.node
	switch {
	case !t.wish.IsZero():
		return t.wish
	case dst != nil && !src.modified.After(dst.modified):
		return latest(m.now(), dst.modified)
	}
	return src.modified
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

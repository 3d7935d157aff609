package backendtest

import (
	"context"
	"time"

	"github.com/quiredav/quire/dav"
)

func (m *memory) Copy(_ context.Context, r dav.CopyRequest, report dav.Report) (bool, error) {
	defer m.begin()()
	t, err := m.transfer(r, false)
	if err != nil || m.reportBlocked(r.Conditions, report, t.to) {
		return false, err
	}
	t.put(m, m.copy(t.src, r.Depth))
	return t.dst == nil, nil
}

func (m *memory) Move(_ context.Context, r dav.CopyRequest, report dav.Report) (bool, error) {
	r.Depth = dav.DepthInfinity
	defer m.begin()()
	t, err := m.transfer(r, true)
	if err != nil || m.reportBlocked(r.Conditions, report, t.from, t.to) {
		return false, err
	}
	m.remove(t.from)
	t.put(m, t.src)
	return t.dst == nil, nil
}

// transfer is a COPY or MOVE that nothing but locks below its two ends may
// still stand against.
type transfer struct {
	src, dst *node // dst is nil if the destination is unmapped
	from, to dav.Path
	modified time.Time
	keep     bool // the resource at the destination stays, with a new state
}

func (m *memory) transfer(r dav.CopyRequest, move bool) (*transfer, error) {
	t := &transfer{modified: r.Modified}
	t.src, t.from = m.find(r.From)
	t.dst, t.to = m.find(r.To)
	if err := t.possible(r.Depth); err != nil {
		return nil, err
	}
	if move && t.from.IsRoot() {
		return nil, forbidden(t.from, "the root can't be moved")
	}
	if err := m.needParent(t.to); err != nil {
		return nil, err
	}
	parent := m.covering(t.to.Parent())
	if err := m.judge(r.Conditions, t.from, m.below(t.from), m.covering(t.from.Parent()), m.covering(t.to), m.below(t.to), parent); err != nil {
		return nil, err
	}
	if t.dst != nil && r.Conditions != nil && r.Conditions.NoOverwrite {
		return nil, &dav.Error{Kind: dav.PreconditionFailed, Path: t.to, Message: "Overwrite: F, and there is a resource at the destination"}
	}
	if move {
		if err := m.mayUnmap(r.Conditions, t.from); err != nil {
			return nil, err
		}
	}
	// A COPY onto a resource of its kind gives that one a new state; all else
	// changes what the destination's parent holds (RFC 4918 section 7.4).
	t.keep = !move && t.dst != nil && t.dst.collection == t.src.collection
	if t.dst != nil {
		if err := r.Conditions.Permit(t.to, m.covering(t.to)); err != nil {
			return nil, err
		}
	}
	if !t.keep {
		if err := r.Conditions.Permit(t.to, parent); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// possible refuses what can't be done whatever the state of locks is.
func (t *transfer) possible(depth dav.Depth) error {
	switch {
	case t.src == nil:
		return notFound(t.from)
	case t.from == t.to:
		return forbidden(t.from, "source and destination are the same resource")
	case t.to.Contains(t.from):
		return forbidden(t.to, "the destination holds the source")
	case t.src.collection && depth == dav.DepthInfinity && t.from.Contains(t.to):
		return forbidden(t.to, "the destination lies within the source")
	}
	return nil
}

// put maps the destination to n.
func (t *transfer) put(m *memory, n *node) {
	switch {
	case !t.modified.IsZero():
		n.modified = t.modified
	case t.dst != nil && !n.modified.After(t.dst.modified):
		n.modified = latest(m.now(), t.dst.modified) // RFC 4918 section 8.8
	}
	if t.keep {
		n.id, n.created = t.dst.id, t.dst.created
		m.dropLocksBelow(t.to)
	} else {
		m.dropLocks(t.to)
	}
	m.add(t.to, n)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package backendtest

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
)

// held is a lock in force: on node, its root at the end of the bindings via.
// The root is mapped as long as the lock is.
type held struct {
	dav.Lock
	node *node
	via  []binding
}

func (m *memory) Lock(_ context.Context, r dav.LockRequest, report dav.Report) (*dav.Lock, bool, error) {
	defer m.begin()()
	w, err := m.at(r.Path, r.Conditions)
	if err == nil {
		err = w.creatable()
	}
	if err == nil && w.node == nil {
		err = w.parent().mayPlace(w.path, r.Position)
	}
	if err == nil {
		err = m.judge(r.Conditions, w)
	}
	if err != nil {
		return nil, false, err
	}
	on := m.under(w)
	if against := conflicting(on, r.Scope); len(against) > 0 {
		return nil, false, inTheWay(w.path, against...)
	}
	created := w.node == nil
	if created {
		if err := r.Conditions.Permit(w.path, m.locksOn(w.parent())); err != nil {
			return nil, false, err
		}
		m.add(w, m.newNode(false), r.Position)
	} else if r.Depth == dav.DepthInfinity && m.reportInside(w.node, r.Scope, report) {
		return nil, false, nil
	}
	l := &held{node: w.node, via: slices.Clone(w.via), Lock: dav.Lock{
		Token: "urn:uuid:" + uuid.NewString(), Root: w.path, Collection: w.node.collection, Depth: r.Depth,
		Scope: r.Scope, Owner: r.Owner, Principal: principal(r.Conditions),
	}}
	m.start(l, r.Timeout)
	m.locks = append(m.locks, l)
	c := l.Lock
	return &c, created, nil
}

func principal(c *dav.Conditions) string {
	if c == nil {
		return ""
	}
	return c.Principal
}

// start starts the timer of l anew; 0 means that it never expires.
func (m *memory) start(l *held, timeout time.Duration) {
	l.Timeout, l.Expires = timeout, time.Time{}
	if timeout > 0 {
		l.Expires = m.now().Add(timeout)
	}
}

func conflicting(locks []dav.Lock, s dav.LockScope) []dav.Lock {
	return slices.DeleteFunc(slices.Clone(locks), func(l dav.Lock) bool { return !l.Scope.Conflicts(s) })
}

func inTheWay(p dav.Path, against ...dav.Lock) error {
	cond := dav.Condition{Name: dav.NoConflictingLock}
	for _, l := range against {
		cond.Paths = append(cond.Paths, dav.Href{Path: l.Root, Collection: l.Collection})
	}
	return &dav.Error{Kind: dav.Locked, Path: p, Condition: cond, Message: "another lock stands against this one"}
}

// reportInside reports the locks that guard what can be reached from n and that
// a lock of Depth: infinity on it would conflict with, and tells whether there
// are any.
func (m *memory) reportInside(n *node, scope dav.LockScope, report dav.Report) bool {
	inside := n.reach()
	told := make(map[dav.Path]bool)
	for _, l := range m.locks {
		guards := false
		for below := range inside {
			guards = guards || l.guards(below)
		}
		if guards && l.Scope.Conflicts(scope) && !told[l.Root] {
			told[l.Root] = true
			report(dav.Outcome{Path: l.Root, Collection: l.Collection, Err: inTheWay(l.Root, l.Lock)})
		}
	}
	return len(told) > 0
}

func (m *memory) Refresh(_ context.Context, r dav.RefreshRequest) (*dav.Lock, error) {
	defer m.begin()()
	w, l, err := m.lockAt(r.Path, r.Token, r.Conditions, dav.PreconditionFailed)
	if err != nil {
		return nil, err
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return nil, err
	}
	if r.Conditions != nil && l.Principal != r.Conditions.Principal {
		return nil, forbidden(w.path, "the lock belongs to another principal")
	}
	m.start(l, r.Timeout)
	c := l.Lock
	return &c, nil
}

func (m *memory) Unlock(_ context.Context, r dav.UnlockRequest) error {
	defer m.begin()()
	w, l, err := m.lockAt(r.Path, r.Token, r.Conditions, dav.Conflict)
	if err != nil {
		return err
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return err
	}
	if r.Conditions != nil && l.Principal != r.Conditions.Principal {
		return forbidden(w.path, "the lock belongs to another principal")
	}
	m.locks = slices.DeleteFunc(m.locks, func(other *held) bool { return other == l })
	return nil
}

// lockAt is the lock of that token if p lies in its scope.
func (m *memory) lockAt(p dav.Path, token string, c *dav.Conditions, kind dav.Kind) (*trail, *held, error) {
	w, err := m.at(p, c)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range m.locks {
		if w.node != nil && l.Token == token && l.guards(w.node) {
			return w, l, nil
		}
	}
	return nil, nil, &dav.Error{Kind: kind, Path: w.path, Message: "the token is of no lock whose scope holds this URL",
		Condition: dav.Condition{Name: dav.LockTokenMatchesRequestURI}}
}

// guards tells whether the lock is on n, or on a collection from which n can be
// reached (RFC 5842 section 9).
func (l *held) guards(n *node) bool {
	return l.node == n || l.Depth == dav.DepthInfinity && l.node.reach()[n]
}

// locksOn are the locks that guard n.
func (m *memory) locksOn(n *node) []dav.Lock {
	return m.locksWhere(func(l *held) bool { return l.guards(n) })
}

// under are the locks that guard the resource at w, or would guard a new one.
func (m *memory) under(w *trail) []dav.Lock {
	if w.node != nil {
		return m.locksOn(w.node)
	}
	return inherited(m.locksOn(w.parent()))
}

func inherited(locks []dav.Lock) []dav.Lock {
	return slices.DeleteFunc(slices.Clone(locks), func(l dav.Lock) bool { return l.Depth != dav.DepthInfinity })
}

// through are the locks rooted at the binding b, or below it on a way that
// leads through it.
func (m *memory) through(b binding) (found []*held) {
	for _, l := range m.locks {
		if slices.Contains(l.via, b) {
			found = append(found, l)
		}
	}
	return found
}

func (m *memory) endThrough(b binding) {
	m.locks = slices.DeleteFunc(m.locks, func(l *held) bool { return slices.Contains(l.via, b) })
}

func (m *memory) locksWhere(f func(*held) bool) (found []dav.Lock) {
	for _, l := range m.locks {
		if f(l) {
			found = append(found, l.Lock)
		}
	}
	return found
}

func (m *memory) sweep() {
	now := m.now()
	m.locks = slices.DeleteFunc(m.locks, func(l *held) bool { return l.Expired(now) })
}

// judge evaluates the conditional headers; reach are the URLs that the request
// touches wholly, whose locks serve for the request URI too (see [dav.State]).
func (m *memory) judge(c *dav.Conditions, target *trail, reach ...*trail) error {
	return c.Judge(target.path, func(p dav.Path) (dav.State, error) {
		w := m.find(p)
		var s dav.State
		var locks []dav.Lock
		own := w.path == target.path
		if w.node != nil {
			s = dav.State{Exists: true, ETag: w.node.resource(p, dav.DeadNone, nil).ETag, Modified: w.node.modified}
			locks = m.locksOn(w.node)
		} else if own && w.creatable() == nil {
			locks = m.under(w) // what is made here will be under them
		}
		if own {
			for _, w := range reach {
				for _, l := range m.through(w.binding()) {
					locks = append(locks, l.Lock)
				}
				locks = append(locks, m.locksOn(w.parent())...)
			}
		}
		for _, l := range locks {
			s.Tokens = append(s.Tokens, l.Token)
		}
		return s, nil
	})
}

// mayUnmap tells whether the binding at w may go: the locks that would end and
// were made on what it leads to, and those on the collection that holds it, are
// the request's own trouble (RFC 4918 section 7.4); each root below that is in
// the way is reported.
func (m *memory) mayUnmap(c *dav.Conditions, w *trail, report dav.Report) (blocked bool, err error) {
	over := m.locksOn(w.parent())
	if blocked, err = m.mayEnd(c, w, m.through(w.binding()), inherited(over), report); err != nil {
		return false, err
	}
	return blocked, c.Permit(w.path, over)
}

// mayEnd tells whether locks at and below w may end.
func (m *memory) mayEnd(c *dav.Conditions, w *trail, ending []*held, over []dav.Lock, report dav.Report) (blocked bool, err error) {
	own, told := over, map[dav.Path]bool{w.path: true}
	for _, l := range ending {
		if l.node == w.node {
			own = append(own[:len(own):len(own)], l.Lock)
			told[l.Root] = true
		}
	}
	if err := c.Permit(w.path, own); err != nil {
		return false, err
	}
	at := func(via []binding) []dav.Lock {
		on := over
		for _, l := range ending {
			if slices.Equal(l.via, via) || l.Depth == dav.DepthInfinity && len(l.via) < len(via) && slices.Equal(l.via, via[:len(l.via)]) {
				on = append(on[:len(on):len(on)], l.Lock)
			}
		}
		return on
	}
	for _, l := range ending {
		if told[l.Root] {
			continue
		}
		told[l.Root] = true
		if err := c.Permit(l.Root, at(l.via)); err != nil {
			blocked = true
			report(dav.Outcome{Path: l.Root, Collection: l.Collection, Err: err})
		}
	}
	return blocked, nil
}

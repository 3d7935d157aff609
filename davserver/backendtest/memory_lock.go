package backendtest

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
)

func (m *memory) Lock(_ context.Context, r dav.LockRequest, report dav.Report) (*dav.Lock, bool, error) {
	defer m.begin()()
	n, p := m.find(r.Path)
	if n == nil {
		if err := m.needParent(p); err != nil {
			return nil, false, err
		}
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return nil, false, err
	}
	against := m.locksWhere(func(l *dav.Lock) bool { return l.Covers(p) && l.Scope.Conflicts(r.Scope) })
	if len(against) > 0 {
		return nil, false, conflicting(p, against...)
	}
	if n == nil {
		if err := r.Conditions.Permit(p, m.covering(p.Parent())); err != nil {
			return nil, false, err
		}
	} else if r.Depth == dav.DepthInfinity && m.reportConflicts(p, r.Scope, report) {
		return nil, false, nil
	}
	created := n == nil
	if created {
		n = m.add(p, m.newNode(p.Name(), false))
	}
	l := dav.Lock{
		Token: "urn:uuid:" + uuid.NewString(), Root: p, Collection: n.collection, Depth: r.Depth,
		Scope: r.Scope, Owner: r.Owner,
	}
	if r.Conditions != nil {
		l.Principal = r.Conditions.Principal
	}
	m.start(&l, r.Timeout)
	m.locks = append(m.locks, l)
	return &l, created, nil
}

// start starts the timer of l anew; 0 means that it never expires.
func (m *memory) start(l *dav.Lock, timeout time.Duration) {
	l.Timeout, l.Expires = timeout, time.Time{}
	if timeout > 0 {
		l.Expires = m.now().Add(timeout)
	}
}

func conflicting(p dav.Path, against ...dav.Lock) error {
	cond := dav.Condition{Name: dav.NoConflictingLock}
	for _, l := range against {
		cond.Paths = append(cond.Paths, dav.Href{Path: l.Root, Collection: l.Collection})
	}
	return &dav.Error{Kind: dav.Locked, Path: p, Condition: cond, Message: "another lock stands against this one"}
}

// reportConflicts reports the locks below p that a lock of Depth: infinity on
// it would conflict with, and tells whether there are any.
func (m *memory) reportConflicts(p dav.Path, scope dav.LockScope, report dav.Report) bool {
	told := make(map[dav.Path]bool)
	for _, l := range m.below(p) {
		if l.Scope.Conflicts(scope) && !told[l.Root] {
			told[l.Root] = true
			report(dav.Outcome{Path: l.Root, Collection: l.Collection, Err: conflicting(l.Root, l)})
		}
	}
	return len(told) > 0
}

func (m *memory) Refresh(_ context.Context, r dav.RefreshRequest) (*dav.Lock, error) {
	defer m.begin()()
	n, p := m.find(r.Path)
	l := m.lockAt(p, r.Token)
	if n == nil || l == nil {
		return nil, noSuchLock(dav.PreconditionFailed, p)
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return nil, err
	}
	if r.Conditions != nil && l.Principal != r.Conditions.Principal {
		return nil, forbidden(p, "the lock belongs to another principal")
	}
	m.start(l, r.Timeout)
	c := *l
	return &c, nil
}

func (m *memory) Unlock(_ context.Context, r dav.UnlockRequest) error {
	defer m.begin()()
	n, p := m.find(r.Path)
	l := m.lockAt(p, r.Token)
	if n == nil || l == nil {
		return noSuchLock(dav.Conflict, p)
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return err
	}
	if r.Conditions != nil && l.Principal != r.Conditions.Principal {
		return forbidden(p, "the lock belongs to another principal")
	}
	m.locks = slices.DeleteFunc(m.locks, func(l dav.Lock) bool { return l.Token == r.Token })
	return nil
}

func noSuchLock(k dav.Kind, p dav.Path) error {
	return &dav.Error{Kind: k, Path: p, Message: "the token is of no lock whose scope holds this URL",
		Condition: dav.Condition{Name: dav.LockTokenMatchesRequestURI}}
}

// lockAt is the lock of that token if p lies in its scope.
func (m *memory) lockAt(p dav.Path, token string) *dav.Lock {
	i := slices.IndexFunc(m.locks, func(l dav.Lock) bool { return l.Token == token && l.Covers(p) })
	if i < 0 {
		return nil
	}
	return &m.locks[i]
}

// covering are the locks in whose scope the URL p lies.
func (m *memory) covering(p dav.Path) []dav.Lock {
	return m.locksWhere(func(l *dav.Lock) bool { return l.Covers(p) })
}

// below are the locks rooted strictly below p.
func (m *memory) below(p dav.Path) []dav.Lock {
	return m.locksWhere(func(l *dav.Lock) bool { return l.Root != p && p.Contains(l.Root) })
}

func (m *memory) locksWhere(f func(*dav.Lock) bool) (found []dav.Lock) {
	for i := range m.locks {
		if f(&m.locks[i]) {
			found = append(found, m.locks[i])
		}
	}
	return found
}

func (m *memory) sweep() {
	now := m.now()
	m.locks = slices.DeleteFunc(m.locks, func(l dav.Lock) bool { return l.Expired(now) })
}

func (m *memory) dropLocks(p dav.Path) {
	m.locks = slices.DeleteFunc(m.locks, func(l dav.Lock) bool { return p.Contains(l.Root) })
}

func (m *memory) dropLocksBelow(p dav.Path) {
	m.locks = slices.DeleteFunc(m.locks, func(l dav.Lock) bool { return l.Root != p && p.Contains(l.Root) })
}

// judge evaluates the conditional headers; more are locks that serve for the
// request URI besides those on it (see [dav.State]).
func (m *memory) judge(c *dav.Conditions, target dav.Path, more ...[]dav.Lock) error {
	return c.Judge(target, func(p dav.Path) (dav.State, error) {
		n, stored := m.find(p)
		var s dav.State
		var locks []dav.Lock
		if n != nil {
			s = dav.State{Exists: true, ETag: n.etag, Modified: n.modified}
			locks = m.covering(stored)
		} else if stored == target && m.needParent(stored) == nil {
			locks = m.covering(stored) // what is made here will be under them
		}
		if stored == target {
			locks = slices.Concat(locks, slices.Concat(more...))
		}
		for _, l := range locks {
			s.Tokens = append(s.Tokens, l.Token)
		}
		return s, nil
	})
}

// mayUnmap asks for the tokens of the locks on p and on its parent, whose
// membership changes (RFC 4918 section 7.4).
func (m *memory) mayUnmap(c *dav.Conditions, p dav.Path) error {
	if err := c.Permit(p, m.covering(p)); err != nil {
		return err
	}
	return c.Permit(p, m.covering(p.Parent()))
}

// reportBlocked reports every resource below the paths whose lock's token was
// not submitted, and tells whether there are any.
func (m *memory) reportBlocked(c *dav.Conditions, report dav.Report, paths ...dav.Path) bool {
	blocked := make(map[dav.Path]bool)
	for _, p := range paths {
		for _, l := range m.below(p) {
			err := c.Permit(l.Root, m.covering(l.Root))
			if err == nil || blocked[l.Root] {
				continue
			}
			blocked[l.Root] = true
			report(dav.Outcome{Path: l.Root, Collection: l.Collection, Err: err})
		}
	}
	return len(blocked) > 0
}

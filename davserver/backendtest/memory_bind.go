package backendtest

import (
	"context"
	"errors"
	"slices"

	"github.com/quiredav/quire/dav"
)

func (m *memory) Bind(_ context.Context, r dav.BindRequest, report dav.Report) (bool, error) {
	defer m.begin()()
	source, to, err := m.bindable(r, dav.BindIntoCollection, dav.BindSourceExists)
	if err != nil {
		return false, err
	}
	if blocked, err := m.mayReplace(r.Conditions, to, dav.LockedOverwriteAllowed, report); blocked || err != nil {
		return false, err
	}
	if err := m.mayJoin(source.node, to, to.binding()); err != nil {
		return false, err
	}
	return m.replace(to, source.node, r.Position), nil
}

func (m *memory) Unbind(_ context.Context, r dav.UnbindRequest, report dav.Report) error {
	defer m.begin()()
	in, err := m.collectionAt(r.Collection, r.Conditions, dav.UnbindFromCollection)
	if err != nil {
		return err
	}
	w := m.find(in.path.Join(r.Segment))
	if w.node == nil {
		return refused(w.path, dav.Conflict, dav.UnbindSourceExists, "the collection has no such member")
	}
	if err := m.judge(r.Conditions, in, w); err != nil {
		return err
	}
	if err := called(dav.LockedUpdateAllowed, r.Conditions.Permit(in.path, m.locksOn(in.node))); err != nil {
		return err
	}
	if blocked, err := m.mayUnmap(r.Conditions, w, report); blocked || err != nil {
		return called(dav.ProtectedURLDeletionAllowed, err)
	}
	m.unbind(w.binding())
	return nil
}

func (m *memory) Rebind(_ context.Context, r dav.BindRequest, report dav.Report) (bool, error) {
	defer m.begin()()
	source, to, err := m.bindable(r, dav.RebindIntoCollection, dav.RebindSourceExists)
	if err != nil {
		return false, err
	}
	if source.binding() == to.binding() {
		return false, nil // it is there already
	}
	if source.path.IsRoot() {
		return false, refused(source.path, dav.Forbidden, dav.ProtectedSourceURLDeletionAllowed, "the root can't be moved")
	}
	if m.cutsOff(source.binding(), to.parent()) {
		return false, refused(to.path, dav.Forbidden, dav.CycleAllowed, "no URL would lead to the collection any more")
	}
	if err := called(dav.LockedSourceCollectionUpdateAllowed, r.Conditions.Permit(source.path.Parent(), m.locksOn(source.parent()))); err != nil {
		return false, err
	}
	blockedFrom, err := m.mayUnmap(r.Conditions, source, report)
	if err != nil {
		return false, called(dav.ProtectedSourceURLDeletionAllowed, err)
	}
	blockedTo, err := m.mayReplace(r.Conditions, to, dav.ProtectedURLModificationAllowed, report)
	if blockedFrom || blockedTo || err != nil {
		return false, err
	}
	if err := m.mayJoin(source.node, to, source.binding(), to.binding()); err != nil {
		return false, err
	}
	at, err := renamed(source, to, r.Position)
	if err != nil {
		return false, err
	}
	created := m.replace(to, source.node, at)
	m.unbind(source.binding())
	return created, nil
}

// bindable resolves what BIND and REBIND name, and tells whether they may be
// done, locks left aside.
func (m *memory) bindable(r dav.BindRequest, into, exists dav.Name) (source, to *trail, err error) {
	in, err := m.collectionAt(r.Collection, r.Conditions, into)
	if err != nil {
		return nil, nil, err
	}
	source = m.find(r.Source)
	if source.node == nil {
		return nil, nil, refused(source.path, dav.Conflict, exists, "there is no resource to be bound")
	}
	to = m.find(in.path.Join(r.Segment))
	if err := in.node.mayPlace(to.path, r.Position); err != nil {
		return nil, nil, err
	}
	if err := m.judge(r.Conditions, in, to, source); err != nil {
		return nil, nil, err
	}
	if to.node != nil && r.Conditions != nil && r.Conditions.NoOverwrite {
		return nil, nil, refused(to.path, dav.PreconditionFailed, dav.CanOverwrite, "Overwrite: F, and the segment is bound")
	}
	return source, to, nil
}

func (m *memory) collectionAt(p dav.Path, c *dav.Conditions, condition dav.Name) (*trail, error) {
	w, err := m.existing(p, c)
	if err == nil && !w.node.collection {
		err = refused(w.path, dav.Conflict, condition, "this is no collection")
	}
	return w, err
}

// mayJoin tells whether n may become a member of the collection that holds to,
// once the bindings gone are no more: the locks that come over it must not
// exclude those that guard it or what can be reached from it.
func (m *memory) mayJoin(n *node, to *trail, gone ...binding) error {
	defer without(gone...)()
	stays := func(l *held) bool {
		return !slices.ContainsFunc(gone, func(b binding) bool { return slices.Contains(l.via, b) })
	}
	over := inherited(m.locksWhere(func(l *held) bool { return stays(l) && l.guards(to.parent()) }))
	var against []dav.Lock
	for inside := range n.reach() {
		for _, l := range m.locks {
			if !l.guards(inside) || !stays(l) {
				continue
			}
			for _, o := range over {
				if o.Token != l.Token && o.Scope.Conflicts(l.Scope) {
					against = append(against, l.Lock)
				}
			}
		}
	}
	if against == nil {
		return nil
	}
	return inTheWay(to.path, against...)
}

// without takes bindings away until restore is called.
func without(gone ...binding) (restore func()) {
	taken := make(map[binding]member)
	for _, b := range gone {
		if was, there := b.parent.members[b.key]; there {
			taken[b] = was
			delete(b.parent.members, b.key)
		}
	}
	return func() {
		for b, was := range taken {
			b.parent.members[b.key] = was
		}
	}
}

// mayReplace asks for the tokens of the collection that holds to and, if it is
// mapped, of what goes with its binding.
func (m *memory) mayReplace(c *dav.Conditions, to *trail, overwrite dav.Name, report dav.Report) (blocked bool, err error) {
	if err := c.Permit(to.path.Parent(), m.locksOn(to.parent())); err != nil {
		return false, called(dav.LockedUpdateAllowed, err)
	}
	if to.node == nil {
		return false, nil
	}
	blocked, err = m.mayUnmap(c, to, report)
	return blocked, called(overwrite, err)
}

// replace maps to to n.
func (m *memory) replace(to *trail, n *node, at *dav.Position) (created bool) {
	if created = to.node == nil; !created {
		m.endThrough(to.binding())
	}
	m.bind(to.parent(), to.path.Name(), n)
	if at != nil {
		to.parent().place(to.binding().key, *at)
	}
	return created
}

// cutsOff tells whether without the binding b no URL leads to n.
func (m *memory) cutsOff(b binding, n *node) bool {
	defer without(b)()
	return !m.root.reach()[n]
}

func refused(p dav.Path, kind dav.Kind, condition dav.Name, why string) error {
	return &dav.Error{Kind: kind, Path: p, Condition: dav.Condition{Name: condition}, Message: why}
}

// called gives a lock's refusal the condition that RFC 5842 has for it.
func called(condition dav.Name, err error) error {
	if e, ok := errors.AsType[*dav.Error](err); ok && e.Condition.Name == dav.LockTokenSubmitted {
		c := *e
		c.Condition.Name = condition
		return &c
	}
	return err
}

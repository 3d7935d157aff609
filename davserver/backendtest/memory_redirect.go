package backendtest

import (
	"context"

	"github.com/quiredav/quire/dav"
)

// at is p, unless it is, or leads through, a redirect reference that the
// request does not apply to (RFC 4437 section 5).
func (m *memory) at(p dav.Path, c *dav.Conditions) (*trail, error) {
	w := m.find(p)
	if w.last.redirect == nil || w.missing == 0 && (c == nil || c.Redirects) {
		return w, nil
	}
	ref := w.path
	for range w.missing {
		ref = ref.Parent()
	}
	return nil, &dav.Error{Kind: dav.Redirection, Path: ref, Message: "this is a redirect reference",
		Redirected: &dav.Redirected{Redirect: *w.last.redirect, Path: ref, Rest: string(w.path[len(ref):])}}
}

func (m *memory) Mkredirectref(_ context.Context, r dav.MkredirectrefRequest) error {
	defer m.begin()()
	w, err := m.makeable(r.Path, r.Position, r.Conditions)
	switch {
	case dav.KindOf(err) == dav.NotAllowed:
		return refused(r.Path, dav.Conflict, dav.ResourceMustBeNull, "there is a resource at this URL already")
	case err != nil && m.find(r.Path).creatable() != nil && dav.KindOf(err) == dav.Conflict:
		return refused(r.Path, dav.Conflict, dav.ParentResourceMustBeNonNull, "there is no collection to hold this URL")
	case err != nil:
		return called(dav.LockedUpdateAllowed, err)
	}
	n := m.newNode(false)
	n.redirect = &r.Redirect
	m.add(w, n, r.Position)
	return nil
}

func (m *memory) Updateredirectref(_ context.Context, r dav.UpdateredirectrefRequest) error {
	defer m.begin()()
	w, err := m.existing(r.Path, r.Conditions)
	if err != nil {
		return err
	}
	if w.node.redirect == nil {
		return &dav.Error{Kind: dav.Forbidden, Path: w.path, Condition: dav.Condition{Name: dav.MustBeRedirectref},
			Message: "this is no redirect reference"}
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return err
	}
	if err := r.Conditions.Permit(w.path, m.locksOn(w.node)); err != nil {
		return called(dav.LockedUpdateAllowed, err)
	}
	changed := *w.node.redirect
	if r.Target != nil {
		changed.Target = *r.Target
	}
	if r.Permanent != nil {
		changed.Permanent = *r.Permanent
	}
	w.node.redirect = &changed
	return nil
}

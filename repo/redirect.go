package repo

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
)

// Mkredirectref implements the backend's Mkredirectref.
func (r *Repository) Mkredirectref(ctx context.Context, q dav.MkredirectrefRequest) error {
	if err := r.room(ctx); err != nil {
		return err
	}
	return r.update(ctx, func(t *tx) error {
		w, err := t.target(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if w.found {
			return refuse(dav.Conflict, q.Path, dav.ResourceMustBeNull, "there is a resource at this URL already")
		}
		if w.creatable() != nil {
			return refuse(dav.Conflict, q.Path, dav.ParentResourceMustBeNonNull, "there is no collection to hold this URL")
		}
		if err := t.admitPosition(w, q.Position); err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.parent()); err != nil {
			return lockedUpdate(err)
		}
		_, err = t.create(w, resource{
			uid: uuid.New(), kind: kindReference, created: t.now, modified: t.now,
			reftarget: q.Redirect.Target, permanent: q.Redirect.Permanent, owner: principal(q.Conditions),
		}, q.Position)
		return err
	})
}

// Updateredirectref implements the backend's Updateredirectref.
func (r *Repository) Updateredirectref(ctx context.Context, q dav.UpdateredirectrefRequest) error {
	return r.update(ctx, func(t *tx) error {
		w, err := t.existing(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if w.leaf.kind != kindReference {
			return refuse(dav.Forbidden, q.Path, dav.MustBeRedirectref, "this resource is no redirect reference")
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if err := t.permit(q.Conditions, w.path, w.leaf.id); err != nil {
			return lockedUpdate(err)
		}
		next := w.leaf
		if q.Target != nil {
			next.reftarget = *q.Target
		}
		if q.Permanent != nil {
			next.permanent = *q.Permanent
		}
		if err := t.exec(`UPDATE resource SET reftarget = $1, permanent = $2, modified = $3 WHERE id = $4`,
			next.reftarget, next.permanent, latest(t.now, next.modified).UnixMicro(), next.id); err != nil {
			return err
		}
		return t.contentChanged(next.id)
	})
}

// redirected is the error of a request with the conditions c whose URL w is of
// a redirect reference, or leads through one (RFC 4437 sections 5 and 11).
func (w *trail) redirected(c *dav.Conditions) error {
	if w.leaf.kind != kindReference || w.found && (c == nil || c.Redirects) {
		return nil
	}
	at := w.path
	for range w.missing {
		at = at.Parent()
	}
	return &dav.Error{
		Kind: dav.Redirection, Path: w.path, Message: "a redirect reference leads elsewhere",
		Redirected: &dav.Redirected{Redirect: w.leaf.redirect(), Path: at, Rest: string(w.path[len(at):])},
	}
}

// redirect is what the redirect reference r refers to.
func (r *resource) redirect() dav.Redirect {
	return dav.Redirect{Target: r.reftarget, Permanent: r.permanent}
}

// bodiless is the error of reading or writing the body of a redirect reference
// (RFC 4437 section 5).
func bodiless(p dav.Path) error {
	return fail(dav.Forbidden, p, "a redirect reference has no body")
}

// lockedUpdate names the condition that RFC 4437 has for a lock in the way.
func lockedUpdate(err error) error {
	if e, ok := errors.AsType[*dav.Error](err); ok && e.Condition.Name == dav.LockTokenSubmitted {
		named := *e
		named.Condition.Name = dav.LockedUpdateAllowed
		return &named
	}
	return err
}

func refuse(kind dav.Kind, p dav.Path, condition dav.Name, message string) error {
	return &dav.Error{Kind: kind, Path: p, Condition: dav.Condition{Name: condition}, Message: message}
}

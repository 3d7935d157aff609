package repo

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// Put implements the backend's Put: the body becomes durable, then one
// transaction shows it.
func (r *Repository) Put(ctx context.Context, q dav.PutRequest) (res *dav.Resource, created bool, err error) {
	err = r.view(ctx, func(t *tx) error {
		_, err := t.admitPut(q)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if err := r.room(ctx); err != nil {
		return nil, false, err
	}
	if q.Body, err = r.withinQuota(ctx, q); err != nil {
		return nil, false, err
	}
	b, err := r.receive(ctx, q)
	if err != nil {
		return nil, false, err
	}
	err = r.update(ctx, func(t *tx) (err error) {
		res, created, err = t.show(q, b)
		return err
	})
	if err != nil {
		// What may have been committed needs its blob; if it was not, GC finds it.
		if dav.KindOf(err) != dav.Internal && !errors.Is(err, meta.ErrInDoubt) {
			r.discard(b)
		}
		return nil, false, err
	}
	return res, created, nil
}

// admitPut tells whether the body may be stored at its URL.
func (t *tx) admitPut(q dav.PutRequest) (*trail, error) {
	w, err := t.target(q.Path, q.Conditions)
	if err != nil {
		return nil, err
	}
	switch {
	case w.found && w.leaf.isCollection():
		return nil, fail(dav.NotAllowed, q.Path, "this is a collection; a body can only be stored in a file")
	case w.found && w.leaf.kind == kindReference:
		return nil, bodiless(q.Path)
	}
	if err := w.creatable(); err != nil {
		return nil, err
	}
	if err := t.admitPosition(w, q.Position); err != nil {
		return nil, err
	}
	if err := t.judge(q.Conditions, w); err != nil {
		return nil, err
	}
	if err := t.permitPosition(q.Conditions, w, q.Position); err != nil {
		return nil, err
	}
	guard := w.parent()
	if w.found {
		guard = w.leaf.id
	}
	return w, t.permit(q.Conditions, w.path, guard)
}

// show makes the body b the content of the URL.
func (t *tx) show(q dav.PutRequest, b *body) (*dav.Resource, bool, error) {
	w, err := t.admitPut(q)
	if err != nil {
		return nil, false, err
	}
	old := w.leaf
	next := resource{
		id: old.id, uid: old.uid, kind: kindFile, created: old.created,
		modified: q.Modified, mediaType: q.MediaType, language: q.Language,
		length: b.length, etag: newETag(), owner: principal(q.Conditions),
	}
	if next.body, err = t.insertBody(b); err != nil {
		return nil, false, err
	}
	if w.found {
		if next.modified.IsZero() {
			next.modified = latest(t.now, old.modified)
		}
		if err := t.setContent(next, old.length); err != nil {
			return nil, false, err
		}
		if err := t.contentChanged(next.id); err != nil {
			return nil, false, err
		}
		if err := t.place(w, q.Position); err != nil {
			return nil, false, err
		}
		err = t.release(old.body)
	} else {
		next.created = t.now
		if next.modified.IsZero() {
			next.modified = t.now
		}
		next.uid = uuid.New()
		_, err = t.create(w, next, q.Position)
	}
	if err != nil {
		return nil, false, err
	}
	res := new(dav.Resource)
	next.describe(res, w.path)
	return res, !w.found, nil
}

// create makes the resource r at the end of w, whose parent exists, in the place
// of [tx.bind].
func (t *tx) create(w *trail, r resource, at *dav.Position) (id int64, err error) {
	if id, err = t.insertResource(r); err != nil {
		return 0, err
	}
	t.arrives(id, r.length)
	return id, t.bind(w, id, at)
}

// setContent gives the resource r.id, in which there were so many bytes, the
// content described by r.
func (t *tx) setContent(r resource, were int64) error {
	owner := ""
	_, err := meta.One(t, func(row meta.Row) { owner = row.Text(0) },
		`UPDATE resource SET modified = $1, media_type = $2, language = $3, length = $4, etag = $5, body = $6
		WHERE id = $7 RETURNING owner`, r.modified.UnixMicro(), r.mediaType, r.language, r.length, r.etag, nullID(r.body), r.id)
	t.resized(r.id, owner, r.length-were)
	return err
}

// latest keeps Last-Modified at a URL from going down when its content changes
// (RFC 4918 section 8.8).
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

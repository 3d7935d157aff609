package repo

import (
	"context"
	"errors"

	"github.com/quiredav/quire/dav"
)

// Sync implements the server's Syncer (RFC 6578). An answer tells what changed
// up to the step of the snapshot that it begins with, in pages, each read in a
// transaction of its own. What changes while it goes on has a higher step and is
// left for the next answer; so what is told was true at that snapshot, and what
// was left out since has changed after it.
func (r *Repository) Sync(ctx context.Context, q dav.SyncRequest, each func(*dav.Change) error) (token string, more bool, err error) {
	if err := r.ensureHistory(ctx); err != nil {
		return "", false, err
	}
	s := &syncing{
		Repository: r, infinite: q.Infinite, limit: q.Limit, q: q.Query, principal: principal(q.Conditions), each: each,
		run: func(fn func(*tx) error) error { return r.view(ctx, fn) },
	}
	if q.Query.Quota {
		s.left = r.free(ctx)
	}
	if q.Query.Quota {
		r.tidy(ctx)
		s.free, s.who = r.free(ctx), principal(q.Conditions)
	}
	var from position
	err = r.view(ctx, func(t *tx) (err error) {
		from, err = s.begin(t, q)
		return err
	})
	if err != nil {
		return "", false, err
	}
	at, err := s.answer(from)
	if err != nil {
		return "", false, err
	}
	return syncToken{s.now.history, s.top.uid, s.now.step, at}.String(), at != position{step: s.upTo}, nil
}

// syncing is one answer of Sync.
type syncing struct {
	*Repository
	run       func(func(*tx) error) error // runs a read transaction
	infinite  bool
	limit     int
	q         dav.Query
	principal string // who asks, and
	left      int64  // how much the disk still takes, if the query wants quotas
	each      func(*dav.Change) error

	top    resource // the collection
	path   dav.Path
	routes *routes

	since int64    // from here on removals must be known
	upTo  int64    // the step of the first snapshot
	bound int64    // up to which step this answer tells; not above upTo
	now   standing // that of the latest snapshot
	most  int      // so many rows may be looked at; 0: no bound
	told  int
	last  position // of what was told last

	space *space // if the query wants quotas
	free  int64  // on the disk
	who   string // asks
}

// begin resolves the collection and tells from where the answer goes on.
func (s *syncing) begin(t *tx, q dav.SyncRequest) (from position, err error) {
	w, err := t.existing(q.Path, q.Conditions)
	if err != nil {
		return from, err
	}
	if err := t.judge(q.Conditions, w); err != nil {
		return from, err
	}
	if !w.leaf.isCollection() {
		return from, refuse(dav.Forbidden, q.Path, dav.SupportedReport, "only a collection can be synchronized")
	}
	if s.now, err = t.standing(); err != nil {
		return from, err
	}
	from = position{step: s.now.step, phase: walking, infinite: q.Infinite}
	if q.Token != "" {
		if from, err = t.admitToken(q.Token, &w.leaf); err != nil {
			return from, err
		}
	}
	s.over(&w.leaf, w.path)
	return from.on(q.Infinite), nil
}

// over says which collection the answer is about, and up to when: now.
func (s *syncing) over(c *resource, at dav.Path) {
	s.top, s.path = *c, at
	s.routes = newRoutes(c.id)
	s.upTo, s.bound = s.now.step, s.now.step
}

// errEnough ends an answer that is as long as the client wants it.
var errEnough = errors.New("enough was told")

// answer tells what follows from, and gives the position at which it ended.
func (s *syncing) answer(from position) (position, error) {
	s.since = from.told()
	var err error
	if from.phase == walking {
		err = s.walkAll(from)
		from = position{step: from.step}
	}
	if err == nil {
		err = s.changes(from)
	}
	switch err {
	case nil:
		return position{step: s.bound}, nil
	case errEnough:
		return s.last, nil
	}
	return position{}, err
}

// page runs fn in a read transaction.
func (s *syncing) page(fn func(*tx) error) error {
	return s.run(func(t *tx) error {
		now, err := t.standing()
		if err != nil {
			return err
		}
		if err := now.remembers(s.since); err != nil {
			return err
		}
		s.now = now
		return fn(t)
	})
}

// tell hands a change on; at is its position.
func (s *syncing) tell(c *dav.Change, at position) error {
	if s.limit > 0 && s.told == s.limit {
		return errEnough
	}
	s.told++
	s.last = at
	return s.each(c)
}

// under is a path in the collection; rel has a slash before each segment.
func (s *syncing) under(rel string) dav.Path {
	if s.path.IsRoot() {
		return dav.Path(rel)
	}
	return s.path + dav.Path(rel)
}

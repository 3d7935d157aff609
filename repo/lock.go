package repo

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// Lock implements the backend's Lock.
func (r *Repository) Lock(ctx context.Context, q dav.LockRequest, report dav.Report) (l *dav.Lock, created bool, err error) {
	err = r.updateReporting(ctx, report, func(t *tx, report dav.Report) error {
		l, created = nil, false
		w, err := t.target(q.Path, q.Conditions)
		if err != nil {
			return err
		}
		if err := w.creatable(); err != nil {
			return err
		}
		if !w.found {
			if err := t.admitPosition(w, q.Position); err != nil {
				return err
			}
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if blocked, err := t.admitLock(q, w, report); blocked || err != nil {
			return err
		}
		made, err := t.makeLock(q, w)
		l, created = made, !w.found
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return l, created, nil
}

// admitLock holds a new lock to the limits, and looks for locks that stand
// against it: on the URL or above it, which is an error, or, for infinite depth,
// below it, which are reported.
func (t *tx) admitLock(q dav.LockRequest, w *trail, report dav.Report) (blocked bool, err error) {
	if len(q.Owner) > t.opt.MaxOwnerBytes {
		return false, fail(dav.TooLarge, q.Path, "the owner element of the lock is too long")
	}
	if err := t.sweepLocks(); err != nil {
		return false, err
	}
	if n, err := meta.Int(t, `SELECT count(*) FROM lock WHERE principal = $1`, principal(q.Conditions)); err != nil {
		return false, err
	} else if n >= int64(t.opt.MaxLocks) {
		return false, fail(dav.NoSpace, q.Path, "this principal holds too many locks")
	}
	if !w.found {
		over, err := t.locksOn(w.parent())
		if err != nil {
			return false, err
		}
		if err := conflict(q, inheritedBy(over)); err != nil {
			return false, err
		}
		return false, q.Conditions.Permit(w.path, over)
	}
	on, err := t.locksOn(w.leaf.id)
	if err != nil {
		return false, err
	}
	if err := conflict(q, on); err != nil {
		return false, err
	}
	if q.Depth != dav.DepthInfinity || !w.leaf.isCollection() {
		return false, nil
	}
	inside, err := t.locksInReach(w.leaf.id)
	if err != nil {
		return false, err
	}
	seen := make(map[dav.Path]bool)
	for _, l := range inside {
		if err := conflict(q, []dav.Lock{l}); err != nil && !seen[l.Root] {
			seen[l.Root] = true
			blocked = true
			report(dav.Outcome{Path: l.Root, Collection: l.Collection, Err: err})
		}
	}
	return blocked, nil
}

// conflict is the error of a lock that can't stand beside others (RFC 4918
// sections 6.1 and 9.10.6).
func conflict(q dav.LockRequest, others []dav.Lock) error {
	return inTheWay(q.Path, slices.DeleteFunc(slices.Clone(others), func(o dav.Lock) bool { return !q.Scope.Conflicts(o.Scope) }))
}

// inTheWay is the error of what the locks exclude; nil if there are none.
func inTheWay(p dav.Path, locks []dav.Lock) error {
	if len(locks) == 0 {
		return nil
	}
	cond := dav.Condition{Name: dav.NoConflictingLock}
	for i := range locks {
		cond.Paths = append(cond.Paths, dav.Href{Path: locks[i].Root, Collection: locks[i].Collection})
	}
	return &dav.Error{Kind: dav.Locked, Path: p, Condition: cond, Message: "another lock is in the way"}
}

// makeLock makes the lock, and an empty resource if there is none at w.
func (t *tx) makeLock(q dav.LockRequest, w *trail) (*dav.Lock, error) {
	id := w.leaf.id
	if !w.found {
		var err error
		id, err = t.create(w, resource{uid: uuid.New(), kind: kindFile, created: t.now, modified: t.now, etag: newETag(),
			owner: principal(q.Conditions)}, q.Position)
		if err != nil {
			return nil, err
		}
	}
	l := &dav.Lock{
		Token:      uuid.New().URN(),
		Root:       w.path,
		Collection: w.found && w.leaf.isCollection(),
		Depth:      q.Depth,
		Scope:      q.Scope,
		Owner:      q.Owner,
		Principal:  principal(q.Conditions),
		Timeout:    q.Timeout,
		Expires:    expiry(t.now, q.Timeout),
	}
	t.unlocked = false
	err := t.exec(`INSERT INTO lock (token, resource, root, collection, depth, scope, owner, principal, timeout, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.Token, id, string(l.Root), l.Collection, int64(l.Depth), int64(l.Scope), l.Owner, l.Principal, int64(l.Timeout), micros(l.Expires))
	if err != nil {
		return nil, err
	}
	return l, t.rootLock(l.Token, w)
}

// Refresh implements the backend's Refresh.
func (r *Repository) Refresh(ctx context.Context, q dav.RefreshRequest) (l *dav.Lock, err error) {
	err = r.update(ctx, func(t *tx) (err error) {
		var w *trail
		if w, l, err = t.lockInScope(q.Path, q.Conditions, q.Token, dav.PreconditionFailed); err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if l.Principal != principal(q.Conditions) {
			return fail(dav.Forbidden, q.Path, "the lock belongs to another principal")
		}
		l.Timeout, l.Expires = q.Timeout, expiry(t.now, q.Timeout)
		return t.exec(`UPDATE lock SET timeout = $1, expires = $2 WHERE token = $3`, int64(l.Timeout), micros(l.Expires), l.Token)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Unlock implements the backend's Unlock.
func (r *Repository) Unlock(ctx context.Context, q dav.UnlockRequest) error {
	return r.update(ctx, func(t *tx) error {
		w, l, err := t.lockInScope(q.Path, q.Conditions, q.Token, dav.Conflict)
		if err != nil {
			return err
		}
		if err := t.judge(q.Conditions, w); err != nil {
			return err
		}
		if l.Principal != principal(q.Conditions) {
			return fail(dav.Forbidden, q.Path, "the lock belongs to another principal")
		}
		return t.exec(`DELETE FROM lock WHERE token = $1`, l.Token)
	})
}

// lockInScope finds the lock of a token among those on the resource at p; kind
// is that of the error if it is not there.
func (t *tx) lockInScope(p dav.Path, c *dav.Conditions, token string, kind dav.Kind) (*trail, *dav.Lock, error) {
	w, err := t.target(p, c)
	if err != nil {
		return nil, nil, err
	}
	if w.found {
		locks, err := t.locksOn(w.leaf.id)
		if err != nil {
			return nil, nil, err
		}
		for i := range locks {
			if locks[i].Token == token {
				return w, &locks[i], nil
			}
		}
	}
	return nil, nil, &dav.Error{
		Kind: kind, Path: w.path,
		Condition: dav.Condition{Name: dav.LockTokenMatchesRequestURI},
		Message:   "no lock with this token holds this URL in its scope",
	}
}

// sweepLocks removes the locks that have run out.
func (t *tx) sweepLocks() error {
	return t.exec(`DELETE FROM lock WHERE expires BETWEEN 1 AND $1`, t.now.UnixMicro())
}

func principal(c *dav.Conditions) string {
	if c == nil {
		return ""
	}
	return c.Principal
}

func expiry(now time.Time, timeout time.Duration) time.Time {
	if timeout == 0 {
		return time.Time{}
	}
	return now.Add(timeout)
}

// micros is a lock's end as the database has it; 0 for never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

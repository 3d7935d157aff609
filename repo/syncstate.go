package repo

import (
	"errors"
	"strings"

	"github.com/quiredav/quire/dav"
)

// This file tells of sync tokens outside of the report: as a property, and as
// state tokens (RFC 6578 sections 4 and 5).

// describeSync fills what the query wants to know of a collection.
func (t *tx) describeSync(d *dav.Resource, c *resource, q dav.Query) error {
	if !c.isCollection() || !q.SyncToken && !q.Changes {
		return nil
	}
	var err error
	if q.Changes {
		if d.Changes, err = t.changesOf(c.id); err != nil {
			return err
		}
	}
	if q.SyncToken {
		var now standing
		now, err = t.standing()
		d.SyncToken = now.tokenOf(c)
	}
	return err
}

// addSyncTokens gives the collections among the members of a page their tokens.
func (t *tx) addSyncTokens(members []member) error {
	now, err := t.standing()
	for i := range members {
		if m := &members[i]; m.res.isCollection() {
			m.syncToken = now.tokenOf(&m.res)
		}
	}
	return err
}

// maxJudgedChanges bounds the changes since a sync token that are looked at for
// an If header. Where there are more the token does not match: the client learns
// of them and tries again.
const maxJudgedChanges = 10_000

// unchanged judges the sync tokens in an If header: one matches its collection
// while nothing in that has changed, at any level.
type unchanged struct {
	conditions *dav.Conditions
	left       int // so many changes are looked at yet
}

// state is tx.state with the sync tokens that match.
func (u *unchanged) state(t *tx, w *trail) (dav.State, error) {
	s, err := t.state(w)
	if err != nil || !w.found || !w.leaf.isCollection() {
		return s, err
	}
	for _, token := range u.conditions.Tokens {
		if !strings.HasPrefix(token, syncTokenPrefix) {
			continue
		}
		same, err := u.since(t, &w.leaf, token)
		if err != nil {
			return s, err
		}
		if same {
			s.Tokens = append(s.Tokens, token)
		}
	}
	return s, nil
}

// since tells whether the collection is as the token says.
func (u *unchanged) since(t *tx, c *resource, token string) (bool, error) {
	from, err := t.admitToken(token, c)
	if err != nil || from.phase != whole {
		if dav.KindOf(err) == dav.Forbidden {
			err = nil
		}
		return false, err
	}
	now, err := t.standing()
	if err != nil || now.step == from.step {
		return err == nil, err
	}
	s := &syncing{
		Repository: t.Repository, infinite: true, now: now, since: from.step, most: u.left,
		run:  func(fn func(*tx) error) error { return fn(t) },
		each: func(*dav.Change) error { return errEnough },
	}
	s.over(c, dav.Root)
	err = s.changes(from)
	u.left = max(s.most, 1)
	switch {
	case errors.Is(err, errEnough), dav.KindOf(err) == dav.NoSpace && err != nil: // changed, or too much to tell
		return false, nil
	}
	return err == nil, err
}

package repo

import (
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file answers, for a transaction, which locks stand where, and hands
// them to the judges in package dav.

// lockColumns are what scanLock reads, judgedColumns those that decide.
const (
	judgedColumns = `l.token, l.root, l.collection, l.depth, l.scope, l.principal, l.timeout, l.expires`
	lockColumns   = judgedColumns + `, l.owner`
)

func scanLock(row meta.Row, at int) dav.Lock {
	l := dav.Lock{
		Token:      row.Text(at),
		Root:       dav.Path(row.Text(at + 1)),
		Collection: row.Int(at+2) != 0,
		Depth:      dav.Depth(row.Int(at + 3)),
		Scope:      dav.LockScope(row.Int(at + 4)),
		Principal:  row.Text(at + 5),
		Timeout:    time.Duration(row.Int(at + 6)),
		Owner:      row.Text(at + 8),
	}
	if end := row.Int(at + 7); end != 0 {
		l.Expires = time.UnixMicro(end)
	}
	return l
}

// inForce is the SQL for a lock that has not run out at $1.
const inForce = `(l.expires = 0 OR l.expires > $1)`

func (t *tx) locks(sql string, args ...any) (locks []dav.Lock, err error) {
	for row, err := range t.Query(sql, args...) {
		if err != nil {
			return nil, err
		}
		locks = append(locks, scanLock(row, 0))
	}
	return locks, nil
}

// anyLock tells whether there is a lock at all, perhaps one that has run out,
// which saves most requests the queries below.
func (t *tx) anyLock() (bool, error) {
	if t.unlocked {
		return false, nil
	}
	n, err := meta.Int(t, `SELECT 1 FROM lock WHERE token > '' LIMIT 1`)
	t.unlocked = n == 0 && err == nil
	return n == 1, err
}

// locksOn gives the locks in force on a resource: those on itself, and those of
// infinite depth on any collection from which it can be reached, through
// whichever bindings (RFC 5842 section 9). Collections above it that wait to be
// reclaimed have none.
func (t *tx) locksOn(id int64) ([]dav.Lock, error) {
	if some, err := t.anyLock(); !some {
		return nil, err
	}
	return t.locks(`WITH RECURSIVE up (id) AS (
			SELECT CAST($2 AS BIGINT) UNION SELECT b.parent FROM binding b JOIN up ON b.child = up.id)
		SELECT `+lockColumns+` FROM up CROSS JOIN lock l
		WHERE l.resource = up.id AND (up.id = $2 OR l.depth = 2) AND `+inForce,
		t.now.UnixMicro(), id)
}

// judge evaluates the conditional headers for the request URI w. COPY, MOVE and
// DELETE name in reach the URLs that they touch wholly: a token of any lock on
// those, below them or on the collection over them then matches too.
func (t *tx) judge(c *dav.Conditions, w *trail, reach ...*trail) error {
	if c == nil || !c.Any() {
		return nil
	}
	unchanged := &unchanged{conditions: c, left: maxJudgedChanges}
	return c.Judge(w.path, func(p dav.Path) (dav.State, error) {
		if bindingName(string(p)) != bindingName(string(w.path)) {
			other, err := t.resolve(p)
			if err != nil {
				return dav.State{}, err
			}
			return unchanged.state(t, other)
		}
		s, err := unchanged.state(t, w)
		if err == nil && !w.found && w.creatable() == nil {
			s.Tokens, err = t.tokensFrom(w.parent())
		}
		for _, w := range reach {
			if err != nil {
				break
			}
			err = t.addReach(&s, w)
		}
		return s, err
	})
}

// state is what conditions can ask about the URL w.
func (t *tx) state(w *trail) (dav.State, error) {
	if !w.found {
		return dav.State{}, nil
	}
	locks, err := t.locksOn(w.leaf.id)
	return dav.State{
		Exists:   true,
		ETag:     w.leaf.entityTag(),
		Modified: w.leaf.modified,
		Tokens:   tokens(locks),
	}, err
}

// tokensFrom gives the tokens of the locks that a new member of the collection
// would be under. They match at the request URI although it is unmapped yet:
// read to the letter (RFC 4918 section 10.4.4) no client could create with an
// untagged token what its own lock covers.
func (t *tx) tokensFrom(collection int64) ([]string, error) {
	locks, err := t.locksOn(collection)
	return tokens(inheritedBy(locks)), err
}

// addReach adds the tokens of the locks that stand against unmapping w, or
// against something arriving there.
func (t *tx) addReach(s *dav.State, w *trail) error {
	ending, err := t.rootsThrough(w)
	if err != nil {
		return err
	}
	over, err := t.locksOn(w.parent())
	for i := range ending {
		s.Tokens = append(s.Tokens, ending[i].Token)
	}
	s.Tokens = append(s.Tokens, tokens(over)...)
	return err
}

func tokens(locks []dav.Lock) []string {
	out := make([]string, len(locks))
	for i := range locks {
		out[i] = locks[i].Token
	}
	return out
}

// permit tells whether the locks on the resource id let the request change it:
// its body, its properties or, of a collection, its membership.
func (t *tx) permit(c *dav.Conditions, p dav.Path, id int64) error {
	locks, err := t.locksOn(id)
	if err != nil {
		return err
	}
	return c.Permit(p, locks)
}

// permitUnmap tells whether the URL w may be unmapped with all below it. The
// membership of the collection that holds it and the lock roots that would go
// are guarded (RFC 4918 section 7.4; RFC 5842 section 9.1). A lock on the
// resource at w is the request's own failure; each root below is reported, and
// then blocked is true.
func (t *tx) permitUnmap(c *dav.Conditions, w *trail, report dav.Report) (blocked bool, err error) {
	above, err := t.locksOn(w.parent())
	if err != nil {
		return false, err
	}
	ending, err := t.rootsThrough(w)
	if err != nil {
		return false, err
	}
	if blocked, err = permitEnd(c, w, ending, inheritedBy(above), report); err != nil {
		return false, err
	}
	return blocked, c.Permit(w.path, above)
}

// permitEnd tells whether the locks ending, rooted at w and below it, may end.
// All of it is under the locks inherited, too.
func permitEnd(c *dav.Conditions, w *trail, ending []rootedLock, inherited []dav.Lock, report dav.Report) (blocked bool, err error) {
	own := inherited
	done := map[dav.Path]bool{w.path: true}
	for i := range ending {
		if l := &ending[i]; l.on == w.leaf.id {
			own = append(own[:len(own):len(own)], l.Lock)
			done[l.Root] = true
		}
	}
	if err := c.Permit(w.path, own); err != nil {
		return false, err
	}
	for i := range ending {
		at := ending[i].Root
		if done[at] {
			continue
		}
		done[at] = true
		if err := c.Permit(at, joined(inherited, coveringAt(ending, at))); err != nil {
			blocked = true
			report(dav.Outcome{Path: at, Collection: ending[i].Collection, Err: err})
		}
	}
	return blocked, nil
}

// coveringAt gives those of the locks that cover the URL p.
func coveringAt(locks []rootedLock, p dav.Path) (on []dav.Lock) {
	for i := range locks {
		if locks[i].Covers(p) {
			on = append(on, locks[i].Lock)
		}
	}
	return on
}

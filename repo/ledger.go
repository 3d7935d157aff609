package repo

import (
	"errors"
	"maps"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// This file keeps count of the bytes of all resources, of those of each owner,
// and calls on quotaused.go for those below each collection with a quota. What
// waits to be reclaimed counts for all and for its owner, but below no collection.

// ledger is what a transaction changes of what is counted. The bytes of all are
// written along with its step, so that a PUT needs no statement more; the rest
// is settled before the commit. Only what grows is held to quotas, so that what
// is over can be made less.
type ledger struct {
	quotas int64 // rows in quota and owner_quota; known once there is a step

	bytes    int64           // not yet in tally
	accounts map[string]gain // of owners; nobody ("") has none

	moves   []move   // see quotaused.go
	resizes []resize // see quotaused.go
	remade  []int64  // collections that got other members
}

// gain is by how much something grew.
type gain struct {
	bytes int64
	made  bool // resources were made, which needs room even if they are empty
}

// need is how many bytes must have been available for it (RFC 4331 section 3: at
// 0 nothing can be made any more).
func (g gain) need() int64 {
	if g.made {
		return max(g.bytes, 1)
	}
	return g.bytes
}

// charge notes that resources of an owner grew.
func (t *tx) charge(owner string, g gain) {
	t.bytes += g.bytes
	if owner == "" || g == (gain{}) {
		return
	}
	if t.accounts == nil {
		t.accounts = make(map[string]gain)
	}
	sum := t.accounts[owner]
	t.accounts[owner] = gain{sum.bytes + g.bytes, sum.made || g.made}
}

// settle writes the ledger, or refuses what goes over a quota.
func (t *tx) settle() error {
	if t.bytes != 0 {
		if err := t.exec(`UPDATE tally SET bytes = bytes + $1 WHERE id = 1`, t.bytes); err != nil {
			return err
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(t.accounts)) {
		if err := t.settleAccount(owner, t.accounts[owner]); err != nil {
			return err
		}
	}
	return t.settleQuotas()
}

func (t *tx) settleAccount(owner string, g gain) error {
	if g.bytes != 0 {
		err := t.exec(`INSERT INTO usage (owner, bytes) VALUES ($1, $2)
			ON CONFLICT (owner) DO UPDATE SET bytes = usage.bytes + excluded.bytes`, owner, g.bytes)
		if err != nil {
			return err
		}
	}
	if t.quotas == 0 || g.need() <= 0 {
		return nil
	}
	q, bound, err := t.ownerQuota(owner)
	if err != nil || !bound || q.used-g.bytes+g.need() <= q.bytes {
		return err
	}
	return ownerFull()
}

// quotaRow is a quota: how many bytes there may be, and how many are.
type quotaRow struct {
	resource int64 // the collection; 0: the quota of an owner
	bytes    int64
	used     int64
	counted  bool // else used is not known
}

// free is what may be added; less than 0 if there is too much.
func (q *quotaRow) free() int64 { return q.bytes - q.used }

// ownerQuota is the quota of an owner, or the one of all who have none of their
// own. bound is false if there is neither.
func (t *tx) ownerQuota(owner string) (q quotaRow, bound bool, err error) {
	if owner == "" {
		return q, false, nil
	}
	bound, err = meta.One(t, func(row meta.Row) {
		q = quotaRow{bytes: row.Int(0), used: row.Int(1), counted: true}
	}, `SELECT q.bytes, coalesce((SELECT u.bytes FROM usage u WHERE u.owner = $1), 0)
		FROM owner_quota q WHERE q.owner IN ($1, '') ORDER BY q.owner DESC LIMIT 1`, owner)
	return q, bound, err
}

// errOwnerFull is the cause of a refusal that reclaiming may lift.
var errOwnerFull = errors.New("the owner's quota is used up")

func ownerFull() error {
	e := quotaExceeded("it would exceed the quota of its owner")
	e.Err = errOwnerFull
	return e
}

func collectionFull() error { return quotaExceeded("it would exceed the quota of a collection") }

func quotaExceeded(message string) *dav.Error {
	return &dav.Error{Kind: dav.NoSpace, Condition: dav.Condition{Name: dav.QuotaNotExceeded}, Message: message}
}

package repo

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// CollectionQuota is how many bytes there may be, and how many are, in the files
// that can be reached from a collection, each counted once.
type CollectionQuota struct {
	Path  dav.Path // one URL of the collection
	Bytes int64
	Used  int64
}

// OwnerQuota is how many bytes there may be, and how many are, in the files that
// a principal made, what waits to be reclaimed included. The empty Owner stands
// for every principal that has no quota of its own; its Used is 0.
type OwnerQuota struct {
	Owner string
	Bytes int64
	Used  int64
}

// SetQuota gives a collection a quota, which stays with it wherever it is moved.
// What is there already may be more: then nothing can be added. Conflict if the
// resource is no collection.
func (r *Repository) SetQuota(ctx context.Context, p dav.Path, bytes int64) error {
	return r.update(ctx, func(t *tx) error {
		w, err := t.existing(p, nil)
		if err != nil {
			return err
		}
		if !w.leaf.isCollection() {
			return fail(dav.Conflict, p, "only a collection can have a quota")
		}
		used, err := t.countBelow(w.leaf.id)
		if err != nil {
			return err
		}
		n, err := t.Exec(`UPDATE quota SET bytes = $1, used = $2 WHERE resource = $3`, bytes, used, w.leaf.id)
		if err != nil || n > 0 {
			return err
		}
		if err := t.exec(`INSERT INTO quota (resource, bytes, used) VALUES ($1, $2, $3)`, w.leaf.id, bytes, used); err != nil {
			return err
		}
		return t.addQuotas(1)
	})
}

// RemoveQuota takes the quota of a collection away. NotFound if it has none.
func (r *Repository) RemoveQuota(ctx context.Context, p dav.Path) error {
	return r.update(ctx, func(t *tx) error {
		w, err := t.existing(p, nil)
		if err != nil {
			return err
		}
		n, err := t.Exec(`DELETE FROM quota WHERE resource = $1`, w.leaf.id)
		if err == nil && n == 0 {
			err = fail(dav.NotFound, p, "the resource has no quota")
		}
		if err != nil {
			return err
		}
		return t.addQuotas(-1)
	})
}

// SetOwnerQuota gives a principal a quota; "" every principal that has none of
// its own.
func (r *Repository) SetOwnerQuota(ctx context.Context, owner string, bytes int64) error {
	return r.update(ctx, func(t *tx) error {
		n, err := t.Exec(`UPDATE owner_quota SET bytes = $1 WHERE owner = $2`, bytes, owner)
		if err != nil || n > 0 {
			return err
		}
		if err := t.exec(`INSERT INTO owner_quota (owner, bytes) VALUES ($1, $2)`, owner, bytes); err != nil {
			return err
		}
		return t.addQuotas(1)
	})
}

// RemoveOwnerQuota takes away what SetOwnerQuota gave. NotFound if there is
// nothing to take.
func (r *Repository) RemoveOwnerQuota(ctx context.Context, owner string) error {
	return r.update(ctx, func(t *tx) error {
		n, err := t.Exec(`DELETE FROM owner_quota WHERE owner = $1`, owner)
		if err == nil && n == 0 {
			err = &dav.Error{Kind: dav.NotFound, Message: "there is no such quota"}
		}
		if err != nil {
			return err
		}
		return t.addQuotas(-1)
	})
}

// addQuotas notes that there are so many quotas more, where every step finds it.
func (t *tx) addQuotas(n int64) error {
	return t.exec(`UPDATE tally SET quotas = quotas + $1 WHERE id = 1`, n)
}

// Quotas tells of all quotas: of collections by path, of owners by name.
func (r *Repository) Quotas(ctx context.Context) (collections []CollectionQuota, owners []OwnerQuota, err error) {
	err = r.view(ctx, func(t *tx) error {
		if collections, err = t.collectionQuotas(); err != nil {
			return err
		}
		owners = nil
		for row, err := range t.Query(`SELECT q.owner, q.bytes, coalesce((SELECT u.bytes FROM usage u WHERE u.owner = q.owner), 0)
			FROM owner_quota q ORDER BY q.owner`) {
			if err != nil {
				return err
			}
			owners = append(owners, OwnerQuota{row.Text(0), row.Int(1), row.Int(2)})
		}
		return nil
	})
	return collections, owners, err
}

// collectionQuotas gives the quotas of the collections that can be reached.
func (t *tx) collectionQuotas() (list []CollectionQuota, err error) {
	a, err := t.ancestry(`SELECT resource FROM quota`)
	if err != nil {
		return nil, err
	}
	for row, err := range t.Query(`SELECT resource, bytes, used FROM quota`) {
		if err != nil {
			return nil, err
		}
		q := scanQuota(row, 0)
		p, found := a.urls[q.resource]
		if !found {
			continue
		}
		if q, err = t.counted(q); err != nil {
			return nil, err
		}
		list = append(list, CollectionQuota{p, q.bytes, q.used})
	}
	slices.SortFunc(list, func(a, b CollectionQuota) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// allowance is how many bytes a body may have, and what refuses a longer one.
type allowance struct {
	bytes int64
	err   error
}

func (a *allowance) lower(q *quotaRow, old int64, refusal error) {
	if free := max(q.free(), 0); free < math.MaxInt64-old && old+free < a.bytes {
		a.bytes, a.err = old+free, refusal
	}
}

// allowance tells how long a body the quotas allow at the URL w.
func (t *tx) allowance(w *trail, owner string) (a allowance, err error) {
	a.bytes = math.MaxInt64
	at, old := w.parent(), int64(0)
	if w.found {
		at, old = w.leaf.id, w.leaf.length
		if _, err := meta.One(t, func(row meta.Row) { owner = row.Text(0) }, `SELECT owner FROM resource WHERE id = $1`, at); err != nil {
			return a, err
		}
	}
	over, err := t.quotasOver(at)
	if err != nil {
		return a, err
	}
	for _, q := range over {
		if q, err = t.counted(q); err != nil {
			return a, err
		}
		a.lower(&q, old, collectionFull())
	}
	q, bound, err := t.ownerQuota(owner)
	if err == nil && bound {
		a.lower(&q, old, ownerFull())
	}
	return a, err
}

// allowed tells how long the body of a PUT may be. What it may not be for the
// garbage of its owner is tried again without that.
func (r *Repository) allowed(ctx context.Context, q dav.PutRequest, length int64) (a allowance, err error) {
	for again := false; ; again = true {
		err := r.view(ctx, func(t *tx) error {
			a = allowance{bytes: math.MaxInt64}
			if some, err := meta.Int(t, `SELECT quotas FROM tally WHERE id = 1`); some == 0 {
				return err
			}
			w, err := t.target(q.Path, q.Conditions)
			if err != nil {
				return err
			}
			a, err = t.allowance(w, principal(q.Conditions))
			return err
		})
		if err != nil || length <= a.bytes || again || !errors.Is(a.err, errOwnerFull) {
			return a, err
		}
		if _, err := r.Reclaim(ctx); err != nil {
			return a, nil // it is refused then
		}
	}
}

// withinQuota refuses a body that is announced as too long for the quotas, and
// gives one of unknown length a reader that stops where it becomes so. Small
// bodies are left to the transaction that shows them.
func (r *Repository) withinQuota(ctx context.Context, q dav.PutRequest) (io.Reader, error) {
	if q.Length >= 0 && q.Length <= int64(r.opt.InlineMax) {
		return q.Body, nil
	}
	a, err := r.allowed(ctx, q, q.Length)
	switch {
	case err != nil:
		return nil, err
	case q.Length > a.bytes:
		return nil, a.err
	case q.Length >= 0 || a.bytes == math.MaxInt64:
		return q.Body, nil
	}
	more := func(length int64) (allowance, error) { return r.allowed(ctx, q, length) }
	return &quotaReader{r: q.Body, allowance: a, more: more}, nil
}

// quotaReader is a body that ends in an error where it becomes longer than the
// quotas allow.
type quotaReader struct {
	r io.Reader
	n int64 // bytes read
	allowance
	more func(length int64) (allowance, error)
}

func (b *quotaReader) Read(p []byte) (n int, err error) {
	n, err = b.r.Read(p)
	if b.n += int64(n); b.n <= b.bytes {
		return n, err
	}
	// By now there may be more room than at the beginning.
	a, aerr := b.more(b.n)
	if aerr != nil {
		return n, aerr
	}
	if b.allowance = a; b.n > a.bytes {
		return n, a.err
	}
	return n, err
}

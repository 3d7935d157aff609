package fault

import (
	"context"
	"iter"

	"github.com/quiredav/quire/repo/meta"
)

// Meta is store with the failures of the plan.
func Meta(p *Plan, store meta.Store) meta.Store { return &metaStore{store, p} }

type metaStore struct {
	meta.Store
	plan *Plan
}

func (s *metaStore) View(ctx context.Context, fn func(meta.Tx) error) error {
	if _, err := s.plan.begin(MetaView); err != nil {
		return err
	}
	return s.Store.View(ctx, func(inner meta.Tx) error {
		return (&tx{Tx: inner, plan: s.plan}).run(fn)
	})
}

// Update lets the commit fail by rolling back. A commit that takes effect and
// yet reports failure is not played.
func (s *metaStore) Update(ctx context.Context, fn func(meta.Tx) error) error {
	if _, err := s.plan.begin(MetaUpdate); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(inner meta.Tx) error {
		if err := (&tx{Tx: inner, plan: s.plan}).run(fn); err != nil {
			return err
		}
		_, err := s.plan.begin(MetaCommit)
		return err
	})
}

type tx struct {
	meta.Tx
	plan *Plan
	err  error // the planned failure that dooms the transaction
}

func (t *tx) run(fn func(meta.Tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	return t.err
}

// begin counts an operation and dooms the transaction if it fails.
func (t *tx) begin(op Op) error {
	if t.err == nil {
		_, t.err = t.plan.begin(op)
	}
	return t.err
}

func (t *tx) Query(sql string, args ...any) iter.Seq2[meta.Row, error] {
	return func(yield func(meta.Row, error) bool) {
		if err := t.begin(MetaQuery); err != nil {
			yield(nil, err)
			return
		}
		for row, err := range t.Tx.Query(sql, args...) {
			if err == nil {
				err = t.begin(MetaRow)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := t.begin(MetaRow); err != nil {
			yield(nil, err)
		}
	}
}

func (t *tx) Exec(sql string, args ...any) (int64, error) {
	if err := t.begin(MetaExec); err != nil {
		return 0, err
	}
	return t.Tx.Exec(sql, args...)
}

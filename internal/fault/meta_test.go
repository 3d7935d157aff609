package fault

import (
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/metatest"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

func openDatabase(t *testing.T, path string) meta.Store {
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// While nothing fails the wrapper is a metadata store like any other.
func TestMetaUnarmed(t *testing.T) {
	metatest.Run(t, func(t *testing.T) func() meta.Store {
		path := filepath.Join(t.TempDir(), "meta")
		return func() meta.Store { return Meta(new(Plan), openDatabase(t, path)) }
	})
}

// database has the table numbers, with 1 and 2 in it.
func database(t *testing.T) meta.Store {
	s := openDatabase(t, filepath.Join(t.TempDir(), "meta"))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Update(t.Context(), func(tx meta.Tx) error {
		_, err := tx.Exec("CREATE TABLE numbers (n INTEGER)")
		if err == nil {
			_, err = tx.Exec("INSERT INTO numbers VALUES (1), (2)")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func numbers(tx meta.Tx) (all []int64, err error) {
	for row, err := range tx.Query("SELECT n FROM numbers ORDER BY n") {
		if err != nil {
			return nil, err
		}
		all = append(all, row.Int(0))
	}
	return all, nil
}

// addNumber uses every operation.
func addNumber(t *testing.T, s meta.Store, n int) error {
	if err := s.View(t.Context(), func(tx meta.Tx) error {
		_, err := numbers(tx)
		return err
	}); err != nil {
		return err
	}
	return s.Update(t.Context(), func(tx meta.Tx) error {
		if _, err := tx.Exec("INSERT INTO numbers VALUES ($1)", n); err != nil {
			return err
		}
		_, err := meta.Int(tx, "SELECT max(n) FROM numbers")
		return err
	})
}

func TestMetaFails(t *testing.T) {
	inner := database(t)
	p := new(Plan)
	s := Meta(p, inner)
	var order []Op
	for n := range p.EachNth(Failure{Err: syscall.ENOSPC}) {
		err := addNumber(t, s, 3)
		p.Disarm()
		failed := p.Failed()
		if (len(failed) == 1) != errors.Is(err, syscall.ENOSPC) || err != nil && dav.KindOf(err) != dav.NoSpace {
			t.Errorf("round %d: failed %v, error %v", n, failed, err)
		}
		order = append(order, failed...)

		want := []int64{1, 2}
		if len(failed) == 0 {
			want = []int64{1, 2, 3}
		}
		var got []int64
		if err := inner.View(t.Context(), func(tx meta.Tx) (err error) {
			got, err = numbers(tx)
			return err
		}); err != nil || !slices.Equal(got, want) {
			t.Errorf("round %d, failed %v: the table holds %v, %v; want %v", n, failed, got, err, want)
		}
	}
	want := []Op{
		MetaView, MetaQuery, MetaRow, MetaRow, MetaRow,
		MetaUpdate, MetaExec, MetaQuery, MetaRow, MetaCommit,
	}
	if !slices.Equal(order, want) {
		t.Errorf("failed in this order: %v; want %v", order, want)
	}
}

// A transaction that swallows the error of a statement is doomed all the same.
func TestFailedStatementDooms(t *testing.T) {
	inner := database(t)
	p := new(Plan)
	s := Meta(p, inner)
	for _, op := range []Op{MetaExec, MetaQuery, MetaRow} {
		p.Arm(Failure{Nth: 1, Only: []Op{op}, Err: syscall.EIO})
		err := s.Update(t.Context(), func(tx meta.Tx) error {
			numbers(tx)
			tx.Exec("DELETE FROM numbers")
			if _, err := tx.Exec("DELETE FROM numbers"); !errors.Is(err, syscall.EIO) {
				t.Errorf("%s failed, and a later Exec gave %v; want the same error", op, err)
			}
			if _, err := numbers(tx); !errors.Is(err, syscall.EIO) {
				t.Errorf("%s failed, and a later Query gave %v; want the same error", op, err)
			}
			return nil
		})
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%s failed, and Update gave %v; want EIO", op, err)
		}
	}
	p.Disarm()
	if err := s.View(t.Context(), func(tx meta.Tx) error {
		all, err := numbers(tx)
		if !slices.Equal(all, []int64{1, 2}) {
			t.Errorf("the table holds %v; want 1 and 2", all)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestErrorOfCallerPasses(t *testing.T) {
	s := Meta(new(Plan), database(t))
	mine := errors.New("mine")
	fn := func(meta.Tx) error { return mine }
	if err := s.View(t.Context(), fn); err != mine {
		t.Errorf("View: %v", err)
	}
	if err := s.Update(t.Context(), fn); err != mine {
		t.Errorf("Update: %v", err)
	}
}

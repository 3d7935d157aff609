package metatest

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

var errNo = errors.New("no")

func testAllOrNothing(t *testing.T, s meta.Store) {
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for i, name := range []string{"a", "b", "c"} {
			if _, err := tx.Exec(insert, name, i); err != nil {
				return err
			}
		}
		if n, err := meta.Int(tx, `SELECT count(*) FROM item`); n != 3 || err != nil {
			t.Errorf("a transaction sees %d of its 3 rows (%v)", n, err)
		}
		return errNo
	})
	if err != errNo {
		t.Errorf("error %v, want that of fn", err)
	}
	wantItems(t, s, 0)
	update(t, s, insert, "a", 1)
	wantItems(t, s, 1)
}

func testFailedStatementDooms(t *testing.T, s meta.Store) {
	update(t, s, insert, "taken", 1)
	var first, second error
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		if _, err := tx.Exec(insert, "fine", 1); err != nil {
			return err
		}
		_, first = tx.Exec(insert, "taken", 2)
		_, second = tx.Exec(insert, "later", 3)
		return nil
	})
	if first == nil || second != first || err != first {
		t.Errorf("errors %v, %v and then %v, want the same one thrice", first, second, err)
	}
	if _, ok := errors.AsType[*dav.Error](err); !ok || dav.KindOf(err) != dav.Internal {
		t.Errorf("error %T %v, want a *dav.Error of kind Internal", err, err)
	}
	wantItems(t, s, 1)
}

func testErrorComesBackUnchanged(t *testing.T, s meta.Store) {
	mine := &dav.Error{Kind: dav.Conflict, Message: "not like this"}
	fn := func(meta.Tx) error { return mine }
	if err := s.Update(context.Background(), fn); err != mine {
		t.Errorf("Update: %v", err)
	}
	if err := s.View(context.Background(), fn); err != mine {
		t.Errorf("View: %v", err)
	}
}

func testPanic(t *testing.T, s meta.Store) {
	for name, run := range map[string]func(context.Context, func(meta.Tx) error) error{"Update": s.Update, "View": s.View} {
		got := func() (v any) {
			defer func() { v = recover() }()
			_ = run(context.Background(), func(tx meta.Tx) error {
				if name == "Update" {
					if _, err := tx.Exec(insert, "a", 1); err != nil {
						return err
					}
				}
				for range tx.Query(`SELECT name FROM item`) {
					panic(errNo)
				}
				panic(errNo)
			})
			return nil
		}()
		if got != errNo {
			t.Errorf("%s: recovered %v, want what fn panicked with", name, got)
		}
	}
	wantItems(t, s, 0)
	update(t, s, insert, "a", 1)
	wantItems(t, s, 1)
}

// A test that calls t.FailNow in fn must end, and so must the store.
func testGoexit(t *testing.T, s meta.Store) {
	exit := func(run func(context.Context, func(meta.Tx) error) error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = run(context.Background(), func(tx meta.Tx) error {
				_, _ = tx.Exec(insert, "a", 1)
				runtime.Goexit()
				return nil
			})
		}()
		<-done
	}
	exit(s.Update)
	exit(s.View)
	wantItems(t, s, 0)
	update(t, s, insert, "a", 1)
}

func testViewSeesSnapshot(t *testing.T, s meta.Store) {
	update(t, s, insert, "a", 1)
	view(t, s, func(tx meta.Tx) error {
		for _, when := range []string{"before", "after"} {
			n, err := meta.Int(tx, `SELECT count(*) FROM item`)
			if err != nil {
				return err
			}
			if n != 1 {
				t.Errorf("%s a later update the view sees %d items, want 1", when, n)
			}
			if when == "before" {
				aside(func() { update(t, s, insert, "b", 2) })
			}
		}
		return nil
	})
	wantItems(t, s, 2)
}

func testUncommittedIsUnseen(t *testing.T, s meta.Store) {
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		if _, err := tx.Exec(insert, "a", 1); err != nil {
			return err
		}
		aside(func() { wantItems(t, s, 0) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, s, 1)
}

// aside runs fn in another goroutine and waits for it.
func aside(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	<-done
}

func testViewCantWrite(t *testing.T, s meta.Store) {
	for _, sql := range []string{
		`INSERT INTO item (name, number) VALUES ('a', 1)`,
		`INSERT INTO item (name, number) VALUES ('a', 1) RETURNING name`,
		`CREATE TABLE other (name TEXT NOT NULL PRIMARY KEY)`,
	} {
		err := s.View(context.Background(), func(tx meta.Tx) error {
			_, err := tx.Exec(sql)
			return err
		})
		if err == nil {
			t.Errorf("View ran %s", sql)
		}
	}
	wantItems(t, s, 0)
}

func testTxEnds(t *testing.T, s meta.Store) {
	var kept meta.Tx
	keep := func(tx meta.Tx) error { kept = tx; return nil }
	for name, run := range map[string]func(context.Context, func(meta.Tx) error) error{"Update": s.Update, "View": s.View} {
		if err := run(context.Background(), keep); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Exec(insert, "a", 1); err == nil {
			t.Errorf("%s: Exec works after the end of the transaction", name)
		}
		if _, err := meta.Int(kept, `SELECT count(*) FROM item`); err == nil {
			t.Errorf("%s: Query works after the end of the transaction", name)
		}
	}
}

func testCancelled(t *testing.T, s meta.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fn := func(meta.Tx) error { t.Error("fn was run"); return nil }
	for name, err := range map[string]error{"Update": s.Update(ctx, fn), "View": s.View(ctx, fn)} {
		if !errors.Is(err, context.Canceled) || dav.KindOf(err) != dav.Unavailable {
			t.Errorf("%s: %v, want Unavailable because of context.Canceled", name, err)
		}
	}
}

func testCancelledWhileRanging(t *testing.T, s meta.Store) {
	const rows = 100_000
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	err := s.View(ctx, func(tx meta.Tx) error {
		for _, err := range tx.Query(`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $1) SELECT n FROM c`, rows) {
			if err != nil {
				return err
			}
			if seen++; seen == 10 {
				cancel()
			}
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen == rows {
		t.Errorf("after %d rows: %v, want context.Canceled long before", seen, err)
	}
}

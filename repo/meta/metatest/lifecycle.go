package metatest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

func testReopen(t *testing.T, open func() meta.Store) {
	s := open()
	update(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, number BIGINT)`)
	update(t, s, insert, "a", 1)
	closeStore(t, s)
	for i := range 3 {
		s = open()
		wantItems(t, s, int64(i+1))
		update(t, s, insert, fmt.Sprint(i), i)
		closeStore(t, s)
	}
}

func testClosed(t *testing.T, open func() meta.Store) {
	s := open()
	closeStore(t, s)
	fn := func(meta.Tx) error { t.Error("fn was run"); return nil }
	for name, run := range map[string]func(context.Context, func(meta.Tx) error) error{"View": s.View, "Update": s.Update} {
		err := run(context.Background(), fn)
		if !errors.Is(err, meta.ErrClosed) || dav.KindOf(err) != dav.Unavailable {
			t.Errorf("%s: %v, want Unavailable because of ErrClosed", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}

	testCloseWaits(t, open())

	// Close and calls at the same time: each call is done or refused.
	s = open()
	update(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, number BIGINT)`)
	const n = 30
	errs := make([]error, n)
	crowd(n+1, func(i int) {
		if i == n {
			closeStore(t, s)
			return
		}
		errs[i] = s.Update(context.Background(), func(tx meta.Tx) error {
			_, err := tx.Exec(insert, fmt.Sprint(i), i)
			return err
		})
	})
	done := int64(0)
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, meta.ErrClosed) {
			t.Error(err)
		}
	}
	s = open()
	wantItems(t, s, done)
	closeStore(t, s)
}

func testCloseWaits(t *testing.T, s meta.Store) {
	var over atomic.Bool
	var wg sync.WaitGroup
	view(t, s, func(tx meta.Tx) error {
		wg.Go(func() {
			closeStore(t, s)
			if !over.Load() {
				t.Error("Close did not wait for a view")
			}
		})
		for !errors.Is(s.View(context.Background(), func(meta.Tx) error { return nil }), meta.ErrClosed) {
			runtime.Gosched()
		}
		for range 1000 {
			if _, err := meta.Int(tx, `SELECT count(*) FROM {{TABLES}} AS t`); err != nil {
				return err
			}
			runtime.Gosched()
		}
		over.Store(true)
		return nil
	})
	wg.Wait()
}

// Several programs open a new database at the same time, and use it together.
func testOpenAtOnce(t *testing.T, open func() meta.Store) {
	const n = 4
	stores := make([]meta.Store, n)
	crowd(n, func(i int) { stores[i] = open() })
	if slices.Contains(stores, nil) {
		t.FailNow()
	}
	update(t, stores[0], `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, number BIGINT)`)
	update(t, stores[0], insert, "counter", 0)
	crowd(n, func(i int) {
		for range 10 {
			err := stores[i].Update(context.Background(), func(tx meta.Tx) error {
				_, err := tx.Exec(`UPDATE item SET number = number + 1`)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for _, s := range stores {
		if got := number(t, s, `SELECT number FROM item`); got != 10*n {
			t.Errorf("a store sees the count %d, want %d", got, 10*n)
		}
		closeStore(t, s)
	}
}

// further is our migrations and then these.
func further(t *testing.T, scripts ...string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	ours := meta.Migrations()
	files, err := fs.ReadDir(ours, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		script, err := fs.ReadFile(ours, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = &fstest.MapFile{Data: script}
	}
	for i, script := range scripts {
		all[fmt.Sprintf("%04d_further.sql", len(files)+i+1)] = &fstest.MapFile{Data: []byte(script)}
	}
	return all
}

const (
	second = "-- a comment; with a semicolon\nCREATE TABLE two (a TEXT NOT NULL DEFAULT 'x;y' PRIMARY KEY);\nINSERT INTO two (a) VALUES ('it''s; one');\n"
	third  = "INSERT INTO two (a) SELECT a || '!' FROM two"
)

func testMigrateFurther(t *testing.T, s meta.Store) {
	for _, scripts := range [][]string{{second}, {second, third}, {second, third}} {
		if err := meta.Migrate(context.Background(), s, further(t, scripts...)); err != nil {
			t.Fatal(err)
		}
		if got := number(t, s, `SELECT count(*) FROM two WHERE a LIKE 'it''s; one%'`); got != int64(len(scripts)) {
			t.Errorf("after %d migrations there are %d rows", len(scripts), got)
		}
	}
}

func testMigrateAtOnce(t *testing.T, s meta.Store) {
	all := further(t, second, third)
	crowd(8, func(int) {
		if err := meta.Migrate(context.Background(), s, all); err != nil {
			t.Error(err)
		}
	})
	if got := number(t, s, `SELECT count(*) FROM two`); got != 2 {
		t.Errorf("%d rows, want 2: each migration runs once", got)
	}
}

func testMigrateFails(t *testing.T, s meta.Store) {
	bad := "CREATE TABLE half (a TEXT);\nINSERT INTO nowhere VALUES (1);\n"
	if err := meta.Migrate(context.Background(), s, further(t, second, bad)); err == nil {
		t.Fatal("a migration with an error passed")
	}
	if got := number(t, s, `SELECT count(*) FROM {{TABLES}} AS t WHERE t.name IN ('two', 'half')`); got != 1 {
		t.Errorf("%d tables, want that of the good migration alone", got)
	}
	if err := meta.Migrate(context.Background(), s, further(t, second, third)); err != nil {
		t.Errorf("a better migration after a failed one: %v", err)
	}
}

func testMigrateRefusesNewer(t *testing.T, s meta.Store) {
	if err := meta.Migrate(context.Background(), s, further(t, second, third)); err != nil {
		t.Fatal(err)
	}
	newest := number(t, s, `SELECT max(version) FROM migration`)
	err := meta.Migrate(context.Background(), s, further(t))
	e, ok := errors.AsType[*meta.NewerError](err)
	if !ok || int64(e.Database) != newest || int64(e.Program) != newest-2 {
		t.Errorf("%v, want it refused as %d, newer than %d", err, newest, newest-2)
	}
}

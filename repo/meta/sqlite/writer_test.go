package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// together runs updates of which it is sure that they share one transaction:
// they queue while another has its turn. It returns their errors.
func together(t *testing.T, s *Store, fns []func(meta.Tx) error) []error {
	t.Helper()
	s.writer.limit = time.Hour
	errs := make([]error, len(fns))
	var wg sync.WaitGroup
	again := false
	err := s.Update(context.Background(), func(meta.Tx) error {
		if again {
			return nil
		}
		again = true
		for i, fn := range fns {
			wg.Go(func() { errs[i] = s.Update(context.Background(), fn) })
			for s.writer.queue.length() <= i {
				runtime.Gosched()
			}
		}
		return nil
	})
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return errs
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// One update loses the transaction for all who share it, at COMMIT or before.
// Only that one hears of it; the others are run again.
func TestOneSpoilsTheGroup(t *testing.T) {
	for name, spoil := range map[string]string{
		"AtCommit":     `INSERT INTO child (id, parent) VALUES (1, 99)`,
		"ByStatement":  `INSERT OR ROLLBACK INTO item (name) VALUES ('taken')`,
		"ByEndingItSo": `ROLLBACK`,
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
			mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
			mustExec(t, s, `INSERT INTO item (name) VALUES ('taken')`)
			mustExec(t, s, `CREATE TABLE child (id {{ID}}, parent BIGINT REFERENCES child (id) DEFERRABLE INITIALLY DEFERRED)`)
			const n, bad, refusing = 9, 4, 2
			runs := make([]int, n)
			no := errors.New("no")
			var fns []func(meta.Tx) error
			for i := range n {
				fns = append(fns, func(tx meta.Tx) error {
					runs[i]++
					if i == refusing {
						return no
					}
					_, err := tx.Exec(`INSERT INTO item (name) VALUES ($1)`, fmt.Sprint(i))
					if i == bad && err == nil {
						_, err = tx.Exec(spoil)
					}
					return err
				})
			}
			for i, err := range together(t, s, fns) {
				switch {
				case i == bad && (err == nil || dav.KindOf(err) != dav.Internal):
					t.Errorf("the guilty one: %v, want an error of kind Internal", err)
				case i == refusing && err != no:
					t.Errorf("the one that refuses: %v, want its own error", err)
				case i != bad && i != refusing && err != nil:
					t.Errorf("update %d: %v", i, err)
				}
				if i <= bad && runs[i] != 2 {
					t.Errorf("update %d ran %d times, want twice: they did not share a transaction", i, runs[i])
				}
			}
			if got := count(t, s, `SELECT count(*) FROM item`); got != n-1 {
				t.Errorf("%d items, want %d", got, n-1)
			}
		})
	}
}

// An update that loses a transaction which it shares with nobody hears why.
func TestSpoilsItsOwnTransaction(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
	mustExec(t, s, `INSERT INTO item (name) VALUES ('taken')`)
	runs := 0
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		runs++
		_, err := tx.Exec(`INSERT OR ROLLBACK INTO item (name) VALUES ('taken')`)
		return err
	})
	if sqlite.ErrCode(err).ToPrimary() != sqlite.ResultConstraint || runs != 1 {
		t.Errorf("after %d runs: %v, want the error of the statement", runs, err)
	}
}

// Everybody who waits while another program holds the lock fails when the
// first has waited long enough, and all goes on when the lock is free.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s, err := Open(context.Background(), path, Options{BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
	other := raw(t, path)
	rawExec(t, other, `BEGIN IMMEDIATE`)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			err := s.Update(context.Background(), func(tx meta.Tx) error {
				_, err := tx.Exec(`INSERT INTO item (name) VALUES ($1)`, fmt.Sprint(i))
				return err
			})
			if dav.KindOf(err) != dav.Unavailable {
				t.Errorf("%v, want Unavailable", err)
			}
		})
	}
	wg.Wait()
	if got := count(t, s, `SELECT count(*) FROM item`); got != 0 {
		t.Errorf("%d items, want none; and views go on", got)
	}
	rawExec(t, other, `COMMIT`)
	mustExec(t, s, `INSERT INTO item (name) VALUES ('a')`)
}

// A lock that is given up in time is waited for.
func TestWaitsForLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s, err := Open(context.Background(), path, Options{BusyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other := raw(t, path)
	rawExec(t, other, `BEGIN IMMEDIATE`)
	done := make(chan error)
	go func() {
		done <- s.Update(context.Background(), func(tx meta.Tx) error {
			_, err := tx.Exec(`CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
			return err
		})
	}()
	for s.writer.queue.length() == 0 { // it stays there until the lock is free
		runtime.Gosched()
	}
	rawExec(t, other, `COMMIT`)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func mustExec(t testing.TB, s *Store, sql string, args ...any) {
	t.Helper()
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func count(t testing.TB, s *Store, sql string, args ...any) (n int64) {
	t.Helper()
	err := s.View(context.Background(), func(tx meta.Tx) (err error) {
		n, err = meta.Int(tx, sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// raw is another program's connection to the file.
func raw(t testing.TB, path string) *sqlite.Conn {
	t.Helper()
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func rawExec(t testing.TB, c *sqlite.Conn, sql string) {
	t.Helper()
	s, _, err := c.PrepareTransient(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Finalize()
	if _, err := s.Step(); err != nil {
		t.Fatal(err)
	}
}

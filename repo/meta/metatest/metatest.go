// Package metatest is the suite that every metadata store passes. A store
// joins it with a few lines: a function that makes an empty database.
package metatest

import (
	"context"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

// Create makes an empty database for one test. open opens it, migrated, as
// often as it is called; it fails the test if it can't. The suite closes the
// stores.
type Create func(t *testing.T) (open func() meta.Store)

// Run runs the suite.
func Run(t *testing.T, create Create) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, meta.Store)
	}{
		{"AllOrNothing", testAllOrNothing},
		{"FailedStatementDooms", testFailedStatementDooms},
		{"ErrorComesBackUnchanged", testErrorComesBackUnchanged},
		{"Panic", testPanic},
		{"Goexit", testGoexit},
		{"ViewSeesSnapshot", testViewSeesSnapshot},
		{"UncommittedIsUnseen", testUncommittedIsUnseen},
		{"ViewCantWrite", testViewCantWrite},
		{"TxEnds", testTxEnds},
		{"Cancelled", testCancelled},
		{"CancelledWhileRanging", testCancelledWhileRanging},

		{"GoodAndBadTogether", testGoodAndBadTogether},
		{"PanicAmongOthers", testPanicAmongOthers},
		{"Counter", testCounter},
		{"ReadersAndWriters", testReadersAndWriters},

		{"Values", testValues},
		{"BytesOfOneRow", testBytesOfOneRow},
		{"OrderOfText", testOrderOfText},
		{"Placeholders", testPlaceholders},
		{"WrongArguments", testWrongArguments},
		{"Affected", testAffected},
		{"Returning", testReturning},
		{"Nested", testNested},
		{"StopEarly", testStopEarly},
		{"Words", testWords},
		{"One", testOne},

		{"MigrateFurther", testMigrateFurther},
		{"MigrateAtOnce", testMigrateAtOnce},
		{"MigrateFails", testMigrateFails},
		{"MigrateRefusesNewer", testMigrateRefusesNewer},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := create(t)()
			t.Cleanup(func() { closeStore(t, s) })
			update(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, number BIGINT)`)
			c.run(t, s)
		})
	}
	t.Run("Reopen", func(t *testing.T) { testReopen(t, create(t)) })
	t.Run("Closed", func(t *testing.T) { testClosed(t, create(t)) })
	t.Run("OpenAtOnce", func(t *testing.T) { testOpenAtOnce(t, create(t)) })
}

func closeStore(t *testing.T, s meta.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// The helpers below may be called from any goroutine of a test.

// insert is the usual change of the suite.
const insert = `INSERT INTO item (name, number) VALUES ($1, $2)`

// update runs one statement in a transaction of its own.
func update(t *testing.T, s meta.Store, sql string, args ...any) {
	t.Helper()
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

// number is what a query for one number yields.
func number(t *testing.T, s meta.Store, sql string, args ...any) (n int64) {
	t.Helper()
	err := s.View(context.Background(), func(tx meta.Tx) (err error) {
		n, err = meta.Int(tx, sql, args...)
		return err
	})
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return n
}

// wantItems checks how many items there are.
func wantItems(t *testing.T, s meta.Store, want int64) {
	t.Helper()
	if got := number(t, s, `SELECT count(*) FROM item`); got != want {
		t.Errorf("%d items, want %d", got, want)
	}
}

// view runs fn in a View that is to succeed.
func view(t *testing.T, s meta.Store, fn func(meta.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Error(err)
	}
}

// texts are the first column of a query's rows.
func texts(t *testing.T, s meta.Store, sql string, args ...any) (all []string) {
	t.Helper()
	view(t, s, func(tx meta.Tx) error {
		all = nil
		for row, err := range tx.Query(sql, args...) {
			if err != nil {
				return err
			}
			all = append(all, row.Text(0))
		}
		return nil
	})
	return all
}

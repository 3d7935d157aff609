package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// waitedOn tells when somebody asks when it will be done.
type waitedOn struct {
	context.Context
	asked chan struct{}
}

func (w waitedOn) Done() <-chan struct{} {
	w.asked <- struct{}{}
	return w.Context.Done()
}

// One connection: the second View waits, until its context ends or the first
// one is over.
func TestReadersAreBounded(t *testing.T) {
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "quire.db"), Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	nothing := func(meta.Tx) error { return nil }
	var second chan error
	err = s.View(context.Background(), func(meta.Tx) error {
		inner, cancel := context.WithCancel(context.Background())
		ctx := waitedOn{inner, make(chan struct{}, 9)}
		waiting := make(chan error)
		go func() { waiting <- s.View(ctx, func(meta.Tx) error { t.Error("fn was run"); return nil }) }()
		<-ctx.asked
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) || dav.KindOf(err) != dav.Unavailable {
			t.Errorf("%v, want Unavailable because of context.Canceled", err)
		}
		second = make(chan error, 1)
		go func() { second <- s.View(context.Background(), nothing) }()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	if n := len(s.readers.idle); n != 1 {
		t.Errorf("%d connections were opened, want 1", n)
	}
}

// A query that is pulled and left standing ends with its transaction.
func TestQueryLeftStanding(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
	mustExec(t, s, `INSERT INTO item (name) VALUES ('a'), ('b'), ('c')`)
	for name, run := range map[string]func(context.Context, func(meta.Tx) error) error{"View": s.View, "Update": s.Update} {
		var next func() (meta.Row, error, bool)
		var stop func()
		err := run(context.Background(), func(tx meta.Tx) error {
			next, stop = iter.Pull2(tx.Query(`SELECT name FROM item`))
			_, err, _ := next()
			return err
		})
		if !errors.Is(err, errRanging) {
			t.Errorf("%s: %v, want errRanging", name, err)
		}
		if row, err, _ := next(); row != nil || !errors.Is(err, errOver) {
			t.Errorf("%s: after the end there is a row, or the error %v", name, err)
		}
		stop()
	}
	mustExec(t, s, `DELETE FROM item`)
	if got := count(t, s, `SELECT count(*) FROM item`); got != 0 {
		t.Errorf("%d items", got)
	}
}

// More texts than are kept prepared.
func TestManyStatements(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for range 2 {
			for i := range maxStatements + 10 {
				if got, err := meta.Int(tx, fmt.Sprintf(`SELECT %d + $1`, i), 1); err != nil || got != int64(i+1) {
					return fmt.Errorf("statement %d yields %d: %w", i, got, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := len(s.writer.conn.stmts); n > maxStatements {
		t.Errorf("%d statements are kept, want at most %d", n, maxStatements)
	}
}

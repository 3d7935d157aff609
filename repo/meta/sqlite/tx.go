package sqlite

import (
	"context"
	"errors"
	"iter"

	"github.com/quiredav/quire/repo/meta"
)

// tx is a transaction on a connection, from its beginning to end.
type tx struct {
	conn    *conn
	ctx     context.Context // ends long queries; nil in Update
	err     error           // the first failure, which dooms the transaction
	queries int             // being ranged over
	over    bool
}

var (
	errOver    = errors.New("the transaction has ended")
	errRanging = errors.New("the transaction ended while a query in it was still being ranged over")
)

// outcome is what the transaction comes to if fn returned err.
func (t *tx) outcome(err error) error {
	if err == nil && t.err == nil && t.queries > 0 {
		t.fail(errRanging)
	}
	if err == nil {
		return t.err
	}
	return err
}

// end takes the connection away from what may still refer to it.
func (t *tx) end() {
	t.over = true
	if t.queries > 0 {
		t.conn.resetAll()
	}
}

func (t *tx) fail(err error) error {
	t.err = failure(err)
	return t.err
}

// start readies a statement to be stepped through; t.conn.release returns it.
func (t *tx) start(sql string, args []any) (*statement, error) {
	if t.over {
		return nil, failure(errOver)
	}
	if t.err != nil {
		return nil, t.err
	}
	s, err := t.conn.take(sql)
	if err != nil {
		return nil, t.fail(err)
	}
	if err := s.bind(args); err != nil {
		t.conn.release(s)
		return nil, t.fail(err)
	}
	return s, nil
}

// Exec implements [meta.Tx].
func (t *tx) Exec(sql string, args ...any) (int64, error) {
	s, err := t.start(sql, args)
	if err != nil {
		return 0, err
	}
	defer t.conn.release(s)
	for more := true; more; {
		if more, err = s.Step(); err != nil {
			return 0, t.fail(err)
		}
	}
	if !s.counts {
		return 0, nil
	}
	return int64(t.conn.db.Changes()), nil
}

// Query implements [meta.Tx].
func (t *tx) Query(sql string, args ...any) iter.Seq2[meta.Row, error] {
	return func(yield func(meta.Row, error) bool) {
		if err := t.query(sql, args, yield); err != nil {
			yield(nil, err)
		}
	}
}

func (t *tx) query(sql string, args []any, yield func(meta.Row, error) bool) error {
	s, err := t.start(sql, args)
	if err != nil {
		return err
	}
	t.queries++
	defer func() {
		if !t.over {
			t.queries--
			t.conn.release(s)
		}
	}()
	for n := 1; ; n++ {
		more, err := s.Step()
		switch {
		case err != nil:
			return t.fail(err)
		case !more:
			return nil
		case n%256 == 0 && t.ctx != nil && t.ctx.Err() != nil:
			return t.fail(ended(t.ctx))
		}
		s.buf = s.buf[:0]
		if !yield(s, nil) {
			return nil
		}
		if t.over {
			return failure(errOver)
		}
	}
}

// resetAll stops every statement that is still running.
func (c *conn) resetAll() {
	for _, s := range c.stmts {
		for ; s != nil; s = s.next {
			if s.busy {
				c.release(s)
			}
		}
	}
}

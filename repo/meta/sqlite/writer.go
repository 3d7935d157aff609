package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/quiredav/quire/repo/meta"
)

// A group of updates is committed when nobody waits, or when it has grown to
// one of these bounds, which keep the first of them from waiting long.
const (
	maxGroup     = 128
	maxGroupTime = 5 * time.Millisecond
)

// writer owns the connection that writes. One goroutine decides whose turn it
// is and commits; each caller runs its own fn when its turn has come, so that a
// panic rises where it belongs.
type writer struct {
	conn  *conn
	queue *queue
	back  chan result // from whoever has the turn
	limit time.Duration
	group []*update // those who had their turn in the current transaction
	ended chan struct{}
	err   error // of closing the connection; read it after ended
}

// update is a call of Update.
type update struct {
	ctx   context.Context
	fn    func(meta.Tx) error
	calls chan call
	err   error // of fn
}

// call is what the writer says to an update: take your turn in tx or, if that
// is nil, return err.
type call struct {
	tx  *tx
	err error
}

// result is what an update says after its turn. A caller that is gone, by
// panic, hears no more.
type result struct {
	err  error
	gone bool
}

func startWriter(c *conn) *writer {
	w := &writer{conn: c, queue: newQueue(), back: make(chan result), limit: maxGroupTime, ended: make(chan struct{})}
	go w.serve()
	return w
}

// update is called by the callers of Update.
func (w *writer) update(ctx context.Context, fn func(meta.Tx) error) error {
	u := &update{ctx: ctx, fn: fn, calls: make(chan call, 1)}
	if !w.queue.put(u) {
		return closed()
	}
	for {
		c := <-u.calls
		if c.tx == nil {
			return c.err
		}
		u.run(c.tx, w.back)
	}
}

func (u *update) run(t *tx, back chan<- result) {
	r := result{gone: true}
	defer func() { back <- r }()
	var err error
	if u.ctx.Err() != nil {
		err = ended(u.ctx)
	} else {
		err = u.fn(t)
	}
	r = result{err: t.outcome(err)}
}

// turn lets u run its fn and says whether the caller is still there.
func (w *writer) turn(u *update) (stays bool) {
	t := &tx{conn: w.conn}
	u.calls <- call{tx: t}
	r := <-w.back
	t.end()
	u.err = r.err
	return !r.gone
}

func (w *writer) close() error {
	w.queue.close()
	<-w.ended
	return w.err
}

func (w *writer) serve() {
	defer close(w.ended)
	for w.queue.wait() {
		w.serveGroup()
	}
	w.conn.exec("PRAGMA wal_checkpoint(PASSIVE)") // closing does it only if no other process has the file open
	w.err = w.conn.close()
}

// serveGroup runs waiting updates in one transaction. If that is lost as a
// whole, each of them runs once more in a transaction of its own, and only those
// who fail there hear of an error.
func (w *writer) serveGroup() {
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		// Everybody has waited as long as one may for another process.
		for u := w.queue.pop(); u != nil; u = w.queue.pop() {
			u.calls <- call{err: err}
		}
		return
	}
	w.group = w.group[:0]
	err := w.runGroup()
	if err == nil {
		err = w.conn.commit()
	}
	w.conn.rollback() // after a COMMIT that failed
	for _, u := range w.group {
		switch {
		case err == nil:
			u.calls <- call{err: u.err}
		case len(w.group) == 1:
			u.calls <- call{err: err}
		default:
			w.alone(u, u.err == nil && errors.Is(err, meta.ErrInDoubt))
		}
	}
	clear(w.group)
}

// runGroup gives turns. An error says that the transaction is lost.
func (w *writer) runGroup() error {
	start := time.Now()
	for len(w.group) < maxGroup && time.Since(start) < w.limit {
		u := w.queue.pop()
		if u == nil {
			break
		}
		if err := w.conn.exec("SAVEPOINT one"); err != nil {
			w.group = append(w.group, u)
			return err
		}
		stays := w.turn(u)
		if stays {
			w.group = append(w.group, u)
		}
		if err := w.settleTurn(u, stays); err != nil {
			return err
		}
	}
	return nil
}

// settleTurn keeps what u has done, or takes it back. An error says that the
// whole transaction is lost.
func (w *writer) settleTurn(u *update, stays bool) error {
	if w.conn.db.AutocommitEnabled() {
		// SQLite has rolled everything back: the disk is full or failed.
		if u.err != nil {
			return u.err
		}
		return failure(errOver)
	}
	if u.err != nil || !stays {
		if err := w.conn.exec("ROLLBACK TO one"); err != nil {
			return err
		}
	}
	return w.conn.exec("RELEASE one")
}

// alone runs u in a transaction of its own. inDoubt tells whether a commit that
// it was part of may have happened.
func (w *writer) alone(u *update, inDoubt bool) {
	err := w.conn.exec("BEGIN IMMEDIATE")
	stays := true
	if err == nil {
		stays = w.turn(u)
		err = u.err
		if err == nil && stays {
			err = w.conn.commit()
		}
		w.conn.rollback()
	}
	if err != nil && inDoubt {
		err = doubt(err)
	}
	if stays {
		u.calls <- call{err: err}
	}
}

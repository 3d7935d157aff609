package sqlite

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/quiredav/quire/repo/meta"
)

// A group of updates is committed when nobody waits, or when it has grown to
// one of these bounds, which keep the first of them from waiting long.
const (
	maxGroup     = 128
	maxGroupTime = 5 * time.Millisecond
)

// writer owns the connection that writes. Its one goroutine runs the updates of
// all callers, one after the other, and commits. Callers wait, and do not run
// their own: on a busy machine everybody would then wait for each caller to be
// scheduled, which took three times as long as a small update does.
type writer struct {
	conn  *conn
	queue *queue
	limit time.Duration
	group []*update // those who had their turn in the current transaction
	ended chan struct{}
	err   error // of closing the connection; read it after ended
}

// update is a call of Update.
type update struct {
	ctx   context.Context
	fn    func(meta.Tx) error
	done  chan outcome // holds one
	err   error        // of fn
	doubt bool         // a commit that it was part of may have happened
}

// outcome is what a caller of Update hears.
type outcome struct {
	err      error
	panicked any  // with this, in fn
	exited   bool // fn called runtime.Goexit
}

func startWriter(c *conn) *writer {
	w := &writer{conn: c, queue: newQueue(), limit: maxGroupTime, ended: make(chan struct{})}
	go w.serve()
	return w
}

// update is called by the callers of Update. A panic in fn, and its Goexit, go
// on here, where they belong.
func (w *writer) update(ctx context.Context, fn func(meta.Tx) error) error {
	u := &update{ctx: ctx, fn: fn, done: make(chan outcome, 1)}
	if !w.queue.put(u) {
		return closed()
	}
	o := <-u.done
	if o.panicked != nil {
		panic(o.panicked)
	}
	if o.exited {
		runtime.Goexit()
	}
	return o.err
}

// turn runs u's fn and says whether it returned. If it did not, its caller has
// been told.
func (w *writer) turn(u *update) (returned bool) {
	t := &tx{conn: w.conn}
	defer func() {
		t.end()
		if returned {
			return
		}
		if p := recover(); p != nil {
			u.done <- outcome{panicked: p}
		} else {
			u.done <- outcome{exited: true}
		}
	}()
	var err error
	if u.ctx.Err() != nil {
		err = ended(u.ctx)
	} else {
		err = u.fn(t)
	}
	u.err = t.outcome(err)
	return true
}

func (w *writer) close() error {
	w.queue.close()
	<-w.ended
	return w.err
}

func (w *writer) serve() {
	served := false
	defer func() {
		if served {
			close(w.ended)
		} else { // fn has called runtime.Goexit, which ends this goroutine
			go w.serve()
		}
	}()
	w.conn.rollback()
	w.runAlone()
	for w.queue.wait() {
		w.serveGroup()
	}
	w.conn.exec("PRAGMA wal_checkpoint(PASSIVE)") // closing does it only if no other process has the file open
	w.err = w.conn.close()
	served = true
}

// serveGroup runs waiting updates in one transaction. If that is lost as a
// whole, each of them runs once more in a transaction of its own, and only those
// who fail there hear of an error.
func (w *writer) serveGroup() {
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		// Everybody has waited as long as one may for another process.
		for u := w.queue.pop(); u != nil; u = w.queue.pop() {
			u.done <- outcome{err: err}
		}
		return
	}
	err := w.runGroup()
	if err == nil {
		err = w.conn.commit()
	}
	w.conn.rollback() // after a COMMIT that failed
	if err == nil || len(w.group) == 1 {
		for _, u := range w.group {
			u.done <- outcome{err: first(err, u.err)}
		}
		clear(w.group)
		w.group = w.group[:0]
		return
	}
	for _, u := range w.group {
		u.doubt = u.err == nil && errors.Is(err, meta.ErrInDoubt)
	}
	w.runAlone()
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
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
		returned := w.turn(u)
		if returned {
			w.group = append(w.group, u)
		}
		if err := w.settleTurn(u, returned); err != nil {
			return err
		}
	}
	return nil
}

// settleTurn keeps what u has done, or takes it back. An error says that the
// whole transaction is lost.
func (w *writer) settleTurn(u *update, returned bool) error {
	if w.conn.db.AutocommitEnabled() {
		// SQLite has rolled everything back: the disk is full or failed.
		if u.err != nil {
			return u.err
		}
		return failure(errOver)
	}
	if u.err != nil || !returned {
		if err := w.conn.exec("ROLLBACK TO one"); err != nil {
			return err
		}
	}
	return w.conn.exec("RELEASE one")
}

// runAlone runs what is left of a group that was lost, each update in a
// transaction of its own.
func (w *writer) runAlone() {
	for len(w.group) > 0 {
		u := w.group[0]
		w.group = w.group[1:]
		err := w.conn.exec("BEGIN IMMEDIATE")
		returned := true
		if err == nil {
			returned = w.turn(u)
			err = u.err
			if err == nil && returned {
				err = w.conn.commit()
			}
			w.conn.rollback()
		}
		if err != nil && u.doubt {
			err = doubt(err)
		}
		if returned {
			u.done <- outcome{err: err}
		}
	}
}

package sqlite

import (
	"slices"
	"sync"
)

// queue holds the updates that wait for their turn. It needs no bound: each
// stands for a caller that waits.
type queue struct {
	mu      sync.Mutex // guards all
	filled  sync.Cond
	waiting []*update
	closed  bool
}

func newQueue() *queue {
	q := &queue{}
	q.filled.L = &q.mu
	return q
}

// put adds u at the end, unless the queue is closed.
func (q *queue) put(u *update) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, u)
	q.filled.Signal()
	return true
}

// pop takes the first; nil if nobody waits.
func (q *queue) pop() *update {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	u := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	return u
}

// wait returns true when somebody waits, and false when the queue is closed
// and empty.
func (q *queue) wait() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.filled.Wait()
	}
	return len(q.waiting) > 0
}

// close lets nobody in any more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Signal()
}

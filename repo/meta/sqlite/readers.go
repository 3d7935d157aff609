package sqlite

import (
	"context"
	"sync"
)

// readers is a bounded set of connections, opened when first needed.
type readers struct {
	open   func() (*conn, error)
	places chan struct{} // one element per connection in use
	done   chan struct{} // closed by close

	mu   sync.Mutex // guards idle
	idle []*conn    // the one used last is taken first: its cache is warm
}

func newReaders(n int, open func() (*conn, error)) *readers {
	return &readers{open: open, places: make(chan struct{}, n), done: make(chan struct{})}
}

// place waits until there may be one more connection; leave gives it up.
func (r *readers) place(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	select {
	case <-r.done:
		return closed()
	default:
	}
	select {
	case r.places <- struct{}{}:
		return nil
	case <-r.done:
		return closed()
	case <-ctx.Done():
		return ended(ctx)
	}
}

func (r *readers) leave() { <-r.places }

func (r *readers) take(ctx context.Context) (*conn, error) {
	if err := r.place(ctx); err != nil {
		return nil, err
	}
	if c := r.pop(); c != nil {
		return c, nil
	}
	c, err := r.open()
	if err != nil {
		r.leave()
		return nil, err
	}
	return c, nil
}

func (r *readers) pop() *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	c := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	return c
}

// put returns a connection; one whose transaction would not end is given up.
func (r *readers) put(c *conn) {
	if c.db.AutocommitEnabled() {
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	} else {
		c.close()
	}
	r.leave()
}

// close waits until all connections are idle and closes them.
func (r *readers) close() error {
	r.mu.Lock()
	select {
	case <-r.done:
		r.mu.Unlock()
		return nil
	default:
		close(r.done)
	}
	r.mu.Unlock()
	for range cap(r.places) {
		r.places <- struct{}{}
	}
	var err error
	for c := r.pop(); c != nil; c = r.pop() {
		if cerr := c.close(); cerr != nil {
			err = cerr
		}
	}
	return err
}

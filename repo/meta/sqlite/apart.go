package sqlite

import "context"

// apart runs fn, which takes long, on a connection of its own that is
// interrupted when ctx ends.
func (s *Store) apart(ctx context.Context, fn func(*conn) error) error {
	if err := s.readers.place(ctx); err != nil {
		return err
	}
	defer s.readers.leave()
	c, err := openConn(s.path, s.options)
	if err != nil {
		return err
	}
	c.db.SetInterrupt(ctx.Done())
	err = fn(c)
	c.db.SetInterrupt(nil)
	if cerr := c.close(); err == nil {
		err = cerr
	}
	if err != nil && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

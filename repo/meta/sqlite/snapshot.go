package sqlite

import (
	"context"
	"os"
	"path/filepath"
)

// Snapshot writes a consistent copy of the live database to a new file at path,
// durably; updates go on meanwhile. The copy is compact, and Open opens it. If
// there is a file at path already the error matches fs.ErrExist. After any
// error there is nothing at path that was not there before.
func (s *Store) Snapshot(ctx context.Context, path string) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return failure(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return failure(err)
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(path)
		}
	}()
	if err := s.apart(ctx, func(c *conn) error { return c.copyInto(path) }); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return failure(err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return failure(err)
	}
	return nil
}

// copyInto fills the empty file at path.
func (c *conn) copyInto(path string) error {
	s, err := c.take("VACUUM INTO $1")
	if err != nil {
		return failure(err)
	}
	defer c.release(s)
	if err := s.bind([]any{path}); err != nil {
		return failure(err)
	}
	if _, err := s.Step(); err != nil {
		return failure(err)
	}
	return nil
}

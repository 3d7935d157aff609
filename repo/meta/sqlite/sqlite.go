// Package sqlite is the metadata store in one SQLite file: the embedded
// default. One connection writes, for all callers in turn, and shares a commit
// among them; others read, each on a snapshot of its own. Other processes may
// have the file open at the same time.
package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	"github.com/quiredav/quire/repo/meta"
)

// Options of a [Store]. The zero value is a good choice.
type Options struct {
	// Migrations are the files of the schema; nil: [meta.Migrations].
	Migrations fs.FS

	// Readers bounds the connections that View, Snapshot and Check use at one
	// time; 0: twice the number of processors, at least 4 and at most 16.
	Readers int

	// Cache bounds the page cache of each connection, in bytes; 0: 4 MiB. The
	// operating system caches the file anyway.
	Cache int64

	// BusyTimeout is how long a call waits for the lock of another process
	// before it fails as Unavailable; 0: 5 seconds.
	BusyTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Migrations == nil {
		o.Migrations = meta.Migrations()
	}
	if o.Readers <= 0 {
		o.Readers = min(max(4, 2*runtime.GOMAXPROCS(0)), 16)
	}
	if o.Cache <= 0 {
		o.Cache = 4 << 20
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 5 * time.Second
	}
	return o
}

// Store is a [meta.Store] in an SQLite file.
type Store struct {
	path    string
	options Options
	writer  *writer
	readers *readers
}

var _ meta.Store = (*Store)(nil)

// Open opens the database at path, makes it if there is no such file, and
// brings its schema up to date. A file that is something else is left as it is
// and refused with [ErrForeign]; one from a newer version, with a
// *meta.NewerError.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("the database's path: %w", err)
	}
	o = o.withDefaults()
	c, err := openWriter(ctx, path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, writer: startWriter(c)}
	s.readers = newReaders(o.Readers, func() (*conn, error) { return openReader(path, o) })
	if err := meta.Migrate(ctx, s, o.Migrations); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// View implements [meta.Store].
func (s *Store) View(ctx context.Context, fn func(meta.Tx) error) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return c.view(ctx, fn)
}

// Update implements [meta.Store].
func (s *Store) Update(ctx context.Context, fn func(meta.Tx) error) error {
	return s.writer.update(ctx, fn)
}

// Close waits for the calls under way, copies the write-ahead log into the
// database and closes the file. Closing twice does no harm.
func (s *Store) Close() error {
	err := s.readers.close()
	if werr := s.writer.close(); werr != nil {
		err = werr
	}
	return err
}

// view runs fn in a transaction that reads.
func (c *conn) view(ctx context.Context, fn func(meta.Tx) error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	t := &tx{conn: c, ctx: ctx}
	defer func() {
		t.end()
		c.rollback()
	}()
	return t.outcome(fn(t))
}

// Package fileblob keeps blobs as files: the blob abcdef... is the file
// ab/abcdef... below the store's directory.
//
// A blob is written at its final place. Its name is random, so nothing can be
// there before it, and nothing points to it until it is committed: there is
// nothing to rename.
package fileblob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
)

// Store is a [blob.Store] in a directory.
type Store struct {
	dir  string
	sync func(*os.File) error // (*os.File).Sync, save in tests
}

var (
	_ blob.Store    = (*Store)(nil)
	_ blob.Importer = (*Store)(nil)
)

// Open opens the store in dir, which is made if it is missing, as are the 256
// directories over which blobs fan out. It holds nothing open: there is no
// Close.
func Open(dir string) (*Store, error) {
	return openWith(dir, (*os.File).Sync)
}

func openWith(dir string, sync func(*os.File) error) (*Store, error) {
	s := &Store{dir: dir, sync: sync}
	if err := s.makeDirs(); err != nil {
		return nil, failed("open blob store", err)
	}
	return s, nil
}

// Create implements [blob.Store].
func (s *Store) Create(ctx context.Context) (blob.Writer, error) {
	return s.Import(ctx, blob.NewID())
}

// Import implements [blob.Importer].
func (s *Store) Import(_ context.Context, id blob.ID) (blob.Writer, error) {
	if !id.Valid() {
		return nil, invalid("import blob", id)
	}
	f, err := os.OpenFile(s.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, failed("create blob", err)
	}
	return &writer{store: s, id: id, file: f}, nil
}

// Open implements [blob.Store]; the reader is an *os.File.
func (s *Store) Open(_ context.Context, id blob.ID) (io.ReadSeekCloser, error) {
	if !id.Valid() {
		return nil, invalid("open blob", id)
	}
	f, err := os.Open(s.path(id))
	if err != nil {
		return nil, failed("open blob", err)
	}
	return f, nil
}

// Delete implements [blob.Store].
func (s *Store) Delete(_ context.Context, id blob.ID) error {
	if !id.Valid() {
		return invalid("delete blob", id)
	}
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed("delete blob", err)
	}
	return nil
}

func (s *Store) path(id blob.ID) string {
	return filepath.Join(s.dir, string(id[:2]), string(id))
}

// fanName is the name of the directory for the IDs that begin with b.
func fanName(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

func (s *Store) makeDirs() error {
	if err := s.makeDir(s.dir); err != nil {
		return err
	}
	for i := range 256 {
		err := os.Mkdir(filepath.Join(s.dir, fanName(byte(i))), 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	// Also if nothing was made now: an earlier run may have died before this.
	return s.syncDir(s.dir)
}

// makeDir makes dir and what is missing above it, durably.
func (s *Store) makeDir(dir string) error {
	parent := filepath.Dir(dir)
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := s.makeDir(parent); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // if it is no directory, its first use says so
	case err != nil:
		return err
	}
	return s.syncDir(parent)
}

// syncDir makes the entries of dir durable. Windows can't be asked to, and keeps
// a journal of its own.
func (s *Store) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(s.sync(d), d.Close())
}

func failed(op string, err error) error {
	e := &dav.Error{Kind: dav.Internal, Op: op, Message: "the storage failed", Err: err}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e.Kind, e.Message = dav.NoSpace, "there is no room left in the storage"
		e.Condition.Name = dav.SufficientDiskSpace
	}
	return e
}

func invalid(op string, id blob.ID) error {
	return &dav.Error{Kind: dav.Internal, Op: op, Err: &fs.PathError{Op: "name", Path: string(id), Err: fs.ErrInvalid}}
}

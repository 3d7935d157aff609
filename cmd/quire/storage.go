package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

const defaultRepo = "./quire-data"

// What lies in the directory of a repository.
const (
	metaFile = "meta.db"
	blobDir  = "blobs"
)

// storage is an open repository with the stores that hold it.
type storage struct {
	*repo.Repository
	meta  *sqlite.Store
	blobs *fileblob.Store
}

// openStorage opens the repository in dir, whose database is the file name in
// it. What is missing is made.
func openStorage(ctx context.Context, dir, name string, o repo.Options) (_ *storage, err error) {
	var s storage
	if s.blobs, err = fileblob.Open(filepath.Join(dir, blobDir)); err != nil {
		return nil, err
	}
	if s.meta, err = sqlite.Open(ctx, filepath.Join(dir, name), sqlite.Options{}); err != nil {
		return nil, err
	}
	if s.Repository, err = repo.Open(ctx, s.meta, s.blobs, o); err != nil {
		return nil, errors.Join(err, s.meta.Close())
	}
	return &s, nil
}

// createStorage opens the repository in dir, a new one if there is none.
func createStorage(ctx context.Context, dir string, o repo.Options) (*storage, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	return openStorage(ctx, dir, metaFile, o)
}

// existingStorage opens the repository in dir and makes nothing.
func existingStorage(ctx context.Context, dir string, o repo.Options) (*storage, error) {
	switch _, err := os.Stat(filepath.Join(dir, metaFile)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no repository in %s", dir)
	case err != nil:
		return nil, err
	}
	return openStorage(ctx, dir, metaFile, o)
}

// Close closes the repository and its stores.
func (s *storage) Close() error {
	return errors.Join(s.Repository.Close(), s.meta.Close())
}

// makeDir makes a directory, for its owner alone, and those above it, durably.
func makeDir(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// syncDir makes what was made or renamed in dir durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

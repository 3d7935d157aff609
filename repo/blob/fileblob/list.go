package fileblob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
)

// List implements [blob.Store]. It reads one of the 256 directories at a time.
func (s *Store) List(ctx context.Context) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		fans, err := os.ReadDir(s.dir)
		if err != nil && !yield(blob.Info{}, failed("list blobs", err)) {
			return
		}
		for _, fan := range fans {
			if err := ctx.Err(); err != nil {
				yield(blob.Info{}, failed("list blobs", err))
				return
			}
			if !fan.IsDir() || !isFanName(fan.Name()) {
				if !yield(blob.Info{}, stray(s.dir, fan)) {
					return
				}
				continue
			}
			if !s.listFan(fan.Name(), yield) {
				return
			}
		}
	}
}

// listFan yields the blobs in the directory fan and tells whether to go on.
func (s *Store) listFan(fan string, yield func(blob.Info, error) bool) bool {
	dir := filepath.Join(s.dir, fan)
	entries, err := os.ReadDir(dir)
	if err != nil && !yield(blob.Info{}, failed("list blobs", err)) {
		return false
	}
	for _, e := range entries {
		id := blob.ID(e.Name())
		if !id.Valid() || string(id[:2]) != fan || !e.Type().IsRegular() {
			if !yield(blob.Info{}, stray(dir, e)) {
				return false
			}
			continue
		}
		switch fi, err := e.Info(); {
		case errors.Is(err, fs.ErrNotExist):
			// deleted since the directory was read
		case err != nil:
			if !yield(blob.Info{}, failed("list blobs", err)) {
				return false
			}
		case !yield(blob.Info{ID: id, Size: fi.Size(), Modified: fi.ModTime()}, nil):
			return false
		}
	}
	return true
}

func isFanName(name string) bool {
	return len(name) == 2 && blob.ID(name+"000000000000000000000000000000").Valid()
}

func stray(dir string, e os.DirEntry) error {
	return &dav.Error{
		Kind: dav.Internal, Op: "list blobs",
		Err: &blob.StrayError{Name: filepath.Join(dir, e.Name())},
	}
}

package fileblob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quiredav/quire/repo/blob"
)

type writer struct {
	store *Store
	id    blob.ID
	file  *os.File
	err   error // the first failure: what was written can't be trusted after it
	done  bool  // committed or closed
}

func (w *writer) ID() blob.ID { return w.id }

func (w *writer) Write(p []byte) (int, error) {
	if err := w.usable(); err != nil {
		return 0, err
	}
	n, err := w.file.Write(p)
	if err != nil {
		w.err = failed("write blob", err)
	}
	return n, w.err
}

// Commit syncs the file, then the directory with its name. A failed fsync
// isn't tried again: the kernel may have dropped the pages it could not write
// and would then report success.
func (w *writer) Commit(context.Context) error {
	if err := w.usable(); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		w.err = failed("commit blob", err)
		return w.err
	}
	w.done = true
	return nil
}

func (w *writer) sync() error {
	if err := w.store.sync(w.file); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	return w.store.syncDir(filepath.Dir(w.file.Name()))
}

func (w *writer) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	err := w.file.Close()
	if errors.Is(err, fs.ErrClosed) { // by a Commit that failed later
		err = nil
	}
	if rm := os.Remove(w.file.Name()); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	if err != nil {
		return failed("discard blob", err)
	}
	return nil
}

func (w *writer) usable() error {
	if w.done {
		return failed("write blob", blob.ErrClosed)
	}
	return w.err
}

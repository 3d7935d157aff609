package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// partialFile is the database of a backup that is not finished. It gets its
// name once the copy has proved whole, so half a backup is no repository.
const partialFile = "partial.db"

func newBackup() *cobra.Command {
	return upkeep("backup TARGET", "Copy a repository, in use or not, to the directory TARGET, and check the copy", cobra.ExactArgs(1),
		func(c *cobra.Command, s *storage, args []string) error {
			target := args[0]
			if err := makeEmptyDir(target); err != nil {
				return err
			}
			stats, err := copyTo(c.Context(), s, target)
			if err == nil {
				err = checkCopy(c, target)
			}
			if err != nil {
				return fmt.Errorf("the backup failed, and %s is not a repository: %w", target, err)
			}
			fmt.Fprintf(c.OutOrStdout(), "backed up to %s: %s, %d bytes in them\n", target, count(int64(stats.Blobs), "blob"), stats.Bytes)
			return nil
		})
}

func makeEmptyDir(dir string) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	switch _, err := f.Readdirnames(1); {
	case err == nil:
		return fmt.Errorf("%s is not empty", dir)
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// copyTo copies the repository into the empty directory target.
func copyTo(ctx context.Context, s *storage, target string) (stats repo.BackupStats, err error) {
	to, err := fileblob.Open(filepath.Join(target, blobDir))
	if err != nil {
		return stats, err
	}
	var m *sqlite.Store
	defer func() {
		if m != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	return s.Backup(ctx, func(ctx context.Context) (meta.Store, error) {
		path := filepath.Join(target, partialFile)
		if err := s.meta.Snapshot(ctx, path); err != nil {
			return nil, err
		}
		m, err = sqlite.Open(ctx, path, sqlite.Options{})
		return m, err
	}, to)
}

// checkCopy proves that the copy in target is whole, and makes it a repository.
func checkCopy(c *cobra.Command, target string) error {
	log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
	s, err := openStorage(c.Context(), target, partialFile, repo.Options{Logger: log, NoReclaim: true})
	if err != nil {
		return err
	}
	err = fsck(c, s, repo.FsckOptions{}, c.OutOrStdout())
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	partial := filepath.Join(target, partialFile)
	if _, err := os.Lstat(partial + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("another program has the copy open")
	}
	if err := os.Rename(partial, filepath.Join(target, metaFile)); err != nil {
		return err
	}
	return syncDir(target)
}

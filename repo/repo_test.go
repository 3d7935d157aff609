package repo_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

var (
	_ davserver.Backend       = (*repo.Repository)(nil)
	_ davserver.PropertyStore = (*repo.Repository)(nil)
	_ davserver.Locker        = (*repo.Repository)(nil)
	_ davserver.Searcher      = (*repo.Repository)(nil)
	_ davserver.Binder        = (*repo.Repository)(nil)
)

// open opens a fresh repository; when the test is over it must pass fsck.
func open(t testing.TB, o repo.Options) *repo.Repository {
	return openIn(t, t.TempDir(), o)
}

func openIn(t testing.TB, dir string, o repo.Options) *repo.Repository {
	t.Helper()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), m, b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mustBeWhole(t, r)
		if err := errors.Join(r.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// mustBeWhole runs fsck.
func mustBeWhole(t testing.TB, r *repo.Repository) {
	t.Helper()
	_, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
	if err != nil {
		t.Errorf("fsck: %v", err)
	}
}

func TestBackend(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(t *testing.T) davserver.Backend { return open(t, repo.Options{}) })
}

// Everything in blobs, nothing inline.
func TestBackendBlobs(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(t *testing.T) davserver.Backend { return open(t, repo.Options{InlineMax: -1}) })
}

func TestLinear(t *testing.T) {
	backendtest.RunLinear(t, 60, func(t *testing.T) davserver.Backend { return open(t, repo.Options{InlineMax: 2}) })
}

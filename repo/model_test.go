package repo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

func TestModel(t *testing.T) {
	t.Parallel()
	backendtest.RunModel(t, func(t *rapid.T, now func() time.Time) davserver.Backend {
		dir, err := os.MkdirTemp("", "model")
		if err != nil {
			t.Fatal(err)
		}
		m, err := sqlite.Open(context.Background(), filepath.Join(dir, "meta.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := fileblob.Open(filepath.Join(dir, "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		// Some bodies inline, some in blobs.
		r, err := repo.Open(context.Background(), m, b, repo.Options{Now: now, InlineMax: 4})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
			if err := errors.Join(err, r.Close(), m.Close(), os.RemoveAll(dir)); err != nil {
				t.Error(err)
			}
		})
		return r
	})
}

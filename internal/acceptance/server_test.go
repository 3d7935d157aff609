package acceptance

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/quiredav/quire/auth"
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// setup is what a test wants of its server beyond the defaults.
type setup struct {
	prefix string   // where the share is mounted
	users  []string // NAME:PASSWORD; none: anonymous

	quotas map[dav.Path]int64 // collections to make, and their quotas in bytes
}

// newServer starts a server with an empty share at / and gives a client of it.
func newServer(t *testing.T) *client { return newServerWith(t, setup{}) }

func newServerWith(t *testing.T, s setup) *client {
	t.Helper()
	srv := httptest.NewServer(newHandler(t, s))
	t.Cleanup(srv.Close)
	c := newClient(t, srv.URL)
	if len(s.users) > 0 {
		c = c.as(s.users[0])
	}
	return c
}

func newHandler(t *testing.T, s setup) http.Handler {
	t.Helper()
	backend := newBackend(t)
	for path, bytes := range s.quotas {
		if err := backend.Mkcol(t.Context(), dav.MkcolRequest{Path: path}); err != nil {
			t.Fatal(err)
		}
		if err := backend.(*repo.Repository).SetQuota(t.Context(), path, bytes); err != nil {
			t.Fatal(err)
		}
	}
	h := davserver.New(backend, davserver.Options{Prefix: s.prefix})
	if len(s.users) == 0 {
		return h
	}
	users, err := auth.NewUsers(s.users, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return auth.New(h, auth.Options{Passwords: users})
}

// newBackend is an empty repository. When the test ends fsck must find nothing
// wrong with it.
func newBackend(t *testing.T) davserver.Backend {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	m, err := sqlite.Open(ctx, filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(ctx, m, b, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
		if err != nil {
			t.Errorf("fsck: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("closing the repository: %v", err)
		}
	})
	return r
}

package davtest_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// beyondMemory are the areas that the reference backend knows nothing of.
var beyondMemory = []string{"SY", "SE", "QU"}

// smallQuota is where the right server has a quota to use up.
const smallQuota dav.Path = "/small"

// right is a server without flaws that can do what the cases, or the area, are
// about.
func right(t *testing.T, only string) http.Handler {
	t.Helper()
	area, _, _ := strings.Cut(only, "-")
	if !slices.Contains(beyondMemory, area) {
		return davserver.New(backendtest.NewMemory(nil), davserver.Options{})
	}
	ctx, dir := t.Context(), t.TempDir()
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
	t.Cleanup(func() { r.Close() })
	if err := r.Mkcol(ctx, dav.MkcolRequest{Path: smallQuota}); err != nil {
		t.Fatal(err)
	}
	if err := r.SetQuota(ctx, smallQuota, 200<<10); err != nil {
		t.Fatal(err)
	}
	return davserver.New(r, davserver.Options{})
}

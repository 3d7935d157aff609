package repo_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// Of many removals the oldest are forgotten, with the tokens that need them.
// What Changes says stays true.
func TestSyncForgets(t *testing.T) {
	const most = 100
	r := open(t, repo.Options{MaxRemoved: most, NoReclaim: true})
	mkcol(t, r, "/quiet")
	put(t, r, "/quiet/f", "x")
	remove(t, r, "/quiet/f")
	mkcol(t, r, "/c")
	tokens := []string{stateOf(t, r, "/c").SyncToken}
	quiet := stateOf(t, r, "/quiet").Changes
	reclaim := func() (left int64) {
		t.Helper()
		if _, err := r.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
			left, err = meta.Int(tx, `SELECT count(*) FROM removed`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	for i := range 2 * most {
		p := dav.Path(fmt.Sprintf("/c/%03d", i))
		put(t, r, p, "x")
		remove(t, r, p)
		tokens = append(tokens, stateOf(t, r, "/c").SyncToken)
		if left := reclaim(); left > most+most/10+3 {
			t.Fatalf("%d removals are remembered after %d", left, i)
		}
	}
	mustRefuse(t, r, "/c", tokens[0])
	mustRefuse(t, r, "/c", tokens[most/2])
	for i := len(tokens) - most*8/10; i < len(tokens); i++ {
		if a := syncOf(t, r, "/c", tokens[i], true); len(a.told) != len(tokens)-1-i {
			t.Errorf("after %d removals %d are told", len(tokens)-1-i, len(a.told))
		}
	}
	if now := stateOf(t, r, "/quiet").Changes; now != quiet {
		t.Errorf("changes of a collection that didn't: %q, was %q", now, quiet)
	}
	// Tokens that need nothing of it match in If.
	token := stateOf(t, r, "/c").SyncToken
	put(t, r, "/elsewhere", "x")
	q := dav.Query{Conditions: &dav.Conditions{Tokens: []string{token}, If: []dav.IfList{{Conditions: []dav.IfCondition{{Token: token}}}}}}
	for _, err := range r.List(t.Context(), "/c", q) {
		if err != nil {
			t.Errorf("nothing has changed: %v", err)
		}
	}
	// What was removed at once is forgotten as well.
	mkcol(t, r, "/big")
	for i := range 3 * most {
		put(t, r, dav.Path(fmt.Sprintf("/big/%03d", i)), "x")
	}
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/quiet", To: "/big", Depth: dav.DepthInfinity}, nil); err != nil {
		t.Fatal(err)
	}
	if left := reclaim(); left > most+3 {
		t.Errorf("%d removals are remembered", left)
	}
}

// What was left out of an answer because it changed meanwhile may, in a backup
// taken meanwhile, not have changed. So the token of that answer is refused
// there.
func TestSyncSeen(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	repo.SetSyncRows(r, 1)
	for _, p := range []dav.Path{"/a", "/b", "/z"} {
		put(t, r, p, "x")
	}
	saved := filepath.Join(dir, "saved")
	var known []string
	token, _, err := r.Sync(t.Context(), dav.SyncRequest{Path: "/"}, func(c *dav.Change) error {
		if known = append(known, string(c.Resource.Path)); len(known) > 1 {
			return nil
		}
		if err := r.Meta().(*sqlite.Store).Snapshot(t.Context(), saved); err != nil {
			return err
		}
		put(t, r, "/z", "y")
		return nil
	})
	if err != nil || len(known) != 2 {
		t.Fatalf("told %v, %v; want that /z is left out", known, err)
	}
	told(t, r, "/", token, false, "+/z")
	copied := openSaved(t, saved)
	mustRefuse(t, copied, "/", token)
	put(t, copied, "/y", "x")
	mustRefuse(t, copied, "/", token)
}

// SY-11: after a restart tokens go on; in a restored backup those do that were
// given out before it.
func TestSyncBackup(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	put(t, r, "/a", "x")
	before := stateOf(t, r, "/").SyncToken
	saved := filepath.Join(dir, "saved")
	if err := r.Meta().(*sqlite.Store).Snapshot(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	early := saved + " too"
	if err := r.Meta().(*sqlite.Store).Snapshot(t.Context(), early); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		put(t, r, "/lost", "x")
	}
	after, changes := stateOf(t, r, "/").SyncToken, stateOf(t, r, "/").Changes
	copied := openSaved(t, saved)
	for range 5 { // beyond the step of the other
		put(t, copied, "/b", "x")
		if stateOf(t, copied, "/").Changes == changes {
			t.Error("another change has the same Changes")
		}
	}
	mustRefuse(t, copied, "/", after)
	unasked := openSaved(t, early)
	for range 5 {
		put(t, unasked, "/b", "x")
	}
	mustRefuse(t, unasked, "/", after)
	told(t, copied, "/", before, true, "+/b")
	told(t, r, "/", before, true, "+/lost")
	again := openIn(t, dir, repo.Options{})
	told(t, again, "/", after, true, "")
	put(t, again, "/c", "x")
	told(t, again, "/", after, true, "+/c")
}

// openSaved opens a copy of a database whose bodies are all inline.
func openSaved(t *testing.T, path string) *repo.Repository {
	t.Helper()
	m, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), m, b, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

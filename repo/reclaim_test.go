package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/fault"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

func put(t testing.TB, r *repo.Repository, p dav.Path, content string) {
	t.Helper()
	_, _, err := r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader(content), Length: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
}

func mkcol(t testing.TB, r *repo.Repository, p dav.Path) {
	t.Helper()
	if err := r.Mkcol(t.Context(), dav.MkcolRequest{Path: p}); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, r *repo.Repository, p dav.Path) {
	t.Helper()
	err := r.Delete(t.Context(), dav.DeleteRequest{Path: p}, func(o dav.Outcome) { t.Errorf("DELETE %s: %v", p, o.Err) })
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, r *repo.Repository, p dav.Path) string {
	t.Helper()
	_, body, err := r.Open(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func stats(t testing.TB, r *repo.Repository) repo.FsckStats {
	t.Helper()
	s, err := r.Fsck(t.Context(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// blobFiles counts the files in which blobs lie.
func blobFiles(t testing.TB, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "blobs"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var big = strings.Repeat("a body that goes to a blob. ", 10_000)

// What DELETE took out of sight is gone after reclaiming, and nothing else is.
func TestReclaimDeletedTree(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	put(t, r, "/kept", big)
	mkcol(t, r, "/a")
	for i := range 1200 { // several steps
		put(t, r, dav.Path(fmt.Sprintf("/a/%d", i)), "small")
	}
	mkcol(t, r, "/a/b")
	put(t, r, "/a/b/big", big+"another")
	remove(t, r, "/a")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := stats(t, r)
	if s.Resources != 2 || s.Bodies != 1 || s.Orphans != 0 || s.Garbage != 0 || blobFiles(t, dir) != 1 {
		t.Errorf("left over: %+v, %d blob files; want the root and one file", s, blobFiles(t, dir))
	}
	if read(t, r, "/kept") != big {
		t.Error("what was kept has changed")
	}
}

// Copies share bodies until the last of them goes.
func TestCopiesShareBodies(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	mkcol(t, r, "/a")
	put(t, r, "/a/big", big)
	put(t, r, "/a/small", "small")
	if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/a", To: "/b", Depth: dav.DepthInfinity}, nil); err != nil {
		t.Fatal(err)
	}
	if s := stats(t, r); s.Bodies != 2 || s.Resources != 7 || blobFiles(t, dir) != 1 {
		t.Errorf("after COPY: %+v; want 7 resources with 2 bodies", s)
	}
	put(t, r, "/a/small", "changed")
	remove(t, r, "/a")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read(t, r, "/b/big") != big || read(t, r, "/b/small") != "small" {
		t.Error("the copy changed with its original")
	}
	remove(t, r, "/b")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := stats(t, r); s.Bodies != 0 || s.Resources != 1 || blobFiles(t, dir) != 0 {
		t.Errorf("after the last copy went: %+v", s)
	}
}

// An overwritten body that is being read stays readable.
func TestOverwriteWhileReading(t *testing.T) {
	r := open(t, repo.Options{})
	put(t, r, "/f", big)
	_, body, err := r.Open(t.Context(), "/f", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	put(t, r, "/f", "new")
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err != nil || string(b) != big {
		t.Errorf("read %d bytes, %v; want the %d of before", len(b), err, len(big))
	}
}

// GC takes what a crash left behind, and leaves an upload under way alone.
func TestGC(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	r := openIn(t, dir, repo.Options{Now: func() time.Time { return now }})
	put(t, r, "/kept", big)
	blobs, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := blobs.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Write([]byte("half an uplo")); err != nil {
		t.Fatal(err)
	}
	gc := func() repo.GCStats {
		s, err := r.GC(t.Context(), repo.GCOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := gc(); s.Young != 1 || s.Garbage != 0 {
		t.Errorf("within the grace: %+v", s)
	}
	now = now.Add(2 * time.Hour)
	if s := gc(); s.Garbage != 1 || s.GarbageBytes != 12 {
		t.Errorf("after the grace: %+v", s)
	}
	if read(t, r, "/kept") != big || blobFiles(t, dir) != 1 {
		t.Error("GC took what was needed")
	}
}

// A backup made while clients write is a whole repository, of one moment.
func TestBackup(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/big", big)
	put(t, r, "/c/small", "small")
	target := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for i := 0; ctx.Err() == nil; i++ {
			p := dav.Path(fmt.Sprintf("/c/%d", i))
			r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader(big), Length: -1})
			r.Delete(t.Context(), dav.DeleteRequest{Path: p}, nil)
		}
	}()
	blobs, err := fileblob.Open(filepath.Join(target, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	var m *sqlite.Store
	_, err = r.Backup(t.Context(), func(ctx context.Context) (meta.Store, error) {
		to := filepath.Join(target, "meta.db")
		if err := r.Meta().(*sqlite.Store).Snapshot(ctx, to); err != nil {
			return nil, err
		}
		// What the snapshot knows is deleted and reclaimed while the backup runs.
		remove(t, r, "/c/big")
		if _, err := r.Reclaim(ctx); err != nil {
			return nil, err
		}
		var err error
		m, err = sqlite.Open(ctx, to, sqlite.Options{})
		return m, err
	}, blobs)
	stop()
	<-writing
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	copied := openIn(t, target, repo.Options{})
	stats(t, copied)
	if read(t, copied, "/c/big") != big || read(t, copied, "/c/small") != "small" {
		t.Error("the backup lacks what was there")
	}
	put(t, copied, "/c/small", "the copy serves")
	if read(t, r, "/c/small") != "small" {
		t.Error("the backup is tied to its original")
	}
	if reclaimed, err := r.Reclaim(t.Context()); err != nil {
		t.Error(err, reclaimed)
	}
	if s := stats(t, r); s.Orphans != 0 || s.Blobs != 0 {
		t.Errorf("after the backup garbage stays: %+v", s)
	}
}

// A blob that can't be deleted is garbage for GC, and doesn't keep the others.
func TestReclaimGoesOn(t *testing.T) {
	dir := t.TempDir()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	plan := new(fault.Plan)
	now := time.Now()
	r, err := repo.Open(t.Context(), m, fault.Blobs(plan, b), repo.Options{NoReclaim: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 3 {
		p := dav.Path(fmt.Sprintf("/%d", i))
		put(t, r, p, big)
		remove(t, r, p)
	}
	plan.Arm(fault.Failure{Nth: 1, Only: []fault.Op{fault.BlobDelete}, Err: syscall.EIO})
	if done, err := r.Reclaim(t.Context()); !errors.Is(err, syscall.EIO) || done.Resources != 3 || done.Blobs != 2 {
		t.Errorf("Reclaim: %+v, %v; want 3 resources, 2 blobs, and the failure of one", done, err)
	}
	plan.Disarm()
	now = now.Add(2 * time.Hour)
	if done, err := r.GC(t.Context(), repo.GCOptions{}); err != nil || done.Garbage != 1 || blobFiles(t, dir) != 0 {
		t.Errorf("GC: %+v, %v; %d blobs left", done, err, blobFiles(t, dir))
	}
}

// What only looks changes nothing.
func TestNoReclaim(t *testing.T) {
	r := open(t, repo.Options{NoReclaim: true})
	put(t, r, "/f", "x")
	remove(t, r, "/f")
	if s := stats(t, r); s.Orphans != 1 || s.Resources != 2 {
		t.Errorf("%+v; want the deleted file still waiting", s)
	}
	if done, err := r.Reclaim(t.Context()); err != nil || done.Resources != 1 {
		t.Errorf("Reclaim: %+v, %v", done, err)
	}
}

// A damaged blob stops the backup: no copy is better than a wrong one.
func TestBackupRefusesDamage(t *testing.T) {
	dir := t.TempDir()
	r := openBroken(t, dir)
	put(t, r, "/f", big)
	damageBlob(t, dir, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	blobs, err := fileblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Backup(t.Context(), func(ctx context.Context) (meta.Store, error) {
		to := filepath.Join(t.TempDir(), "meta.db")
		if err := r.Meta().(*sqlite.Store).Snapshot(ctx, to); err != nil {
			return nil, err
		}
		m, err := sqlite.Open(ctx, to, sqlite.Options{})
		t.Cleanup(func() { m.Close() })
		return m, err
	}, blobs)
	if err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("Backup of a damaged blob: %v", err)
	}
}

// openBroken opens a repository that the test is going to damage.
func openBroken(t testing.TB, dir string) *repo.Repository {
	t.Helper()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
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

// damageBlob rewrites the one blob file there is; nil removes it.
func damageBlob(t testing.TB, dir string, change func([]byte) []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if b = change(bytes.Clone(b)); b == nil {
		err = os.Remove(files[0])
	} else {
		err = os.WriteFile(files[0], b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

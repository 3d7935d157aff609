package acceptance

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/quiredav/quire/internal/fault"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
)

// A body that can't be read fails alone: its GET says so, the collection is
// listed as ever, the other members are served, and a PUT makes it good again.
func TestUnreadableBody(t *testing.T) {
	for name, spoil := range map[string]func(blob string) error{
		"missing":   os.Remove,
		"cut":       func(blob string) error { return os.Truncate(blob, 10<<10) },
		"empty":     func(blob string) error { return os.Truncate(blob, 0) },
		"a folder":  func(blob string) error { return replaceBy(blob, func() error { return os.Mkdir(blob, 0o700) }) },
		"forbidden": forbid,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "forbidden" && os.Geteuid() == 0 {
				// Nothing is forbidden to root; a link into nowhere is what comes nearest.
				spoil = func(blob string) error { return replaceBy(blob, func() error { return os.Symlink("/nowhere", blob) }) }
			}
			r := newRig(t)
			c := newClient(t, r.server.URL)
			c.mkcol("/c")
			c.put("/c/a", "small")
			c.put("/c/bad", bigBody)
			if err := spoil(theBlob(t, r.dir)); err != nil {
				t.Fatal(err)
			}
			c.put("/c/z", bigBody)
			for _, field := range []string{"Range: bytes=0-99", "Range: bytes=-1", "Accept: */*"} {
				a := c.do("GET", "/c/bad", "", field).want(500, 503)
				if !isDavError(a.body) {
					t.Errorf("GET with %s says no error: %q", field, a.body)
				}
			}
			c.do("HEAD", "/c/bad", "").want(500, 503)
			c.do("GET", "/c/a", "").want(200).says("small")
			c.do("GET", "/c/z", "").want(200).says(bigBody)
			if l := c.propfind("/c", "1", "getcontentlength").multistatus(); len(l.Responses) != 4 {
				t.Errorf("PROPFIND lists %d of 4 resources", len(l.Responses))
			}
			problems := 0
			if _, err := r.repo.Fsck(t.Context(), repo.FsckOptions{}, func(repo.Problem) { problems++ }); err != nil || problems == 0 {
				t.Errorf("fsck finds %d problems, %v", problems, err)
			}
			c.put("/c/bad", "good again")
			c.do("GET", "/c/bad", "").want(200).says("good again")
		})
	}
}

func replaceBy(path string, make func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return make()
}

func forbid(blob string) error { return os.Chmod(blob, 0) }

// theBlob is the only blob of a repository.
func theBlob(t *testing.T, dir string) (found string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if found != "" {
				t.Fatal("there are two blobs")
			}
			found = path
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("there is no blob: %v", err)
	}
	return found
}

// sql runs a statement on the database, past the plan.
func (r *rig) sql(statement string) {
	r.Helper()
	err := r.meta.Update(r.Context(), func(t meta.Tx) error {
		_, err := t.Exec(statement)
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

func mustBeWhole(t *testing.T, r *repo.Repository) {
	t.Helper()
	_, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
	if err != nil {
		t.Error(err)
	}
}

// A check in which an operation failed never says that all is well, and a
// collection of garbage in which one failed takes nothing that is needed.
func TestFaultsOfUpkeep(t *testing.T) {
	r := newRig(t)
	tree, top := r.newTree()
	if err := r.repo.Close(); err != nil { // or what works in the background has failures of its own
		t.Fatal(err)
	}
	for n := range r.plan.EachNth(fault.Failure{Err: syscall.EIO}) {
		problems := 0
		_, err := r.repo.Fsck(t.Context(), repo.FsckOptions{}, func(repo.Problem) { problems++ })
		if failed := r.plan.Failed(); (len(failed) > 0) != (err != nil || problems > 0) {
			t.Fatalf("operation %d (%v) failed, and fsck says %d problems, %v", n, failed, problems, err)
		}
	}
	for n := range r.plan.EachNth(fault.Failure{Err: syscall.EIO}) {
		r.plan.Disarm()
		r.sql(`INSERT INTO hold (name, expires) VALUES ('test', 9223372036854775807)`) // keeps the reclaimer waiting
		tree = r.must(tree, tree.put(top+"/big", bigBody+top))
		w, err := r.blobs.Create(t.Context()) // as a crash leaves it
		if err != nil {
			t.Fatal(err)
		}
		r.sql(`DELETE FROM hold`)
		r.plan.Arm(fault.Failure{Err: syscall.EIO, Nth: n})
		_, err = r.repo.GC(t.Context(), repo.GCOptions{Grace: 1})
		failed := r.plan.Failed()
		r.plan.Disarm()
		if slices.Contains(failed, fault.BlobList) && err == nil { // others may have been the background's
			t.Fatalf("operation %d (%v) failed, and gc does not tell", n, failed)
		}
		seen, err := observe(t.Context(), r.http, r.base, top)
		if err != nil {
			t.Fatal(err)
		}
		if d := tree.differs(seen); d != "" {
			t.Fatalf("operation %d (%v) of gc failed: %s", n, failed, d)
		}
		w.Close()
		mustBeWhole(t, r.repo)
		if _, err := r.repo.Reclaim(t.Context()); err != nil { // or each round has more to do
			t.Fatal(err)
		}
	}
	for n := range r.plan.EachNth(fault.Failure{Err: syscall.EIO}) {
		again, err := repo.Open(context.Background(), fault.Meta(&r.plan, r.meta), fault.Blobs(&r.plan, r.blobs), repo.Options{})
		if err == nil {
			err = again.Close()
		}
		if err != nil && len(r.plan.Failed()) == 0 {
			t.Fatalf("opening, operation %d: %v", n, err)
		}
	}
	r.close()
}

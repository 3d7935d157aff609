package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

// Copies taken while others write hold whole transactions, are sound, and are
// databases of their own.
func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, "quire.db"))
	fill(t, s)
	mustExec(t, s, `CREATE TABLE pair (n BIGINT NOT NULL, half BIGINT NOT NULL, PRIMARY KEY (n, half)) {{CLUSTERED}}`)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := int64(0); ; n++ {
			select {
			case <-done:
				return
			default:
			}
			if err := s.Update(context.Background(), func(tx meta.Tx) error { return insertPair(tx, n) }); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for _, name := range []string{"a.db", "it's \"b\".db"} {
		before := count(t, s, `SELECT count(*) FROM pair`)
		path := filepath.Join(dir, name)
		if err := s.Snapshot(context.Background(), path); err != nil {
			t.Fatal(err)
		}
		copied := openStore(t, path)
		got := count(t, copied, `SELECT count(*) FROM pair`)
		if got < before || got%2 != 0 {
			t.Errorf("the copy has %d rows, want an even number from %d on", got, before)
		}
		if n := count(t, copied, `SELECT count(*) FROM item`); n != 2000 {
			t.Errorf("the copy has %d items", n)
		}
		wantSound(t, copied)
		mustExec(t, copied, `DELETE FROM pair`)
	}
	close(done)
	wg.Wait()
	if n := count(t, s, `SELECT count(*) FROM pair`); n == 0 {
		t.Error("a change of the copy changed the original")
	}
}

func TestSnapshotReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, "quire.db"))
	path := filepath.Join(dir, "there")
	writeFile(t, path, []byte("precious"))
	if err := s.Snapshot(context.Background(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want fs.ErrExist", err)
	}
	if got := readFile(t, path); string(got) != "precious" {
		t.Errorf("the file now holds %q", got)
	}
}

func TestSnapshotLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, "quire.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(dir, "copy")
	if err := s.Snapshot(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the copy that failed: %v, want none", err)
	}
}

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

// fill makes a table of some hundred pages.
func fill(t testing.TB, s *Store) {
	t.Helper()
	mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, data TEXT NOT NULL)`)
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for i := range 2000 {
			if _, err := tx.Exec(`INSERT INTO item (name, data) VALUES ($1, $2)`, fmt.Sprintf("name %d", i), strings.Repeat("x", 400)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	fill(t, s)
	wantSound(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 3*4096), info.Size()/2/4096*4096); err != nil {
		t.Fatal(err)
	}

	problems, err := openStore(t, path).Check(context.Background())
	if err != nil || len(problems) == 0 {
		t.Errorf("Check of a damaged file: %q, %v", problems, err)
	}
}

func TestCheckFindsDanglingReferences(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	mustExec(t, s, `CREATE TABLE parent (id {{ID}})`)
	mustExec(t, s, `CREATE TABLE child (id {{ID}}, parent BIGINT REFERENCES parent (id))`)
	mustExec(t, s, `CREATE TABLE keyed (id TEXT NOT NULL PRIMARY KEY, parent BIGINT REFERENCES parent (id)) {{CLUSTERED}}`)
	wantSound(t, s)
	other := raw(t, path) // without foreign keys, as SQLite's default is
	rawExec(t, other, `INSERT INTO child (id, parent) VALUES (7, 99)`)
	rawExec(t, other, `INSERT INTO keyed (id, parent) VALUES ('a', 99)`)
	problems, err := s.Check(context.Background())
	all := strings.Join(problems, "\n")
	if err != nil || len(problems) != 2 || !strings.Contains(all, "row 7 of table child refers") || !strings.Contains(all, "a row of table keyed refers") {
		t.Errorf("Check: %q, %v", problems, err)
	}
}

func TestCheckIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	mustExec(t, s, `CREATE TABLE child (id {{ID}}, parent BIGINT REFERENCES child (id))`)
	rawExec(t, raw(t, path), `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)
		INSERT INTO child (parent) SELECT -n FROM c`)
	problems, err := s.Check(context.Background())
	if err != nil || len(problems) != maxProblems {
		t.Errorf("%d problems, %v, want %d", len(problems), err, maxProblems)
	}
}

func TestCheckEnds(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

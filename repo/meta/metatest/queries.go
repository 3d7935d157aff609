package metatest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

func testAffected(t *testing.T, s meta.Store) {
	steps := []struct {
		sql  string
		want int64
	}{
		{`INSERT INTO item (name, number) VALUES ('a', 1), ('b', 2), ('c', 3)`, 3},
		{`CREATE TABLE other (name TEXT NOT NULL PRIMARY KEY)`, 0},
		{`INSERT INTO item (name, number) VALUES ('a', 9) ON CONFLICT (name) DO NOTHING`, 0},
		{`INSERT INTO item (name, number) VALUES ('a', 9), ('d', 4) ON CONFLICT (name) DO UPDATE SET number = excluded.number`, 2},
		{`UPDATE item SET number = number + 1 WHERE number < 4`, 2},
		{`UPDATE item SET number = 0 WHERE name = 'nobody'`, 0},
		{`INSERT INTO other (name) SELECT name FROM item`, 4},
		{"WITH some AS (SELECT name FROM item WHERE name < 'c')\nDELETE FROM item WHERE name IN (SELECT name FROM some)", 2},
		{`DELETE FROM item`, 2},
		{`DELETE FROM item`, 0},
	}
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for _, step := range steps {
			got, err := tx.Exec(step.sql)
			if err != nil {
				return err
			}
			if got != step.want {
				t.Errorf("%s: %d rows affected, want %d", step.sql, got, step.want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A key that numbers itself, and a change that yields rows even if only the
// first is looked at.
func testReturning(t *testing.T, s meta.Store) {
	update(t, s, `CREATE TABLE numbered (id {{ID}}, name TEXT NOT NULL)`)
	var ids []int64
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		ids = nil
		for _, name := range []string{"a", "b"} {
			id, err := meta.Int(tx, `INSERT INTO numbered (name) VALUES ($1), ($1) RETURNING id`, name)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ids[0] < 1 || ids[1] <= ids[0] {
		t.Errorf("numbers %d, want them to grow from 1", ids)
	}
	if n := number(t, s, `SELECT count(*) FROM numbered`); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
}

// The same query within itself, several deep, in reads and in updates.
func testNested(t *testing.T, s meta.Store) {
	for _, name := range []string{"a", "b", "c"} {
		update(t, s, insert, name, 0)
	}
	const sql = `SELECT name FROM item WHERE name >= $1 ORDER BY name`
	var walk func(tx meta.Tx, from, path string, paths *[]string) error
	walk = func(tx meta.Tx, from, path string, paths *[]string) error {
		if len(path) == 3 {
			*paths = append(*paths, path)
			return nil
		}
		for row, err := range tx.Query(sql, from) {
			if err != nil {
				return err
			}
			if err := walk(tx, row.Text(0), path+row.Text(0), paths); err != nil {
				return err
			}
			if row.Text(0) < from {
				return fmt.Errorf("the row changed to %q", row.Text(0))
			}
		}
		return nil
	}
	want := []string{"aaa", "aab", "aac", "abb", "abc", "acc", "bbb", "bbc", "bcc", "ccc"}
	for name, run := range map[string]func(context.Context, func(meta.Tx) error) error{"View": s.View, "Update": s.Update} {
		for range 2 { // the second time with statements that were used before
			var paths []string
			err := run(context.Background(), func(tx meta.Tx) error { paths = nil; return walk(tx, "", "", &paths) })
			if err != nil || !slices.Equal(paths, want) {
				t.Errorf("%s: %q (%v), want %q", name, paths, err, want)
			}
		}
	}
}

// A loop that is left early does not disturb what follows, nor the end of the
// transaction.
func testStopEarly(t *testing.T, s meta.Store) {
	for i := range 10 {
		update(t, s, insert, fmt.Sprint(i), i)
	}
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for range 3 {
			seen := 0
			for row, err := range tx.Query(`SELECT number FROM item ORDER BY name`) {
				if err != nil {
					return err
				}
				if row.Int(0) != int64(seen) {
					t.Errorf("row %d holds %d", seen, row.Int(0))
				}
				if seen++; seen == 4 {
					break
				}
			}
		}
		_, err := tx.Exec(`DELETE FROM item WHERE number < 5`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, s, 5)
}

func testWords(t *testing.T, s meta.Store) {
	update(t, s, `CREATE TABLE keyed (a BIGINT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) {{CLUSTERED}}`)
	update(t, s, `INSERT INTO keyed (a, b) VALUES ({{LEAST}}(3, 2, 4), 'x'), ({{GREATEST}}(3, 5, 4), 'y')`)
	if got := number(t, s, `SELECT 10 * min(a) + max(a) FROM keyed`); got != 25 {
		t.Errorf("least and greatest: %d, want 25", got)
	}
	if got := number(t, s, `SELECT count(*) FROM {{TABLES}} AS t WHERE t.name IN ('keyed', 'item', 'nothing')`); got != 2 {
		t.Errorf("%d tables found, want 2", got)
	}
	random := func() (b []byte) {
		view(t, s, func(tx meta.Tx) error {
			_, err := meta.One(tx, func(r meta.Row) { b = bytes.Clone(r.Bytes(0)) }, `SELECT {{UUID}}`)
			return err
		})
		return b
	}
	a, b := random(), random()
	if len(a) != 16 || len(b) != 16 || bytes.Equal(a, b) {
		t.Fatalf("random UUIDs %x and %x", a, b)
	}
	if a[6]>>4 != 4 || a[8]>>6 != 2 {
		t.Errorf("%x is no UUID of version 4 (RFC 9562 section 5.4)", a)
	}
}

func testOne(t *testing.T, s meta.Store) {
	update(t, s, insert, "a", 7)
	view(t, s, func(tx meta.Tx) error {
		found, err := meta.One(tx, func(meta.Row) { t.Error("scan was called without a row") }, `SELECT number FROM item WHERE name = 'b'`)
		if found || err != nil {
			t.Errorf("found %t, %v", found, err)
		}
		if n, err := meta.Int(tx, `SELECT number FROM item WHERE name = 'b'`); n != 0 || err != nil {
			t.Errorf("Int without a row: %d, %v", n, err)
		}
		if n, err := meta.Int(tx, `SELECT number FROM item WHERE name = 'a'`); n != 7 || err != nil {
			t.Errorf("Int: %d, %v", n, err)
		}
		return nil
	})
	err := s.View(context.Background(), func(tx meta.Tx) error {
		_, err := meta.One(tx, func(meta.Row) {}, `SELECT nonsense`)
		if err == nil {
			t.Error("One hides an error")
		}
		return nil
	})
	if err == nil {
		t.Error("View hides a statement's error")
	}
}

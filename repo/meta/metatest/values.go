package metatest

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

func testValues(t *testing.T, s meta.Store) {
	update(t, s, `CREATE TABLE cell (id {{ID}}, num BIGINT, txt TEXT, bin {{BYTES}})`)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, c := range []struct {
		num, txt, bin any
	}{
		{nil, nil, nil},
		{0, "", []byte{}},
		{int64(math.MinInt64), "it's \"quoted\" $1 ? %s {{ID}}", every},
		{int64(math.MaxInt64), "Größe 漢字 🗂 e\u0301", bytes.Repeat(every, 4096)},
		{true, strings.Repeat("long ", 100_000), []byte{0}},
		{false, " \t\r\n", []byte(nil)},
		{-1, "0", []byte("0")},
	} {
		update(t, s, `INSERT INTO cell (id, num, txt, bin) VALUES ($1, $2, $3, $4)`, i, c.num, c.txt, c.bin)
		view(t, s, func(tx meta.Tx) error {
			found, err := meta.One(tx, func(r meta.Row) {
				wantInt(t, r, 0, c.num)
				wantText(t, r, 1, c.txt)
				wantBytes(t, r, 2, c.bin)
			}, `SELECT num, txt, bin FROM cell WHERE id = $1`, i)
			if !found {
				t.Errorf("row %d is not found", i)
			}
			return err
		})
	}
	if n := number(t, s, `SELECT count(*) FROM cell WHERE txt IS NULL OR bin IS NULL`); n != 1 {
		t.Errorf("%d rows hold NULL, want 1: what is empty is not NULL", n)
	}
}

func wantInt(t *testing.T, r meta.Row, i int, want any) {
	t.Helper()
	var n int64
	switch v := want.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case bool:
		if v {
			n = 1
		}
	}
	if r.Int(i) != n || r.Null(i) != (want == nil) {
		t.Errorf("number %d (null: %t), want %v", r.Int(i), r.Null(i), want)
	}
}

func wantText(t *testing.T, r meta.Row, i int, want any) {
	t.Helper()
	text, _ := want.(string)
	if r.Text(i) != text || r.Null(i) != (want == nil) {
		t.Errorf("text %.40q (null: %t), want %.40q", r.Text(i), r.Null(i), want)
	}
}

func wantBytes(t *testing.T, r meta.Row, i int, want any) {
	t.Helper()
	b, _ := want.([]byte)
	got := r.Bytes(i)
	if !bytes.Equal(got, b) || (got == nil) != (want == nil) || r.Null(i) != (want == nil) {
		t.Errorf("%d bytes (nil: %t, null: %t), want %d of %T", len(got), got == nil, r.Null(i), len(b), want)
	}
}

// The bytes of all columns of a row are valid at the same time.
func testBytesOfOneRow(t *testing.T, s meta.Store) {
	update(t, s, `CREATE TABLE cell (id {{ID}}, a {{BYTES}}, b {{BYTES}})`)
	for i := range 3 {
		update(t, s, `INSERT INTO cell (a, b) VALUES ($1, $2)`,
			bytes.Repeat([]byte{byte(i)}, 10), bytes.Repeat([]byte{byte(i + 100)}, 1000))
	}
	view(t, s, func(tx meta.Tx) error {
		i := 0
		for row, err := range tx.Query(`SELECT a, b FROM cell ORDER BY id`) {
			if err != nil {
				return err
			}
			a, b := row.Bytes(0), row.Bytes(1)
			_ = append(a, 1, 2, 3)
			if bytes.Count(a, []byte{byte(i)}) != 10 || bytes.Count(b, []byte{byte(i + 100)}) != 1000 {
				t.Errorf("row %d: bytes of one column spoil another's", i)
			}
			i++
		}
		return nil
	})
}

// Text sorts, and compares, by its bytes in every database; so do keys.
func testOrderOfText(t *testing.T, s meta.Store) {
	names := []string{"", " ", "A", "Z", "a", "a b", "a.b", "aa", "ab", "z", "é", "e\u0301", "É", "ß", "～", "🗂", "10", "9", "_", "-"}
	for i, name := range names {
		update(t, s, insert, name, i)
	}
	slices.Sort(names)
	if got := texts(t, s, `SELECT name FROM item ORDER BY name`); !slices.Equal(got, names) {
		t.Errorf("order\n%q, want\n%q", got, names)
	}
	for i, name := range names {
		if got := texts(t, s, `SELECT name FROM item WHERE name > $1 ORDER BY name`, name); !slices.Equal(got, names[i+1:]) {
			t.Errorf("after %q come\n%q, want\n%q", name, got, names[i+1:])
		}
	}
}

func testPlaceholders(t *testing.T, s meta.Store) {
	view(t, s, func(tx meta.Tx) error {
		const sql = `SELECT CAST($3 AS TEXT), CAST($1 AS TEXT), '$2', CAST($3 AS TEXT), CAST($2 AS TEXT), CAST($11 AS TEXT) /* $12 */
			WHERE $4 = 4 AND $5 = 5 AND $6 = 6 AND $7 = 7 AND $8 = 8 AND $9 = 9 AND $10 = 10 -- $13`
		found, err := meta.One(tx, func(r meta.Row) {
			var got []string
			for i := range 6 {
				got = append(got, r.Text(i))
			}
			if want := []string{"c", "a", "$2", "c", "b", "k"}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}, sql, "a", "b", "c", 4, 5, 6, 7, 8, 9, 10, "k")
		if !found {
			t.Error("no row")
		}
		return err
	})
}

func testWrongArguments(t *testing.T, s meta.Store) {
	for name, run := range map[string]func(meta.Tx) error{
		"too few":        func(tx meta.Tx) error { _, err := tx.Exec(insert, "a"); return err },
		"too many":       func(tx meta.Tx) error { _, err := tx.Exec(insert, "a", 1, 2); return err },
		"type":           func(tx meta.Tx) error { _, err := tx.Exec(insert, dav.Root, 1); return err },
		"unknown word":   func(tx meta.Tx) error { _, err := tx.Exec(`SELECT {{NOTHING}}`); return err },
		"syntax":         func(tx meta.Tx) error { _, err := tx.Exec(`SELEKT 1`); return err },
		"two statements": func(tx meta.Tx) error { _, err := tx.Exec(`DELETE FROM item; DELETE FROM item`); return err },
		"query":          func(tx meta.Tx) error { _, err := meta.Int(tx, `SELECT $1`); return err },
	} {
		if err := s.Update(context.Background(), run); err == nil || dav.KindOf(err) != dav.Internal {
			t.Errorf("%s: %v, want an error of kind Internal", name, err)
		}
	}
	wantItems(t, s, 0)
}

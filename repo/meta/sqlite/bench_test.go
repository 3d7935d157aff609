package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

func BenchmarkView(b *testing.B) {
	s := openStore(b, filepath.Join(b.TempDir(), "quire.db"))
	fill(b, s)
	fn := func(tx meta.Tx) error {
		for row, err := range tx.Query(`SELECT rowid, data FROM item WHERE name = $1`, "name 1000") {
			if err != nil {
				return err
			}
			row.Int(0)
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.View(context.Background(), fn); err != nil {
			b.Fatal(err)
		}
	}
}

// One small durable change; each caller waits for its own.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 16} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := openStore(b, filepath.Join(b.TempDir(), "quire.db"))
			mustExec(b, s, `CREATE TABLE pair (n BIGINT NOT NULL, half BIGINT NOT NULL, PRIMARY KEY (n, half)) {{CLUSTERED}}`)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for c := range callers {
				wg.Go(func() {
					for n := c; n < b.N; n += callers {
						err := s.Update(context.Background(), func(tx meta.Tx) error { return insertPair(tx, int64(n)) })
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// A listing of a collection with 10,000 members: eight columns, in the order
// of the key.
func BenchmarkScan10k(b *testing.B) {
	s := openStore(b, filepath.Join(b.TempDir(), "quire.db"))
	makeCollection(b, s, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		rows, sum := 0, 0
		err := s.View(context.Background(), func(tx meta.Tx) error {
			for row, err := range tx.Query(`SELECT m.name, n.id, n.uid, n.kind, n.created, n.modified, n.length, n.etag
				FROM member AS m JOIN node AS n ON n.id = m.child WHERE m.parent = $1 AND m.name > $2 ORDER BY m.name`, 1, "") {
				if err != nil {
					return err
				}
				rows++
				sum += len(row.Text(0)) + int(row.Int(1)) + len(row.Bytes(2)) + int(row.Int(3)) +
					int(row.Int(4)) + int(row.Int(5)) + int(row.Int(6)) + len(row.Text(7))
			}
			return nil
		})
		if err != nil || rows != 10_000 || sum == 0 {
			b.Fatal(rows, err)
		}
	}
}

func makeCollection(b *testing.B, s *Store, members int) {
	b.Helper()
	mustExec(b, s, `CREATE TABLE node (id {{ID}}, uid {{BYTES}} NOT NULL, kind BIGINT NOT NULL, created BIGINT NOT NULL,
		modified BIGINT NOT NULL, length BIGINT NOT NULL, etag TEXT NOT NULL)`)
	mustExec(b, s, `CREATE TABLE member (parent BIGINT NOT NULL, name TEXT NOT NULL, child BIGINT NOT NULL, PRIMARY KEY (parent, name)) {{CLUSTERED}}`)
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		for i := range members {
			id, err := meta.Int(tx, `INSERT INTO node (uid, kind, created, modified, length, etag)
				VALUES ({{UUID}}, 0, $1, $1, $2, $3) RETURNING id`, int64(1_700_000_000_000_000_000)+int64(i), i*37, fmt.Sprintf("%032x", i))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO member (parent, name, child) VALUES (1, $1, $2)`, fmt.Sprintf("document %05d.txt", i), id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

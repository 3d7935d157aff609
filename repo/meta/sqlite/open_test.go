package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/quiredav/quire/repo/meta"
)

func TestRefusesForeignFiles(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, path string){
		"Text": func(t *testing.T, path string) {
			writeFile(t, path, []byte(strings.Repeat("This is somebody's letter.\n", 100)))
		},
		"Garbage": func(t *testing.T, path string) { writeFile(t, path, bytes.Repeat([]byte{0, 1, 2}, 4000)) },
		"Tables": func(t *testing.T, path string) {
			rawExec(t, raw(t, path), `CREATE TABLE note (text TEXT)`)
		},
		"ApplicationID": func(t *testing.T, path string) {
			rawExec(t, raw(t, path), `PRAGMA application_id = 1234`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			write(t, path)
			before := readFile(t, path)
			s, err := Open(context.Background(), path, Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want ErrForeign and the file's name", err)
			}
			if !bytes.Equal(readFile(t, path), before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestRefusesNewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	migrations := fstest.MapFS{
		"0001_a.sql": {Data: []byte(`CREATE TABLE a (b TEXT)`)},
		"0002_b.sql": {Data: []byte(`CREATE TABLE b (b TEXT)`)},
	}
	open := func(m fs.FS) error {
		s, err := Open(context.Background(), path, Options{Migrations: m})
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(migrations); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, path)
	delete(migrations, "0002_b.sql")
	err := open(migrations)
	if e, ok := errors.AsType[*meta.NewerError](err); !ok || e.Database != 2 || e.Program != 1 {
		t.Errorf("%v, want 2 refused as newer than 1", err)
	} else if s := err.Error(); !strings.Contains(s, "version 2,") || !strings.Contains(s, "above 1:") {
		t.Errorf("the sentence lacks a version: %s", s)
	}
	if !bytes.Equal(readFile(t, path), before) {
		t.Error("the file was changed")
	}
}

func TestMissingFolder(t *testing.T) {
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "no", "quire.db"), Options{})
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want fs.ErrNotExist", err)
	}
}

// Names that mean something to SQLite are names of files to us.
func TestOddNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{":memory:", "file:a?mode=memory", "a b%20c?d#e'f"} {
		s := openStore(t, name)
		mustExec(t, s, `CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY)`)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
		again := openStore(t, name)
		if got := count(t, again, `SELECT count(*) FROM item`); got != 0 {
			t.Errorf("%q: %d items", name, got)
		}
	}
}

// The settings that durability, consistency and privacy rest on.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	for pragma, want := range map[string]int64{
		"synchronous": 2, "foreign_keys": 1, "query_only": 0, "journal_size_limit": journalSizeLimit,
		"application_id": applicationID, "page_size": 4096, "cache_size": -4096,
	} {
		err := s.Update(context.Background(), func(tx meta.Tx) error {
			got, err := meta.Int(tx, "PRAGMA "+pragma)
			if got != want {
				t.Errorf("%s is %d, want %d", pragma, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if got := count(t, s, "PRAGMA query_only"); got != 1 {
		t.Error("readers can write")
	}
	if got := count(t, s, "PRAGMA cache_size"); got != -4096 {
		t.Errorf("readers cache %d KiB", -got)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the mode of %s is %v, want it readable by its owner alone", info.Name(), info.Mode())
		}
	}
}

func TestForeignKeysHold(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "quire.db"))
	mustExec(t, s, `CREATE TABLE child (id {{ID}}, parent BIGINT REFERENCES child (id))`)
	err := s.Update(context.Background(), func(tx meta.Tx) error {
		_, err := tx.Exec(`INSERT INTO child (parent) VALUES (99)`)
		return err
	})
	if err == nil {
		t.Error("a reference to nothing was taken")
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/quiredav/quire/dav"
)

// applicationID marks our files: "Quir" in the header's application ID, where
// file(1) and SQLite's own tools see it.
const applicationID = 0x51756972

// checkpointPages is how long the log grows, in pages of 4 KiB, before SQLite
// copies it into the database: four times its own choice, which made small PUTs
// 6 % faster. After a crash that much is read again. On a disk of less than
// smallDisk bytes it is SQLite's own choice, lest the log fill the disk.
const (
	checkpointPages      = 4000
	smallCheckpointPages = 1000
	smallDisk            = 1 << 30
)

func checkpointEvery(path string) int {
	if _, total, err := space(filepath.Dir(path)); err == nil && total < smallDisk {
		return smallCheckpointPages
	}
	return checkpointPages
}

const journalSizeLimit = 64 << 20 // bytes of write-ahead log kept for reuse

// openWriter opens the connection that writes, and makes the file ours if it
// is new. Nothing is written to a file of somebody else.
func openWriter(ctx context.Context, path string, o Options) (*conn, error) {
	if err := create(path); err != nil {
		return nil, failure(err)
	}
	c, err := openConn(path, o)
	if err == nil {
		if err = c.prepareToWrite(ctx, path, o); err != nil {
			c.close()
		}
	}
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultNotADB {
		return nil, foreign(path, "it is no SQLite file, or its header is damaged")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (c *conn) prepareToWrite(ctx context.Context, path string, o Options) error {
	if err := c.claim(path); err != nil {
		return err
	}
	if err := c.chooseJournal(ctx, o.BusyTimeout); err != nil {
		return err
	}
	if err := c.settle("synchronous = FULL", "synchronous", "2"); err != nil {
		return err
	}
	if err := c.settle("foreign_keys = ON", "foreign_keys", "1"); err != nil {
		return err
	}
	pages := strconv.Itoa(checkpointEvery(path))
	if err := c.settle("wal_autocheckpoint = "+pages, "wal_autocheckpoint", pages); err != nil {
		return err
	}
	return c.exec(fmt.Sprintf("PRAGMA journal_size_limit = %d", journalSizeLimit))
}

func openReader(path string, o Options) (*conn, error) {
	c, err := openConn(path, o)
	if err != nil {
		return nil, err
	}
	if err := c.settle("query_only = ON", "query_only", "1"); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// create makes an empty file that only its owner may read, and its name
// durable. SQLite gives its other files the same permissions.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable. Windows can't be asked to, and
// keeps a journal of its own.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// openConn takes path as a path, never as a URI, and leaves the journal as it
// is.
func openConn(path string, o Options) (*conn, error) {
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, failure(err)
	}
	db.SetBusyTimeout(o.BusyTimeout)
	c := &conn{db: db, stmts: map[string]*statement{}}
	err = db.SetDefensive(true)
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA cache_size = -%d", max(o.Cache>>10, 1)),
		"PRAGMA temp_store = MEMORY",
		"PRAGMA trusted_schema = OFF",
	} {
		if err == nil {
			err = c.exec(pragma)
		}
	}
	if err != nil {
		c.close()
		return nil, failure(err)
	}
	return c, nil
}

// claim finds out whose file it is, and makes an empty one ours.
func (c *conn) claim(path string) error {
	ours, err := c.isOurs(path)
	if ours || err != nil {
		return err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer c.rollback()
	ours, err = c.isOurs(path)
	if ours || err != nil {
		return err
	}
	if err := c.exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	return c.exec("COMMIT")
}

// isOurs tells a database of ours from an empty one; all else is an error.
func (c *conn) isOurs(path string) (bool, error) {
	id, err := c.value("PRAGMA application_id")
	if err != nil {
		return false, err
	}
	if id == strconv.Itoa(applicationID) {
		return true, nil
	}
	tables, err := c.value("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return false, err
	}
	if id != "0" || tables != "0" {
		return false, foreign(path, "it is an SQLite file of another program")
	}
	return false, nil
}

func foreign(path, why string) error {
	return &dav.Error{Kind: dav.Internal, Message: fmt.Sprintf("%s: %s", path, why), Err: ErrForeign}
}

// chooseJournal turns on the write-ahead log. SQLite doesn't wait here when
// another process does the same, so we do.
func (c *conn) chooseJournal(ctx context.Context, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		err := c.settle("journal_mode = WAL", "journal_mode", "wal")
		if dav.KindOf(err) != dav.Unavailable || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// settle sets a pragma and makes sure that it took: SQLite is silent about
// settings that it can't or won't have.
func (c *conn) settle(set, name, want string) error {
	if err := c.exec("PRAGMA " + set); err != nil {
		return err
	}
	got, err := c.value("PRAGMA " + name)
	if err != nil {
		return err
	}
	if got != want {
		return failure(fmt.Errorf("PRAGMA %s: %s is %q", set, name, got))
	}
	return nil
}

// value is the first column of the only row of a statement.
func (c *conn) value(sql string) (string, error) {
	s, err := c.take(sql)
	if err != nil {
		return "", failure(err)
	}
	defer c.release(s)
	more, err := s.Step()
	if err != nil {
		return "", failure(err)
	}
	if !more {
		return "", failure(fmt.Errorf("no row: %q", sql))
	}
	return s.Text(0), nil
}

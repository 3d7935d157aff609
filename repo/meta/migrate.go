package meta

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"github.com/quiredav/quire/dav"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the files of the repository's schema, for [Migrate].
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err)
	}
	return sub
}

// NewerError refuses a database whose schema is newer than this program.
type NewerError struct {
	Database int // the version of the database's schema
	Program  int // the newest version that the program knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the database has schema version %d, and this program knows no version above %d: "+
		"use the newer program that wrote it", e.Database, e.Program)
}

// Migrate brings the schema of s to the newest version. Files are named
// NNNN_what.sql after the version that they produce, from 0001 on without a
// gap; each runs in a transaction of its own that also records the version.
// Programs that migrate one database at the same time don't disturb each other.
// A database from a newer version is left as it is and refused with a
// [NewerError].
func Migrate(ctx context.Context, s Store, migrations fs.FS) error {
	all, err := loadMigrations(migrations)
	if err != nil {
		return err
	}
	have, err := schemaVersion(ctx, s)
	if err != nil {
		return err
	}
	if have > len(all) {
		return newer(have, len(all))
	}
	for _, m := range all[have:] {
		err := s.Update(ctx, func(tx Tx) error { return m.apply(tx, len(all)) })
		if err != nil {
			return err
		}
	}
	return nil
}

type migration struct {
	version    int
	name       string
	statements []string
}

var migrationName = regexp.MustCompile(`^([0-9]{4})_[a-z0-9_]+\.sql$`)

func loadMigrations(dir fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	var all []migration
	for _, e := range entries {
		parts := migrationName.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("migration %s: the name is not of the form 0001_what.sql", e.Name())
		}
		version, err := strconv.Atoi(parts[1])
		if err != nil {
			return nil, err
		}
		if version != len(all)+1 {
			return nil, fmt.Errorf("migration %s: its version should be %d", e.Name(), len(all)+1)
		}
		script, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the migrations: %w", err)
		}
		all = append(all, migration{version, e.Name(), splitScript(string(script))})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no migrations")
	}
	return all, nil
}

// schemaVersion is 0 for a database that was never migrated.
func schemaVersion(ctx context.Context, s Store) (version int, err error) {
	err = s.View(ctx, func(tx Tx) error {
		version = 0
		known, err := Int(tx, `SELECT count(*) FROM {{TABLES}} AS t WHERE t.name = 'migration'`)
		if err != nil || known == 0 {
			return err
		}
		version, err = recordedVersion(tx)
		return err
	})
	return version, err
}

func recordedVersion(tx Tx) (int, error) {
	v, err := Int(tx, `SELECT coalesce(max(version), 0) FROM migration`)
	return int(v), err
}

// apply looks at the version again, inside the transaction: another program
// may have been faster.
func (m *migration) apply(tx Tx, newest int) error {
	if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS migration (
		version BIGINT NOT NULL PRIMARY KEY,
		name    TEXT NOT NULL
	) {{CLUSTERED}}`); err != nil {
		return err
	}
	have, err := recordedVersion(tx)
	switch {
	case err != nil:
		return err
	case have > newest:
		return newer(have, newest)
	case have >= m.version:
		return nil
	}
	for _, sql := range m.statements {
		if _, err := tx.Exec(sql); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	_, err = tx.Exec(`INSERT INTO migration (version, name) VALUES ($1, $2)`, m.version, m.name)
	return err
}

func newer(database, program int) error {
	return &dav.Error{Kind: dav.Internal, Err: &NewerError{database, program}}
}

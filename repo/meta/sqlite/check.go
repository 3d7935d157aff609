package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// maxProblems bounds what Check tells: of a file that is badly damaged the
// first hundred sentences say enough.
const maxProblems = 100

// Check examines the whole database: its structure (SQLite's integrity_check)
// and the references between its rows (foreign_key_check). It returns a
// sentence for each thing that is wrong, at most a hundred of each sort. An
// error means that the check could not be done.
func (s *Store) Check(ctx context.Context) (problems []string, err error) {
	err = s.apart(ctx, func(c *conn) error {
		if err := c.exec("BEGIN"); err != nil {
			return err
		}
		defer c.rollback()
		for _, check := range []func(*conn) ([]string, error){(*conn).integrity, (*conn).references} {
			found, err := check(c)
			problems = append(problems, found...)
			switch sqlite.ErrCode(err).ToPrimary() {
			case sqlite.ResultOK:
			case sqlite.ResultCorrupt, sqlite.ResultNotADB:
				problems = append(problems, err.Error())
			default:
				return err
			}
		}
		return nil
	})
	return problems, err
}

// integrity_check yields one row "ok", or a row for each problem.
func (c *conn) integrity() ([]string, error) {
	var problems []string
	err := c.each(fmt.Sprintf("PRAGMA integrity_check(%d)", maxProblems), func(s *statement) {
		if text := s.Text(0); text != "ok" {
			problems = append(problems, text)
		}
	})
	return problems, err
}

// foreign_key_check yields a row for each violation, and none if all is well.
func (c *conn) references() ([]string, error) {
	var problems []string
	err := c.each("PRAGMA foreign_key_check", func(s *statement) {
		if len(problems) == maxProblems {
			return
		}
		row := "a row"
		if !s.Null(1) { // NULL in tables without row IDs
			row = fmt.Sprintf("row %d", s.Int(1))
		}
		problems = append(problems, fmt.Sprintf("%s of table %s refers to a row of table %s that does not exist",
			row, s.Text(0), s.Text(2)))
	})
	return problems, err
}

// each runs a statement without arguments and calls fn for each row.
func (c *conn) each(sql string, fn func(*statement)) error {
	s, err := c.take(sql)
	if err != nil {
		return failure(err)
	}
	defer c.release(s)
	for {
		more, err := s.Step()
		if err != nil {
			return failure(err)
		}
		if !more {
			return nil
		}
		fn(s)
	}
}

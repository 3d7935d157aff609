package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/quiredav/quire/repo/meta"
)

// maxStatements bounds the statements that a connection keeps prepared. The
// texts of our own queries are far fewer; what goes beyond is prepared anew
// each time.
const maxStatements = 512

// conn is a connection with its prepared statements, for one goroutine at a
// time.
type conn struct {
	db    *sqlite.Conn
	stmts map[string]*statement // by text before expansion
	count int
}

// statement is a prepared statement. Several of the same text form a list,
// since a query may be nested in itself.
type statement struct {
	*sqlite.Stmt
	params []int // params[i] is the number of the argument for parameter i+1
	args   int   // how many arguments are needed
	counts bool  // changes rows, so that SQLite counts them
	busy   bool
	kept   bool
	next   *statement
	buf    []byte // what Row.Bytes gave for the row at hand
}

// take gives a statement for the text that nobody uses; release returns it.
func (c *conn) take(sql string) (*statement, error) {
	first := c.stmts[sql]
	for s := first; s != nil; s = s.next {
		if !s.busy {
			s.busy = true
			return s, nil
		}
	}
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	s.busy = true
	if c.count < maxStatements {
		s.kept = true
		s.next = first
		c.stmts[sql] = s
		c.count++
	}
	return s, nil
}

func (c *conn) release(s *statement) {
	if !s.kept {
		s.Finalize()
		return
	}
	s.Reset()
	s.busy = false
	s.buf = s.buf[:0]
	if cap(s.buf) > 64<<10 {
		s.buf = nil
	}
}

// prepare avoids sqlite.Conn.Prepare, which hands out one statement for one
// text, also to a query within itself.
func (c *conn) prepare(sql string) (*statement, error) {
	text, err := meta.SQLite.Expand(strings.TrimSpace(sql))
	if err != nil {
		return nil, err
	}
	stmt, rest, err := c.db.PrepareTransient(text)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: stmt, counts: changesRows(text)}
	if rest > 0 {
		s.Finalize()
		return nil, fmt.Errorf("more than one statement: %q", sql)
	}
	if err := s.numberParams(sql); err != nil {
		s.Finalize()
		return nil, err
	}
	return s, nil
}

// numberParams reads the numbers out of the names: SQLite takes $2 for a name
// and numbers parameters in the order in which they appear.
func (s *statement) numberParams(sql string) error {
	s.params = make([]int, s.BindParamCount())
	for i := range s.params {
		name := s.BindParamName(i + 1)
		n, err := strconv.Atoi(strings.TrimPrefix(name, "$"))
		if err != nil || n < 1 || name[0] != '$' {
			return fmt.Errorf("the placeholder %q is not of the form $1: %q", name, sql)
		}
		s.params[i] = n
		s.args = max(s.args, n)
	}
	return nil
}

func changesRows(sql string) bool {
	verb, _, _ := strings.Cut(sql, " ")
	switch strings.ToUpper(verb) {
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH":
		return true
	}
	return false
}

// bind sets all parameters.
func (s *statement) bind(args []any) error {
	if len(args) != s.args {
		return fmt.Errorf("the statement needs %d arguments and got %d", s.args, len(args))
	}
	for i, n := range s.params {
		switch v := args[n-1].(type) {
		case int64:
			s.BindInt64(i+1, v)
		case int:
			s.BindInt64(i+1, int64(v))
		case string:
			s.BindText(i+1, v)
		case []byte:
			s.BindBytes(i+1, v)
		case bool:
			s.BindBool(i+1, v)
		case nil:
			s.BindNull(i + 1)
		default:
			return fmt.Errorf("argument $%d is a %T, which is no type of the database", n, v)
		}
	}
	return nil
}

// exec runs a statement without arguments.
func (c *conn) exec(sql string) error {
	s, err := c.take(sql)
	if err != nil {
		return failure(err)
	}
	defer c.release(s)
	if _, err := s.Step(); err != nil {
		return failure(err)
	}
	return nil
}

// commit fails in doubt unless SQLite refused before it wrote the last of the
// transaction: what is in the log comes to light when the log is next read from
// its beginning, also if the sync after it failed.
func (c *conn) commit() error {
	err := c.exec("COMMIT")
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultOK, sqlite.ResultConstraint, sqlite.ResultBusy, sqlite.ResultFull:
		return err
	}
	return doubt(err)
}

// rollback ends the transaction if there is one; some errors have ended it
// already. It can't fail in a way that matters: what was not committed is gone.
func (c *conn) rollback() {
	if !c.db.AutocommitEnabled() {
		c.exec("ROLLBACK")
	}
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		for ; s != nil; s = s.next {
			s.Finalize()
		}
	}
	if err := c.db.Close(); err != nil {
		return failure(err)
	}
	return nil
}

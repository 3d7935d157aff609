// Package meta is the contract of the metadata store: transactions over SQL
// that SQLite and PostgreSQL share. Schema and migrations live here once for
// all of them; what differs between databases is data, in a [Dialect].
//
// Rules for SQL: placeholders are $1, $2 ..., in any order and as often as
// wanted; words in double braces come from the dialect; whole numbers are
// 64-bit and signed, truth values are the numbers 0 and 1; text is UTF-8
// without NUL and sorts by its bytes.
package meta

import (
	"context"
	"errors"
	"iter"
)

// Store is a metadata store, safe for concurrent use.
//
// An error of the database is a *dav.Error: NoSpace if the disk is full,
// Unavailable if the database is busy, closed or the context ended before the
// work began, else Internal; the cause is in its chain. An error that fn
// returns is handed back as it is, and so is a panic in fn. Either is wrapped
// together with [ErrInDoubt] if a commit may have happened all the same.
//
// fn may run more than once, so it touches the database only. It doesn't call
// its own Store, and its Tx ends with it.
type Store interface {
	// View runs fn on a consistent snapshot. fn can't write. If the context
	// ends, so does a long query in fn, with an error.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn in a transaction that happens wholly or, if fn or a
	// statement in it fails, not at all. It is on stable storage when Update
	// returns nil. Updates run one after the other as far as fn can tell;
	// those of concurrent callers share a commit. A context that ends after fn
	// began changes nothing any more.
	Update(ctx context.Context, fn func(Tx) error) error

	// Close waits for the calls under way. Later ones fail with ErrClosed.
	Close() error
}

// Tx is one transaction, for one goroutine. Arguments are int64, int, string,
// []byte, bool or nil; a nil []byte is an empty one, not NULL.
//
// A statement that fails dooms its transaction: every later statement fails
// with the same error, and if fn returns nil nevertheless, View or Update
// returns that error.
type Tx interface {
	// Query runs a statement when it is ranged over, and yields its rows; an
	// error comes last. Queries may be nested, also with the same SQL.
	Query(sql string, args ...any) iter.Seq2[Row, error]

	// Exec runs a statement for its effect and tells how many rows it changed.
	Exec(sql string, args ...any) (affected int64, err error)
}

// Row is a row of a result; columns count from 0. It is valid until the next
// row. What is NULL reads as 0, "" and nil.
type Row interface {
	Int(i int) int64
	Text(i int) string
	Bytes(i int) []byte // valid until the next row; not to be changed
	Null(i int) bool
}

// ErrInDoubt is in the chain of an error of Update whose commit failed in a way
// that leaves open whether it happened, now or when the store is opened after a
// crash. What the update refers to must be kept.
var ErrInDoubt = errors.New("the update may have been committed nevertheless")

// ErrClosed is the cause of the errors of a closed [Store].
var ErrClosed = errors.New("the metadata store is closed")

// One runs a query for its first row, if there is one, and calls scan with it.
func One(tx Tx, scan func(Row), sql string, args ...any) (found bool, err error) {
	for row, err := range tx.Query(sql, args...) {
		if err != nil {
			return false, err
		}
		scan(row)
		return true, nil
	}
	return false, nil
}

// Int runs a query for the number in its first row and column; 0 if there is
// no row.
func Int(tx Tx, sql string, args ...any) (n int64, err error) {
	_, err = One(tx, func(r Row) { n = r.Int(0) }, sql, args...)
	return n, err
}
